namespace Unroll.Kernels;

/// <content>The gradient of the weights and of the bias.</content>
internal static unsafe partial class SequenceConvolution
{
    /// <summary>Floats of gathered rows for the gradient of the weights: long enough to make each product worth its packing.</summary>
    private const int WeightBlockFloats = 1 << 18;

    /// <summary>Floats of scratch that <see cref="BackwardWeight"/> needs.</summary>
    public static int WeightScratchLength(in SequenceSizes s)
    {
        if (s.IsDepthwise) return s.Big * s.Time.Taps;
        int steps = s.BigGroup * s.Time.Taps, rows = WeightRows(s);
        return checked((rows * steps) + (rows * s.SmallGroup) + (s.SmallGroup * steps));
    }

    /// <summary>dW += the gradient of the weights.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="s">The sizes.</param>
    /// <param name="bigLengths">[batch], or empty: all steps.</param>
    /// <param name="smallLengths">[batch], or empty: all steps.</param>
    /// <param name="big">[T, batch, Big]: what a convolution read; of a transposed one the gradient of what it wrote.</param>
    /// <param name="small">[T', batch, Small]: the gradient of what a convolution wrote; of a transposed one what it read.</param>
    /// <param name="scratch"><see cref="WeightScratchLength"/>.</param>
    /// <param name="dW">[Small, Big / Groups, taps].</param>
    public static void BackwardWeight(Team team, in SequenceSizes s, ReadOnlySpan<int> bigLengths, ReadOnlySpan<int> smallLengths, ReadOnlySpan<float> big, ReadOnlySpan<float> small,
        Span<float> scratch, Span<float> dW)
    {
        int taps = s.Time.Taps, steps = s.BigGroup * taps, most = WeightRows(s), all = s.Time.Small * s.Batch, width = s.SmallGroup;
        fixed (int* bl = bigLengths, sl = smallLengths)
        fixed (float* b = big, y = small, memory = scratch)
        {
            if (s.IsDepthwise)
            {
                var sums = new DepthwiseWeightJob { Sizes = s, BigLengths = bl, SmallLengths = sl, Big = b, Small = y, Sums = memory };
                WorkSharing.Run(team, ref sums, taps, s.Work >= WorthSharing);
                for (int c = 0; c < s.Big; c++)
                {
                    for (int j = 0; j < taps; j++) dW[(c * taps) + j] += scratch[(j * s.Big) + c];
                }

                return;
            }

            Span<float> met = scratch[..(most * steps)], gradient = scratch.Slice(most * steps, most * width), sum = scratch.Slice(most * (steps + width), width * steps);
            for (int g = 0; g < s.Groups; g++)
            {
                sum.Clear();
                for (int first = 0; first < all; first += most)
                {
                    int rows = Math.Min(most, all - first);
                    var job = new GatherJob { Sizes = s, Group = g, First = first, Rows = rows, BigLengths = bl, SmallLengths = sl, Big = b, Small = y, Met = memory, Gradient = memory + ((long)most * steps) };
                    WorkSharing.Run(team, ref job, (rows + GatherJob.PartRows - 1) / GatherJob.PartRows, s.Work >= WorthSharing);
                    Gemm.Multiply(team, true, false, width, steps, rows, gradient, width, met, steps, sum, steps, accumulate: true);
                }

                for (int o = 0; o < width; o++)                                        // [channels of small, taps, channels of big] -> [channels of small, channels of big, taps]
                {
                    Span<float> to = dW.Slice(((g * width) + o) * steps, steps);
                    for (int c = 0; c < s.BigGroup; c++)
                    {
                        for (int j = 0; j < taps; j++) to[(c * taps) + j] += sum[(o * steps) + (j * s.BigGroup) + c];
                    }
                }
            }
        }
    }

    /// <summary>row += the sum of all rows within the lengths.</summary>
    public static void SumRowsTo(Team team, ReadOnlySpan<int> lengths, int batch, int channels, ReadOnlySpan<float> x, Span<float> row)
    {
        int rows = x.Length / Math.Max(1, channels);
        if (lengths.IsEmpty)
        {
            VectorMath.SumRowsTo(team, x, rows, channels, row);
            return;
        }

        for (int i = 0; i < rows; i++)
        {
            if (i / batch < lengths[i % batch]) VectorMath.AddTo(x.Slice(i * channels, channels), row);
        }
    }

    private static int WeightRows(in SequenceSizes s) => Math.Max(1, Math.Min(s.Time.Small * s.Batch, Math.Max(Gemm.DepthBlock, WeightBlockFloats / Math.Max(1, s.BigGroup * s.Time.Taps))));

    /// <summary>Gathers the rows of a block: what the taps met, and the small side; zeros behind the ends.</summary>
    private struct GatherJob : IJob
    {
        public const int PartRows = 64;
        public SequenceSizes Sizes;
        public int Group, First, Rows;
        public int* BigLengths, SmallLengths;
        public float* Big, Small, Met, Gradient;

        public readonly void Run(int part, int worker)
        {
            SequenceSizes s = Sizes;
            int steps = s.BigGroup * s.Time.Taps, width = s.SmallGroup;
            for (int i = part * PartRows; i < Math.Min(Rows, (part + 1) * PartRows); i++)
            {
                int row = First + i, t = row / s.Batch, b = row % s.Batch;
                GatherBig(s, BigLengths, Big, Group, t, b, Met + ((long)i * steps));
                CopyRow(SmallLengths == null || t < SmallLengths[b] ? Small + ((long)row * s.Small) + (Group * width) : null, width, Gradient + ((long)i * width));
            }
        }
    }

    /// <summary>One tap of a depthwise convolution: the sum over all rows of what it met times the small side.</summary>
    private struct DepthwiseWeightJob : IJob
    {
        public SequenceSizes Sizes;
        public int* BigLengths, SmallLengths;
        public float* Big, Small, Sums;

        public readonly void Run(int part, int worker)
        {
            ConvAxis time = Sizes.Time;
            int n = Sizes.Big, batch = Sizes.Batch;
            var sum = new Span<float>(Sums + ((long)part * n), n);
            sum.Clear();
            for (int t = 0; t < time.Small; t++)
            {
                long u = ((long)t * time.Stride) - time.Before + ((long)part * time.Dilation);
                if (u < 0 || u >= time.Big) continue;
                for (int b = 0; b < batch; b++)
                {
                    if ((BigLengths != null && u >= BigLengths[b]) || (SmallLengths != null && t >= SmallLengths[b])) continue;
                    VectorMath.MultiplyAdd(new ReadOnlySpan<float>(Big + (((u * batch) + b) * n), n), new ReadOnlySpan<float>(Small + ((((long)t * batch) + b) * n), n), sum);
                }
            }
        }
    }
}
