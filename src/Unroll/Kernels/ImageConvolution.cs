using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <summary>
/// Convolutions over images, directly: a strip of the image is laid into scratch with its padding, and tiles of channels by places sum over channels and taps from there, with no matrix of
/// patches. Threads share out strips of images; how they are cut depends on the sizes alone, and so do the bits.
/// </summary>
internal static unsafe partial class ImageConvolution
{
    /// <summary>Fewer multiply-adds than this are not worth waking a thread for.</summary>
    private const long WorthSharing = 1 << 19;

    /// <summary>Steps of one chain of additions; part of what a result's bits are.</summary>
    private const int DepthBlock = 256;

    /// <summary>Floats that <see cref="PackForward"/> and <see cref="PackBackward"/> write.</summary>
    public static int PackedLength(in ImageSizes s) => checked(s.Small * s.BigGroup * s.Taps);

    /// <summary>Numbers of an offset table.</summary>
    public static int OffsetsLength(in ImageSizes s) => Math.Max(s.BigGroup, s.SmallGroup) * s.Taps;

    /// <summary>Lays the weights out as <see cref="Forward"/> reads them: a tile's channels side by side, step after step; a step is one channel of the big side at one tap.</summary>
    public static void PackForward(in ImageSizes s, ReadOnlySpan<float> weights, Span<float> packed, Span<int> offsets)
    {
        PlaneLayout layout = PlaneLayout.OfBig(s);
        int steps = s.BigGroup * s.Taps, height;
        for (int o = 0; o < s.Small; o += height)
        {
            height = ConvTile.Height(s.SmallGroup - (o % s.SmallGroup));
            Span<float> tile = packed.Slice(o * steps, height * steps);
            for (int r = 0; r < height; r++)
            {
                ReadOnlySpan<float> from = weights.Slice((o + r) * steps, steps);
                for (int p = 0; p < steps; p++) tile[(p * height) + r] = from[p];
            }
        }

        for (int c = 0, p = 0; c < s.BigGroup; c++)
        {
            for (int i = 0; i < s.H.Taps; i++)
            {
                for (int j = 0; j < s.W.Taps; j++, p++) offsets[p] = (c * layout.Channel) + Tap(s, layout, i, j);
            }
        }
    }

    /// <summary>Lays the weights out as <see cref="BackwardData"/> reads them: phase after phase; a step is one channel of the small side at one tap of the phase.</summary>
    public static void PackBackward(in ImageSizes s, ReadOnlySpan<float> weights, Span<float> packed, Span<int> offsets)
    {
        PlaneLayout layout = PlaneLayout.OfSmall(s);
        int at = 0, table = 0, height;
        for (int phase = 0; phase < s.H.Stride * s.W.Stride; phase++)
        {
            int taps = TapsOfPhase(s, phase), first = table;
            for (int o = 0; o < s.SmallGroup; o++)
            {
                for (int i = 0; i < s.H.Taps; i++)
                {
                    for (int j = 0; j < s.W.Taps; j++)
                    {
                        if (s.H.Phase(i) == phase / s.W.Stride && s.W.Phase(j) == phase % s.W.Stride)
                            offsets[table++] = (o * layout.Channel) + ((s.H.Reach - s.H.Steps(i)) * layout.Pitch) + s.W.Reach - s.W.Steps(j);
                    }
                }
            }

            for (int c = 0; c < s.Big && taps > 0; c += height)
            {
                height = ConvTile.Height(s.BigGroup - (c % s.BigGroup));
                int group = c / s.BigGroup, inGroup = c % s.BigGroup;
                for (int o = 0; o < s.SmallGroup; o++)
                {
                    for (int tap = 0; tap < s.Taps; tap++)
                    {
                        if (s.H.Phase(tap / s.W.Taps) != phase / s.W.Stride || s.W.Phase(tap % s.W.Taps) != phase % s.W.Stride) continue;
                        int from = ((((group * s.SmallGroup) + o) * s.BigGroup) + inGroup) * s.Taps + tap;
                        for (int r = 0; r < height; r++) packed[at++] = weights[from + (r * s.Taps)];
                    }
                }
            }
        }
    }

