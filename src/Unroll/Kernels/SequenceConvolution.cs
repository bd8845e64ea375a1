namespace Unroll.Kernels;

/// <summary>The sizes of a convolution over sequences: big side [T, batch, Big], small side [T', batch, Small], weights [Small, Big / Groups, taps].</summary>
internal readonly record struct SequenceSizes(int Batch, int Big, int Small, int Groups, ConvAxis Time)
{
    /// <summary>Channels of the big side that a group has.</summary>
    public int BigGroup => Big / Groups;

    /// <summary>Channels of the small side that a group has.</summary>
    public int SmallGroup => Small / Groups;

    /// <summary>One channel in, one channel out: no product, but a sum of rows.</summary>
    public bool IsDepthwise => BigGroup == 1 && SmallGroup == 1;

    /// <summary>Multiply-adds of one pass.</summary>
    public long Work => (long)Batch * Time.Small * Small * BigGroup * Time.Taps;
}

/// <summary>
/// Convolutions over sequences [time, batch, channels]: some rows at a time, the rows that each tap meets are copied side by side and one product over channels and taps follows. Steps
/// behind a sequence's end are never read, and written as zeros. Threads share out blocks of rows; how they are cut depends on the sizes alone, and so do the bits.
/// </summary>
internal static unsafe partial class SequenceConvolution
{
    /// <summary>Fewer multiply-adds than this are not worth waking a thread for.</summary>
    private const long WorthSharing = 1 << 19;

    /// <summary>Floats of gathered rows: they stay in the second-level cache.</summary>
    private const int BlockFloats = 1 << 15;

    /// <summary>Floats that <see cref="PackForward"/> writes.</summary>
    public static int ForwardLength(in SequenceSizes s) => s.IsDepthwise ? s.Big * s.Time.Taps : checked(s.Groups * Gemm.PackedLength(s.BigGroup * s.Time.Taps, s.SmallGroup));

    /// <summary>Floats that <see cref="PackBackward"/> writes.</summary>
    public static int BackwardLength(in SequenceSizes s)
    {
        if (s.IsDepthwise) return s.Big * s.Time.Taps;
        int sum = 0;
        for (int phase = 0; phase < s.Time.Stride; phase++) sum = checked(sum + (s.Groups * Gemm.PackedLength(s.SmallGroup * TapsOfPhase(s, phase), s.BigGroup)));
        return sum;
    }

    /// <summary>Floats of scratch that either packing needs.</summary>
    public static int PackScratchLength(in SequenceSizes s) => checked(s.BigGroup * s.SmallGroup * s.Time.Taps);

    /// <summary>Lays the weights out as <see cref="Forward"/> reads them: a group's [taps channels of big, channels of small], packed.</summary>
    public static void PackForward(in SequenceSizes s, ReadOnlySpan<float> weights, Span<float> scratch, Span<float> packed)
    {
        int taps = s.Time.Taps, big = s.BigGroup, small = s.SmallGroup;
        if (s.IsDepthwise)
        {
            Turn(weights, s.Big, taps, packed);
            return;
        }

        int one = Gemm.PackedLength(big * taps, small);
        for (int g = 0; g < s.Groups; g++)
        {
            for (int o = 0; o < small; o++)
            {
                ReadOnlySpan<float> from = weights.Slice(((g * small) + o) * big * taps, big * taps);
                for (int c = 0; c < big; c++)
                {
                    for (int j = 0; j < taps; j++) scratch[(((j * big) + c) * small) + o] = from[(c * taps) + j];
                }
            }

            Gemm.Pack(false, big * taps, small, scratch, small, packed.Slice(g * one, one));
        }
    }

