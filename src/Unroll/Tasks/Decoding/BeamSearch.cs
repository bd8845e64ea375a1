using System.Numerics.Tensors;

namespace Unroll.Tasks.Decoding;

/// <summary>Beam search: of all ways to go on from the hypotheses of a step the best few are kept. Several texts go side by side; a step's work does not grow with what is written.</summary>
internal static class BeamSearch
{
    private readonly record struct Way(int Row, int Token, double LogProbability);

    /// <summary>One text's hypotheses.</summary>
    private sealed class Beam(int first, BeamOptions options)
    {
        private readonly List<Hypothesis> ended = [];

        public bool Done { get; private set; }

        public Way[] Alive { get; private set; } = [new(first, -1, 0)];

        /// <summary>Takes the best ways on: those that end are put aside, the others fill the beam.</summary>
        public void Choose(List<Way> ways, Func<int, IEnumerable<int>> written, int length)
        {
            // Of equals the earlier hypothesis and the lower token, so that nothing depends on how a sort treats them.
            ways.Sort(static (a, b) => a.LogProbability != b.LogProbability ? b.LogProbability.CompareTo(a.LogProbability) : a.Row != b.Row ? a.Row.CompareTo(b.Row) : a.Token.CompareTo(b.Token));
            var alive = new List<Way>(options.Beams);
            foreach (Way way in ways)
            {
                if (alive.Count == options.Beams) break;
                if (way.Token == options.End) ended.Add(new Hypothesis([.. written(way.Row)], way.LogProbability, Scored(way.LogProbability, length), true));
                else alive.Add(way);
            }
            Alive = [.. alive];
            ended.Sort(static (a, b) => b.Score.CompareTo(a.Score));
            if (ended.Count > options.Beams) ended.RemoveRange(options.Beams, ended.Count - options.Beams);
            // No living hypothesis can come before the worst of those that ended: it only loses probability, and the penalty helps most at the longest length.
            Done = Alive.Length == 0 || (ended.Count == options.Beams && Scored(Alive[0].LogProbability, options.Length) <= ended[^1].Score);
        }

        public IReadOnlyList<Hypothesis> Result(Func<int, IEnumerable<int>> written, int length)
        {
            // A hypothesis that had to be cut off stands behind all that ended.
            IEnumerable<Hypothesis> cut = Alive.Select(way => new Hypothesis([.. written(way.Row)], way.LogProbability, Scored(way.LogProbability, length), false)).OrderByDescending(static h => h.Score);
            return [.. ended, .. cut.Take(options.Beams - ended.Count)];
        }

        private double Scored(double logProbability, int length) => logProbability / Math.Pow((5.0 + Math.Max(1, length)) / 6, options.LengthPenalty);
    }

    /// <summary>Searches.</summary>
    /// <param name="reader">The model, with <see cref="BeamOptions.Beams"/> rows a text, those of a text one behind the other and all alike at first.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>For each text its hypotheses, the best first.</returns>
    public static IReadOnlyList<Hypothesis>[] Run(TokenReader reader, BeamOptions options, CancellationToken cancellation = default)
    {
        int beams = options.Beams, rows = reader.Rows;
        var texts = new Beam[rows / beams];
        for (int s = 0; s < texts.Length; s++) texts[s] = new Beam(s * beams, options);
        // Each written token knows the one before it: a history is not copied when a hypothesis splits.
        var tokens = new List<int>();
        var before = new List<int>();
        int[] last = new int[rows], next = new int[rows], from = new int[rows], read = new int[rows];
        Array.Fill(last, -1);
        int length = 0;
        ReadOnlySpan<float> logits = options.Length == 0 ? default : reader.Begin();
        var logs = new float[reader.Tokens];
        var ways = new List<Way>();
        while (length < options.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            length++;
            for (int r = 0; r < rows; r++) (from[r], read[r], next[r]) = (r, 0, -1);           // rows that are over read on: what they say is not looked at
            for (int s = 0; s < texts.Length; s++)
            {
                if (texts[s].Done) continue;
                ways.Clear();
                foreach (Way hypothesis in texts[s].Alive) Best(logits.Slice(hypothesis.Row * reader.Tokens, reader.Tokens), hypothesis, logs, options, ways);
                texts[s].Choose(ways, Written, length);
                if (texts[s].Done) continue;
                Way[] alive = texts[s].Alive;
                for (int k = 0; k < alive.Length; k++)
                {
                    int row = s * beams + k;
                    (from[row], read[row], next[row]) = (alive[k].Row, alive[k].Token, tokens.Count);
                    tokens.Add(alive[k].Token);
                    before.Add(last[alive[k].Row]);
                    alive[k] = alive[k] with { Row = row };
                }
            }
            next.CopyTo(last, 0);
            if (Array.TrueForAll(texts, static t => t.Done)) break;
            if (length < options.Length) logits = reader.Read(from, read);
        }
        return [.. texts.Select(t => t.Result(Written, length))];

        IEnumerable<int> Written(int row)
        {
            var all = new List<int>();
            for (int at = last[row]; at >= 0; at = before[at]) all.Add(tokens[at]);
            all.Reverse();
            return all;
        }
    }

    // The best ways on from one hypothesis: twice as many as there are beams, so that enough are left when some end.
    private static void Best(ReadOnlySpan<float> logits, Way hypothesis, float[] logs, BeamOptions options, List<Way> ways)
    {
        float top = TensorPrimitives.Max(logits);
        TensorPrimitives.Subtract(logits, top, logs);
        double sum = 0;
        foreach (float l in logs) sum += Math.Exp(l);
        double whole = Math.Log(sum);
        if (options.Banned >= 0) logs[options.Banned] = float.NegativeInfinity;
        int most = Math.Min(2 * options.Beams, logs.Length);
        var best = new PriorityQueue<int, (float, int)>(most + 1);                             // the worst of the kept on top
        for (int i = 0; i < logs.Length; i++)
        {
            if (best.Count == most && best.TryPeek(out _, out (float Score, int) worst) && logs[i] <= worst.Score) continue;
            best.Enqueue(i, (logs[i], -i));
            if (best.Count > most) best.Dequeue();
        }
        while (best.TryDequeue(out int token, out (float Score, int) score))
            if (!float.IsNegativeInfinity(score.Score)) ways.Add(new Way(hypothesis.Row, token, hypothesis.LogProbability + score.Score - whole));
    }
}
