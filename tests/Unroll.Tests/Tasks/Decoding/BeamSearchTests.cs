using Unroll.Tasks.Decoding;

namespace Unroll.Tests.Tasks.Decoding;

/// <summary>Beam search over a made-up language, against all its texts.</summary>
public sealed class BeamSearchTests
{
    private const int V = 5, End = 0;

    /// <summary>A language whose next token's scores follow from the two tokens before and the text's number: a row's history is its own, so a mix-up shows.</summary>
    private sealed class Made(int texts, int beams, ulong seed) : TokenReader
    {
        private readonly List<int>[] rows = [.. Enumerable.Range(0, texts * beams).Select(static _ => new List<int>())];
        private readonly float[] logits = new float[texts * beams * V];

        public override int Tokens => V;

        public override int Rows => rows.Length;

        public int Reads { get; private set; }

        public override ReadOnlySpan<float> Begin() => Scores();

        public override ReadOnlySpan<float> Read(ReadOnlySpan<int> from, ReadOnlySpan<int> tokens)
        {
            Reads++;
            List<int>[] old = [.. rows];
            for (int r = 0; r < rows.Length; r++) rows[r] = [.. old[from[r]], tokens[r]];
            return Scores();
        }

        private ReadOnlySpan<float> Scores()
        {
            for (int r = 0; r < rows.Length; r++) Of(seed, r / beams, rows[r]).CopyTo(logits.AsSpan(r * V, V));
            return logits;
        }

        public static float[] Of(ulong seed, int text, IReadOnlyList<int> history)
        {
            var random = new RandomStream(seed, (ulong)(text * 1000 + history.TakeLast(2).Aggregate(history.Count * 7, static (a, t) => a * V + t)));
            return [.. Enumerable.Range(0, V).Select(_ => 3 * random.NextSingle())];
        }
    }

    private static double LogProbability(ulong seed, int text, IReadOnlyList<int> tokens)
    {
        double sum = 0;
        for (int t = 0; t < tokens.Count; t++)
        {
            float[] scores = Made.Of(seed, text, [.. tokens.Take(t)]);
            sum += scores[tokens[t]] - Math.Log(scores.Sum(static s => Math.Exp(s)));
        }
        return sum;
    }

    // Every text of up to a length that ends, and every one of that length that does not.
    private static IEnumerable<(int[] Tokens, bool Ended)> All(int length)
    {
        IEnumerable<int[]> open = [[]];
        for (int l = 1; l <= length; l++)
        {
            int[][] now = [.. open];
            foreach (int[] text in now) yield return (text, true);
            open = now.SelectMany(static text => Enumerable.Range(1, V - 1).Select(t => (int[])[.. text, t]));
        }
        foreach (int[] text in open) yield return (text, false);
    }

