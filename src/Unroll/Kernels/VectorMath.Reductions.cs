using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <content>Sums and the like. Every order is fixed, so the same numbers give the same bits on every machine and with any number of threads.</content>
internal static unsafe partial class VectorMath
{
    /// <summary>Numbers summed in single precision before the sum goes on in double: short enough to lose no digit that matters.</summary>
    private const int SumBlock = 1024;

    /// <summary>Numbers of a part of a sum on several threads.</summary>
    private const int SharedSum = 64 * SumBlock;

    /// <summary>The sum of the x; 0 of nothing.</summary>
    public static float Sum(ReadOnlySpan<float> x) => (float)Blocks(default(PlainSum), x, x);

    /// <summary>The sum of the x^2.</summary>
    public static double SumSquares(ReadOnlySpan<float> x) => Blocks(default(ProductSum), x, x);

    /// <summary>The sum of the x^2 on several threads: the same bits on any number of them, but not those of the sum on one, which adds in another order.</summary>
    public static double SumSquares(Team team, ReadOnlySpan<float> x) => Shared(team, default(ProductSum), x);

    /// <summary>The sum of the x on several threads; what is said of <see cref="SumSquares(Team, ReadOnlySpan{float})"/> holds.</summary>
    public static float Sum(Team team, ReadOnlySpan<float> x) => (float)Shared(team, default(PlainSum), x);

    private static double Shared<TSum>(Team team, TSum kind, ReadOnlySpan<float> x) where TSum : struct, ISum
    {
        int parts = (x.Length + SharedSum - 1) / SharedSum;
        if (parts <= 1) return Blocks(kind, x, x);
        Span<double> sums = MemoryMarshal.Cast<float, double>(team.Scratch(0, 2 * parts));
        fixed (float* px = x)
        fixed (double* ps = sums)
        {
            var job = new SumJob<TSum> { Kind = kind, X = px, Length = x.Length, Sums = ps };
            team.Run(ref job, parts);
        }

        double sum = 0;
        foreach (double part in sums) sum += part;
        return sum;
    }

    /// <summary>The sum of the a b.</summary>
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => (float)Blocks(default(ProductSum), a, b);

    /// <summary>The greatest of the x; minus infinity of nothing. NaN is passed over.</summary>
    public static float Max(ReadOnlySpan<float> x)
    {
        fixed (float* px = x)
        {
            if (Vector512.IsHardwareAccelerated) return Max<Lanes512>(px, x.Length);
            return Vector256.IsHardwareAccelerated ? Max<Lanes256>(px, x.Length) : Max<Lanes128>(px, x.Length);
        }
    }

    /// <summary>y[r, c] = x[r, c] + row[c].</summary>
    public static void AddRow(ReadOnlySpan<float> x, int rows, int cols, ReadOnlySpan<float> row, Span<float> y)
    {
        for (int r = 0; r < rows; r++) Add(x.Slice(r * cols, cols), row, y.Slice(r * cols, cols));
    }

    /// <summary>y[r, c] = row[c].</summary>
    public static void RepeatRow(ReadOnlySpan<float> row, int rows, int cols, Span<float> y)
    {
        for (int r = 0; r < rows; r++) row[..cols].CopyTo(y.Slice(r * cols, cols));
    }

    /// <summary>row[c] += the sum over r of x[r, c], first row first.</summary>
    public static void SumRowsTo(ReadOnlySpan<float> x, int rows, int cols, Span<float> row)
    {
        fixed (float* px = x, prow = row) new ColumnsJob { X = px, Row = prow, Rows = rows, Columns = cols, Stride = cols, Width = cols }.Run(0, 0);
    }

    /// <summary>The same on several threads, with the same bits: they split the columns.</summary>
    public static void SumRowsTo(Team team, ReadOnlySpan<float> x, int rows, int cols, Span<float> row) => SumRowsTo(team, x, rows, cols, cols, row);

    /// <summary>The same of rows that are <paramref name="stride"/> numbers apart.</summary>
    public static void SumRowsTo(Team team, ReadOnlySpan<float> x, int rows, int cols, int stride, Span<float> row)
    {
        fixed (float* px = x, prow = row)
        {
            if (team.Threads == 1 || (long)rows * cols < 1 << 16)
            {
                new ColumnsJob { X = px, Row = prow, Rows = rows, Columns = cols, Stride = stride, Width = cols }.Run(0, 0);
                return;
            }

            int width = Math.Max(SumBlock / 8, (cols + (4 * team.Threads) - 1) / (4 * team.Threads) / Lanes.Count * Lanes.Count);
            var job = new ColumnsJob { X = px, Row = prow, Rows = rows, Columns = cols, Stride = stride, Width = width };
            team.Run(ref job, (cols + width - 1) / width);
        }
    }

    private interface ISum { T Add<T>(T sum, T a, T b) where T : struct, ILanes<T>; double Add(double sum, double a, double b); }

    private readonly struct PlainSum : ISum
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Add<T>(T sum, T a, T b) where T : struct, ILanes<T> => sum + a;

