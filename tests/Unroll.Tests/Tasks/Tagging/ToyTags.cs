using Unroll.Data;

namespace Unroll.Tests.Tasks.Tagging;

/// <summary>Sentences whose tags follow from spelling and from what stands on either side: words never repeat much, so that a table of words knows little of a test sentence.</summary>
internal static class ToyTags
{
    private const string Consonants = "bdfgklmnprst", Vowels = "aeiou";

    /// <summary>Capital words are names: of places before "city", of people before "said"; their kind stands behind them, so that it must be read from the right.</summary>
    public static TaggedSentence[] Names(int count, ulong seed)
    {
        var random = new RandomStream(seed);
        var sentences = new TaggedSentence[count];
        for (int s = 0; s < count; s++)
        {
            List<string> words = [], tags = [];
            int parts = 1 + random.NextInt(3);
            for (int p = 0; p < parts; p++)
            {
                for (int i = random.NextInt(3); i >= 0; i--) Add(Made(random), "O");
                bool place = random.NextInt(2) == 0;
                int length = 1 + random.NextInt(3);
                for (int i = 0; i < length; i++)
                {
                    string word = Made(random);
                    Add(char.ToUpperInvariant(word[0]) + word[1..], $"{(i == 0 ? "B" : "I")}-{(place ? "LOC" : "PER")}");
                }
                Add(place ? "city" : "said", "O");
            }
            sentences[s] = new TaggedSentence(words, tags, s + 1);

            void Add(string word, string tag)
            {
                words.Add(word);
                tags.Add(tag);
            }
        }
        return sentences;
    }

    /// <summary>The last letter of a word says its tag: A, E, I, O or U.</summary>
    public static TaggedSentence[] Endings(int count, ulong seed)
    {
        var random = new RandomStream(seed);
        return [.. Enumerable.Range(0, count).Select(s =>
        {
            string[] words = [.. Enumerable.Range(0, 1 + random.NextInt(9)).Select(_ => Made(random))];
            return new TaggedSentence(words, [.. words.Select(static w => w[^1..].ToUpperInvariant())], s + 1);
        })];
    }

    private static string Made(RandomStream random) =>
        string.Concat(Enumerable.Range(0, 2 + random.NextInt(2)).Select(_ => $"{Consonants[random.NextInt(Consonants.Length)]}{Vowels[random.NextInt(Vowels.Length)]}"));
}
