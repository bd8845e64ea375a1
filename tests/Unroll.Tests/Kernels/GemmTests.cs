using Unroll.Kernels;

namespace Unroll.Tests.Kernels;

public sealed class GemmTests
{
    private const float Guard = -12345.678f;

    private static readonly int[] Sizes = [0, 1, 15, 16, 17, 33, 47, 48, 49, 100];

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Every_shape_equals_the_sum_in_double_and_nothing_is_written_outside(bool transposeA, bool transposeB)
    {
        using var team = new Team(1);
        foreach (int m in Sizes)
        {
            foreach (int n in Sizes)
            {
                foreach (int k in Sizes) Check(team, new Case(transposeA, transposeB, m, n, k, Accumulate: (m + n + k) % 2 == 1, Slack: (m + n) % 3));
            }
        }
    }

    [Theory]
    [InlineData(3, 5, 1000)]
    [InlineData(130, 97, 513)]
    [InlineData(130, 97, 273)]
    [InlineData(20, 2100, 257)]
    [InlineData(7, 4100, 65)]
    [InlineData(500, 3, 300)]
    [InlineData(700, 8, 513)]
    [InlineData(16, 2100, 300)]
    [InlineData(490, 150, 600)]
    public void Shapes_beyond_one_block_too(int m, int n, int k)
    {
        using var team = new Team(3);
        for (int form = 0; form < 4; form++) Check(team, new Case((form & 1) != 0, (form & 2) != 0, m, n, k, form >= 2, form));
    }

    [Theory]
    [InlineData(1, 100, 300)]
    [InlineData(20, 800, 200)]
    [InlineData(131, 300, 600)]
    [InlineData(300, 2100, 40)]
    [InlineData(1000, 5, 300)]
    public void The_bits_depend_neither_on_threads_nor_on_the_split_of_rows_nor_on_packing(int m, int n, int k)
    {
        float[] a = Numbers(m * k, 1), b = Numbers(k * n, 2), start = Numbers(m * n, 3);
        float[] expected = Product(1, a, b, start, m, n, k);
        Assert.Equal(expected, Product(2, a, b, start, m, n, k));
        Assert.Equal(expected, Product(3, a, b, start, m, n, k));

        foreach (int rows in (int[])[1, 2, 3, 5, 7, 8, 11, 64])
        {
            float[] split = [.. start], packed = [.. start];
            using var team = new Team(1);
            float[] packedB = new float[Gemm.PackedLength(k, n)];
            Gemm.Pack(false, k, n, b, n, packedB);
            for (int i = 0; i < m; i += rows)
            {
                int some = Math.Min(rows, m - i);
                Gemm.Multiply(team, false, false, some, n, k, a.AsSpan(i * k), k, b, n, split.AsSpan(i * n), n, accumulate: true);
                Packed(some, n, k, a.AsSpan(i * k), k, packedB, packed.AsSpan(i * n), n, accumulate: true);
            }

            Assert.Equal(expected, split);
            Assert.Equal(expected, packed);
        }
    }

    [Theory]
    [InlineData(1, 100, 300)]
    [InlineData(70, 130, 500)]
    public void The_bits_depend_neither_on_transposition_nor_on_columns_beside(int m, int n, int k)
    {
        float[] a = Numbers(m * k, 1), b = Numbers(k * n, 2), c = new float[m * n];
        float[] expected = Product(1, a, b, c, m, n, k);
        float[] at = Transposed(a, m, k), bt = Transposed(b, k, n);
        using var team = new Team(1);
        Gemm.Multiply(team, true, true, m, n, k, at, m, bt, k, c, n, accumulate: false);
        Assert.Equal(expected, c);
        foreach (int columns in (int[])[1, 16, 17, 48, 65])
        {
            Array.Clear(c);
            for (int j = 0; j < n; j += columns) Gemm.Multiply(team, false, false, m, Math.Min(columns, n - j), k, a, k, b.AsSpan(j), n, c.AsSpan(j), n, accumulate: false);
            Assert.Equal(expected, c);
        }
    }

