using System.Runtime.CompilerServices;

namespace Unroll.Kernels;

/// <summary>
/// Which attention weights are dropped, as a function of a key of 64 bits and of the place of the weight, so that the backward pass draws them again instead of keeping T S of them.
/// </summary>
/// <remarks>
/// Threefry2x32 with 13 rounds (Salmon, Moraes, Dror, Shaw 2011). The counter is the query's row t B H + b H + h and, of the key's place, all but the fifth bit, which
/// chooses one of the two words. Rows do not change when more padding is added.
/// </remarks>
internal unsafe struct AttentionDropout
{
    /// <summary>Probability of dropping; 0 for none.</summary>
    public float Rate;

    public int Key0, Key1;

    /// <summary>For sixteen keys from <paramref name="place"/>, a multiple of 16, of one query: 1 / (1 - rate), or 0 where dropped.</summary>
    /// <param name="row">The query's row.</param>
    /// <param name="place">The first key.</param>
    /// <param name="lanes">0 to 15 as integers.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly T OfKeys<T>(int row, int place, T lanes) where T : struct, ILanes<T> =>
        Keep(T.OfBits(row), T.AddBits(T.OfBits(place >> 5 << 4), lanes), (place & 16) != 0);

    /// <summary>For one key and sixteen queries: 1 / (1 - rate), or 0 where dropped.</summary>
    /// <param name="rows">The queries' rows, as integers.</param>
    /// <param name="place">The key.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly T OfQueries<T>(T rows, int place) where T : struct, ILanes<T> =>
        Keep(rows, T.OfBits((place >> 5 << 4) + (place & 15)), (place & 16) != 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly T Keep<T>(T x0, T x1, bool second) where T : struct, ILanes<T>
    {
        T k0 = T.OfBits(Key0), k1 = T.OfBits(Key1), k2 = T.OfBits(Key0 ^ Key1 ^ 0x1BD11BDA);
        x0 = T.AddBits(x0, k0);
        x1 = T.AddBits(x1, k1);
        Four(ref x0, ref x1, 13, 15, 26, 6);
        x0 = T.AddBits(x0, k1);
        x1 = T.AddBits(T.AddBits(x1, k2), T.OfBits(1));
        Four(ref x0, ref x1, 17, 29, 16, 24);
        x0 = T.AddBits(x0, k2);
        x1 = T.AddBits(T.AddBits(x1, k0), T.OfBits(2));
        Four(ref x0, ref x1, 13, 15, 26, 6);
        x0 = T.AddBits(x0, k0);
        x1 = T.AddBits(T.AddBits(x1, k1), T.OfBits(3));
        Round(ref x0, ref x1, 17);
        T uniform = T.FromIntegers(T.ShiftRight(second ? x1 : x0, 8) & T.OfBits(0x00FFFFFF));          // 0 to 2^24 - 1
        return T.SelectLess(uniform, T.Of(Rate * (1 << 24)), T.Of(0f), T.Of(1 / (1 - Rate)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four<T>(ref T x0, ref T x1, int a, int b, int c, int d) where T : struct, ILanes<T>
    {
        Round(ref x0, ref x1, a);
        Round(ref x0, ref x1, b);
        Round(ref x0, ref x1, c);
        Round(ref x0, ref x1, d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round<T>(ref T x0, ref T x1, int by) where T : struct, ILanes<T>
    {
        x0 = T.AddBits(x0, x1);
        T right = T.ShiftRight(x1, 32 - by) & T.OfBits((1 << by) - 1);                                 // the sign that was shifted in goes
        x1 = (T.ShiftLeft(x1, by) | right) ^ x0;
    }
}
