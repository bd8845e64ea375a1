namespace Unroll.Kernels;

/// <summary>One matrix a product, in one stretch of memory.</summary>
/// <param name="values">The first product's matrix, and the others behind it or between its rows.</param>
/// <param name="row">From a row of a matrix as it stands to the next.</param>
/// <param name="next">From one product's matrix to the next's.</param>
internal readonly ref struct Matrices(ReadOnlySpan<float> values, int row, int next)
{
    public readonly ReadOnlySpan<float> Values = values;
    public readonly int Row = row, Next = next;
}

/// <content>Many products of one shape, such as an attention's, one for each sequence: too small to be shared each by itself, so each goes to one thread as a whole.</content>
internal static unsafe partial class Gemm
{
    /// <summary>Products of at least so many multiply-adds are shared one after the other.</summary>
    private const long LargeByItself = 1 << 24;

    /// <summary>C_i [m, n] (+)= op(A_i) [m, k] op(B_i) [k, n] for every i below count, with the bits of that many calls of <c>Multiply</c>.</summary>
    /// <param name="team">Threads and scratch memory.</param>
    /// <param name="transposeA">Each A stands as [k, m].</param>
    /// <param name="transposeB">Each B stands as [n, k].</param>
    /// <param name="count">Products.</param>
    /// <param name="m">Rows of op(A) and C.</param>
    /// <param name="n">Columns of op(B) and C.</param>
    /// <param name="k">Columns of op(A), rows of op(B).</param>
    /// <param name="a">The As.</param>
    /// <param name="b">The Bs.</param>
    /// <param name="c">The first C, and the others behind it or between its rows.</param>
    /// <param name="ldc">From a row of a C to the next.</param>
    /// <param name="nextC">From one product's C to the next's.</param>
    /// <param name="accumulate">Add to each C rather than overwrite it.</param>
    public static void MultiplyEach(Team team, bool transposeA, bool transposeB, int count, int m, int n, int k, Matrices a, Matrices b, Span<float> c, int ldc, int nextC, bool accumulate)
    {
        fixed (float* pa = a.Values, pb = b.Values, pc = c)
        {
            var each = new Each
            {
                Team = team, TransposeA = transposeA, TransposeB = transposeB, M = m, N = n, K = k, A = pa, Lda = a.Row, NextA = a.Next, B = pb, Ldb = b.Row, NextB = b.Next,
                C = pc, Ldc = ldc, NextC = nextC, Accumulate = accumulate,
            };
            long one = (long)m * n * k;
            if (count > 1 && one < LargeByItself && one * count >= WorthSharing) team.Run(ref each, count);
            else for (int i = 0; i < count; i++) each.Run(i, 0);
        }
    }

    private struct Each : IJob
    {
        public Team Team;
        public bool TransposeA, TransposeB, Accumulate;
        public int M, N, K, Lda, Ldb, Ldc, NextA, NextB, NextC;
        public float* A, B, C;

        // From inside a job a product runs on the thread that asks for it.
        public readonly void Run(int part, int worker)
        {
            float* c = C + ((long)part * NextC);
            Gemm.Run(Team, TransposeA, TransposeB, M, N, K, A + ((long)part * NextA), Lda, B + ((long)part * NextB), Ldb, Accumulate ? c : null, Ldc, c, Ldc);
        }
    }
}
