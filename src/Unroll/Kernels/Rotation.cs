namespace Unroll.Kernels;

/// <summary>
/// Rotary positions (Su et al. 2021): pairs of numbers of a head turn by an angle that grows with the position. Pair i of a head of width w is made of its numbers i and i + w / 2 and turns by
/// position / base^(2 i / w). Angles are computed in double precision, so that far positions keep their digits.
/// </summary>
internal static class Rotation
{
    /// <summary>Fills the cosines and sines of positions first, first + 1, ...: [count, width / 2] each.</summary>
    public static void Angles(int first, int count, int width, double root, Span<float> cosines, Span<float> sines)
    {
        int half = width / 2;
        for (int i = 0; i < half; i++)
        {
            double speed = Math.Pow(root, -2.0 * i / width);
            for (int t = 0; t < count; t++) (sines[(t * half) + i], cosines[(t * half) + i]) = SinCos((first + t) * speed);
        }

        static (float, float) SinCos(double angle)
        {
            (double sine, double cosine) = Math.SinCos(angle);
            return ((float)sine, (float)cosine);
        }
    }

    /// <summary>Turns one row of heads: y = R x, or y += R' x.</summary>
    /// <param name="x">[heads, width].</param>
    /// <param name="heads">How many heads.</param>
    /// <param name="width">Numbers of a head; even.</param>
    /// <param name="cosines">[width / 2].</param>
    /// <param name="sines">[width / 2].</param>
    /// <param name="y">[heads, width].</param>
    /// <param name="back">Turn the other way and add.</param>
    public static void Turn(ReadOnlySpan<float> x, int heads, int width, ReadOnlySpan<float> cosines, ReadOnlySpan<float> sines, Span<float> y, bool back)
    {
        int half = width / 2;
        for (int h = 0; h < heads; h++)
        {
            ReadOnlySpan<float> a = x.Slice(h * width, half), b = x.Slice((h * width) + half, half);
            Span<float> ya = y.Slice(h * width, half), yb = y.Slice((h * width) + half, half);
            for (int i = 0; i < half; i++)
            {
                float c = cosines[i], s = sines[i];
                if (back) (ya[i], yb[i]) = (ya[i] + ((a[i] * c) + (b[i] * s)), yb[i] + ((b[i] * c) - (a[i] * s)));
                else (ya[i], yb[i]) = ((a[i] * c) - (b[i] * s), (b[i] * c) + (a[i] * s));
            }
        }
    }
}
