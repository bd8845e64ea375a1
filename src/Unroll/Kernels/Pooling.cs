namespace Unroll.Kernels;

/// <summary>
/// What pooling goes over: parts that do not touch each other (a plane of an image, one sequence of a batch), each a grid of H by W places whose elements stand
/// side by side. Of an image a place is one element; of sequences [time, batch, channels] the grid is time by 1, a place is all channels.
/// </summary>
/// <param name="H">The grid's rows: big side read, small side written.</param>
/// <param name="W">The grid's columns.</param>
/// <param name="Elements">Elements of a place.</param>
/// <param name="BigRow">From a row to the next on the big side.</param>
/// <param name="SmallRow">From a row to the next on the small side.</param>
/// <param name="BigPart">From a part to the next on the big side.</param>
/// <param name="SmallPart">From a part to the next on the small side.</param>
/// <param name="Parts">How many.</param>
internal readonly record struct PoolSizes(ConvAxis H, ConvAxis W, int Elements, int BigRow, int SmallRow, int BigPart, int SmallPart, int Parts);

/// <summary>Greatest values and means over windows. Threads share out the parts.</summary>
internal static unsafe class Pooling
{
    private const long WorthSharing = 1 << 15;

    /// <summary>small = the greatest of each window, the first of equals; NaN is greater than all. Places in the padding do not count.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="s">The sizes.</param>
    /// <param name="bigRows">Rows of each part that count, or empty: all.</param>
    /// <param name="smallRows">Rows of each part that are written; zeros behind. Empty: all.</param>
    /// <param name="big">What is read.</param>
    /// <param name="small">What is written.</param>
    /// <param name="where">For each element of small the index of its source in big, or -1.</param>
    public static void Max(Team team, in PoolSizes s, ReadOnlySpan<int> bigRows, ReadOnlySpan<int> smallRows, ReadOnlySpan<float> big, Span<float> small, Span<int> where)
    {
        fixed (int* br = bigRows, sr = smallRows, w = where)
        fixed (float* b = big, y = small)
        {
            var job = new MaxJob { Sizes = s, BigRows = br, SmallRows = sr, Big = b, Small = y, Where = w };
            WorkSharing.Run(team, ref job, s.Parts, small.Length >= WorthSharing);
        }
    }

    /// <summary>dx[where[i]] += dy[i].</summary>
    public static void MaxBackward(Team team, in PoolSizes s, ReadOnlySpan<int> where, ReadOnlySpan<float> dy, Span<float> dx)
    {
        fixed (int* w = where)
        fixed (float* y = dy, x = dx)
        {
            var job = new MaxBackwardJob { Sizes = s, Where = w, Dy = y, Dx = x };
            WorkSharing.Run(team, ref job, s.Parts, dy.Length >= WorthSharing);
        }
    }

    /// <summary>small = the mean of each window.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="s">The sizes.</param>
    /// <param name="bigRows">Rows of each part that count, or empty: all.</param>
    /// <param name="smallRows">Rows of each part that are written; zeros behind. Empty: all.</param>
    /// <param name="countPadding">True divides by the whole window, its places in the padding as zeros; false by the places that there are.</param>
    /// <param name="big">What is read.</param>
    /// <param name="small">What is written.</param>
    public static void Mean(Team team, in PoolSizes s, ReadOnlySpan<int> bigRows, ReadOnlySpan<int> smallRows, bool countPadding, ReadOnlySpan<float> big, Span<float> small)
    {
        fixed (int* br = bigRows, sr = smallRows)
        fixed (float* b = big, y = small)
        {
            var job = new MeanJob { Sizes = s, BigRows = br, SmallRows = sr, CountPadding = countPadding, Big = b, Small = y };
            WorkSharing.Run(team, ref job, s.Parts, small.Length >= WorthSharing);
        }
    }

    /// <summary>dx += what the means' gradients give to each place.</summary>
    public static void MeanBackward(Team team, in PoolSizes s, ReadOnlySpan<int> bigRows, ReadOnlySpan<int> smallRows, bool countPadding, ReadOnlySpan<float> dy, Span<float> dx)
    {
        fixed (int* br = bigRows, sr = smallRows)
        fixed (float* y = dy, x = dx)
        {
            var job = new MeanJob { Sizes = s, BigRows = br, SmallRows = sr, CountPadding = countPadding, Big = x, Small = y, Backward = true };
            WorkSharing.Run(team, ref job, s.Parts, dy.Length >= WorthSharing);
        }
    }

