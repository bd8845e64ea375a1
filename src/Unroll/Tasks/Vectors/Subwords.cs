using System.Text;

namespace Unroll.Tasks.Vectors;

/// <summary>The pieces of words that have a vector: character n-grams of the word between <c>&lt;</c> and <c>&gt;</c>, told apart by a hash (Bojanowski et al. 2017).</summary>
/// <remarks>Pieces and hash as fastText has them: n-grams of characters, FNV-1a over their UTF-8 bytes, each byte taken with its sign; modulo the number of buckets. Only buckets that words of the vocabulary
/// fall into have a row.</remarks>
internal sealed class Subwords
{
    private readonly Dictionary<int, int> rowOf = [];

    /// <summary>Finds the pieces of a vocabulary.</summary>
    public Subwords(IReadOnlyList<string> words, SubwordOptions options)
    {
        Options = options;
        var found = new SortedSet<int>();
        foreach (string word in words) found.UnionWith(BucketsOf(word));
        Buckets = [.. found];
        Index();
    }

    /// <summary>Pieces as they were saved.</summary>
    public Subwords(int[] buckets, SubwordOptions options)
    {
        (Options, Buckets) = (options, buckets);
        Index();
    }

    /// <summary>Lengths and number of buckets.</summary>
    public SubwordOptions Options { get; }

    /// <summary>The bucket of each row, rising.</summary>
    public int[] Buckets { get; }

    /// <summary>The rows of a word's pieces, as often as they stand in it; those that no word of the vocabulary has are left out.</summary>
    public IEnumerable<int> RowsOf(string word)
    {
        foreach (int bucket in BucketsOf(word))
            if (rowOf.TryGetValue(bucket, out int row)) yield return row;
    }

    private void Index()
    {
        for (int i = 0; i < Buckets.Length; i++) rowOf[Buckets[i]] = i;
    }

    private IEnumerable<int> BucketsOf(string word)
    {
        byte[] bytes = Encoding.UTF8.GetBytes($"<{word}>");
        for (int from = 0; from < bytes.Length; from++)
        {
            if (IsInside(bytes[from])) continue;
            int to = from;
            for (int n = 1; n <= Options.Longest && to < bytes.Length; n++)
            {
                for (to++; to < bytes.Length && IsInside(bytes[to]); to++) { }
                if (n < Options.Shortest || (n == 1 && (from == 0 || to == bytes.Length))) continue;    // a mark of the border alone says nothing
                yield return (int)(Hash(bytes.AsSpan(from, to - from)) % (uint)Options.Buckets);
            }
        }
    }

    // The second to fourth bytes of a character.
    private static bool IsInside(byte b) => (b & 0xC0) == 0x80;

    private static uint Hash(ReadOnlySpan<byte> piece)
    {
        uint hash = 2166136261;
        foreach (byte b in piece) hash = (hash ^ (uint)(sbyte)b) * 16777619;
        return hash;
    }
}
