using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Unroll.Kernels;

/// <summary>Questions about raw addresses.</summary>
internal static unsafe class Memory
{
    /// <summary>Floats of a page of 4 KiB. What lies whole pages apart falls into few sets of a cache.</summary>
    public const int PageFloats = 1024;

    /// <summary>How many floats into a pinned array the first address stands that is a multiple of <paramref name="bytes"/>.</summary>
    public static int FloatsToAlignment(float[] pinned, int bytes)
    {
        nuint address = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
        nuint over = address % (nuint)bytes;
        return over == 0 ? 0 : (int)(((nuint)bytes - over) / sizeof(float));
    }
}
