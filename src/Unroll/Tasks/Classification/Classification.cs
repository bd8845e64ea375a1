namespace Unroll.Tasks.Classification;

/// <summary>What a classifier says of a row.</summary>
/// <param name="Name">How the row is called.</param>
/// <param name="Labels">The labels it gives: one; where rows have several, any number.</param>
/// <param name="Probabilities">Of each of <see cref="Classifier.Labels"/>; where rows have several, each on its own.</param>
public sealed record Classification(string Name, IReadOnlyList<string> Labels, IReadOnlyList<double> Probabilities)
{
    /// <summary>The labels as a file has them.</summary>
    public string Label => string.Join(LabelSet.Separator, Labels);

    /// <summary>Steps at the row's end that were not read because it is too long.</summary>
    public int Cut { get; init; }

    /// <summary>True of a row without a single step: only how frequent labels are speaks.</summary>
    public bool IsEmpty { get; init; }
}