    [Theory]
    [InlineData(1, 1, 1, 0)]
    [InlineData(8, 200, 256, 0)]
    [InlineData(13, 200, 17, 3)]
    [InlineData(1030, 256, 600, 16)]
    [InlineData(768, 150, 1000, 0)]
    [InlineData(100, 5, 300, 0)]                                                         // computed as its transpose
    [InlineData(100, 0, 300, 0)]
    [InlineData(100, 40, 0, 0)]
    public void Sums_on_the_way_have_the_bits_of_sums_alone_and_change_nothing_of_the_product(int m, int n, int k, int slack)
    {
        int lda = m + slack;
        float[] a = Numbers(k * lda, 1), b = Numbers(k * n, 2), start = Numbers(m * n, 3), first = Numbers(m + 1, 4), expected = [.. start], sums = [.. first];
        using var alone = new Team(1);
        Gemm.Multiply(alone, true, false, m, n, k, a, lda, b, n, expected, n, accumulate: true);
        VectorMath.SumRowsTo(alone, a, k, m, lda, sums);
        foreach (int threads in (int[])[1, 2, 3])
        {
            using var team = new Team(threads);
            float[] product = [.. start], onTheWay = [.. first];
            Gemm.MultiplyAndSum(team, m, n, k, a, lda, b, n, product, n, accumulate: true, onTheWay);
            Assert.Equal(expected, product);
            Assert.Equal(sums, onTheWay);                                                // and nothing behind the last
        }
    }

