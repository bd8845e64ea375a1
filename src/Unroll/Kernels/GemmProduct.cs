namespace Unroll.Kernels;

/// <content>How a large product is cut: strips of columns, blocks along k, blocks of rows.</content>
internal static unsafe partial class Gemm
{
    /// <summary>Columns packed at once, in multiples of every panel's width: one block of them stays in the last-level cache.</summary>
    private const int ColumnStrip = 2016;

    /// <summary>Rows packed at once: with a block along k they stay in the second-level cache.</summary>
    private const int RowBlock = 96;

    /// <summary>Fewer multiply-adds than this are not worth waking a thread for.</summary>
    private const long WorthSharing = 1 << 19;

    /// <summary>One product. As a job it first packs a block of B, a panel a part, then multiplies, a block of rows by some panels a part.</summary>
    private struct Product : IJob
    {
        public Team Team;
        public bool TransposeA, TransposeB, Accumulate;
        public int M, N, K, Lda, Ldb, Ldc;
        public float* A, B, C;
        private float* packed;
        private int column, columns, step, depth, panels, columnParts, partPanels;
        private bool packing;

        public void Run()
        {
            bool share = Team.Threads > 1 && (long)M * N * K >= WorthSharing;
            int rowParts = (M + RowBlock - 1) / RowBlock;
            fixed (float* memory = Team.Packing(Team.Threads, Padded(Math.Min(N, ColumnStrip)) * Math.Min(K, DepthBlock)))
            {
                packed = memory;
                for (column = 0; column < N; column += ColumnStrip)
                {
                    columns = Math.Min(ColumnStrip, N - column);
                    panels = Panels(columns);
                    int wanted = share ? Math.Clamp(4 * Team.Threads / rowParts, 1, panels) : 1;
                    partPanels = (panels + wanted - 1) / wanted;
                    columnParts = (panels + partPanels - 1) / partPanels;
                    for (step = 0; step < K; step += DepthBlock)
                    {
                        depth = Math.Min(DepthBlock, K - step);
                        packing = true;
                        Do(share, panels);
                        packing = false;
                        Do(share, rowParts * columnParts);
                    }
                }
            }
        }

        private void Do(bool share, int parts)
        {
            if (share) Team.Run(ref this, parts);
            else for (int i = 0; i < parts; i++) Run(i, 0);
        }

        public readonly void Run(int part, int worker)
        {
            if (packing) Pack(part);
            else Multiply(part / columnParts * RowBlock, part % columnParts * partPanels, worker);
        }

        private readonly void Pack(int panel)
        {
            int j = PanelStart(columns, panel), width = PanelStart(columns, panel + 1) - j;
            float* from = B + (TransposeB ? ((long)(column + j) * Ldb) + step : ((long)step * Ldb) + column + j);
            PackPanel(TransposeB, depth, Math.Min(width, columns - j), width, from, Ldb, packed + ((long)j * depth));
        }

        private readonly void Multiply(int row, int panel, int worker)
        {
            int rows = Math.Min(RowBlock, M - row), last = Math.Min(panels, panel + partPanels);
            fixed (float* a = Team.Packing(worker, rows * depth))
            {
                PackRows(TransposeA, rows, depth, A + (TransposeA ? ((long)step * Lda) + row : ((long)row * Lda) + step), Lda, a);
                for (; panel < last; panel++)
                {
                    int j = PanelStart(columns, panel), width = PanelStart(columns, panel + 1) - j;
                    PackedRows(rows, Math.Min(width, columns - j), width, depth, a, packed + ((long)j * depth), C + ((long)row * Ldc) + column + j, Ldc, Accumulate || step > 0);
                }
            }
        }
    }
}
