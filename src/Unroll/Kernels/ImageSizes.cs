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

/// <summary>How a strip of some channels of an image stands in scratch: padded with zeros, and with strides taken apart into phases, so that a tap at any place is a fixed number of floats on.</summary>
/// <param name="Channels">How many.</param>
/// <param name="Phases">Phases of both axes together.</param>
/// <param name="Rows">Rows of the strip on the side that is written.</param>
/// <param name="Pitch">From a row to the next.</param>
/// <param name="Phase">From a phase to the next.</param>
internal readonly record struct PlaneLayout(int Channels, int Phases, int Rows, int Pitch, int Phase)
{
    /// <summary>Floats of a strip's scratch that the second-level cache holds beside the weights.</summary>
    private const int StripFloats = 1 << 17;

    /// <summary>From a channel to the next: an odd number of sixteens, so that the channels of one place do not share a few sets of the cache.</summary>
    public int Channel => ((Phases * Phase) + 15) / 16 / 2 * 32 + 16;

    /// <summary>Places of a strip, rounded up to whole sixteens.</summary>
    public int Places => ((Rows * Pitch) + 15) / 16 * 16;

    /// <summary>Floats of scratch. Tiles may look some floats behind the last plane at places that are thrown away.</summary>
    public int Length => checked((Channels * Channel) + Pitch + 64);

    /// <summary>For reading the big side and writing the small one.</summary>
    public static PlaneLayout OfBig(in ImageSizes s) => Of(s.BigGroup, s.SmallGroup, s.H.Stride * s.W.Stride, s.W.Small + s.W.Reach, s.H.Small, s.H.Reach);

    /// <summary>For reading the small side and writing the big one.</summary>
    public static PlaneLayout OfSmall(in ImageSizes s) => Of(s.SmallGroup, s.BigGroup, 1, s.W.BigSteps + s.W.Reach, s.H.BigSteps, s.H.Reach);

    private static PlaneLayout Of(int from, int to, int phases, int pitch, int rows, int reach)
    {
        long fixedPart = (long)from * phases * reach * pitch, perRow = ((long)from * phases + to) * pitch;
        int strip = (int)Math.Clamp((StripFloats - fixedPart) / Math.Max(1, perRow), 1, Math.Max(1, rows));
        return new PlaneLayout(from, phases, strip, pitch, checked((strip + reach) * pitch));
    }
}
