using System.Text;
using Unroll.Kernels;

namespace Unroll.Data.Tokenizers;

/// <summary>Learns the pieces of a unigram tokenizer (Kudo 2018, section 3.2), as SentencePiece does: candidates from the text's substrings, expectation and maximisation, pruning by loss.</summary>
/// <remarks>No piece mixes letters, numbers and other characters, and none reaches across a space or a line. Everything is summed in one fixed order: the same text gives the same vocabulary.</remarks>
internal sealed class UnigramTrainer
{
    /// <summary>Characters that are always pieces: the space, the end of a line, and those in which the tokens of bytes and &lt;unk&gt; are spelt.</summary>
    private const string Always = " \n<>0123456789ABCDEFxunk";

    // The rarest characters, together a two-thousandth of the text, are given by bytes; each round keeps three quarters of the pieces, after two passes over the words.
    private const double Coverage = 0.9995, Kept = 0.75, LeastExpected = 0.5;
    private const int Passes = 2, LongestRun = 256, CandidatesAPiece = 16, LeastCandidates = 1 << 16;
    private const long MostCharacters = 4 << 20;

    private readonly int size, characters;
    private readonly (string Text, long Count)[] words;
    private string[] pieces;
    private double[] scores;

    /// <summary>Counts a text's words and gathers the candidates.</summary>
    /// <param name="text">The text.</param>
    /// <param name="size">Pieces wanted, at least those that are always there.</param>
    public UnigramTrainer(IEnumerable<string> text, int size)
    {
        this.size = size;
        Dictionary<string, long> runs = Runs(text);
        string[] alphabet = Alphabet(runs, Math.Max(Always.Length, size / 2));
        words = Words(runs, [.. alphabet]);
        (string Text, double Score)[] candidates = new UnigramCandidates(words).Take(Math.Max(LeastCandidates, (int)Math.Min((long)CandidatesAPiece * size, int.MaxValue / 2)));
        characters = alphabet.Length;
        pieces = [.. alphabet, .. candidates.Where(static c => c.Text is not "<unk>" && !UnigramTokenizer.IsByteToken(c.Text)).Select(static c => c.Text)];
        scores = new double[pieces.Length];
        Dictionary<string, double> often = candidates.ToDictionary(static c => c.Text, static c => c.Score, StringComparer.Ordinal);
        double[] first = [.. pieces.Select(p => often.GetValueOrDefault(p, 1))];
        double sum = Math.Log(first.Sum());
        for (int i = 0; i < scores.Length; i++) scores[i] = Math.Log(first[i]) - sum;
    }

    /// <summary>The pieces, the likeliest first, as they stand in text.</summary>
    public IReadOnlyList<string> Pieces => pieces;

    /// <summary>The natural logarithm of each one's probability, rounded to a millionth: what every reader of numbers reads alike.</summary>
    public IReadOnlyList<double> Scores => scores;

    /// <summary>Learns.</summary>
    public void Run(CancellationToken cancellation)
    {
        while (true)
        {
            var lattice = new UnigramLattice(pieces, scores);
            for (int pass = 0; pass < Passes; pass++) Fit(lattice, cancellation);
            if (pieces.Length <= size) break;
            Prune(lattice, Math.Max(size, (int)(Kept * pieces.Length)), cancellation);
        }
        for (int i = 0; i < scores.Length; i++) scores[i] = Math.Round(scores[i], 6);
        int[] order = [.. Enumerable.Range(0, pieces.Length).OrderByDescending(i => scores[i]).ThenBy(i => pieces[i], StringComparer.Ordinal)];
        (pieces, scores) = ([.. order.Select(i => pieces[i])], [.. order.Select(i => scores[i])]);
    }

    // Expectation, then maximisation under a Dirichlet prior (variational: the digamma function), which makes the rare rarer.
    private void Fit(UnigramLattice lattice, CancellationToken cancellation)
    {
        var expected = new double[pieces.Length];
        foreach ((string word, long count) in words)
        {
            cancellation.ThrowIfCancellationRequested();
            lattice.Expect(word, count, expected);
        }
        double sum = 0;
        for (int i = 0; i < expected.Length; i++) sum += expected[i] = Math.Max(expected[i], LeastExpected);
        double all = Special.Digamma(sum);
        for (int i = 0; i < expected.Length; i++) scores[i] = Special.Digamma(expected[i]) - all;
    }

