using Unroll.Kernels;

namespace Unroll.Tests.Kernels;

public class UpdateTests
{
    private const int Guard = 40, Longest = (1 << 15) + 33;

    private delegate void Update(Team team, Span<float> w, ReadOnlySpan<float> dw, Span<float> first, Span<float> second);

    private static readonly Dictionary<string, Update> Rules = new()
    {
        ["sgd"] = (t, w, dw, first, _) => Updates.Sgd(t, w, dw, first, 0.5f, 0.1f, 0.01f, 0.9f, true),
        ["rmsprop"] = (t, w, dw, first, second) => Updates.RmsProp(t, w, dw, first, second, 0.5f, 0.1f, 0.01f, 0.9f, 1e-8f, 0.9f),
        ["adam"] = (t, w, dw, first, second) => Updates.Adam(t, w, dw, first, second, 0.5f, 0.1f, 0.01f, 0.01f, 0.9f, 0.99f, 1.5f, 1e-8f),
        ["nadam"] = (t, w, dw, first, second) => Updates.NAdam(t, w, dw, first, second, 0.5f, 0.05f, 0.1f, 0.01f, 0.9f, 0.99f, 1.5f, 1e-8f),
        ["adagrad"] = (t, w, dw, first, _) => Updates.Adagrad(t, w, dw, first, 0.5f, 0.1f, 0.01f, 1e-10f),
        ["lion"] = (t, w, dw, first, _) => Updates.Lion(t, w, dw, first, 0.5f, 0.1f, 0.01f, 0.9f, 0.99f),
        ["lamb"] = (t, w, dw, first, second) => Updates.Lamb(t, w, dw, first, second, 0.5f, 0.1f, 0.01f, 0.9f, 0.99f, 2, 1.5f, 1e-6f),
    };

    public static TheoryData<string> Names => [.. Rules.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_is_written_outside_what_lies_outside_is_not_read_and_a_weight_has_the_same_bits_wherever_it_ends(string name)
    {
        using var team = new Team(2);
        float[][] longest = Run(Longest);
        foreach (int n in (int[])[0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40, 1023, 1025, 1 << 15, (1 << 15) + 1])
        {
            float[][] each = Run(n);
            for (int i = 0; i < each.Length; i++)
            {
                ReadOnlySpan<float> inside = each[i].AsSpan(Guard, n);
                Assert.False(inside.ContainsAnyExceptInRange(float.MinValue, float.MaxValue), $"{n}: no number in {i}");
                // Lamb's step goes by the norm of the whole weight, so only its moments are the same.
                if (name != "lamb" || i > 1) Assert.True(inside.SequenceEqual(longest[i].AsSpan(Guard, n)), $"{n}: other bits in {i}");
                Assert.All(each[i][..Guard], v => Assert.True(float.IsNaN(v)));
                Assert.All(each[i][(Guard + n)..], v => Assert.True(float.IsNaN(v)));
            }
        }

        float[][] Run(int n)
        {
            float[] w = Guarded(n, 1, false), dw = Guarded(n, 2, false), first = Guarded(n, 3, true), second = Guarded(n, 4, true);
            Rules[name](team, Inside(w), Inside(dw), Inside(first), Inside(second));
            return [w, dw, first, second];
        }
    }

    private static float[] Guarded(int n, ulong seed, bool positive)
    {
        float[] x = new float[n + 2 * Guard];
        Array.Fill(x, float.NaN);
        new RandomStream(seed).FillUniform(Inside(x), positive ? 0.1f : -1, 1);
        return x;
    }

    private static Span<float> Inside(float[] x) => x.AsSpan(Guard, x.Length - 2 * Guard);
}
