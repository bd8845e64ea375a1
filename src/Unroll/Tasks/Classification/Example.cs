namespace Unroll.Tasks.Classification;

/// <summary>A row as the network reads it.</summary>
/// <param name="Tokens">Its text's tokens; empty for a series.</param>
/// <param name="Values">Its numbers as they are scaled, <c>[Steps, D]</c>; empty for a text.</param>
/// <param name="Steps">Tokens, or steps of the series.</param>
/// <param name="Numbers">Numbers beside it, scaled.</param>
/// <param name="Labels">Its labels that are known, one or several; empty for none.</param>
internal sealed record Example(int[] Tokens, float[] Values, int Steps, float[] Numbers, int[] Labels)
{
    /// <summary>Steps that were cut off because there are more than <see cref="ClassificationFitOptions.Longest"/>.</summary>
    public int Cut { get; init; }

    /// <summary>Labels that no row of training has.</summary>
    public int Unseen { get; init; }
}

/// <summary>Rows side by side.</summary>
internal sealed class ExampleBatch
{
    /// <summary>B: how many.</summary>
    public required int Count { get; init; }

    /// <summary>T: steps of the longest, at least 1.</summary>
    public required int Steps { get; init; }

    /// <summary>Steps of each.</summary>
    public required int[] Lengths { get; init; }

    /// <summary><c>[T * B]</c> tokens, step by step; empty for series.</summary>
    public int[] Tokens { get; init; } = [];

    /// <summary><c>[T, B, D]</c> numbers; empty for texts.</summary>
    public float[] Values { get; init; } = [];

    /// <summary><c>[B, N]</c> numbers beside them; empty for none.</summary>
    public float[] Numbers { get; init; } = [];

    /// <summary>The labels of each.</summary>
    public required int[][] Labels { get; init; }

    /// <summary>Tokens of each sentence of each text, where the model reads by sentences.</summary>
    public int[][]? Sentences { get; init; }

    /// <summary>The same row many times, without its inputs: those are given.</summary>
    /// <param name="copies">How many.</param>
    public ExampleBatch Repeated(int copies) => new()
    {
        Count = copies, Steps = Steps, Lengths = [.. Enumerable.Repeat(Lengths[0], copies)], Labels = [.. Enumerable.Repeat(Labels[0], copies)],
        Numbers = [.. Enumerable.Repeat(Numbers, copies).SelectMany(static n => n)], Sentences = Sentences is null ? null : [.. Enumerable.Repeat(Sentences[0], copies)],
    };
}
