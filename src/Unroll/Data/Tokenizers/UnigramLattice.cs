using System.Buffers;
using System.Text;

namespace Unroll.Data.Tokenizers;

/// <summary>All ways to cut a word into pieces: the best of them (Viterbi), and how often each piece is expected over all of them (forward-backward). One thread at a time.</summary>
internal sealed class UnigramLattice
{
    private readonly PieceTrie trie;
    private readonly double[] scores;
    private readonly double unknownScore;

    // Of each place in a word: the score of the best cut up to it, where its last piece begins, and that piece, -1 for a character that has none.
    private double[] best = new double[64];
    private int[] source = new int[64], piece = new int[64];

    // The pieces of the word in hand: where each begins and ends; and of each place the logarithm of what all cuts up to it, and from it on, have together.
    private readonly List<(int From, int End, int Piece)> edges = [];
    private double[] before = new double[64], behind = new double[64];

    /// <summary>A lattice over some pieces.</summary>
    /// <param name="pieces">As they stand in text; an empty one is never read.</param>
    /// <param name="scores">The natural logarithm of each one's probability; may be changed later.</param>
    /// <param name="unknownScore">The score of a character that no piece gives alone.</param>
    public UnigramLattice(IReadOnlyList<string> pieces, double[] scores, double unknownScore = double.NegativeInfinity)
    {
        (this.scores, this.unknownScore) = (scores, unknownScore);
        trie = new PieceTrie(pieces.Sum(static p => p.Length));
        for (int i = 0; i < pieces.Count; i++) trie.Add(pieces[i], i);
    }

    /// <summary>Finds the best cut of a word; of equally good ones that whose pieces are found first from the left, as in SentencePiece.</summary>
    /// <param name="word">The word.</param>
    /// <param name="banned">A piece that may not be used, -1 for none.</param>
    /// <returns>Its score.</returns>
    public double Best(ReadOnlySpan<char> word, int banned = -1)
    {
        if (best.Length <= word.Length) (best, source, piece) = (new double[2 * word.Length], new int[2 * word.Length], new int[2 * word.Length]);
        source.AsSpan(1, word.Length).Fill(-1);
        best[0] = 0;
        for (int at = 0, length; at < word.Length; at += length)
        {
            length = Character(word, at);
            bool alone = false;
            for (int end = at, node = 0; end < word.Length && (node = trie.Step(node, word[end], out int id)) > 0;)
            {
                end++;
                if (id < 0 || id == banned) continue;
                Offer(at, end, best[at] + scores[id], id);
                alone |= end - at == length;
            }
            if (!alone) Offer(at, at + length, best[at] + unknownScore, -1);
        }
        return best[word.Length];
    }

    /// <summary>The last piece of the best cut up to a place that this cut has: where it begins, and its number, -1 for a character without a piece.</summary>
    public (int From, int Piece) Last(int end) => (source[end], piece[end]);

    /// <summary>Adds how often each piece is expected in a word, over all cuts by their probability.</summary>
    /// <param name="word">A word all of whose characters are pieces.</param>
    /// <param name="count">How often the word stands.</param>
    /// <param name="expected">Is added to.</param>
    public void Expect(ReadOnlySpan<char> word, double count, double[] expected)
    {
        if (before.Length <= word.Length) (before, behind) = (new double[2 * word.Length], new double[2 * word.Length]);
        before.AsSpan(0, word.Length + 1).Fill(double.NegativeInfinity);
        behind.AsSpan(0, word.Length + 1).Fill(double.NegativeInfinity);
        before[0] = behind[word.Length] = 0;
        edges.Clear();
        for (int at = 0; at < word.Length; at += Character(word, at))
            for (int end = at, node = 0; end < word.Length && (node = trie.Step(node, word[end], out int id)) > 0;)
            {
                end++;
                if (id < 0) continue;
                edges.Add((at, end, id));
                before[end] = LogSum(before[end], before[at] + scores[id]);
            }
        for (int e = edges.Count - 1; e >= 0; e--)
        {
            (int from, int end, int id) = edges[e];
            behind[from] = LogSum(behind[from], behind[end] + scores[id]);
        }
        double all = before[word.Length];
        foreach ((int from, int end, int id) in edges) expected[id] += count * Math.Exp(before[from] + scores[id] + behind[end] - all);
    }

    private static double LogSum(double a, double b)
    {
        (double more, double less) = a > b ? (a, b) : (b, a);
        return less < more - 40 ? more : more + Math.Log(1 + Math.Exp(less - more));
    }

    private static int Character(ReadOnlySpan<char> text, int at) =>
        char.IsHighSurrogate(text[at]) && Rune.DecodeFromUtf16(text[at..], out _, out int length) == OperationStatus.Done ? length : 1;

    private void Offer(int from, int end, double score, int id)
    {
        if (source[end] < 0 || score > best[end]) (best[end], source[end], piece[end]) = (score, from, id);
    }
}