    /// <summary>Lays the weights out as <see cref="BackwardData"/> reads them: for each phase and group [its taps channels of small, channels of big], packed.</summary>
    public static void PackBackward(in SequenceSizes s, ReadOnlySpan<float> weights, Span<float> scratch, Span<float> packed)
    {
        int taps = s.Time.Taps, big = s.BigGroup, small = s.SmallGroup;
        if (s.IsDepthwise)
        {
            Turn(weights, s.Big, taps, packed);
            return;
        }

        for (int phase = 0; phase < s.Time.Stride; phase++)
        {
            int steps = small * TapsOfPhase(s, phase), one = Gemm.PackedLength(steps, big);
            for (int g = 0; g < s.Groups; g++)
            {
                int row = 0;
                for (int j = 0; j < taps; j++)
                {
                    if (s.Time.Phase(j) != phase) continue;
                    for (int o = 0; o < small; o++, row++)
                    {
                        for (int c = 0; c < big; c++) scratch[(row * big) + c] = weights[(((((g * small) + o) * big) + c) * taps) + j];
                    }
                }

                Gemm.Pack(false, steps, big, scratch, big, packed[..one]);
                packed = packed[one..];
            }
        }
    }

    /// <summary>small (+)= the convolution of big, plus a bias a channel.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="s">The sizes.</param>
    /// <param name="bigLengths">[batch], or empty: all steps.</param>
    /// <param name="smallLengths">[batch], or empty: all steps.</param>
    /// <param name="big">[T, batch, Big].</param>
    /// <param name="packed">From <see cref="PackForward"/>.</param>
    /// <param name="bias">[Small] or empty.</param>
    /// <param name="small">[T', batch, Small].</param>
    /// <param name="accumulate">Add to small rather than overwrite it.</param>
    public static void Forward(Team team, in SequenceSizes s, ReadOnlySpan<int> bigLengths, ReadOnlySpan<int> smallLengths, ReadOnlySpan<float> big, ReadOnlySpan<float> packed, ReadOnlySpan<float> bias,
        Span<float> small, bool accumulate)
    {
        if (small.IsEmpty) return;
        fixed (int* bl = bigLengths, sl = smallLengths)
        fixed (float* b = big, w = packed, v = bias, y = small)
        {
            int rows = s.Time.Small * s.Batch, block = Block(rows, s.IsDepthwise ? s.Big : s.BigGroup * s.Time.Taps);
            var job = new ForwardJob
            {
                Team = team, Sizes = s, Block = block, Blocks = (rows + block - 1) / block, BigLengths = bl, SmallLengths = sl, Big = b, Packed = w, Bias = bias.IsEmpty ? null : v, Small = y,
                Accumulate = accumulate,
            };
            WorkSharing.Run(team, ref job, job.Blocks * (s.IsDepthwise ? 1 : s.Groups), s.Work >= WorthSharing);
        }
    }

    /// <summary>big (+)= the transposed convolution of small, plus a bias a channel: the gradient of what a convolution read.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="s">The sizes.</param>
    /// <param name="bigLengths">[batch], or empty: all steps.</param>
    /// <param name="smallLengths">[batch], or empty: all steps.</param>
    /// <param name="small">[T', batch, Small].</param>
    /// <param name="packed">From <see cref="PackBackward"/>.</param>
    /// <param name="bias">[Big] or empty.</param>
    /// <param name="big">[T, batch, Big].</param>
    /// <param name="accumulate">Add to big rather than overwrite it.</param>
    public static void BackwardData(Team team, in SequenceSizes s, ReadOnlySpan<int> bigLengths, ReadOnlySpan<int> smallLengths, ReadOnlySpan<float> small, ReadOnlySpan<float> packed,
        ReadOnlySpan<float> bias, Span<float> big, bool accumulate)
    {
        if (big.IsEmpty) return;
        fixed (int* bl = bigLengths, sl = smallLengths)
        fixed (float* y = small, w = packed, v = bias, b = big)
        {
            int rows = s.Time.BigSteps * s.Batch, block = Block(rows, s.IsDepthwise ? s.Big : s.SmallGroup * s.Time.Taps);
            var job = new BackwardJob
            {
                Team = team, Sizes = s, Block = block, Blocks = (rows + block - 1) / block, BigLengths = bl, SmallLengths = sl, Small = y, Packed = w, Bias = bias.IsEmpty ? null : v, Big = b,
                Accumulate = accumulate,
            };
            WorkSharing.Run(team, ref job, job.Blocks * (s.IsDepthwise ? 1 : s.Groups) * s.Time.Stride, s.Work >= WorthSharing);
        }
    }

