namespace Unroll.Kernels;

/// <content>Packing: the operands laid out as the tiles read them.</content>
internal static unsafe partial class Gemm
{
    /// <summary>One panel of op(B): depth steps of <paramref name="width"/> columns, zeros behind the first <paramref name="columns"/>.</summary>
    private static void PackPanel(bool transposeB, int depth, int columns, int width, float* b, int ldb, float* to)
    {
        if (!transposeB)
        {
            for (int p = 0; p < depth; p++)
            {
                var step = new Span<float>(to + ((long)p * width), width);
                new ReadOnlySpan<float>(b + ((long)p * ldb), columns).CopyTo(step);
                step[columns..].Clear();
            }

            return;
        }

        for (int j = 0; j < columns; j++)
        {
            float* from = b + ((long)j * ldb);
            for (int p = 0; p < depth; p++) to[((long)p * width) + j] = from[p];
        }

        for (int j = columns; j < width; j++)
        {
            for (int p = 0; p < depth; p++) to[((long)p * width) + j] = 0;
        }
    }

    /// <summary>Some rows of op(A), a tile's height at a time: in each tile the steps one behind the other.</summary>
    private static void PackRows(bool transposeA, int rows, int depth, float* a, int lda, float* to)
    {
        int height;
        for (int i = 0; i < rows; i += height)
        {
            height = TileHeight(rows - i);
            float* tile = to + ((long)i * depth);
            if (transposeA)
            {
                for (int p = 0; p < depth; p++)
                {
                    float* from = a + ((long)p * lda) + i;
                    for (int r = 0; r < height; r++) tile[(p * height) + r] = from[r];
                }
            }
            else
            {
                for (int r = 0; r < height; r++)
                {
                    float* from = a + ((long)(i + r) * lda);
                    for (int p = 0; p < depth; p++) tile[(p * height) + r] = from[p];
                }
            }
        }
    }
}
