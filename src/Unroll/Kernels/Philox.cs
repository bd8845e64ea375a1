using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Unroll.Kernels;

/// <summary>Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011): four random words of 32 bits as a function of a counter and a key.</summary>
internal static unsafe class Philox
{
    /// <summary>Ten rounds on a counter of four 32-bit words under a key of two.</summary>
    public static UInt128 Block(UInt128 counter, ulong key)
    {
        uint c0 = (uint)counter, c1 = (uint)(counter >> 32), c2 = (uint)(counter >> 64), c3 = (uint)(counter >> 96), k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong even = 0xD2511F53UL * c0, odd = 0xCD9E8D57UL * c2;
            (c0, c1, c2, c3) = ((uint)(odd >> 32) ^ c1 ^ k0, (uint)odd, (uint)(even >> 32) ^ c3 ^ k1, (uint)even);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }

        return new UInt128(((ulong)c3 << 32) | c2, ((ulong)c1 << 32) | c0);
    }

    /// <summary>Thirty-two uniform numbers on [0, 1): those of eight blocks one behind the other, side by side in registers, a word of 32 bits in each lane of 64. Needs AVX-512.</summary>
    /// <param name="key">The key.</param>
    /// <param name="stream">The upper half of the counters.</param>
    /// <param name="block">The lower half of the first.</param>
    /// <param name="draws">Where the numbers go.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void EightBlocks(ulong key, ulong stream, ulong block, float* draws)
    {
        Vector512<ulong> low = Vector512.Create(0xFFFFFFFFUL), m0 = Vector512.Create(0xD2511F53UL), m1 = Vector512.Create(0xCD9E8D57UL);
        Vector512<ulong> number = Vector512.Create(block) + Vector512.Create(0UL, 1, 2, 3, 4, 5, 6, 7);
        Vector512<ulong> c0 = number & low, c1 = number >> 32, c2 = Vector512.Create(stream & 0xFFFFFFFF), c3 = Vector512.Create(stream >> 32);
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < 10; round++)
        {
            Vector512<ulong> even = Avx512F.Multiply(m0.AsUInt32(), c0.AsUInt32()), odd = Avx512F.Multiply(m1.AsUInt32(), c2.AsUInt32());
            (c0, c1, c2, c3) = ((odd >> 32) ^ c1 ^ Vector512.Create((ulong)k0), odd & low, (even >> 32) ^ c3 ^ Vector512.Create((ulong)k1), even & low);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }

        Vector512<ulong> first = c0 | (c1 << 32), second = c2 | (c3 << 32);
        Floats(Avx512F.PermuteVar8x64x2(first, Vector512.Create(0UL, 8, 1, 9, 2, 10, 3, 11), second)).Store(draws);
        Floats(Avx512F.PermuteVar8x64x2(first, Vector512.Create(4UL, 12, 5, 13, 6, 14, 7, 15), second)).Store(draws + 16);
    }

    private static Vector512<float> Floats(Vector512<ulong> bits) => Vector512.ConvertToSingle((bits.AsUInt32() >> 8).AsInt32()) * Vector512.Create(1f / (1 << 24));
}