    private static int Block(int rows, int width) => Math.Clamp(BlockFloats / Math.Max(1, width) / 8 * 8, 8, Math.Max(8, Math.Min(rows, 256)));

    private static int TapsOfPhase(in SequenceSizes s, int phase)
    {
        int count = 0;
        for (int j = 0; j < s.Time.Taps; j++) count += s.Time.Phase(j) == phase ? 1 : 0;
        return count;
    }

    // [n, taps] -> [taps, n]
    private static void Turn(ReadOnlySpan<float> from, int n, int taps, Span<float> to)
    {
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < taps; j++) to[(j * n) + i] = from[(i * taps) + j];
        }
    }

    /// <summary>Copies the big side's rows that the taps of one small row meet, side by side; zeros where there is none.</summary>
    private static void GatherBig(in SequenceSizes s, int* lengths, float* big, int group, int t, int b, float* to)
    {
        int width = s.BigGroup, end = lengths == null ? s.Time.Big : lengths[b];
        long u = ((long)t * s.Time.Stride) - s.Time.Before;
        for (int j = 0; j < s.Time.Taps; j++, u += s.Time.Dilation, to += width)
            CopyRow(u >= 0 && u < end ? big + ((((u * s.Batch) + b) * s.Big) + (group * width)) : null, width, to);
    }

    private static void CopyRow(float* from, int width, float* to)
    {
        var row = new Span<float>(to, width);
        if (from == null) row.Clear();
        else if (width == 1) *to = *from;
        else new ReadOnlySpan<float>(from, width).CopyTo(row);
    }

    /// <summary>A row of a result: zeros behind the end (nothing where it is added), else (+)= from + bias.</summary>
    private static void WriteRow(float* from, float* bias, int width, bool alive, bool accumulate, float* to)
    {
        var row = new Span<float>(to, width);
        if (!alive)
        {
            if (!accumulate) row.Clear();
            return;
        }

        if (accumulate) VectorMath.AddTo(new ReadOnlySpan<float>(from, width), row);
        else if (bias != null) VectorMath.Add(new ReadOnlySpan<float>(from, width), new ReadOnlySpan<float>(bias, width), row);
        else new ReadOnlySpan<float>(from, width).CopyTo(row);
    }

    private struct ForwardJob : IJob
    {
        public Team Team;
        public SequenceSizes Sizes;
        public int Block, Blocks;
        public int* BigLengths, SmallLengths;
        public float* Big, Packed, Bias, Small;
        public bool Accumulate;

        public readonly void Run(int part, int worker)
        {
            SequenceSizes s = Sizes;
            int first = part % Blocks * Block, group = part / Blocks, rows = Math.Min(Block, (s.Time.Small * s.Batch) - first);
            int width = s.IsDepthwise ? s.Small : s.SmallGroup, steps = s.BigGroup * s.Time.Taps, gathered = s.IsDepthwise ? 0 : ((Block * steps) + 15) & -16;
            fixed (float* memory = Team.Scratch(worker, checked(gathered + (Block * width))))
            {
                float* results = memory + gathered;
                if (s.IsDepthwise) Depthwise(first, rows, results);
                else
                {
                    for (int i = 0; i < rows; i++) GatherBig(s, BigLengths, Big, group, (first + i) / s.Batch, (first + i) % s.Batch, memory + ((long)i * steps));
                    Gemm.MultiplyPacked(rows, width, steps, memory, steps, Packed + ((long)group * Gemm.PackedLength(steps, width)), results, width, accumulate: false);
                }

                for (int i = 0; i < rows; i++)
                {
                    int row = first + i;
                    bool alive = SmallLengths == null || row / s.Batch < SmallLengths[row % s.Batch];
                    WriteRow(results + ((long)i * width), Bias == null ? null : Bias + (group * width), width, alive, Accumulate, Small + ((long)row * s.Small) + (group * width));
                }
            }
        }

        private readonly void Depthwise(int first, int rows, float* results)
        {
            ConvAxis time = Sizes.Time;
            int n = Sizes.Big, batch = Sizes.Batch;
            for (int i = 0; i < rows; i++)
            {
                var sum = new Span<float>(results + ((long)i * n), n);
                sum.Clear();
                int t = (first + i) / batch, b = (first + i) % batch, end = BigLengths == null ? time.Big : BigLengths[b];
                long u = ((long)t * time.Stride) - time.Before;
                for (int j = 0; j < time.Taps; j++, u += time.Dilation)
                {
                    if (u >= 0 && u < end) VectorMath.MultiplyAdd(new ReadOnlySpan<float>(Big + (((u * batch) + b) * n), n), new ReadOnlySpan<float>(Packed + ((long)j * n), n), sum);
                }
            }
        }
    }

    private struct BackwardJob : IJob
    {
        public Team Team;
        public SequenceSizes Sizes;
        public int Block, Blocks;
        public int* BigLengths, SmallLengths;
        public float* Small, Packed, Bias, Big;
        public bool Accumulate;

        public readonly void Run(int part, int worker)
        {
            SequenceSizes s = Sizes;
            ConvAxis time = s.Time;
            int groups = s.IsDepthwise ? 1 : s.Groups, width = s.Big / groups;
            int first = part % Blocks * Block, group = part / Blocks % groups, phase = part / Blocks / groups, rows = Math.Min(Block, (time.BigSteps * s.Batch) - first);
            int taps = TapsOfPhase(s, phase), steps = s.SmallGroup * taps, gathered = s.IsDepthwise ? 0 : ((Block * steps) + 15) & -16;
            fixed (float* memory = Team.Scratch(worker, checked(gathered + (Block * width))))
            {
                float* results = memory + gathered;
                if (s.IsDepthwise) Depthwise(first, rows, phase, results);
                else
                {
                    for (int i = 0; i < rows; i++) Gather(group, phase, time.FirstStep + ((first + i) / s.Batch), (first + i) % s.Batch, memory + ((long)i * steps));
                    float* weights = Packed;
                    for (int before = 0; before < phase; before++) weights += (long)groups * Gemm.PackedLength(s.SmallGroup * TapsOfPhase(s, before), width);
                    Gemm.MultiplyPacked(rows, width, steps, memory, steps, weights + ((long)group * Gemm.PackedLength(steps, width)), results, width, accumulate: false);
                }

                for (int i = 0; i < rows; i++)
                {
                    int b = (first + i) % s.Batch;
                    long u = ((long)(time.FirstStep + ((first + i) / s.Batch)) * time.Stride) + phase - time.Before;
                    if (u < 0 || u >= time.Big) continue;
                    bool alive = BigLengths == null || u < BigLengths[b];
                    WriteRow(results + ((long)i * width), Bias == null ? null : Bias + (group * width), width, alive, Accumulate, Big + (((u * s.Batch) + b) * s.Big) + (group * width));
                }
            }
        }

        private readonly void Gather(int group, int phase, int r, int b, float* to)
        {
            SequenceSizes s = Sizes;
            int width = s.SmallGroup, end = SmallLengths == null ? s.Time.Small : SmallLengths[b];
            for (int j = 0; j < s.Time.Taps; j++)
            {
                if (s.Time.Phase(j) != phase) continue;
                long t = r - s.Time.Steps(j);
                CopyRow(t >= 0 && t < end ? Small + ((((t * s.Batch) + b) * s.Small) + (group * width)) : null, width, to);
                to += width;
            }
        }

        private readonly void Depthwise(int first, int rows, int phase, float* results)
        {
            ConvAxis time = Sizes.Time;
            int n = Sizes.Big, batch = Sizes.Batch;
            for (int i = 0; i < rows; i++)
            {
                var sum = new Span<float>(results + ((long)i * n), n);
                sum.Clear();
                int r = time.FirstStep + ((first + i) / batch), b = (first + i) % batch, end = SmallLengths == null ? time.Small : SmallLengths[b];
                for (int j = 0; j < time.Taps; j++)
                {
                    long t = r - time.Steps(j);
                    if (time.Phase(j) == phase && t >= 0 && t < end)
                        VectorMath.MultiplyAdd(new ReadOnlySpan<float>(Small + (((t * batch) + b) * n), n), new ReadOnlySpan<float>(Packed + ((long)j * n), n), sum);
                }
            }
        }
    }
}