    /// <summary>small (+)= the convolution of big, plus a bias a channel.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="s">The sizes.</param>
    /// <param name="big">[batch, Big, H, W].</param>
    /// <param name="packed">From <see cref="PackForward"/>.</param>
    /// <param name="offsets">From <see cref="PackForward"/>.</param>
    /// <param name="bias">[Small] or empty.</param>
    /// <param name="small">[batch, Small, H, W].</param>
    /// <param name="accumulate">Add to small rather than overwrite it.</param>
    public static void Forward(Team team, in ImageSizes s, ReadOnlySpan<float> big, ReadOnlySpan<float> packed, ReadOnlySpan<int> offsets, ReadOnlySpan<float> bias, Span<float> small, bool accumulate)
    {
        if (small.IsEmpty) return;
        PlaneLayout layout = PlaneLayout.OfBig(s);
        fixed (float* b = big, w = packed, v = bias, y = small)
        fixed (int* o = offsets)
        {
            int strips = (s.H.Small + layout.Rows - 1) / layout.Rows;
            var job = new ForwardJob { Team = team, Sizes = s, Layout = layout, Strips = strips, Big = b, Packed = w, Offsets = o, Bias = bias.IsEmpty ? null : v, Small = y, Accumulate = accumulate };
            WorkSharing.Run(team, ref job, s.Batch * s.Groups * strips, s.Work >= WorthSharing);
        }
    }

    /// <summary>big (+)= the transposed convolution of small, plus a bias a channel: the gradient of what a convolution read.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="s">The sizes.</param>
    /// <param name="small">[batch, Small, H, W].</param>
    /// <param name="packed">From <see cref="PackBackward"/>.</param>
    /// <param name="offsets">From <see cref="PackBackward"/>.</param>
    /// <param name="bias">[Big] or empty.</param>
    /// <param name="big">[batch, Big, H, W].</param>
    /// <param name="accumulate">Add to big rather than overwrite it.</param>
    public static void BackwardData(Team team, in ImageSizes s, ReadOnlySpan<float> small, ReadOnlySpan<float> packed, ReadOnlySpan<int> offsets, ReadOnlySpan<float> bias, Span<float> big, bool accumulate)
    {
        if (big.IsEmpty) return;
        PlaneLayout layout = PlaneLayout.OfSmall(s);
        fixed (float* y = small, w = packed, v = bias, b = big)
        fixed (int* o = offsets)
        {
            int strips = (s.H.BigSteps + layout.Rows - 1) / layout.Rows;
            var job = new BackwardJob { Team = team, Sizes = s, Layout = layout, Strips = strips, Small = y, Packed = w, Offsets = o, Bias = bias.IsEmpty ? null : v, Big = b, Accumulate = accumulate };
            WorkSharing.Run(team, ref job, s.Batch * s.Groups * strips, s.Work >= WorthSharing);
        }
    }

    private static int Tap(in ImageSizes s, in PlaneLayout layout, int i, int j) =>
        ((s.H.Plane(i) * s.W.Planes) + s.W.Plane(j)) * layout.Plane + (s.H.Steps(i) * layout.Pitch) + s.W.Steps(j);

    private static int TapsOfPhase(in ImageSizes s, int phase)
    {
        int rows = 0, columns = 0;
        for (int i = 0; i < s.H.Taps; i++) rows += s.H.Phase(i) == phase / s.W.Stride ? 1 : 0;
        for (int j = 0; j < s.W.Taps; j++) columns += s.W.Phase(j) == phase % s.W.Stride ? 1 : 0;
        return rows * columns;
    }

    /// <summary>Lays a strip of a group's big images: row r of a plane of phase a is row (first + r) stride + a - before.</summary>
    private static void LayBig(in ImageSizes s, in PlaneLayout layout, float* image, int first, float* planes)
    {
        int rows = layout.Rows + s.H.Reach;
        for (int c = 0; c < layout.Channels; c++)
        {
            for (int plane = 0; plane < layout.Planes; plane++)
            {
                int a = s.H.PhaseOfPlane(plane / s.W.Planes), shift = s.W.PhaseOfPlane(plane % s.W.Planes) - s.W.Before;
                float* to = planes + ((long)c * layout.Channel) + (plane * layout.Plane);
                for (int r = 0; r < rows; r++, to += layout.Pitch)
                {
                    long h = ((long)(first + r) * s.H.Stride) + a - s.H.Before;
                    LayRow(h >= 0 && h < s.H.Big ? image + ((long)c * s.BigArea) + (h * s.W.Big) : null, s.W.Big, s.W.Stride, shift, to, layout.Pitch);
                }
            }
        }

        new Span<float>(planes + ((long)layout.Channels * layout.Channel), layout.Length - (layout.Channels * layout.Channel)).Clear();
    }

