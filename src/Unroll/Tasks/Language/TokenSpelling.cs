using System.Text;
using Unroll.Data.Tokenizers;

namespace Unroll.Tasks.Language;

/// <summary>How the tokens of a vocabulary are spelt: the numbers of their characters, for a network that reads characters.</summary>
internal sealed class TokenSpelling
{
    private const int Longest = 40;                                                     // characters behind are not read
    private const int Begin = 1, End = 2, First = 3;                                    // 0 pads

    private readonly int[][] spelling;

    public TokenSpelling(Tokenizer tokenizer)
    {
        var numbers = new SortedDictionary<int, int>();
        foreach (string token in tokenizer.Vocabulary)
            foreach (Rune rune in token.EnumerateRunes()) numbers[rune.Value] = 0;
        int next = First;
        foreach (int rune in numbers.Keys.ToArray()) numbers[rune] = next++;
        Characters = next;
        spelling = [.. tokenizer.Vocabulary.Select(token => (int[])[Begin, .. token.EnumerateRunes().Take(Longest).Select(r => numbers[r.Value]), End])];
    }

    /// <summary>How many different characters there are, with the padding and the marks of a token's beginning and end.</summary>
    public int Characters { get; }

    /// <summary>The spelling of some tokens.</summary>
    /// <param name="tokens">Their numbers.</param>
    /// <returns>Character numbers <c>[T, tokens]</c>, step by step, and how many each token has.</returns>
    public (int[] Spelling, int[] Lengths) Of(IReadOnlyList<int> tokens)
    {
        int[] lengths = [.. tokens.Select(t => spelling[t].Length)];
        var steps = new int[lengths.Max() * tokens.Count];
        for (int i = 0; i < tokens.Count; i++)
        {
            int[] one = spelling[tokens[i]];
            for (int t = 0; t < one.Length; t++) steps[t * tokens.Count + i] = one[t];
        }
        return (steps, lengths);
    }
}
