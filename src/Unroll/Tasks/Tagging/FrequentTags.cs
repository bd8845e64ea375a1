using Unroll.Data;

namespace Unroll.Tasks.Tagging;

/// <summary>The simple method beside which a tagger is measured: each word gets the tag that it had most often, one never seen the tag that words which stand once have most often.</summary>
public sealed class FrequentTags
{
    private readonly Dictionary<string, string> tags = new(StringComparer.Ordinal);
    private readonly string other;

    /// <summary>Counts.</summary>
    /// <param name="sentences">Sentences with tags; at least one word.</param>
    public FrequentTags(IReadOnlyList<TaggedSentence> sentences)
    {
        var counts = new Dictionary<string, Dictionary<string, int>>(StringComparer.Ordinal);
        foreach (TaggedSentence s in sentences)
        {
            for (int i = 0; i < s.Words.Count; i++)
            {
                if (!counts.TryGetValue(s.Words[i], out Dictionary<string, int>? of)) counts[s.Words[i]] = of = new Dictionary<string, int>(StringComparer.Ordinal);
                of[s.Tags[i]] = of.GetValueOrDefault(s.Tags[i]) + 1;
            }
        }
        foreach ((string word, Dictionary<string, int> of) in counts) tags[word] = Most(of);
        var once = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (Dictionary<string, int> of in counts.Values)
            if (of.Values.Sum() == 1) once[of.Keys.First()] = once.GetValueOrDefault(of.Keys.First()) + 1;
        if (once.Count == 0)
            foreach (string tag in sentences.SelectMany(static s => s.Tags)) once[tag] = once.GetValueOrDefault(tag) + 1;
        other = Most(once);
    }

    /// <summary>The tags of a sentence's words.</summary>
    /// <param name="words">The words.</param>
    public string[] Tag(IReadOnlyList<string> words) => [.. words.Select(w => tags.GetValueOrDefault(w, other))];

    // Of equally frequent ones the first in the alphabet, so that it does not depend on an order.
    private static string Most(Dictionary<string, int> counts) => counts.OrderByDescending(static c => c.Value).ThenBy(static c => c.Key, StringComparer.Ordinal).First().Key;
}