    [Theory]
    [InlineData(1UL, 0.0)]
    [InlineData(2UL, 0.6)]
    [InlineData(3UL, 1.0)]
    [InlineData(4UL, 2.0)]
    public void A_wide_beam_finds_the_best_of_all_texts(ulong seed, double penalty)
    {
        const int length = 4, beams = 700;
        IReadOnlyList<Hypothesis>[] found = BeamSearch.Run(new Made(3, beams, seed), new BeamOptions(beams, length, penalty, End));
        for (int s = 0; s < 3; s++)
        {
            (int[] Tokens, double Score)[] best = [.. All(length).Where(static a => a.Ended).Select(a =>
            {
                double log = LogProbability(seed, s, [.. a.Tokens, End]);
                return (a.Tokens, log / Math.Pow((5.0 + a.Tokens.Length + 1) / 6, penalty));
            }).OrderByDescending(static a => a.Item2)];
            for (int i = 0; i < 10; i++)
            {
                Assert.Equal(best[i].Tokens, found[s][i].Tokens);
                Assert.Equal(best[i].Score, found[s][i].Score, 1e-5);
                Assert.True(found[s][i].Ended);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void A_narrow_beam_gives_true_probabilities_in_order_and_never_less_than_greedy(int beams)
    {
        for (ulong seed = 1; seed < 20; seed++)
        {
            Hypothesis greedy = BeamSearch.Run(new Made(1, 1, seed), new BeamOptions(1, 6))[0][0];
            IReadOnlyList<Hypothesis> found = BeamSearch.Run(new Made(1, beams, seed), new BeamOptions(beams, 6))[0];
            Assert.Equal(beams, found.Count);
            Assert.All(found, h => Assert.Equal(LogProbability(seed, 0, h.Tokens), h.LogProbability, 1e-5));
            Assert.Equal(found.OrderByDescending(static h => h.Score), found);
            Assert.Equal(beams, found.Select(static h => string.Join(' ', h.Tokens)).Distinct().Count());
            Assert.True(found[0].LogProbability >= greedy.LogProbability - 1e-9);          // not so in every language, but in these
            if (beams == 1) Assert.Equal(greedy.Tokens, found[0].Tokens);
        }
    }

    [Fact]
    public void Texts_side_by_side_are_found_as_each_alone_and_an_early_end_saves_steps()
    {
        for (int s = 0; s < 4; s++)
        {
            // Text s alone: the same language with the others beside it.
            IReadOnlyList<Hypothesis> beside = BeamSearch.Run(new Made(4, 3, 9), new BeamOptions(3, 8, 0.6, End))[s];
            IReadOnlyList<Hypothesis> fewer = BeamSearch.Run(new Made(s + 1, 3, 9), new BeamOptions(3, 8, 0.6, End))[s];
            Assert.Equal(fewer.Select(static h => (string.Join(' ', h.Tokens), h.Score)), beside.Select(static h => (string.Join(' ', h.Tokens), h.Score)));
        }
        var reader = new Made(1, 2, 5);
        BeamSearch.Run(reader, new BeamOptions(2, 1000, 0, End));
        Assert.InRange(reader.Reads, 1, 100);
    }

    [Fact]
    public void What_never_ends_is_cut_off_and_says_so_and_a_banned_token_is_never_written()
    {
        IReadOnlyList<Hypothesis> found = BeamSearch.Run(new Made(1, 3, 2), new BeamOptions(3, 5) { Banned = [2] })[0];
        Assert.All(found, static h => Assert.True(!h.Ended && h.Tokens.Count == 5 && !h.Tokens.Contains(2)));
        Assert.Empty(BeamSearch.Run(new Made(1, 1, 2), new BeamOptions(1, 0))[0][0].Tokens);
        Assert.ThrowsAny<OperationCanceledException>(() => BeamSearch.Run(new Made(1, 1, 2), new BeamOptions(1, 5), new CancellationToken(true)));
    }

    /// <summary>The same language, with a source of three steps whose attention follows from what was written.</summary>
    private sealed class Looking(int beams, ulong seed) : TokenReader
    {
        private readonly List<int>[] rows = [.. Enumerable.Range(0, beams).Select(static _ => new List<int>())];
        private readonly float[] logits = new float[beams * V], attention = new float[beams * 3];

        public override int Tokens => V;

        public override int Rows => rows.Length;

        public override ReadOnlySpan<float> Attention => attention;

        public override int SourceLength(int row) => 3;

        public override ReadOnlySpan<float> Begin() => Scores();

        public override ReadOnlySpan<float> Read(ReadOnlySpan<int> from, ReadOnlySpan<int> tokens)
        {
            List<int>[] old = [.. rows];
            for (int r = 0; r < rows.Length; r++) rows[r] = [.. old[from[r]], tokens[r]];
            return Scores();
        }

        public static float[] Look(IReadOnlyList<int> history) => (history.Count == 0 ? 0 : history[^1]) switch { 1 => [0.8f, 0.1f, 0.1f], 2 => [0.1f, 0.8f, 0.1f], _ => [0.1f, 0.1f, 0.8f] };

        private ReadOnlySpan<float> Scores()
        {
            for (int r = 0; r < rows.Length; r++)
            {
                Made.Of(seed, 0, rows[r]).CopyTo(logits.AsSpan(r * V, V));
                Look(rows[r]).CopyTo(attention.AsSpan(r * 3, 3));
            }
            return logits;
        }
    }

    [Theory]
    [InlineData(1UL)]
    [InlineData(2UL)]
    [InlineData(5UL)]
    public void With_a_coverage_penalty_a_wide_beam_finds_the_best_of_all_texts(ulong seed)
    {
        const int length = 4, beams = 700;
        const double beta = 0.7;
        IReadOnlyList<Hypothesis> found = BeamSearch.Run(new Looking(beams, seed), new BeamOptions(beams, length, 0.6, End) { CoveragePenalty = beta })[0];
        (int[] Tokens, double Score)[] best = [.. All(length).Where(static a => a.Ended).Select(a =>
        {
            // Wu et al. 2016, equation 14; the scores of step t come with the attention behind the first t tokens.
            double[] covered = [.. Enumerable.Range(0, 3).Select(s => Enumerable.Range(0, a.Tokens.Length + 1).Sum(t => (double)Looking.Look([.. a.Tokens.Take(t)])[s]))];
            return (a.Tokens, LogProbability(seed, 0, [.. a.Tokens, End]) / Math.Pow((5.0 + a.Tokens.Length + 1) / 6, 0.6) + beta * covered.Sum(static c => Math.Log(Math.Min(c, 1))));
        }).OrderByDescending(static a => a.Item2)];
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(best[i].Score, found[i].Score, 1e-5);
            Assert.Equal(best[i].Tokens, found[i].Tokens);
        }
    }

    [Fact]
    public void Groups_stay_away_from_each_other()
    {
        int apart = 0, alike = 0;
        for (ulong seed = 1; seed < 12; seed++)
        {
            IReadOnlyList<Hypothesis> one = BeamSearch.Run(new Made(1, 1, seed), new BeamOptions(1, 6))[0];
            IReadOnlyList<Hypothesis> free = BeamSearch.Run(new Made(1, 4, seed), new BeamOptions(4, 6) { Groups = 4 })[0];
            Assert.All(free, h => Assert.Equal(one[0].Tokens, h.Tokens));              // without a loss each group of one does what greedy does
            IReadOnlyList<Hypothesis> diverse = BeamSearch.Run(new Made(1, 4, seed), new BeamOptions(4, 6) { Groups = 4, Diversity = 3 })[0];
            Assert.Contains(diverse, h => h.Tokens.SequenceEqual(one[0].Tokens));      // the first group is free
            Assert.All(diverse, h => Assert.Equal(LogProbability(seed, 0, h.Tokens), h.LogProbability, 1e-5));
            apart += diverse.Select(static h => h.Tokens[0]).Distinct().Count();
            alike += free.Select(static h => h.Tokens[0]).Distinct().Count();
        }
        Assert.True(apart > 2 * alike, $"{apart} first tokens, {alike} without");
    }

    [Fact]
    public void Each_text_may_have_a_length_of_its_own()
    {
        IReadOnlyList<Hypothesis>[] found = BeamSearch.Run(new Made(2, 2, 3), new BeamOptions(2, 6) { Lengths = [2, 6] });
        Assert.All(found[0], static h => Assert.Equal(2, h.Tokens.Count));
        Assert.All(found[1], static h => Assert.Equal(6, h.Tokens.Count));
        IReadOnlyList<Hypothesis> alone = BeamSearch.Run(new Made(1, 2, 3), new BeamOptions(2, 2))[0];
        Assert.Equal(alone.Select(static h => (string.Join(' ', h.Tokens), h.Score)), found[0].Select(static h => (string.Join(' ', h.Tokens), h.Score)));
    }
}
