namespace Unroll.Tasks.Tagging;

/// <summary>A sentence as numbers.</summary>
/// <param name="Words">A number a word.</param>
/// <param name="Spellings">Which of the spellings each word has.</param>
/// <param name="Tags">A tag each; none where they are not known.</param>
internal sealed record ReadSentence(int[] Words, int[] Spellings, int[]? Tags);

/// <summary>Sentences side by side, those that are shorter padded behind their end.</summary>
internal sealed class TaggingBatch
{
    /// <summary>Lays sentences out.</summary>
    /// <param name="sentences">The sentences.</param>
    /// <param name="spellings">How the different words are spelt.</param>
    public TaggingBatch(IReadOnlyList<ReadSentence> sentences, IReadOnlyList<int[]> spellings)
    {
        Count = sentences.Count;
        Lengths = [.. sentences.Select(static s => s.Words.Length)];
        Steps = Lengths.Max();
        Words = new int[Steps * Count];
        Tags = new int[Words.Length];
        Places = new int[Words.Length];
        var place = new Dictionary<int, int>();
        var different = new List<int[]>();
        for (int b = 0; b < Count; b++)
        {
            ReadSentence sentence = sentences[b];
            for (int t = 0; t < Lengths[b]; t++)
            {
                int at = t * Count + b;
                Words[at] = sentence.Words[t];
                Tags[at] = sentence.Tags?[t] ?? 0;
                if (!place.TryGetValue(sentence.Spellings[t], out int p))
                {
                    p = place[sentence.Spellings[t]] = different.Count;
                    different.Add(spellings[sentence.Spellings[t]]);
                }
                Places[at] = p;
            }
        }
        SpellingLengths = [.. different.Select(static s => s.Length)];
        int longest = SpellingLengths.Max();
        Spellings = new int[longest * different.Count];
        for (int i = 0; i < different.Count; i++)
            for (int t = 0; t < different[i].Length; t++) Spellings[t * different.Count + i] = different[i][t];
    }

    /// <summary>B: how many sentences.</summary>
    public int Count { get; }

    /// <summary>T: words of the longest.</summary>
    public int Steps { get; }

    /// <summary>Words of each.</summary>
    public int[] Lengths { get; }

    /// <summary><c>[T * B]</c>, step by step.</summary>
    public int[] Words { get; }

    /// <summary><c>[T * B]</c>.</summary>
    public int[] Tags { get; }

    /// <summary><c>[T * B]</c>: which of the different spellings of this batch a word has.</summary>
    public int[] Places { get; }

    /// <summary><c>[characters, different words]</c>, the first of every word first; 0 behind a word's end.</summary>
    public int[] Spellings { get; }

    /// <summary>Characters of each different word.</summary>
    public int[] SpellingLengths { get; }
}
