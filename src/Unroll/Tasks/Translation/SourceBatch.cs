namespace Unroll.Tasks.Translation;

/// <summary>Sentences of the source side by side, as an encoder reads them: each with its end, those that are shorter padded behind it.</summary>
internal sealed class SourceBatch
{
    /// <summary>Lays sentences out.</summary>
    /// <param name="vocabulary">Whose tokens they are.</param>
    /// <param name="sentences">The sentences.</param>
    /// <param name="reverse">True reads each from its last token to its first; the end stays behind.</param>
    public SourceBatch(SentenceVocabulary vocabulary, IReadOnlyList<int[]> sentences, bool reverse)
    {
        Count = sentences.Count;
        Steps = sentences.Max(static s => s.Length) + 1;
        Tokens = new int[Steps * Count];
        Lengths = new int[Count];
        Array.Fill(Tokens, vocabulary.End);
        for (int b = 0; b < Count; b++)
        {
            int[] sentence = sentences[b];
            Lengths[b] = sentence.Length + 1;
            for (int t = 0; t < sentence.Length; t++) Tokens[t * Count + b] = sentence[reverse ? sentence.Length - 1 - t : t];
        }
    }

    /// <summary>B: how many sentences.</summary>
    public int Count { get; }

    /// <summary>S: steps of the longest, its end included.</summary>
    public int Steps { get; }

    /// <summary><c>[S * B]</c>, step by step.</summary>
    public int[] Tokens { get; }

    /// <summary>Steps of each, its end included.</summary>
    public int[] Lengths { get; }

    /// <summary>What a decoder may copy from, or nothing.</summary>
    public CopySource? Copy { get; init; }
}