    /// <summary>The places of a window that there are, from and up to.</summary>
    private static (int From, int To) Window(in ConvAxis axis, int at, int end)
    {
        long start = ((long)at * axis.Stride) - axis.Before;
        return ((int)Math.Clamp(start, 0, end), (int)Math.Clamp(start + axis.Taps, 0, end));
    }

    private struct MaxJob : IJob
    {
        public PoolSizes Sizes;
        public int* BigRows, SmallRows, Where;
        public float* Big, Small;

        public readonly void Run(int part, int worker)
        {
            PoolSizes s = Sizes;
            int end = BigRows == null ? s.H.Big : BigRows[part], alive = SmallRows == null ? s.H.Small : SmallRows[part], n = s.Elements;
            long from = (long)part * s.BigPart, to = (long)part * s.SmallPart;
            for (int r = 0; r < s.H.Small; r++)
            {
                (int top, int bottom) = r < alive ? Window(s.H, r, end) : (0, 0);
                for (int c = 0; c < s.W.Small; c++)
                {
                    (int left, int right) = Window(s.W, c, s.W.Big);
                    long at = to + ((long)r * s.SmallRow) + ((long)c * n);
                    for (int k = 0; k < n; k++)
                    {
                        float best = 0;
                        int best1 = -1;
                        for (int i = top; i < bottom; i++)
                        {
                            int index = (int)(from + ((long)i * s.BigRow) + ((long)left * n) + k);
                            for (int j = left; j < right; j++, index += n)
                            {
                                float x = Big[index];
                                if (best1 >= 0 && !(x > best) && !(float.IsNaN(x) && !float.IsNaN(best))) continue;
                                best = x;
                                best1 = index;
                            }
                        }

                        Small[at + k] = best;
                        Where[at + k] = best1;
                    }
                }
            }
        }
    }

    private struct MaxBackwardJob : IJob
    {
        public PoolSizes Sizes;
        public int* Where;
        public float* Dy, Dx;

        public readonly void Run(int part, int worker)
        {
            PoolSizes s = Sizes;
            int row = s.W.Small * s.Elements;
            for (int r = 0; r < s.H.Small; r++)
            {
                long at = ((long)part * s.SmallPart) + ((long)r * s.SmallRow);
                for (int i = 0; i < row; i++)
                {
                    if (Where[at + i] >= 0) Dx[Where[at + i]] += Dy[at + i];
                }
            }
        }
    }

    private struct MeanJob : IJob
    {
        public PoolSizes Sizes;
        public int* BigRows, SmallRows;
        public bool CountPadding, Backward;
        public float* Big, Small;

        public readonly void Run(int part, int worker)
        {
            PoolSizes s = Sizes;
            int end = BigRows == null ? s.H.Big : BigRows[part], alive = SmallRows == null ? s.H.Small : SmallRows[part], n = s.Elements;
            long from = (long)part * s.BigPart, to = (long)part * s.SmallPart;
            for (int r = 0; r < s.H.Small; r++)
            {
                (int top, int bottom) = r < alive ? Window(s.H, r, end) : (0, 0);
                // With the padding counted, a window is cut only where it leaves the padding behind the end, which is as wide as the one in front.
                int tall = CountPadding ? Counted(s.H, r, end) : bottom - top;
                for (int c = 0; c < s.W.Small; c++)
                {
                    (int left, int right) = Window(s.W, c, s.W.Big);
                    int count = tall * (CountPadding ? Counted(s.W, c, s.W.Big) : right - left);
                    float share = count == 0 || r >= alive ? 0 : 1f / count;
                    float* y = Small + to + ((long)r * s.SmallRow) + ((long)c * n);
                    if (!Backward) new Span<float>(y, n).Clear();
                    for (int i = top; i < bottom; i++)
                    {
                        float* x = Big + from + ((long)i * s.BigRow) + ((long)left * n);
                        for (int j = left; j < right; j++, x += n) Add(x, y, n, share);
                    }
                }
            }
        }

        private static int Counted(in ConvAxis axis, int at, int end)
        {
            long start = ((long)at * axis.Stride) - axis.Before;
            return (int)(Math.Min(start + axis.Taps, (long)end + axis.Before) - start);
        }

        private readonly void Add(float* x, float* y, int n, float share)
        {
            if (n < Lanes.Count)
            {
                for (int k = 0; k < n; k++)
                {
                    if (Backward) x[k] += share * y[k];
                    else y[k] += share * x[k];
                }
            }
            else if (Backward) VectorMath.AddScaled(new ReadOnlySpan<float>(y, n), share, new Span<float>(x, n));
            else VectorMath.AddScaled(new ReadOnlySpan<float>(x, n), share, new Span<float>(y, n));
        }
    }
}
