namespace Unroll.Kernels;

/// <summary>
/// The sizes of a convolution over images: big side [batch, Big, H.Big, W.Big], small side [batch, Small, H.Small, W.Small], weights [Small, Big / Groups, H.Taps, W.Taps]. A convolution
/// reads the big side and writes the small one; a transposed convolution is its backward pass over the same weights.
/// </summary>
internal readonly record struct ImageSizes(int Batch, int Big, int Small, int Groups, ConvAxis H, ConvAxis W)
{
    /// <summary>Places of one big image.</summary>
    public int BigArea => H.Big * W.Big;

    /// <summary>Places of one small image.</summary>
    public int SmallArea => H.Small * W.Small;

    /// <summary>Channels of the big side that a group has.</summary>
    public int BigGroup => Big / Groups;

    /// <summary>Channels of the small side that a group has.</summary>
    public int SmallGroup => Small / Groups;

    /// <summary>Taps of the kernel.</summary>
    public int Taps => H.Taps * W.Taps;

    /// <summary>Multiply-adds of one pass.</summary>
    public long Work => (long)Batch * SmallArea * Small * BigGroup * Taps;
}

/// <summary>How a strip of some channels of an image stands in scratch: padded with zeros, and with strides taken apart into planes, so that a tap at any place is a fixed number of floats on.</summary>
/// <param name="Channels">How many.</param>
/// <param name="Planes">Planes of a channel: <see cref="ConvAxis.Planes"/> of both axes.</param>
/// <param name="Rows">Rows of the strip on the side that is written.</param>
/// <param name="Pitch">From a row to the next.</param>
/// <param name="Plane">From a plane to the next.</param>
internal readonly record struct PlaneLayout(int Channels, int Planes, int Rows, int Pitch, int Plane)
{
    /// <summary>Floats of a strip's scratch that the second-level cache holds beside the weights.</summary>
    private const int StripFloats = 1 << 17;

    /// <summary>From a channel to the next: an odd number of sixteens, so that the channels of one place do not share a few sets of the cache.</summary>
    public int Channel => ((Planes * Plane) + 15) / 16 / 2 * 32 + 16;

    /// <summary>Places of a strip, rounded up to whole sixteens.</summary>
    public int Places => ((Rows * Pitch) + 15) / 16 * 16;

    /// <summary>Floats of scratch. Tiles may look some floats behind the last plane at places that are thrown away.</summary>
    public int Length => checked((Channels * Channel) + Pitch + 64);

    /// <summary>Whether the scratch of both directions is within what an array holds.</summary>
    public static bool Fits(in ImageSizes s) =>
        Fits(s.BigGroup, s.SmallGroup, (long)s.H.Planes * s.W.Planes, (long)s.W.Small + s.W.Reach, s.H.Reach) && Fits(s.SmallGroup, s.BigGroup, 1, (long)s.W.BigSteps + s.W.Reach, s.H.Reach);

    /// <summary>For reading the big side and writing the small one.</summary>
    public static PlaneLayout OfBig(in ImageSizes s) => Of(s.BigGroup, s.SmallGroup, s.H.Planes * s.W.Planes, s.W.Small + s.W.Reach, s.H.Small, s.H.Reach);

    /// <summary>For reading the small side and writing the big one.</summary>
    public static PlaneLayout OfSmall(in ImageSizes s) => Of(s.SmallGroup, s.BigGroup, 1, s.W.BigSteps + s.W.Reach, s.H.BigSteps, s.H.Reach);

    // A strip of one row, with room for what is rounded up; longer strips are bounded by StripFloats.
    private static bool Fits(int from, int to, long planes, long pitch, int reach) => (pitch + 64.0) * (((from + 1.0) * planes * (reach + 1.0)) + to) < Array.MaxLength / 2 - StripFloats;

    private static PlaneLayout Of(int from, int to, int planes, int pitch, int rows, int reach)
    {
        long fixedPart = (long)from * planes * reach * pitch, perRow = ((long)from * planes + to) * pitch;
        int strip = (int)Math.Clamp((StripFloats - fixedPart) / Math.Max(1, perRow), 1, Math.Max(1, rows));
        return new PlaneLayout(from, planes, strip, pitch, checked((strip + reach) * pitch));
    }
}
