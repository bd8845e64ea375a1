using Unroll.Kernels;

namespace Unroll.Tests.Kernels;

public sealed class DropoutMaskTests
{
    [Theory]
    [InlineData(0, 0UL)]
    [InlineData(1, 3UL)]
    [InlineData(31, 1UL)]
    [InlineData(33, 2UL)]
    [InlineData(70_001, 5UL)]
    [InlineData(40_000, 17_179_869_180UL)]                                              // the number of a block passes 32 bits
    public void The_draws_are_those_of_the_stream_one_by_one_on_any_number_of_threads(int length, ulong position)
    {
        var state = new RandomState(0x0123456789ABCDEF, 0xFEDCBA9876543210, position);
        var random = new RandomStream(0) { State = state };
        float[] x = new float[length], wanted = new float[length];
        new RandomStream(4).FillNormal(x, 0, 1);
        for (int i = 0; i < length; i++) wanted[i] = random.NextSingle() < 0.3f ? 0 : 1 / (1 - 0.3f);
        foreach (int threads in (int[])[1, 3])
        {
            using var team = new Team(threads);
            float[] keep = new float[length + 1], y = new float[length + 1];
            DropoutMask.Apply(team, state.Seed, state.Stream, state.Position, x, 0.3f, keep.AsSpan(0, length), y.AsSpan(0, length));
            Assert.Equal(wanted, keep[..length]);
            Assert.Equal(x.Zip(wanted).Select(static p => p.First * p.Second), y[..length]);
            Assert.Equal((0, 0), (keep[length], y[length]));
        }
        var skipped = new RandomStream(0) { State = state };
        skipped.Skip(length);
        Assert.Equal(random.State, skipped.State);
        Assert.Equal(random.NextUInt32(), skipped.NextUInt32());
    }
}
