namespace Unroll.Kernels;

/// <content>The gradient of the weights: for each tap a product over all places, the big side read in place at the tap's offset.</content>
internal static unsafe partial class ImageConvolution
{
    /// <summary>Most parts that images are summed in, and most floats that their sums may take.</summary>
    private const int MostChunks = 16, ChunkFloats = 1 << 22;

    /// <summary>Floats of scratch that <see cref="BackwardWeight"/> needs.</summary>
    public static int WeightScratchLength(in ImageSizes s) => checked(Chunks(s) * PackedLength(s));

    /// <summary>dW += the gradient of the weights.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="s">The sizes.</param>
    /// <param name="big">[batch, Big, H, W]: what a convolution read; of a transposed one the gradient of what it wrote.</param>
    /// <param name="small">[batch, Small, H, W]: the gradient of what a convolution wrote; of a transposed one what it read.</param>
    /// <param name="scratch"><see cref="WeightScratchLength"/>.</param>
    /// <param name="dW">[Small, Big / Groups, taps].</param>
    public static void BackwardWeight(Team team, in ImageSizes s, ReadOnlySpan<float> big, ReadOnlySpan<float> small, Span<float> scratch, Span<float> dW)
    {
        int chunks = Chunks(s), taps = s.Taps, smallGroup = s.SmallGroup, bigGroup = s.BigGroup;
        fixed (float* b = big, y = small, sums = scratch)
        {
            var job = new WeightJob { Team = team, Sizes = s, Layout = PlaneLayout.OfBig(s), Chunks = chunks, Big = b, Small = y, Sums = sums };
            WorkSharing.Run(team, ref job, s.Groups * chunks, s.Work >= WorthSharing);
        }

        // A part's sums stand [taps, channels of big, channels of small].
        int one = taps * bigGroup * smallGroup;
        for (int g = 0; g < s.Groups; g++)
        {
            Span<float> sum = scratch.Slice(g * chunks * one, one);
            for (int chunk = 1; chunk < chunks; chunk++) VectorMath.AddTo(scratch.Slice(((g * chunks) + chunk) * one, one), sum);
            Span<float> to = dW.Slice(g * one, one);
            for (int o = 0; o < smallGroup; o++)
            {
                for (int p = 0; p < bigGroup * taps; p++) to[(o * bigGroup * taps) + p] += sum[(((p % taps * bigGroup) + (p / taps)) * smallGroup) + o];
            }
        }
    }

    private static int Chunks(in ImageSizes s)
    {
        int wanted = Math.Max(1, MostChunks / s.Groups), room = Math.Max(1, ChunkFloats / Math.Max(1, PackedLength(s)));
        return Math.Max(1, Math.Min(s.Batch, Math.Min(wanted, room)));
    }

    /// <summary>The sums of one group over some of the images.</summary>
    private struct WeightJob : IJob
    {
        public Team Team;
        public ImageSizes Sizes;
        public PlaneLayout Layout;
        public int Chunks;
        public float* Big, Small, Sums;

        public readonly void Run(int part, int worker)
        {
            ImageSizes s = Sizes;
            int group = part / Chunks, chunk = part % Chunks, from = (int)((long)s.Batch * chunk / Chunks), to = (int)((long)s.Batch * (chunk + 1) / Chunks);
            int one = PackedLength(s) / s.Groups, laid = (Layout.Length + 15) & -16, places = Layout.Places * s.SmallGroup;
            float* sums = Sums + ((long)part * one);
            new Span<float>(sums, one).Clear();
            fixed (float* planes = Team.Scratch(worker, checked(laid + places + Gemm.PackedLength(Layout.Places, s.SmallGroup))))
            {
                for (int image = from; image < to; image++)
                {
                    for (int first = 0; first < s.H.Small; first += Layout.Rows)
                        Add(image, group, first, planes, planes + laid, new Span<float>(planes + laid + places, Gemm.PackedLength(Layout.Places, s.SmallGroup)), sums);
                }
            }
        }

        private readonly void Add(int image, int group, int first, float* planes, float* gradient, Span<float> packed, float* sums)
        {
            ImageSizes s = Sizes;
            int rows = Math.Min(Layout.Rows, s.H.Small - first), places = ((rows - 1) * Layout.Pitch) + s.W.Small;
            LayBig(s, Layout, Big + ((((long)image * s.Big) + (group * s.BigGroup)) * s.BigArea), first, planes);

            // The small side in rows of the planes' pitch: zeros where there is no place, so that what the planes hold there counts for nothing.
            for (int o = 0; o < s.SmallGroup; o++)
            {
                float* from = Small + ((((long)image * s.Small) + (group * s.SmallGroup) + o) * s.SmallArea) + ((long)first * s.W.Small), to = gradient + ((long)o * Layout.Places);
                for (int r = 0; r < rows; r++, from += s.W.Small, to += Layout.Pitch) LayRow(from, s.W.Small, 1, 0, to, Layout.Pitch);
            }

            if (s.SmallGroup == 1)
            {
                for (int p = 0; p < s.BigGroup * s.Taps; p++)
                {
                    int tap = p / s.BigGroup, c = p % s.BigGroup;
                    float* at = planes + ((long)c * Layout.Channel) + Tap(s, Layout, tap / s.W.Taps, tap % s.W.Taps);
                    sums[p] += VectorMath.Dot(new ReadOnlySpan<float>(at, places), new ReadOnlySpan<float>(gradient, places));
                }

                return;
            }

            Gemm.Pack(true, places, s.SmallGroup, new ReadOnlySpan<float>(gradient, s.SmallGroup * Layout.Places), Layout.Places, packed);
            fixed (float* right = packed)
            {
                // With one channel and neighbouring taps side by side, the kernel's columns are the rows of the product.
                bool columns = s.BigGroup == 1 && s.W.Stride == 1;
                int height = columns ? s.W.Taps : s.BigGroup, lda = columns ? s.W.Dilation : Layout.Channel;
                for (int tap = 0; tap < s.Taps; tap += columns ? s.W.Taps : 1)
                {
                    float* left = planes + Tap(s, Layout, tap / s.W.Taps, tap % s.W.Taps);
                    Gemm.MultiplyPacked(height, s.SmallGroup, places, left, lda, right, sums + ((long)tap * s.BigGroup * s.SmallGroup), s.SmallGroup, accumulate: true);
                }
            }
        }
    }
}