    /// <summary>to[i] = from[i stride + shift], zero outside the row or where there is no row.</summary>
    private static void LayRow(float* from, int length, int stride, int shift, float* to, int count)
    {
        var row = new Span<float>(to, count);
        if (from == null)
        {
            row.Clear();
            return;
        }

        int low = shift >= 0 ? 0 : (int)Math.Min(count, ((long)stride - 1 - shift) / stride), high = length <= shift ? low : (int)Math.Clamp(((long)length - shift + stride - 1) / stride, low, count);
        row[..low].Clear();
        if (stride == 1) new ReadOnlySpan<float>(from + low + shift, high - low).CopyTo(row[low..]);
        else for (int i = low; i < high; i++) to[i] = from[((long)i * stride) + shift];
        row[high..].Clear();
    }

    /// <summary>The tiles of one strip: results [channels, places] from the planes.</summary>
    private static void Tiles(in PlaneLayout layout, int channels, int steps, int rows, float* packed, int* offsets, float* planes, float* results)
    {
        int places = ((rows * layout.Pitch) + 15) / 16, height, width;
        for (int p = 0; p < steps; p += DepthBlock)
        {
            int depth = Math.Min(DepthBlock, steps - p);
            for (int at = 0; at < places; at += width)
            {
                width = Math.Min(ConvTile.Columns, places - at);
                if (ConvTile.Columns == 3 && places - at == 4) width = 2;              // four sixteens go two and two
                for (int c = 0; c < channels; c += height)
                {
                    height = ConvTile.Height(channels - c);
                    ConvTile.Run(height, width, depth, packed + ((long)c * steps) + (p * height), offsets + p, planes + (at * 16), results + ((long)c * layout.Places) + (at * 16), layout.Places, p > 0);
                }
            }
        }
    }

    /// <summary>to[i step] (+)= from[i] + bias.</summary>
    private static void WriteRow(float* from, float* to, int count, int step, float bias, bool accumulate)
    {
        int i = 0;
        if (step == 1)
        {
            Vector128<float> b = Vector128.Create(bias);
            for (; i <= count - 4; i += 4) Vector128.Store(accumulate ? Vector128.Load(to + i) + Vector128.Load(from + i) : Vector128.Load(from + i) + b, to + i);
        }

        for (; i < count; i++)
        {
            float* at = to + ((long)i * step);
            *at = accumulate ? *at + from[i] : from[i] + bias;
        }
    }

    private struct ForwardJob : IJob
    {
        public Team Team;
        public ImageSizes Sizes;
        public PlaneLayout Layout;
        public int Strips;
        public float* Big, Packed, Bias, Small;
        public int* Offsets;
        public bool Accumulate;

        public readonly void Run(int part, int worker)
        {
            ImageSizes s = Sizes;
            int first = part % Strips * Layout.Rows, group = part / Strips % s.Groups, image = part / Strips / s.Groups, rows = Math.Min(Layout.Rows, s.H.Small - first);
            int channels = s.SmallGroup, steps = s.BigGroup * s.Taps;
            fixed (float* planes = Team.Scratch(worker, checked(((Layout.Length + 15) & -16) + (channels * Layout.Places))))
            {
                float* results = planes + ((Layout.Length + 15) & -16);
                LayBig(s, Layout, Big + ((((long)image * s.Big) + (group * s.BigGroup)) * s.BigArea), first, planes);
                Tiles(Layout, channels, steps, rows, Packed + ((long)group * channels * steps), Offsets, planes, results);
                for (int o = 0; o < channels; o++)
                {
                    int channel = (group * channels) + o;
                    float* y = Small + ((((long)image * s.Small) + channel) * s.SmallArea) + ((long)first * s.W.Small), from = results + ((long)o * Layout.Places);
                    float bias = Bias == null ? 0 : Bias[channel];
                    for (int r = 0; r < rows; r++) WriteRow(from + (r * Layout.Pitch), y + ((long)r * s.W.Small), s.W.Small, 1, bias, Accumulate);
                }
            }
        }
    }

