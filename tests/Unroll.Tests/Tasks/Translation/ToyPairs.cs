using System.Globalization;
using Unroll.Data;

namespace Unroll.Tests.Tasks.Translation;

/// <summary>Pairs whose targets follow from their sources by a rule.</summary>
internal static class ToyPairs
{
    private const string Letters = "abcdefghij";

    /// <summary>Some letters, and the same from the last to the first.</summary>
    public static SentencePair[] Reversed(int count, ulong seed, int longest = 9) => Made(count, seed, longest, static letters => letters.Reverse());

    /// <summary>Some letters, and the same in the order of the alphabet.</summary>
    public static SentencePair[] Sorted(int count, ulong seed, int longest = 9) => Made(count, seed, longest, static letters => letters.Order());

    /// <summary>Days as people write them in several ways, and as ISO 8601 does.</summary>
    public static SentencePair[] Dates(int count, ulong seed)
    {
        string[] forms = ["d MMMM yyyy", "dddd, d MMMM yyyy", "MMM d, yyyy", "dd.MM.yyyy", "MMMM d yyyy", "d-MMM-yy", "yyyy/M/d"];
        var random = new RandomStream(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            DateTime day = new DateTime(1970, 1, 1).AddDays(random.NextInt(22_000));
            string said = day.ToString(forms[random.NextInt(forms.Length)], CultureInfo.InvariantCulture);
            return new SentencePair(said.ToLowerInvariant(), day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), i + 1);
        })];
    }

    private static SentencePair[] Made(int count, ulong seed, int longest, Func<IEnumerable<char>, IEnumerable<char>> rule)
    {
        var random = new RandomStream(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            char[] letters = [.. Enumerable.Range(0, 1 + random.NextInt(longest)).Select(_ => Letters[random.NextInt(Letters.Length)])];
            return new SentencePair(string.Join(' ', letters), string.Join(' ', rule(letters)), i + 1);
        })];
    }
}
