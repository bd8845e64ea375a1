using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Unroll.Kernels;

namespace Unroll.Tests.Kernels;

/// <summary>Multiply-adds on machines without the instruction: to the last bit what one rounding gives, whatever is thrown at them.</summary>
public sealed unsafe class ExactFusedTests
{
    private const int Count = 16;
    private const float Ulp = 1f / (1 << 23), Root = 1f / (1 << 12);

    [Theory]
    [InlineData(4)]
    [InlineData(2)]
    [InlineData(1)]
    public void A_step_rounds_once(int width)
    {
        var random = new Random(width);
        float* a = stackalloc float[Count], b = stackalloc float[Count], c = stackalloc float[Count], expected = stackalloc float[Count];
        int twice = 0;
        for (int turn = 0; turn < 40_000; turn++)
        {
            for (int i = 0; i < Count; i++)
            {
                (a[i], b[i], c[i]) = Case(random, turn % 5);
                expected[i] = MathF.FusedMultiplyAdd(a[i], b[i], c[i]);
                if (!Same(expected[i], (float)((double)a[i] * b[i] + c[i]))) twice++;
            }
            Step(width, a, b, c);
            for (int i = 0; i < Count; i++) Assert.True(Same(expected[i], c[i]), $"{a[i]:R} {b[i]:R} + ...: {c[i]:R}, not {expected[i]:R} (kind {turn % 5})");
        }
        // Rounding twice goes wrong in what was made for it: else nothing was shown.
        Assert.True(twice > 1000, $"only {twice} cases in which rounding twice is not rounding once");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(2)]
    [InlineData(1)]
    public void A_row_is_the_chain_of_its_steps(int width)
    {
        var random = new Random(width);
        const int k = 75, stride = 20, row = 3 * k;
        float* a = stackalloc float[2 * row], b = stackalloc float[k * stride], sums = stackalloc float[2 * Count], expected = stackalloc float[2 * Count];
        int* offsets = stackalloc int[k];
        for (int turn = 0; turn < 4_000; turn++)
        {
            int kind = turn % 5, rows = 1 + (turn / 5 % 2);
            bool apart = turn % 3 == 0;
            for (int i = 0; i < 2 * Count; i++) expected[i] = sums[i] = Case(random, kind).C;
            for (int p = 0; p < k; p++)
            {
                for (int r = 0; r < 2; r++) a[(r * row) + (2 * p)] = Case(random, kind).A;
                offsets[p] = random.Next(k) * stride;
                for (int i = 0; i < stride; i++) b[(p * stride) + i] = Case(random, kind).B;
            }
            for (int p = 0; p < k; p++)
                for (int r = 0; r < rows; r++)
                    for (int i = 0; i < Count; i++) expected[(r * Count) + i] = MathF.FusedMultiplyAdd(a[(r * row) + (2 * p)], b[(apart ? offsets[p] : p * stride) + i], expected[(r * Count) + i]);
            if (rows == 2) Rows<Count2>(width, k, a, row, 2, b, stride, apart ? offsets : null, sums);
            else Rows<Count1>(width, k, a, row, 2, b, stride, apart ? offsets : null, sums);
            for (int i = 0; i < 2 * Count; i++) Assert.True(Same(expected[i], sums[i]), $"sum {i} of {rows} rows: {sums[i]:R}, not {expected[i]:R} (kind {kind})");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_tile_without_registers_is_the_chain_of_its_steps_whatever_its_height(bool chained)
    {
        var random = new Random(7);
        const int k = 75, row = k + 2, between = 19;
        float* a = stackalloc float[8 * row], b = stackalloc float[k * Count], from = stackalloc float[8 * between], c = stackalloc float[8 * between];
        for (int turn = 0; turn < 2_000; turn++)
        {
            // Sizes change on the way, so that stretches that must be watched come before and behind such that need not be.
            int kind = turn % 5, rows = 1 + (turn / 5 % 8), other = turn / 40 % 2 == 0 ? kind : 1;
            for (int i = 0; i < 8 * between; i++) from[i] = Case(random, kind).C;
            for (int i = 0; i < 8 * row; i++) a[i] = Case(random, i % row < 40 ? kind : other).A;
            for (int i = 0; i < k * Count; i++) b[i] = Case(random, i / Count < 40 ? kind : other).B;
            ExactTile.Run(rows, k, a, row, 1, b, Count, null, from, between, chained, c, between);
            for (int r = 0; r < rows; r++)
                for (int j = 0; j < Count; j++)
                {
                    float start = from[(r * between) + j], expected = chained ? start : 0;
                    for (int p = 0; p < k; p++) expected = MathF.FusedMultiplyAdd(a[(r * row) + p], b[(p * Count) + j], expected);
                    if (!chained) expected = start + expected;
                    Assert.True(Same(expected, c[(r * between) + j]), $"row {r} of {rows}, column {j}: {c[(r * between) + j]:R}, not {expected:R} (kind {kind})");
                }
        }
    }

    /// <summary>Numbers of all sizes; of one size; sums that end near the middle between two floats; results below the normal floats; zeros, infinities and numbers that are none.</summary>
    private static (float A, float B, float C) Case(Random random, int kind)
    {
        switch (kind)
        {
            case 0: return (AnyBits(random), AnyBits(random), AnyBits(random));
            case 1: return (Unit(random), Unit(random), Unit(random));
            case 2:
                // c has 24 bits, the product half of its last one and a little more or less, far below what a double holds beside c.
                float c = MathF.ScaleB(1 + (random.Next(1 << 23) * Ulp), random.Next(-20, 20)), half = 0.5f * (MathF.BitIncrement(c) - c);
                return random.Next(3) switch
                {
                    0 => (half * (1 + Ulp), 1 - Ulp, random.Next(2) == 0 ? c : -c),
                    1 => (half * (1 + Root), 1 - Root, random.Next(2) == 0 ? c : -c),
                    _ => (half, 1, random.Next(2) == 0 ? c : -c),
                };
            case 3: return (MathF.ScaleB(Unit(random), random.Next(-90, -50)), MathF.ScaleB(Unit(random), random.Next(-90, -50)), MathF.ScaleB(Unit(random), random.Next(-160, -125)));
            default:
                float[] odd = [0f, -0f, 1f, -1f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, float.MaxValue, float.MinValue, float.Epsilon, -float.Epsilon, 1.17549435e-38f, 2f, 0.5f];
                return (odd[random.Next(odd.Length)], odd[random.Next(odd.Length)], odd[random.Next(odd.Length)]);
        }
    }

    private static float AnyBits(Random random) => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));

