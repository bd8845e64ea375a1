using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Tests.Tensors;

/// <summary>Of a large table only the rows that were read get a gradient; whatever then happens, the result is that of a gradient over the whole table.</summary>
public sealed class RowGradientTests
{
    private const int Rows = 1100, Width = 64;

    [Theory]
    [InlineData("sgd")]
    [InlineData("sgd, momentum")]
    [InlineData("sgd, decay")]
    [InlineData("adam")]
    public void Steps_give_the_bits_of_a_gradient_over_the_whole_table(string optimizer)
    {
        Assert.Equal(Train(optimizer, whole: true), Train(optimizer, whole: false));
    }

    private static float[] Train(string name, bool whole)
    {
        var random = new RandomStream(4);
        Tensor table = Tensor.Parameter([Rows, Width]);
        random.FillUniform(table.Data, -1, 1);
        (string, Tensor)[] weights = [("table", table)];
        Optimizer optimizer = name switch
        {
            "sgd" => new Sgd(weights, 0.5), "sgd, momentum" => new Sgd(weights, 0.5, 0.9), "sgd, decay" => new Sgd(weights, 0.5, weightDecay: 0.01), _ => new Adam(weights, 0.01),
        };
        using var tape = new Tape(1);
        for (int step = 0; step < 9; step++)
        {
            if (table.HasGrad) table.Slot.ClearGrad();
            using (tape.Open())
            {
                if (whole) table.Grad.Clear();                                            // asked for: a gradient over the whole table from here on
                int[] indices = [.. Enumerable.Range(0, 40).Select(_ => random.NextInt(step % 2 == 0 ? Rows : 30))], more = [3, 3, 1099, step];
                Tensor y = Ops.Sum(Ops.Square(Ops.Gather(table, indices)));
                if (step != 3) y += Ops.Sum(Ops.Square(Ops.Gather(table, more, paddingIndex: 1099)));
                if (step == 5) y += Ops.Sum(Ops.Square(table)) * 0.1f;                    // everything has a gradient once, as in a tied output
                tape.Backward(y);
                Assert.Equal(whole || step == 5, table.Slot.GradRows.IsEmpty);
                double norm = GradientClip.Norm([table]), plain = 0;
                foreach (float g in table.Slot.GradToRead) plain += (double)g * g;
                Assert.Equal(Math.Sqrt(plain), norm, 1e-5 * norm);
                optimizer.Step();
            }
        }
        table.Slot.ClearGrad();
        Assert.True(table.Grad.IndexOfAnyExcept(0f) < 0);
        return [.. table.ToArray(), .. optimizer.State.SelectMany(static s => s.Values)];
    }
}
