using System.Runtime.CompilerServices;

namespace Unroll.Kernels;

/// <summary>
/// The tile of <see cref="ExactFused"/> for machines without vector registers. A stretch of steps at a time, both operands are widened to double precision, once for
/// all rows and columns that meet them, and their sizes noted. Where the sizes say that no sum can leave the normal floats inexactly, what is left to watch in each
/// step is whether the sum lies in the middle between two floats; else the sum's own size is watched too.
/// </summary>
internal static unsafe class ExactTile
{
    private const int Steps = 32, Highest = 8;

    /// <summary>The parameters are those of <see cref="ExactFused.Tile"/>.</summary>
    [SkipLocalsInit]
    public static void Run(int rows, nint k, float* a, nint aRow, nint aStep, float* b, nint bStep, int* offsets, float* from, nint fromRow, bool chained, float* c, nint cRow)
    {
        double* sums = stackalloc double[Highest * Lanes.Count], wideA = stackalloc double[Highest * Steps], wideB = stackalloc double[Steps * Lanes.Count];
        Sizes ofSums = Sizes.None;
        for (int r = 0; r < rows; r++)
        {
            if (chained) Widen(from + (r * fromRow), 1, Lanes.Count, sums + (r * Lanes.Count), ref ofSums);
            else new Span<double>(sums + (r * Lanes.Count), Lanes.Count).Clear();
        }

        for (nint p = 0; p < k; p += Steps)
        {
            int steps = (int)Math.Min(Steps, k - p);
            Sizes ofA = Sizes.None, ofB = Sizes.None;
            for (int r = 0; r < rows; r++) Widen(a + (r * aRow) + (p * aStep), aStep, steps, wideA + (r * Steps), ref ofA);
            for (int s = 0; s < steps; s++) Widen(b + (offsets == null ? (p + s) * bStep : offsets[p + s]), 1, Lanes.Count, wideB + (s * Lanes.Count), ref ofB);
            bool tame = Sizes.AreTame(ofA, ofB, ofSums);
            for (int r = 0; r < rows; r += 2)
            {
                if (r + 1 == rows) Stretch<Count1>(steps, wideA + (r * Steps), wideB, sums + (r * Lanes.Count), tame);
                else Stretch<Count2>(steps, wideA + (r * Steps), wideB, sums + (r * Lanes.Count), tame);
            }
            if (tame) continue;
            ofSums = Sizes.None;
            for (int i = 0; i < rows * Lanes.Count; i++) ofSums.Note((float)sums[i]);
        }

        for (int r = 0; r < rows; r++)
            for (int j = 0; j < Lanes.Count; j++)
            {
                float sum = (float)sums[(r * Lanes.Count) + j];
                c[(r * cRow) + j] = chained || from == null ? sum : from[(r * fromRow) + j] + sum;
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Widen(float* from, nint step, int count, double* to, ref Sizes sizes)
    {
        Sizes all = sizes;
        for (int i = 0; i < count; i++, from += step)
        {
            to[i] = *from;
            all.Note(*from);
        }
        sizes = all;
    }

    private static void Stretch<TRows>(int steps, double* a, double* b, double* sums, bool tame) where TRows : struct, ICount
    {
        for (int j = 0; j < Lanes.Count; j += 4, b += 4, sums += 4)
        {
            if (tame ? Chains<TRows, Count0>(steps, a, b, sums) : Chains<TRows, Count1>(steps, a, b, sums)) continue;
            for (int r = 0; r < TRows.Value; r++)
                for (int s = 0; s < steps; s++)
                    for (int i = 0; i < 4; i++)
                    {
                        double* sum = sums + (r * Lanes.Count) + i;
                        *sum = ExactFused.Exactly((float)a[(r * Steps) + s], (float)b[(s * Lanes.Count) + i], (float)*sum);
                    }
        }
    }

    /// <summary>One row or two by four columns, over a stretch. False, and nothing stored, where a sum came to lie where two roundings may differ from one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Chains<TRows, TWatched>(int steps, double* a, double* b, double* sums) where TRows : struct, ICount where TWatched : struct, ICount
    {
        double* next = sums + Lanes.Count;
        double c0 = sums[0], c1 = sums[1], c2 = sums[2], c3 = sums[3];
        double d0 = 0, d1 = 0, d2 = 0, d3 = 0;
        if (TRows.Value > 1)
        {
            d0 = next[0];
            d1 = next[1];
            d2 = next[2];
            d3 = next[3];
        }

        for (double* end = a + steps; a < end; a++, b += Lanes.Count)
        {
            double x = *a;
            if (!Fused<TWatched>(x, b[0], ref c0) || !Fused<TWatched>(x, b[1], ref c1) || !Fused<TWatched>(x, b[2], ref c2) || !Fused<TWatched>(x, b[3], ref c3)) return false;
            if (TRows.Value > 1)
            {
                x = a[Steps];
                if (!Fused<TWatched>(x, b[0], ref d0) || !Fused<TWatched>(x, b[1], ref d1) || !Fused<TWatched>(x, b[2], ref d2) || !Fused<TWatched>(x, b[3], ref d3)) return false;
            }
        }

        sums[0] = c0;
        sums[1] = c1;
        sums[2] = c2;
        sums[3] = c3;
        if (TRows.Value > 1)
        {
            next[0] = d0;
            next[1] = d1;
            next[2] = d2;
            next[3] = d3;
        }
        return true;
    }

    /// <summary>Rounds in the bits: half of a float's last bit is added and the tail cut, which is right off the middle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Fused<TWatched>(double a, double b, ref double c) where TWatched : struct, ICount
    {
        double sum = (a * b) + c;
        long bits = BitConverter.DoubleToInt64Bits(sum) + Doubles.Middle;
        c = BitConverter.Int64BitsToDouble(bits & ~(long)Doubles.Tail);
        if (((int)bits & Doubles.Tail) == 0) return false;
        return TWatched.Value == 0 || OneDouble.IsNormal(bits) || sum == 0;
    }

    /// <summary>The smallest and the greatest of some floats, by the bits of their sizes; the smallest is that of those that are not zero, less one.</summary>
    private struct Sizes
    {
        private uint least, greatest;

        public static Sizes None => new() { least = uint.MaxValue };

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Note(float x)
        {
            uint size = BitConverter.SingleToUInt32Bits(x) & int.MaxValue;
            if (size - 1 < least) least = size - 1;
            if (size > greatest) greatest = size;
        }

        /// <summary>
        /// A float of exponent e is a whole number of 2^(e - 23), so products are of 2^-149 if the exponents' sum is -103, or 151 with the two biases, or more. All
        /// sums are such numbers then, and those below the normal floats are floats. At the other end, what starts below 2^125 stays
        /// finite for 2^22 products below 2^102. Infinities and what is no number are never tame.
        /// </summary>
        public static bool AreTame(Sizes a, Sizes b, Sizes sums) =>
            (a.least >> 23) + (b.least >> 23) >= 151 && (a.greatest >> 23) + (b.greatest >> 23) <= 354 && Math.Max(a.greatest, b.greatest) >> 23 < 255 && sums.greatest >> 23 < 252;
    }
}
