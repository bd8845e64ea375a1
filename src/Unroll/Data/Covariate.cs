namespace Unroll.Data;

/// <summary>A column that accompanies the targets: numbers, or texts as the codes of an encoding.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Encoding">The encoding of a categorical column; null for a numeric one.</param>
public sealed record Covariate(string Name, CategoricalEncoding? Encoding = null)
{
    /// <summary>Whether the values are the codes of <see cref="Encoding"/> (0 for missing) and not numbers (NaN for missing).</summary>
    public bool IsCategorical => Encoding is not null;

    /// <summary>How many inputs the covariate makes when categories are one-hot: 1 for numbers, <see cref="CategoricalEncoding.Size"/> for categories.</summary>
    public int Width => Encoding?.Size ?? 1;
}
