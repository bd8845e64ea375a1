namespace Unroll.Tasks.Tagging;

/// <summary>Turns sentences into numbers; words that are spelt alike share their spelling.</summary>
/// <param name="vocabulary">Words, characters, tags.</param>
/// <param name="longest">Longer sentences are cut into pieces of so many words.</param>
internal sealed class SentenceReader(TaggingVocabulary vocabulary, int longest)
{
    private readonly Dictionary<string, int> known = new(StringComparer.Ordinal);
    private readonly List<int[]> spellings = [];

    /// <summary>How the different words that were read are spelt.</summary>
    public IReadOnlyList<int[]> Spellings => spellings;

    /// <summary>Reads a sentence.</summary>
    /// <param name="words">Its words, at least one.</param>
    /// <param name="tags">A number a word, or nothing where they are not known.</param>
    /// <returns>Pieces; of a sentence that is short enough one.</returns>
    public IEnumerable<ReadSentence> Read(IReadOnlyList<string> words, int[]? tags = null)
    {
        for (int from = 0; from < words.Count; from += longest)
        {
            int count = Math.Min(longest, words.Count - from);
            int[] numbers = new int[count], spelt = new int[count];
            for (int i = 0; i < count; i++)
            {
                string word = words[from + i];
                numbers[i] = vocabulary.Word(word);
                if (!known.TryGetValue(word, out spelt[i]))
                {
                    spelt[i] = known[word] = spellings.Count;
                    spellings.Add(vocabulary.Spell(word));
                }
            }
            yield return new ReadSentence(numbers, spelt, tags?[from..(from + count)]);
        }
    }
}
