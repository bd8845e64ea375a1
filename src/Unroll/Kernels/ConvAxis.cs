namespace Unroll.Kernels;

/// <summary>
/// One axis of a convolution, between its big side (what a convolution reads) and its small side (what it writes): small[i] meets big[i stride - before + j dilation] at each tap j.
/// A transposed convolution goes the same way backward, from small to big.
/// </summary>
/// <remarks>Seen from the big side, place u = r stride + phase - before; taps of that phase alone reach it, tap j from small[r - <see cref="Steps"/>(j)].</remarks>
/// <param name="Big">Length of the big side.</param>
/// <param name="Small">Length of the small side.</param>
/// <param name="Taps">Length of the kernel.</param>
/// <param name="Stride">At least 1.</param>
/// <param name="Before">Zeros in front of the big side.</param>
/// <param name="Dilation">At least 1.</param>
internal readonly record struct ConvAxis(int Big, int Small, int Taps, int Stride, int Before, int Dilation)
{
    /// <summary>Which of the stride's phases a tap reads.</summary>
    public int Phase(int tap) => tap * Dilation % Stride;

    /// <summary>Planes that the big side is taken apart into: one a phase, or where the stride is longer than the kernel one a tap.</summary>
    public int Planes => Math.Min(Stride, Taps);

    /// <summary>The plane that a tap reads.</summary>
    public int Plane(int tap) => Stride <= Taps ? Phase(tap) : tap;

    /// <summary>The phase that a plane holds.</summary>
    public int PhaseOfPlane(int plane) => Stride <= Taps ? plane : Phase(plane);

    /// <summary>Whole strides from the first tap to this one.</summary>
    public int Steps(int tap) => tap * Dilation / Stride;

    /// <summary>Whole strides from the first tap to the last.</summary>
    public int Reach => Steps(Taps - 1);

    /// <summary>The smallest r of a place on the big side.</summary>
    public int FirstStep => Before / Stride;

    /// <summary>How many r there are, from <see cref="FirstStep"/> on.</summary>
    public int BigSteps => Big == 0 ? 0 : (Big - 1 + Before) / Stride - FirstStep + 1;

    /// <summary>Length of the small side: places where the whole kernel lies on the big side and its padding. Negative where there is none.</summary>
    public static long SmallOf(long big, int taps, int stride, long padding, int dilation)
    {
        long room = big + padding - ((long)dilation * (taps - 1)) - 1;
        return room < 0 ? -1 : room / stride + 1;
    }

    /// <summary>Length of the big side that a transposed convolution writes.</summary>
    public static long BigOf(long small, int taps, int stride, long padding, int dilation, int more) => (small - 1) * stride - padding + ((long)dilation * (taps - 1)) + more + 1;
}