    private struct BackwardJob : IJob
    {
        public Team Team;
        public ImageSizes Sizes;
        public PlaneLayout Layout;
        public int Strips;
        public float* Small, Packed, Bias, Big;
        public int* Offsets;
        public bool Accumulate;

        public readonly void Run(int part, int worker)
        {
            ImageSizes s = Sizes;
            int strip = part % Strips * Layout.Rows, first = s.H.FirstStep + strip, group = part / Strips % s.Groups, image = part / Strips / s.Groups;
            int rows = Math.Min(Layout.Rows, s.H.BigSteps - strip), channels = s.BigGroup;
            fixed (float* planes = Team.Scratch(worker, checked(((Layout.Length + 15) & -16) + (channels * Layout.Places))))
            {
                float* results = planes + ((Layout.Length + 15) & -16);
                LaySmall(s, Layout, Small + ((((long)image * s.Small) + (group * s.SmallGroup)) * s.SmallArea), first - s.H.Reach, s.W.FirstStep - s.W.Reach, planes);
                float* packed = Packed;
                int* offsets = Offsets;
                for (int phase = 0; phase < s.H.Stride * s.W.Stride; phase++)
                {
                    int steps = s.SmallGroup * TapsOfPhase(s, phase);
                    if (steps > 0) Tiles(Layout, channels, steps, rows, packed + ((long)group * channels * steps), offsets, planes, results);
                    else new Span<float>(results, channels * Layout.Places).Clear();
                    packed += (long)s.Big * steps;
                    offsets += steps;
                    Write(results, image, group, first, rows, phase / s.W.Stride, phase % s.W.Stride);
                }
            }
        }

        // Row r, column m of the results are place (r stride + a - before, m stride + b - before) of the image, where there is one.
        private readonly void Write(float* results, int image, int group, int first, int rows, int a, int b)
        {
            ImageSizes s = Sizes;
            long start = ((long)s.W.FirstStep * s.W.Stride) + b - s.W.Before;
            int skip = start < 0 ? 1 : 0, count = s.W.BigSteps - skip;
            start += skip * s.W.Stride;
            while (count > 0 && start + ((long)(count - 1) * s.W.Stride) >= s.W.Big) count--;
            if (count <= 0) return;
            for (int c = 0; c < s.BigGroup; c++)
            {
                int channel = (group * s.BigGroup) + c;
                float bias = Bias == null ? 0 : Bias[channel];
                for (int r = 0; r < rows; r++)
                {
                    long h = ((long)(first + r) * s.H.Stride) + a - s.H.Before;
                    if (h < 0 || h >= s.H.Big) continue;
                    float* to = Big + ((((long)image * s.Big) + channel) * s.BigArea) + (h * s.W.Big) + start;
                    WriteRow(results + ((long)c * Layout.Places) + (r * Layout.Pitch) + skip, to, count, s.W.Stride, bias, Accumulate);
                }
            }
        }
    }

    /// <summary>Lays a strip of a group's small images: row r, column m is row top + r, column left + m.</summary>
    private static void LaySmall(in ImageSizes s, in PlaneLayout layout, float* image, int top, int left, float* planes)
    {
        int rows = layout.Rows + s.H.Reach;
        for (int o = 0; o < layout.Channels; o++)
        {
            float* to = planes + ((long)o * layout.Channel);
            for (int r = 0; r < rows; r++, to += layout.Pitch)
            {
                int h = top + r;
                LayRow(h >= 0 && h < s.H.Small ? image + ((long)o * s.SmallArea) + ((long)h * s.W.Small) : null, s.W.Small, 1, left, to, layout.Pitch);
            }
        }

        new Span<float>(planes + ((long)layout.Channels * layout.Channel), layout.Length - (layout.Channels * layout.Channel)).Clear();
    }
}