        public double Add(double sum, double a, double b) => sum + a;
    }

    private readonly struct ProductSum : ISum
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Add<T>(T sum, T a, T b) where T : struct, ILanes<T> => T.Fused(a, b, sum);

        public double Add(double sum, double a, double b) => sum + (a * b);
    }

    private static double Blocks<TSum>(TSum sum, ReadOnlySpan<float> a, ReadOnlySpan<float> b) where TSum : struct, ISum
    {
        fixed (float* pa = a, pb = b)
        {
            double total = 0;
            for (int i = 0; i < a.Length; i += SumBlock)
            {
                int length = Math.Min(SumBlock, a.Length - i);
                double part = Vector512.IsHardwareAccelerated ? Block<Lanes512, TSum>(sum, pa + i, pb + i, length)
                    : Vector256.IsHardwareAccelerated ? Block<Lanes256, TSum>(sum, pa + i, pb + i, length)
                    : Block<Lanes128, TSum>(sum, pa + i, pb + i, length);
                if (!double.IsFinite(part))                                            // too great for single precision, or truly not a number: double decides
                {
                    part = 0;
                    for (int j = i; j < i + length; j++) part = sum.Add(part, pa[j], pb[j]);
                }

                total += part;
            }

            return total;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Block<T, TSum>(TSum sum, float* a, float* b, int length) where T : struct, ILanes<T> where TSum : struct, ISum
    {
        T s0 = T.Of(0f), s1 = s0, s2 = s0, s3 = s0;
        int i = 0;
        for (; i <= length - (4 * Lanes.Count); i += 4 * Lanes.Count)
        {
            s0 = sum.Add(s0, T.Load(a + i), T.Load(b + i));
            s1 = sum.Add(s1, T.Load(a + i + 16), T.Load(b + i + 16));
            s2 = sum.Add(s2, T.Load(a + i + 32), T.Load(b + i + 32));
            s3 = sum.Add(s3, T.Load(a + i + 48), T.Load(b + i + 48));
        }

        for (; i <= length - Lanes.Count; i += Lanes.Count) s0 = sum.Add(s0, T.Load(a + i), T.Load(b + i));
        if (i < length) s1 = sum.Add(s1, Lanes.LoadPart<T>(a + i, length - i), Lanes.LoadPart<T>(b + i, length - i));
        return Lanes.Sum((s0 + s1) + (s2 + s3));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Max<T>(float* x, int length) where T : struct, ILanes<T>
    {
        T most = T.Of(float.NegativeInfinity), most1 = most, most2 = most, most3 = most;
        int i = 0;
        for (; i <= length - (4 * Lanes.Count); i += 4 * Lanes.Count)
        {
            most = Greater(most, T.Load(x + i));
            most1 = Greater(most1, T.Load(x + i + 16));
            most2 = Greater(most2, T.Load(x + i + 32));
            most3 = Greater(most3, T.Load(x + i + 48));
        }

        most = Greater(Greater(most, most1), Greater(most2, most3));
        for (; i <= length - Lanes.Count; i += Lanes.Count)
        {
            most = Greater(most, T.Load(x + i));
        }

        float* lanes = stackalloc float[Lanes.Count];
        T.Store(most, lanes);
        float greatest = float.NegativeInfinity;
        for (int j = 0; j < Lanes.Count; j++) greatest = lanes[j] > greatest ? lanes[j] : greatest;
        for (; i < length; i++) greatest = x[i] > greatest ? x[i] : greatest;
        return greatest;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Greater<T>(T most, T next) where T : struct, ILanes<T> => T.SelectLess(most, next, next, most);

    /// <summary>Adds a strip of columns, <paramref name="stride"/> numbers from row to row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumColumns<T>(float* x, int rows, int cols, int stride, float* row) where T : struct, ILanes<T>
    {
        int c = 0;
        for (; c <= cols - (4 * Lanes.Count); c += 4 * Lanes.Count)
        {
            T s0 = T.Load(row + c), s1 = T.Load(row + c + 16), s2 = T.Load(row + c + 32), s3 = T.Load(row + c + 48);
            float* at = x + c;
            for (int r = 0; r < rows; r++, at += stride)
            {
                s0 += T.Load(at);
                s1 += T.Load(at + 16);
                s2 += T.Load(at + 32);
                s3 += T.Load(at + 48);
            }

            T.Store(s0, row + c);
            T.Store(s1, row + c + 16);
            T.Store(s2, row + c + 32);
            T.Store(s3, row + c + 48);
        }

        for (; c < cols; c += Lanes.Count)
        {
            int width = Math.Min(Lanes.Count, cols - c);
            T s = Lanes.LoadPart<T>(row + c, width);
            float* at = x + c;
            for (int r = 0; r < rows; r++, at += stride) s += width == Lanes.Count ? T.Load(at) : Lanes.LoadPart<T>(at, width);
            Lanes.StorePart(s, row + c, width);
        }
    }

    private struct SumJob<TSum> : IJob where TSum : struct, ISum
    {
        public TSum Kind;
        public float* X;
        public double* Sums;
        public int Length;

        public readonly void Run(int part, int worker)
        {
            int first = part * SharedSum;
            var own = new ReadOnlySpan<float>(X + first, Math.Min(SharedSum, Length - first));
            Sums[part] = Blocks(Kind, own, own);
        }
    }

    private struct ColumnsJob : IJob
    {
        public float* X, Row;
        public int Rows, Columns, Stride, Width;

        public readonly void Run(int part, int worker)
        {
            int first = part * Width, width = Math.Min(Width, Columns - first);
            if (Vector512.IsHardwareAccelerated) SumColumns<Lanes512>(X + first, Rows, width, Stride, Row + first);
            else if (Vector256.IsHardwareAccelerated) SumColumns<Lanes256>(X + first, Rows, width, Stride, Row + first);
            else SumColumns<Lanes128>(X + first, Rows, width, Stride, Row + first);
        }
    }
}
