using System.Text;
using Unroll.Data;
using Unroll.Data.Tokenizers;

namespace Unroll.Tasks.Tagging;

/// <summary>What a tagger knows of words: those that have a vector of their own, the characters that words are spelt of, and the tags.</summary>
internal sealed class TaggingVocabulary
{
    /// <summary>The characters behind are not read.</summary>
    private const int LongestWord = 40;

    /// <summary>0 pads, then what no training word was spelt of, then the marks of a word's beginning and end.</summary>
    private const int UnknownCharacter = 1, Begin = 2, End = 3, FirstCharacter = 4;

    private readonly Dictionary<int, int> characters = [];
    private readonly Dictionary<string, int> tags = new(StringComparer.Ordinal);
    private readonly bool oneDigit;

    /// <summary>A vocabulary that was learnt before.</summary>
    /// <param name="words">Words by number; their cases are folded as it says.</param>
    /// <param name="characters">Characters, a code point each.</param>
    /// <param name="tags">The tags by number, as the network writes them.</param>
    /// <param name="oneDigit">Whether digits are read as one.</param>
    public TaggingVocabulary(WordTokenizer words, IReadOnlyList<string> characters, IReadOnlyList<string> tags, bool oneDigit)
    {
        (Words, Characters, Tags, this.oneDigit) = (words, characters, tags, oneDigit);
        foreach (string c in characters) this.characters[char.ConvertToUtf32(c, 0)] = FirstCharacter + this.characters.Count;
        foreach (string tag in tags) this.tags[tag] = this.tags.Count;
    }

    /// <summary>Words that have vectors.</summary>
    public WordTokenizer Words { get; }

    /// <summary>The characters.</summary>
    public IReadOnlyList<string> Characters { get; }

    /// <summary>How many numbers spellings have.</summary>
    public int CharacterCount => FirstCharacter + Characters.Count;

    /// <summary>The tags.</summary>
    public IReadOnlyList<string> Tags { get; }

    /// <summary>Learns from sentences.</summary>
    /// <param name="sentences">Their words.</param>
    /// <param name="tags">Their tags as the network writes them.</param>
    /// <param name="options">Limits.</param>
    /// <param name="once">For each word by number whether it stands but once.</param>
    public static TaggingVocabulary Learn(IReadOnlyList<TaggedSentence> sentences, IReadOnlyList<string[]> tags, TaggingOptions options, out bool[] once)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var letters = new SortedSet<int>();
        foreach (string word in sentences.SelectMany(static s => s.Words))
        {
            string read = Read(word, options.LowerCase, options.OneDigit);
            counts[read] = counts.GetValueOrDefault(read) + 1;
            foreach (Rune rune in word.EnumerateRunes()) letters.Add(rune.Value);
        }
        counts.Remove(WordTokenizer.UnknownToken);
        counts.Remove(WordTokenizer.EndToken);
        string[] kept = [.. counts.Where(c => c.Value >= options.LeastCount).OrderByDescending(static c => c.Value).ThenBy(static c => c.Key, StringComparer.Ordinal).Select(static c => c.Key).Take(options.Vocabulary)];
        once = [false, false, .. kept.Select(w => counts[w] == 1)];
        string[] names = [.. tags.SelectMany(static t => t).Distinct().Order(StringComparer.Ordinal)];
        return new TaggingVocabulary(new WordTokenizer([WordTokenizer.UnknownToken, WordTokenizer.EndToken, .. kept], options.LowerCase), [.. letters.Select(char.ConvertFromUtf32)], names, options.OneDigit);
    }

    /// <summary>A word's number in the table.</summary>
    public int Word(string word) => Words.Find(Read(word, Words.LowerCase, oneDigit)) is >= 0 and var id ? id : Words.Unknown;

    /// <summary>Whether a word has no vector of its own.</summary>
    public bool IsUnknown(string word) => Word(word) == Words.Unknown;

    /// <summary>A tag's number; -1 where there is none.</summary>
    public int Tag(string tag) => tags.TryGetValue(tag, out int id) ? id : -1;

    /// <summary>How a word is spelt: numbers of characters between two marks.</summary>
    public int[] Spell(string word)
    {
        var numbers = new List<int>(word.Length + 2) { Begin };
        foreach (Rune rune in word.EnumerateRunes())
        {
            if (numbers.Count > LongestWord) break;
            numbers.Add(characters.GetValueOrDefault(rune.Value, UnknownCharacter));
        }
        numbers.Add(End);
        return [.. numbers];
    }

    private static string Read(string word, bool lowerCase, bool oneDigit)
    {
        if (lowerCase) word = word.ToLowerInvariant();
        return !oneDigit || !word.AsSpan().ContainsAnyInRange('0', '9') ? word : string.Create(word.Length, word, static (to, from) =>
        {
            for (int i = 0; i < to.Length; i++) to[i] = char.IsAsciiDigit(from[i]) ? '0' : from[i];
        });
    }
}