    private static float Unit(Random random) => (random.NextSingle() * 2) - 1;

    private static bool Same(float a, float b) => BitConverter.SingleToInt32Bits(a) == BitConverter.SingleToInt32Bits(b) || (float.IsNaN(a) && float.IsNaN(b));

    private static void Step(int width, float* a, float* b, float* c)
    {
        if (width == 4 && Avx.IsSupported) ExactFused.Step<FourDoubles>(a, b, c);
        else if (width >= 2 && Vector128.IsHardwareAccelerated) ExactFused.Step<TwoDoubles>(a, b, c);
        else ExactFused.Step<OneDouble>(a, b, c);
    }

    private static void Rows<TRows>(int width, int k, float* a, nint aRow, nint aStep, float* b, nint bStep, int* offsets, float* sums) where TRows : struct, ICount
    {
        if (width == 4 && Avx.IsSupported) ExactFused.Rows<FourDoubles, TRows>(k, a, aRow, aStep, b, bStep, offsets, sums);
        else if (width >= 2 && Vector128.IsHardwareAccelerated) ExactFused.Rows<TwoDoubles, TRows>(k, a, aRow, aStep, b, bStep, offsets, sums);
        else ExactTile.Run(TRows.Value, k, a, aRow, aStep, b, bStep, offsets, sums, Count, true, sums, Count);
    }
}
