using System.Runtime.CompilerServices;

namespace Unroll.Kernels;

/// <summary>Probabilities kept as their logarithms, in rows whose length is a multiple of sixteen and whose spare places hold <see cref="Zero"/>.</summary>
internal static unsafe class LogSpace
{
    /// <summary>Stands for the logarithm of 0: so far down that nothing a logit can add brings it back, yet finite, so that differences of two are numbers.</summary>
    public const float Zero = -1e30f;

    /// <summary>What lies below is <see cref="Zero"/> with something added.</summary>
    public const float Nothing = 0.5f * Zero;

    /// <summary>The next multiple of sixteen.</summary>
    public static int Padded(int length) => (length + Lanes.Count - 1) / Lanes.Count * Lanes.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Larger<T>(T a, T b) where T : struct, ILanes<T> => T.SelectLess(a, b, b, a);

    /// <summary>ln(e^a + e^b + e^c).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum<T>(T a, T b, T c) where T : struct, ILanes<T>
    {
        T most = Larger(a, Larger(b, c));
        return most + LaneMath.Log(LaneMath.Exp(a - most) + LaneMath.Exp(b - most) + LaneMath.Exp(c - most));
    }

    /// <summary>The greatest lane; NaN is passed over.</summary>
    public static float Greatest<T>(T x) where T : struct, ILanes<T>
    {
        float* lanes = stackalloc float[Lanes.Count];
        T.Store(x, lanes);
        float most = lanes[0];
        for (int i = 1; i < Lanes.Count; i++) most = lanes[i] > most ? lanes[i] : most;
        return most;
    }

    /// <summary>p[i] = e^(a[i] + b[i]) over the sum of all of them: a row of probabilities out of two of logarithms. The result may be one of them.</summary>
    /// <returns>The logarithm of that sum.</returns>
    public static float Normalize<T>(float* a, float* b, int padded, float* p) where T : struct, ILanes<T>
    {
        T most = T.Of(2 * Zero);
        for (int i = 0; i < padded; i += Lanes.Count) most = Larger(most, T.Load(a + i) + T.Load(b + i));
        float shift = Greatest(most);
        T shifts = T.Of(shift), sums = T.Of(0f);
        for (int i = 0; i < padded; i += Lanes.Count)
        {
            T power = LaneMath.Exp(T.Load(a + i) + T.Load(b + i) - shifts);
            T.Store(power, p + i);
            sums += power;
        }
        double sum = Lanes.Sum(sums);
        T share = T.Of((float)(1 / sum));
        for (int i = 0; i < padded; i += Lanes.Count) T.Store(T.Load(p + i) * share, p + i);
        return (float)(shift + Math.Log(sum));
    }
}