    // What the likelihood loses without a piece, where its text is then cut in the next best way.
    private void Prune(UnigramLattice lattice, int left, CancellationToken cancellation)
    {
        var counts = new double[pieces.Length];
        double sum = 0;
        foreach ((string word, long count) in words)
        {
            cancellation.ThrowIfCancellationRequested();
            lattice.Best(word);
            for (int end = word.Length; end > 0;)
            {
                (end, int piece) = lattice.Last(end);
                counts[piece] += count;
                sum += count;
            }
        }
        var losses = new double[pieces.Length];
        for (int i = characters; i < pieces.Length; i++)
        {
            string text = pieces[i];
            if (lattice.Best(text, banned: i) >= scores[i] || counts[i] == 0)
            {
                losses[i] = double.NegativeInfinity;                                   // it is never used
                continue;
            }
            int parts = 0;
            double instead = 0;
            for (int end = text.Length; end > 0; parts++)
            {
                (end, int piece) = lattice.Last(end);
                instead += Math.Log(counts[piece] + counts[i]);
            }
            losses[i] = counts[i] * (Math.Log(counts[i]) - Math.Log(sum) - (instead - parts * Math.Log(sum + counts[i] * (parts - 1))));
        }
        int[] kept = [.. Enumerable.Range(characters, pieces.Length - characters).OrderByDescending(i => losses[i]).ThenBy(i => pieces[i], StringComparer.Ordinal).Take(left - characters).Order()];
        (pieces, scores) = ([.. pieces[..characters], .. kept.Select(i => pieces[i])], [.. scores[..characters], .. kept.Select(i => scores[i])]);
    }

    private static Dictionary<string, long> Runs(IEnumerable<string> text)
    {
        var runs = new Dictionary<string, long>(StringComparer.Ordinal);
        Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> lookup = runs.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string part in text)
            for (int at = 0, end; at < part.Length; at = end)
            {
                end = Metaspace.PieceEnd(part, at);
                ReadOnlySpan<char> piece = part.AsSpan(at, end - at);
                for (int from = 0, to; from < piece.Length; from = to)
                {
                    to = Metaspace.RunEnd(piece, from);
                    if (to - from > LongestRun) to = from + LongestRun - (char.IsHighSurrogate(piece[from + LongestRun - 1]) ? 1 : 0);
                    ReadOnlySpan<char> run = piece[from..to];
                    lookup[run] = lookup.TryGetValue(run, out long n) ? n + 1 : 1;
                }
            }
        return runs;
    }

    // By frequency who stays, by code point in which order.
    private static string[] Alphabet(Dictionary<string, long> runs, int most)
    {
        var counts = new Dictionary<Rune, long>();
        long all = 0, covered = 0;
        foreach ((string run, long count) in runs)
            foreach (Rune rune in run.EnumerateRunes())
            {
                all += count;
                counts[rune] = counts.GetValueOrDefault(rune) + count;
            }
        var kept = new HashSet<Rune>(Always.EnumerateRunes());
        foreach ((Rune rune, long count) in counts.OrderByDescending(static c => c.Value).ThenBy(static c => c.Key.Value))
        {
            if (kept.Count >= most || covered >= Coverage * all) break;
            covered += count;
            if (rune.Value is not (Metaspace.Mark or 0xFFFD)) kept.Add(rune);
        }
        return [.. kept.OrderBy(static r => r.Value).Select(static r => r.ToString())];
    }

    // The runs, cut at characters that are no pieces; of very many only the most frequent ones.
    private static (string, long)[] Words(Dictionary<string, long> runs, HashSet<string> alphabet)
    {
        var words = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach ((string run, long count) in runs)
        {
            int from = 0, at = 0;
            foreach (Rune rune in run.EnumerateRunes())
            {
                if (!alphabet.Contains(rune.ToString()))
                {
                    Add(run[from..at], count);
                    from = at + rune.Utf16SequenceLength;
                }
                at += rune.Utf16SequenceLength;
            }
            Add(run[from..], count);
        }
        long characters = 0;
        return [.. words.OrderByDescending(static w => w.Value).ThenBy(static w => w.Key, StringComparer.Ordinal).TakeWhile(w => (characters += w.Key.Length) <= MostCharacters).Select(static w => (w.Key, w.Value))];

        void Add(string word, long count)
        {
            if (word.Length > 0) words[word] = words.GetValueOrDefault(word) + count;
        }
    }
}
