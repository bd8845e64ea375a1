using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Unroll.Kernels;

/// <content>How a product is cut.</content>
internal static unsafe partial class Gemm
{
    /// <summary>C of at most so many columns is computed transposed.</summary>
    private const int ThinColumns = 8;

    /// <summary>Rows of a part: with a block along k they stay in the second-level cache. Rows that are whole pages apart share a quarter or less of its sets, so fewer of them do.</summary>
    private const int PartRows = 480, PagedPartRows = 240;

    /// <summary>Fewer rows than this are not worth a part of their own: each part packs the columns that it needs.</summary>
    private const int FewestPartRows = 48;

    /// <summary>How many parts a product is cut into at least, where it is large enough to be shared; and where its parts are still large then.</summary>
    private const int Parts = 8, MoreParts = 24;

    /// <summary>Multiply-adds of a part that is worth cutting again, so that no thread waits long for another's last.</summary>
    private const long LargePart = 1 << 24;

    /// <summary>Fewer multiply-adds than this are not worth waking a thread for.</summary>
    private const long WorthSharing = 1 << 19;

    /// <summary>With at most so many rows, rows of B are read where they stand: copying them would cost more than it saves.</summary>
    private const int FewRows = 16;

    /// <summary>A block of B with at most so many numbers stays in the first-level cache as it stands.</summary>
    private const int SmallBlock = 6144;

    /// <summary>With at least so many panels, a transposed A is worth copying where it is copied at all.</summary>
    private const int WorthPackingRows = 3;

    /// <summary>Whether a transposed A is copied: everywhere but on AMD's machines with registers of 512 bits.</summary>
    private static readonly bool CopiesTransposed = !(Vector512.IsHardwareAccelerated && X86Base.IsSupported && X86Base.CpuId(0, 0) is { Ebx: 0x68747541, Edx: 0x69746E65, Ecx: 0x444D4163 });     // AuthenticAMD

    /// <summary>Rows of a part whose A stands transposed, and panels that a part has at least where columns are cut too.</summary>
    private const int StridedRows = 256, FewestPanels = 4;

    /// <summary>One product. A part is a rectangle of C; it depends on no other part, so there is one meeting of the threads, at the end.</summary>
    /// <remarks>
    /// <para>From the inside out:</para>
    /// <para>
    /// A tile is 8 rows by 48 columns of C (AVX-512; 6 by 16 and 2 by 16 with narrower registers) held in registers while k advances by up to 256 steps. A step reads 48 numbers of B, in
    /// three registers, and 8 single numbers of A, each broadcast to all lanes: 24 fused multiply-adds for 11 loads, so the multiply-adds set the pace, two a cycle. They are also enough to
    /// hide their own latency of four cycles.
    /// </para>
    /// <para>
    /// A panel is 48 columns of B over the 256 steps, copied so that the loop reads straight ahead: 48 KiB, which stream from the second-level cache at 16 bytes a cycle, a quarter of what it gives.
    /// The copy serves all rows of the part, 30 tiles or more; at one to two cycles for sixteen numbers it costs 1 or 2 % of the multiply-adds. A B that stands as [n, k] is transposed on the
    /// way, in registers, sixteen by sixteen. Because copying is so cheap each part copies for itself: no thread waits for another's copy, and a panel is used while it is warm.
    /// </para>
    /// <para>
    /// A that stands as [m, k] is not copied: a tile reads eight rows side by side, each straight ahead, which the prefetchers follow. 480 rows by 256 steps are 480 KiB, at most half of the second-level
    /// cache, and are read again for every panel. Rows that lie whole pages apart meet in a quarter or less of its sets, so of those a part has half as many.
    /// </para>
    /// <para>
    /// A that stands as [k, m] is copied, a tile behind the other, with the steps of each together. Read where it stands a tile takes half a cache line of each step, each in a page of its own: on
    /// AMD's Zen 5 the second-level cache gives these as fast as a copy would, and the copy costs up to a tenth of the product; on an Intel Xeon of 2023 they take a quarter to a third longer, and on smaller
    /// caches, with narrower registers, too.
    /// </para>
    /// <para>
    /// While a tile computes it asks, a few cache lines every sixteen steps, for what comes after: the lines of C it will store to, on the way over the first panel the next tile's rows of A, and a share of
    /// what the next panel is copied from, and of a transposed A the next block along k, which no prefetcher foresees. Asked for in one go these would fill the queue of the first-level cache and hold up
    /// the multiply-adds; not asked for, a B [k, n] of short rows and long strides comes at the memory's latency.
    /// </para>
    /// <para>
    /// Blocks along k come outermost, so C is read and written once in 256 steps; what C begins with (nothing, itself, or a bias row) is added by the first block's tiles as they store.
    /// </para>
    /// <para>
    /// Thin products are bound by memory, not arithmetic. Up to 16 rows read a B [k, n] where it stands. A C of up to 8 columns is computed as its transpose, so that lanes are rows of it. A product below
    /// half a million multiply-adds is one part and meets no other thread. However a product is cut, each element of C is one sum in one order.
    /// </para>
    /// </remarks>
    private struct Product : IJob
    {
        public Team Team;
        public bool TransposeA, TransposeB;
        public int M, N, K, Lda, Ldb;
        public nint FromRow, FromColumn, CRow, CColumn;
        public float* A, B, From, C;

