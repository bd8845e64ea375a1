namespace Unroll.Tasks.Translation;

/// <summary>Pairs side by side: sources, and for each step of the targets what the decoder is given and what it shall write.</summary>
internal sealed class PairBatch
{
    /// <summary>Lays pairs out.</summary>
    /// <param name="source">The sources.</param>
    /// <param name="vocabulary">Whose tokens the targets are.</param>
    /// <param name="targets">The targets.</param>
    public PairBatch(SourceBatch source, SentenceVocabulary vocabulary, IReadOnlyList<int[]> targets)
    {
        int count = targets.Count;
        Source = source;
        Steps = targets.Max(static t => t.Length) + 1;
        Lengths = new int[count];
        Given = new int[Steps * count];
        Wanted = new int[Steps * count];
        Array.Fill(Given, vocabulary.End);
        Array.Fill(Wanted, SentenceVocabulary.Padding);
        for (int b = 0; b < count; b++)
        {
            int[] target = targets[b];
            Lengths[b] = target.Length + 1;
            for (int t = 0; t <= target.Length; t++)
            {
                Given[t * count + b] = t == 0 ? vocabulary.Begin : target[t - 1];
                Wanted[t * count + b] = t == target.Length ? vocabulary.End : target[t];
            }
            Tokens += Lengths[b];
        }
    }

    public SourceBatch Source { get; }

    /// <summary>T: steps of the longest target, its end included.</summary>
    public int Steps { get; }

    /// <summary>Steps of each target, its end included.</summary>
    public int[] Lengths { get; }

    /// <summary>What the decoder reads, <c>[T * B]</c>: the begin, then the target.</summary>
    public int[] Given { get; }

    /// <summary>What it shall write, <c>[T * B]</c>: the target, its end, then padding.</summary>
    public int[] Wanted { get; }

    /// <summary>Tokens that it shall write in all.</summary>
    public int Tokens { get; }

    /// <summary>What it shall write where it may copy: words that it does not know but the source has, too; or nothing.</summary>
    public int[]? WantedCopies { get; set; }
}
