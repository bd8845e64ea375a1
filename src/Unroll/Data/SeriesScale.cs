namespace Unroll.Data;

/// <summary>How a series is brought to the size that a network likes.</summary>
public enum ScaleKind
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Divided by the mean absolute value, as DeepAR does (Salinas et al. 2017, section 3.3, without its + 1): keeps zero at zero and counts positive.</summary>
    MeanAbsolute,

    /// <summary>Minus the mean, divided by the standard deviation.</summary>
    Standard,
}

/// <summary>An invertible change of scale, z = (x - Offset) / Scale.</summary>
/// <remarks>In double precision, so that values as large or as small as float32 holds neither overflow nor vanish on the way.</remarks>
/// <param name="Offset">What is subtracted.</param>
/// <param name="Scale">What is divided by; positive.</param>
public readonly record struct SeriesScale(double Offset, double Scale)
{
    /// <summary>No change.</summary>
    public static SeriesScale Identity => new(0, 1);

    /// <summary>The scaled value; NaN stays NaN.</summary>
    public float Apply(float value) => (float)((value - Offset) / Scale);

    /// <summary>The value that <see cref="Apply(float)"/> was given.</summary>
    public float Invert(float scaled) => (float)(scaled * Scale + Offset);

    /// <summary>Scales values; NaN stays NaN.</summary>
    /// <param name="values">The values.</param>
    /// <param name="scaled">As many results; may be the same memory.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public void Apply(ReadOnlySpan<float> values, Span<float> scaled)
    {
        CheckLengths(values.Length, scaled.Length);
        for (int i = 0; i < values.Length; i++)
        {
            scaled[i] = Apply(values[i]);
        }
    }

    /// <summary>Undoes <see cref="Apply(ReadOnlySpan{float}, Span{float})"/>.</summary>
    /// <param name="scaled">The scaled values.</param>
    /// <param name="values">As many results; may be the same memory.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public void Invert(ReadOnlySpan<float> scaled, Span<float> values)
    {
        CheckLengths(scaled.Length, values.Length);
        for (int i = 0; i < scaled.Length; i++)
        {
            values[i] = Invert(scaled[i]);
        }
    }

    private static void CheckLengths(int input, int output)
    {
        if (input != output)
        {
            throw new ArgumentException($"SeriesScale: the result must hold {input} values, got {output}.");
        }
    }
}
