// Plain loops that stand in until the vectorised kernels land; that change deletes this whole file (kernels and random stream included).
namespace Unroll.Kernels
{
internal interface IJob { void Run(int part, int worker); }
internal sealed class Team : IDisposable
{
    public Team(int threads) { Threads = threads; }
    public int Threads;
    float[] scratch = GC.AllocateArray<float>(16, true);
    public void Run<TJob>(ref TJob job, int parts) where TJob : struct, IJob { for (int i = 0; i < parts; i++) job.Run(i, 0); }
    public Span<float> Scratch(int worker, int length) { if (scratch.Length < length) scratch = GC.AllocateArray<float>(length, true); return scratch.AsSpan(0, length); }
    public void Dispose() { }
}
internal static unsafe class Gemm
{
    public static void Multiply(Team team, bool ta, bool tb, int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<float> c, int ldc, bool accumulate)
    { for (int i = 0; i < m; i++) for (int j = 0; j < n; j++) { float s = accumulate ? c[i * ldc + j] : 0; for (int p = 0; p < k; p++) s += (ta ? a[p * lda + i] : a[i * lda + p]) * (tb ? b[j * ldb + p] : b[p * ldb + j]); c[i * ldc + j] = s; } }
    public static int PackedLength(int k, int n) => k * n;
    public static void Pack(bool tb, int k, int n, ReadOnlySpan<float> b, int ldb, Span<float> packed) { for (int p = 0; p < k; p++) for (int j = 0; j < n; j++) packed[p * n + j] = tb ? b[j * ldb + p] : b[p * ldb + j]; }
    public static void MultiplyPacked(int m, int n, int k, float* a, int lda, float* pb, float* c, int ldc, bool accumulate)
    { for (int i = 0; i < m; i++) { if (!accumulate) for (int j = 0; j < n; j++) c[i * ldc + j] = 0; for (int p = 0; p < k; p++) { float x = a[i * lda + p]; for (int j = 0; j < n; j++) c[i * ldc + j] += x * pb[p * n + j]; } } }
}
internal static class Special { public static double LogGamma(double x) => 0; public static double Digamma(double x) => 0; 
 public static double NormalQuantile(double p) => 0; public static double StudentTQuantile(double p, double df) => 0; }
internal static class VectorMath
{
    public static void Add(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) { for (int i = 0; i < y.Length; i++) y[i] = a[i] + b[i]; }
    public static void Subtract(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) { for (int i = 0; i < y.Length; i++) y[i] = a[i] - b[i]; }
    public static void Multiply(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) { for (int i = 0; i < y.Length; i++) y[i] = a[i] * b[i]; }
    public static void Divide(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) { for (int i = 0; i < y.Length; i++) y[i] = a[i] / b[i]; }
    public static void AddTo(ReadOnlySpan<float> x, Span<float> y) { for (int i = 0; i < y.Length; i++) y[i] += x[i]; }
    public static void Scale(ReadOnlySpan<float> x, float s, Span<float> y) { for (int i = 0; i < y.Length; i++) y[i] = s * x[i]; }
    public static void AddScaled(ReadOnlySpan<float> x, float s, Span<float> y) { for (int i = 0; i < y.Length; i++) y[i] += s * x[i]; }
    public static void AddScalar(ReadOnlySpan<float> x, float s, Span<float> y) { for (int i = 0; i < y.Length; i++) y[i] = s + x[i]; }
    public static void MultiplyAdd(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) { for (int i = 0; i < y.Length; i++) y[i] += a[i] * b[i]; }
    static void Map(ReadOnlySpan<float> x, Span<float> y, Func<float, float> f) { for (int i = 0; i < y.Length; i++) y[i] = f(x[i]); }
    static void Map2(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> y, Func<float, float> f) { for (int i = 0; i < y.Length; i++) y[i] += dy[i] * f(x[i]); }
    public static void Exp(ReadOnlySpan<float> x, Span<float> y) => Map(x, y, MathF.Exp);
    public static void Log(ReadOnlySpan<float> x, Span<float> y) => Map(x, y, MathF.Log);
    public static void Log1p(ReadOnlySpan<float> x, Span<float> y) => Map(x, y, v => MathF.Log(1 + v));
    public static void Sqrt(ReadOnlySpan<float> x, Span<float> y) => Map(x, y, MathF.Sqrt);
    public static void Abs(ReadOnlySpan<float> x, Span<float> y) => Map(x, y, MathF.Abs);
    public static void Square(ReadOnlySpan<float> x, Span<float> y) => Map(x, y, v => v * v);
    public static void Tanh(ReadOnlySpan<float> x, Span<float> y) => Map(x, y, MathF.Tanh);
    public static void Sigmoid(ReadOnlySpan<float> x, Span<float> y) => Map(x, y, v => 1 / (1 + MathF.Exp(-v)));
    public static void Softplus(ReadOnlySpan<float> x, Span<float> y) => Map(x, y, v => v > 20 ? v : MathF.Log(1 + MathF.Exp(v)));
    public static void Relu(ReadOnlySpan<float> x, Span<float> y) => Map(x, y, v => Math.Max(v, 0));
    public static void Clamp(ReadOnlySpan<float> x, float lo, float hi, Span<float> y) => Map(x, y, v => Math.Clamp(v, lo, hi));
    public static void ExpBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx) => Map2(y, dy, dx, v => v);
    public static void LogBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx) => Map2(y, dy, dx, v => 1 / v);
    public static void Log1pBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx) => Map2(y, dy, dx, v => 1 / (1 + v));
    public static void SqrtBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx) => Map2(y, dy, dx, v => .5f / v);
    public static void AbsBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx) => Map2(y, dy, dx, v => Math.Sign(v));
    public static void SquareBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx) => Map2(y, dy, dx, v => 2 * v);
    public static void TanhBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx) => Map2(y, dy, dx, v => 1 - v * v);
    public static void SigmoidBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx) => Map2(y, dy, dx, v => v * (1 - v));
    public static void SoftplusBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx) => Map2(y, dy, dx, v => 1 / (1 + MathF.Exp(-v)));
    public static void ReluBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx) => Map2(y, dy, dx, v => v > 0 ? 1 : 0);
    public static float Sum(ReadOnlySpan<float> x) { double s = 0; foreach (float v in x) s += v; return (float)s; }
    public static void RepeatRow(ReadOnlySpan<float> row, int rows, int cols, Span<float> y) { for (int r = 0; r < rows; r++) row.CopyTo(y.Slice(r * cols, cols)); }
    public static void SumRowsTo(ReadOnlySpan<float> x, int rows, int cols, Span<float> row) { for (int r = 0; r < rows; r++) AddTo(x.Slice(r * cols, cols), row); }
    public static void SoftmaxRows(ReadOnlySpan<float> x, int rows, int cols, Span<float> y) { LogSoftmaxRows(x, rows, cols, y); Exp(y, y); }
    public static void LogSoftmaxRows(ReadOnlySpan<float> x, int rows, int cols, Span<float> y) { for (int r = 0; r < rows; r++) { float m = float.MinValue; for (int c = 0; c < cols; c++) m = Math.Max(m, x[r * cols + c]); double s = 0; for (int c = 0; c < cols; c++) s += Math.Exp(x[r * cols + c] - m); float l = m + (float)Math.Log(s); for (int c = 0; c < cols; c++) y[r * cols + c] = x[r * cols + c] - l; } }
    public static void SoftmaxRowsBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, int rows, int cols, Span<float> dx) { for (int r = 0; r < rows; r++) { float s = 0; for (int c = 0; c < cols; c++) s += y[r * cols + c] * dy[r * cols + c]; for (int c = 0; c < cols; c++) dx[r * cols + c] += y[r * cols + c] * (dy[r * cols + c] - s); } }
    public static void LogSoftmaxRowsBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, int rows, int cols, Span<float> dx) { for (int r = 0; r < rows; r++) { float s = 0; for (int c = 0; c < cols; c++) s += dy[r * cols + c]; for (int c = 0; c < cols; c++) dx[r * cols + c] += dy[r * cols + c] - MathF.Exp(y[r * cols + c]) * s; } }
}
}
namespace Unroll
{
/// <summary>x</summary>
public sealed class RandomStream(ulong seed, ulong stream = 0)
{
    readonly ulong s0 = seed * 0x9E3779B97F4A7C15 ^ stream; ulong s = seed * 0x9E3779B97F4A7C15 ^ stream;
    ulong Next() { ulong z = s += 0x9E3779B97F4A7C15; z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9; z = (z ^ (z >> 27)) * 0x94D049BB133111EB; return z ^ (z >> 31); }
    /// <summary>x</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1ul << 53));
    /// <summary>x</summary>
    public float NextSingle() => (Next() >> 40) * (1f / (1 << 24));
    /// <summary>x</summary>
    public int NextInt(int max) => (int)(NextDouble() * max);
    /// <summary>x</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());
    /// <summary>x</summary>
    public double NextGamma(double a) => a;
    /// <summary>x</summary>
    public long NextPoisson(double a) => (long)a;
    /// <summary>x</summary>
    public void FillUniform(Span<float> v, float lo, float hi) { for (int i = 0; i < v.Length; i++) v[i] = lo + (hi - lo) * NextSingle(); }
    /// <summary>x</summary>
    public void FillNormal(Span<float> v, float mean, float sd) { for (int i = 0; i < v.Length; i++) v[i] = (float)(mean + sd * NextNormal()); }
    /// <summary>x</summary>
    public RandomStream Split(ulong key) { var r = new RandomStream(s0 + key * 0xD1342543DE82EF95, key); return r; }
}
}