    [Fact]
    public void Each_element_is_the_chain_of_fused_multiply_adds_that_the_documentation_names()
    {
        const int m = 9, n = 50, k = 700;
        float[] a = Numbers(m * k, 1), b = Numbers(k * n, 2), c = Numbers(m * n, 3);
        float[] actual = Product(1, a, b, c, m, n, k);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                float sum = c[(i * n) + j];
                for (int block = 0; block < k; block += Gemm.DepthBlock)
                {
                    float chain = 0;
                    for (int p = block; p < Math.Min(k, block + Gemm.DepthBlock); p++) chain = MathF.FusedMultiplyAdd(a[(i * k) + p], b[(p * n) + j], chain);
                    sum += chain;
                }

                Assert.Equal(sum, actual[(i * n) + j]);
            }
        }
    }

    [Theory]
    [InlineData(1, 1, 40)]
    [InlineData(1, 50, 300)]
    [InlineData(70, 1, 300)]
    [InlineData(300, 3, 17)]
    [InlineData(300, 8, 700)]
    [InlineData(65, 100, 513)]
    [InlineData(5, 7, 0)]
    public void A_row_under_the_product_gives_the_bits_of_adding_to_such_rows(int m, int n, int k)
    {
        float[] a = Numbers(m * k, 1), b = Numbers(k * n, 2), row = Numbers(n, 3), expected = new float[m * n], c = Numbers(m * n, 4);
        for (int i = 0; i < m; i++) row.CopyTo(expected, i * n);
        using var team = new Team(2);
        foreach (bool transposeB in (bool[])[false, true])
        {
            float[] sum = [.. expected], stands = transposeB ? Transposed(b, k, n) : b;
            Gemm.Multiply(team, false, transposeB, m, n, k, a, k, stands, transposeB ? k : n, sum, n, accumulate: true);
            Gemm.Multiply(team, false, transposeB, m, n, k, a, k, stands, transposeB ? k : n, row, c, n);
            Assert.Equal(sum, c);
        }
    }

    [Fact]
    public void Nothing_along_k_clears_or_keeps()
    {
        using var team = new Team(1);
        float[] c = [1, 2, 3, 4, 5, 6];
        Gemm.Multiply(team, false, false, 2, 2, 0, [], 1, [], 2, c, 3, accumulate: true);
        Assert.Equal([1, 2, 3, 4, 5, 6], c);
        Gemm.Multiply(team, false, false, 2, 2, 0, [], 1, [], 2, c, 3, accumulate: false);
        Assert.Equal([0, 0, 3, 0, 0, 6], c);
        Packed(1, 2, 0, [], 1, [], c.AsSpan(2), 3, accumulate: false);
        Assert.Equal([0, 0, 0, 0, 0, 6], c);
    }

    [Fact]
    public void Numbers_that_are_none_stay_in_their_row_and_column()
    {
        using var team = new Team(1);
        const int size = 40;
        float[] a = Numbers(size * size, 1), b = Numbers(size * size, 2), c = new float[size * size];
        a[(3 * size) + 5] = float.NaN;
        b[(7 * size) + 39] = float.PositiveInfinity;
        Gemm.Multiply(team, false, false, size, size, size, a, size, b, size, c, size, accumulate: false);
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++) Assert.Equal(i != 3 && j != 39, float.IsFinite(c[(i * size) + j]));
        }
    }

    private static unsafe void Packed(int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, Span<float> c, int ldc, bool accumulate)
    {
        fixed (float* pa = a, pb = b, pc = c) Gemm.MultiplyPacked(m, n, k, pa, lda, pb, pc, ldc, accumulate);
    }

    private static float[] Product(int threads, float[] a, float[] b, float[] start, int m, int n, int k)
    {
        using var team = new Team(threads);
        float[] c = [.. start];
        Gemm.Multiply(team, false, false, m, n, k, a, k, b, n, c, n, accumulate: true);
        return c;
    }

    private static void Check(Team team, Case x)
    {
        (bool ta, bool tb, int m, int n, int k, bool accumulate, int slack) = x;
        int lda = (ta ? m : k) + slack, ldb = (tb ? k : n) + slack, ldc = n + slack;
        float[] a = Numbers((ta ? k : m) * lda, 1), b = Numbers((tb ? n : k) * ldb, 2), start = Numbers(m * ldc, 3);
        for (int i = 0; i < m; i++) start.AsSpan((i * ldc) + n, slack).Fill(Guard);
        float[] c = [Guard, .. start, Guard], packed = [.. c], packedB = new float[Gemm.PackedLength(k, n) + 1];
        packedB[^1] = Guard;
        Gemm.Multiply(team, ta, tb, m, n, k, a, lda, b, ldb, c.AsSpan(1, start.Length), ldc, accumulate);
        Gemm.Pack(tb, k, n, b, ldb, packedB);
        Assert.Equal(Guard, packedB[^1]);
        float[] straight = ta ? Transposed(a, k, lda)[..(m * k)] : a;
        Packed(m, n, k, straight, ta ? k : lda, packedB, packed.AsSpan(1, start.Length), ldc, accumulate);
        Assert.Equal(c, packed);
        Assert.Equal(Guard, c[0]);
        Assert.Equal(Guard, c[^1]);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < ldc; j++)
            {
                float actual = c[1 + (i * ldc) + j];
                if (j >= n)
                {
                    Assert.Equal(Guard, actual);
                    continue;
                }

                double sum = accumulate ? start[(i * ldc) + j] : 0, size = Math.Abs(sum);
                for (int p = 0; p < k; p++)
                {
                    double term = (double)a[ta ? (p * lda) + i : (i * lda) + p] * b[tb ? (j * ldb) + p : (p * ldb) + j];
                    sum += term;
                    size += Math.Abs(term);
                }

                // A chain of k roundings is off by at most k units; what is seen is nearer to the square root.
                Assert.True(Math.Abs(actual - sum) <= 1e-6 * size + 1e-30, $"{x} at [{i}, {j}]: {actual}, expected {sum}");
            }
        }
    }

    private static float[] Transposed(float[] x, int rows, int columns)
    {
        float[] y = new float[x.Length];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++) y[(j * rows) + i] = x[(i * columns) + j];
        }

        return y;
    }

    private static float[] Numbers(int count, ulong seed)
    {
        float[] x = new float[count];
        new RandomStream(seed).FillUniform(x, -1, 1);
        return x;
    }

    private sealed record Case(bool TransposeA, bool TransposeB, int M, int N, int K, bool Accumulate, int Slack);

    /// <summary>Matrices one behind the other, or their rows between each other's, as a batch of sequences has them.</summary>
    [Theory]
    [InlineData(7, 1, 200, 33, false, false)]
    [InlineData(7, 1, 33, 200, false, true)]
    [InlineData(64, 33, 200, 1, true, false)]
    [InlineData(3, 300, 300, 300, false, true)]
    [InlineData(0, 4, 4, 4, false, false)]
    public void Many_products_have_the_bits_of_one_after_the_other(int count, int m, int n, int k, bool transposeA, bool transposeB)
    {
        var random = new RandomStream(4);
        float[] a = new float[count * m * k], b = new float[count * k * n], start = new float[count * m * n];
        foreach (float[] x in (float[][])[a, b, start]) random.FillUniform(x, -1, 1);
        int columnsB = transposeB ? k : n;                                                  // B's rows stand between each other's
        foreach (int threads in (int[])[1, 3])
        {
            using var team = new Team(threads);
            float[] one = [.. start], each = [.. start];
            for (int i = 0; i < count; i++)
                Gemm.Multiply(team, transposeA, transposeB, m, n, k, a.AsSpan(i * m * k), transposeA ? m : k, b.AsSpan(i * columnsB), count * columnsB, one.AsSpan(i * m * n), n, accumulate: true);
            Gemm.MultiplyEach(team, transposeA, transposeB, count, m, n, k, new(a, transposeA ? m : k, m * k), new(b, count * columnsB, columnsB), each, n, m * n, accumulate: true);
            Assert.Equal(one, each);
        }
    }
}