        /// <summary>Takes the sums of op(A)'s rows too, or null.</summary>
        public float* Sums;

        private int partRows, partPanels, columnParts;

        /// <returns>Whether sums were taken on the way: it takes an A that is copied.</returns>
        public bool Run()
        {
            int panels = Panels(N), highest = !TransposeA && Lda % Memory.PageFloats == 0 ? PagedPartRows : PartRows, rowParts = (M + highest - 1) / highest;
            columnParts = 1;
            if ((long)M * N * K >= WorthSharing)
            {
                if (TransposeA) rowParts = CutTransposed(panels);
                else
                {
                    int parts = (int)Math.Clamp((long)M * N * K / LargePart, Parts, MoreParts);
                    columnParts = Math.Min(panels, (parts + rowParts - 1) / rowParts);
                    rowParts = Math.Max(rowParts, Math.Min(M / FewestPartRows, (Parts + columnParts - 1) / columnParts));
                }
            }

            partRows = (((M + rowParts - 1) / rowParts) + TileRows - 1) / TileRows * TileRows;
            rowParts = (M + partRows - 1) / partRows;
            partPanels = (panels + columnParts - 1) / columnParts;
            columnParts = (panels + partPanels - 1) / partPanels;
            bool sums = Sums != null && Vector512.IsHardwareAccelerated && CopiesA(Math.Min(partPanels, panels));
            if (!sums) Sums = null;
            Team.Run(ref this, rowParts * columnParts);
            return sums;
        }

        private readonly bool CopiesA(int panels) => TransposeA && CopiesTransposed && panels >= WorthPackingRows;

        /// <summary>Parts of 256 rows, as many for each thread: weights' gradients have few columns and many steps, so a part's copies of B serve it only. Threads that would have nothing to do cut columns, then rows, finer.</summary>
        private int CutTransposed(int panels)
        {
            int threads = Team.Available, rowParts = (M + StridedRows - 1) / StridedRows;
            columnParts = Math.Clamp(((2 * threads) + rowParts - 1) / rowParts, 1, Math.Max(1, panels / FewestPanels));
            if (rowParts * columnParts < threads) rowParts = Math.Max(rowParts, Math.Min(M / FewestPartRows, (threads + columnParts - 1) / columnParts));
            return rowParts > threads ? (rowParts + threads - 1) / threads * threads : rowParts;
        }

        public readonly void Run(int part, int worker)
        {
            int row = part / columnParts * partRows, rows = Math.Min(partRows, M - row);
            int first = part % columnParts * partPanels, last = Math.Min(first + partPanels, Panels(N)), deepest = Math.Min(K, DepthBlock);
            bool packA = CopiesA(last - first);
            int panelLength = Widest * deepest;
            fixed (float* panel = Team.Packing(worker, panelLength + (packA ? (rows * deepest) + Lanes.Count : 0)))
            {
                for (int step = 0; step < K; step += DepthBlock)
                {
                    int depth = Math.Min(DepthBlock, K - step);
                    float* a = A + (TransposeA ? ((long)step * Lda) + row : ((long)row * Lda) + step);
                    NextRows nextRows = TransposeA && step + DepthBlock < K ? new NextRows(a + ((long)DepthBlock * Lda), Lda, rows, Math.Min(DepthBlock, K - step - DepthBlock)) : default;
                    if (packA) PackRows(rows, depth, a, Lda, panel + panelLength, Sums != null && first == 0 ? Sums + row : null);
                    bool inPlace = !TransposeB && (rows <= FewRows || depth * (long)Ldb <= SmallBlock);
                    for (int p = first; p < last; p++)
                    {
                        int j = PanelStart(N, p), width = PanelStart(N, p + 1) - j, columns = Math.Min(width, N - j);
                        float* b = B + (TransposeB ? ((long)j * Ldb) + step : ((long)step * Ldb) + j), c = C + (row * CRow) + (j * CColumn);
                        nint bStep = Ldb;
                        if (!inPlace || columns < width)
                        {
                            PackPanel(TransposeB, depth, columns, width, b, Ldb, panel);
                            b = panel;
                            bStep = width;
                        }

                        float* from = step > 0 ? c : From == null ? null : From + (row * FromRow) + (j * FromColumn);
                        nint fromRow = step > 0 ? CRow : FromRow;
                        nint fromColumn = step > 0 ? CColumn : FromColumn;
                        NextPanel next = inPlace ? default : p + 1 < last ? Panel(p + 1, step) : Panel(first, step + DepthBlock);
                        Rows(rows, columns, width, depth, packA ? panel + panelLength : a, TransposeA ? 1 : Lda, packA ? 0 : TransposeA ? Lda : 1, b, bStep, from, fromRow, fromColumn, c, CRow, CColumn, next, ref nextRows, newA: p == first && !TransposeA);
                    }
                }
            }
        }

        private readonly NextPanel Panel(int panel, int step)
        {
            if (step >= K) return default;
            int j = PanelStart(N, panel);
            return new NextPanel(TransposeB, B + (TransposeB ? ((long)j * Ldb) + step : ((long)step * Ldb) + j), Ldb, Math.Min(DepthBlock, K - step), Math.Min(PanelStart(N, panel + 1), N) - j);
        }
    }
}
