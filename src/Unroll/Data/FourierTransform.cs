namespace Unroll.Data;

/// <summary>The discrete Fourier transform of real numbers, by Cooley and Tukey's halving (1965), in double precision.</summary>
internal sealed class FourierTransform
{
    private readonly int[] reversed;
    private readonly double[] cosines, sines, real, imaginary;

    /// <summary>Prepares transforms of one length.</summary>
    /// <param name="length">A power of two.</param>
    public FourierTransform(int length)
    {
        if (length < 1 || !System.Numerics.BitOperations.IsPow2(length)) throw new ArgumentOutOfRangeException(nameof(length), $"FourierTransform: length must be a power of two, got {length}.");
        (reversed, real, imaginary) = (new int[length], new double[length], new double[length]);
        (cosines, sines) = (new double[length / 2], new double[length / 2]);
        for (int i = 1; i < length; i++) reversed[i] = (reversed[i / 2] / 2) | ((i & 1) != 0 ? length / 2 : 0);
        for (int i = 0; i < length / 2; i++) (sines[i], cosines[i]) = Math.SinCos(-2 * Math.PI * i / length);
    }

    /// <summary>|X_k|^2 for k from 0 to half the length, X_k = sum over n of x_n exp(-2 pi i k n / length).</summary>
    /// <param name="x">As many numbers as the length.</param>
    /// <param name="power">Half the length and one.</param>
    public void Power(ReadOnlySpan<double> x, Span<double> power)
    {
        int n = real.Length;
        for (int i = 0; i < n; i++) real[i] = x[reversed[i]];
        Array.Clear(imaginary);
        for (int half = 1; half < n; half *= 2)
            for (int from = 0, stride = n / (2 * half); from < n; from += 2 * half)
                for (int i = 0; i < half; i++)
                {
                    (int a, int b) = (from + i, from + i + half);
                    (double c, double s) = (cosines[i * stride], sines[i * stride]);
                    (double re, double im) = (real[b] * c - imaginary[b] * s, real[b] * s + imaginary[b] * c);
                    (real[b], imaginary[b]) = (real[a] - re, imaginary[a] - im);
                    (real[a], imaginary[a]) = (real[a] + re, imaginary[a] + im);
                }
        for (int k = 0; k <= n / 2; k++) power[k] = real[k] * real[k] + imaginary[k] * imaginary[k];
    }
}
