using Unroll.Kernels;

namespace Unroll.Tasks.Decoding;

/// <summary>Beam search: of all ways to go on from the hypotheses of a step the best few are kept. Several texts go side by side; a step's work does not grow with what is written.</summary>
internal sealed class BeamSearch
{
    private readonly TokenReader reader;
    private readonly BeamOptions options;
    private readonly Beam[][] texts;                                                   // a text's groups

    // Each written token knows the one before it: a history is not copied when a hypothesis splits.
    private readonly List<int> tokens = [], before = [];
    private readonly int[] last, next, from, read;
    private float[] covered = [], spare = [];

    private BeamSearch(TokenReader reader, BeamOptions options)
    {
        (this.reader, this.options) = (reader, options);
        int rows = reader.Rows, size = options.Beams / options.Groups;
        texts = new Beam[rows / options.Beams][];
        for (int s = 0; s < texts.Length; s++) texts[s] = [.. Enumerable.Range(0, options.Groups).Select(g => new Beam(s * options.Beams + g * size, size, options.LengthOf(s), options))];
        (last, next, from, read) = (new int[rows], new int[rows], new int[rows], new int[rows]);
        Array.Fill(last, -1);
    }

    /// <summary>Searches.</summary>
    /// <param name="reader">The model, with <see cref="BeamOptions.Beams"/> rows a text, those of a text one behind the other and all alike at first.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>For each text its hypotheses, the best first.</returns>
    public static IReadOnlyList<Hypothesis>[] Run(TokenReader reader, BeamOptions options, CancellationToken cancellation = default) => new BeamSearch(reader, options).Run(cancellation);

    private IReadOnlyList<Hypothesis>[] Run(CancellationToken cancellation)
    {
        int length = 0;
        ReadOnlySpan<float> logits = options.Length == 0 ? default : reader.Begin();
        var ways = new List<Way>();
        while (length < options.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            Cover();
            length++;
            for (int r = 0; r < last.Length; r++) (from[r], read[r], next[r]) = (r, 0, last[r]);    // rows that are over read on: what they say is not looked at
            foreach (Beam[] groups in texts)
            {
                int begun = tokens.Count;
                foreach (Beam group in groups)
                {
                    if (group.Done) continue;
                    ways.Clear();
                    foreach (Way hypothesis in group.Alive) Best(logits.Slice(hypothesis.Row * reader.Tokens, reader.Tokens), hypothesis, begun, ways);
                    group.Choose(ways, Written, Uncovered, length);
                    if (group.Done) group.Close(Written, Uncovered, length);
                    else Write(group);
                }
            }
            next.CopyTo(last, 0);
            if (Array.TrueForAll(texts, static groups => Array.TrueForAll(groups, static g => g.Done))) break;
            if (length < options.Length) logits = reader.Read(from, read);
        }
        if (options.Length == 0)
            foreach (Beam group in texts.SelectMany(static t => t)) group.Close(Written, Uncovered, 0);
        return [.. texts.Select(Ranked)];
    }

    private static IReadOnlyList<Hypothesis> Ranked(Beam[] groups) =>
        groups.Length == 1 ? groups[0].Found : [.. groups.SelectMany(static g => g.Found).OrderByDescending(static h => h.Ended).ThenByDescending(static h => h.Score)];

    private void Write(Beam group)
    {
        for (int k = 0; k < group.Alive.Length; k++)
        {
            int row = group.First + k;
            (from[row], read[row], next[row]) = (group.Alive[k].Row, group.Alive[k].Token, tokens.Count);
            tokens.Add(group.Alive[k].Token);
            before.Add(last[group.Alive[k].Row]);
        }
        group.Settle();
    }

    private List<int> Written(int row)
    {
        var all = new List<int>();
        for (int at = last[row]; at >= 0; at = before[at]) all.Add(tokens[at]);
        all.Reverse();
        return all;
    }

    // Adds up where each hypothesis looked, the rows having changed places.
    private void Cover()
    {
        if (options.CoveragePenalty == 0) return;
        ReadOnlySpan<float> now = reader.Attention;
        if (covered.Length != now.Length) (covered, spare) = (new float[now.Length], new float[now.Length]);
        int width = now.Length / last.Length;
        for (int r = 0; r < last.Length; r++) covered.AsSpan(from[r] * width, width).CopyTo(spare.AsSpan(r * width));
        (covered, spare) = (spare, covered);
        VectorMath.AddTo(now, covered);
    }

    // Wu et al. 2016, equation 14: beta times the sum over the source of ln min(attention, 1).
    private double Uncovered(int row)
    {
        if (options.CoveragePenalty == 0 || covered.Length == 0) return 0;
        double sum = 0;
        foreach (float a in covered.AsSpan(row * (covered.Length / last.Length), reader.SourceLength(row))) sum += Math.Log(Math.Clamp(a, 1e-9, 1));
        return options.CoveragePenalty * sum;
    }

    // The best ways on from one hypothesis: twice as many as there are beams, so that enough are left when some end.
    private void Best(ReadOnlySpan<float> logits, Way hypothesis, int begun, List<Way> ways)
    {
        float top = VectorMath.Max(logits);
        double whole = top + Math.Log(VectorMath.SumOfPowers(logits, top));
        int most = Math.Min(2 * options.Beams, logits.Length), first = ways.Count;
        // Tokens that groups before chose in this step come with a loss, and may fall out of the first few: as many more are looked at.
        bool diverse = options.Diversity > 0 && tokens.Count > begun;
        if (diverse) most = Math.Min(most + tokens.Count - begun, logits.Length);
        var best = new PriorityQueue<int, (float, int)>(most + 1);                             // the worst of the kept on top
        float worst = float.NegativeInfinity;
        for (int i = 0; i < logits.Length; i++)
        {
            if (!(logits[i] > worst) || Array.IndexOf(options.Banned, i) >= 0) continue;
            best.Enqueue(i, (logits[i], -i));
            if (best.Count > most) best.Dequeue();
            if (best.Count == most && best.TryPeek(out _, out (float Score, int) least)) worst = least.Score;
        }
        while (best.TryDequeue(out int token, out (float Score, int) score))
        {
            double log = hypothesis.LogProbability + score.Score - whole;
            ways.Add(new Way(hypothesis.Row, token, log, diverse ? log - options.Diversity * Chosen(token, begun) : log));
        }
    }

    private int Chosen(int token, int begun)
    {
        int times = 0;
        for (int i = begun; i < tokens.Count; i++)
            if (tokens[i] == token) times++;
        return times;
    }
}
