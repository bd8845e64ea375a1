using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <summary>What the recursions of a linear-chain conditional random field read. Rows have P = K tags rounded up to sixteen; spare places and forbidden steps are closed.</summary>
internal unsafe struct CrfModel
{
    /// <summary>[K, P]: the score of going from a row's tag to a column's; [K, P]: the same from a column's tag to a row's.</summary>
    public float* From, Into;

    /// <summary>[P]: the scores of a first and of a last tag.</summary>
    public float* Start, End;

    /// <summary>[T, B, K].</summary>
    public float* Emissions;

    /// <summary>[B].</summary>
    public int* Lengths;

    public int Steps, Batch, Tags, Padded;

    /// <param name="scores">From, Into, Start and End, one behind the other: <see cref="Crf.ScoresLength"/> floats.</param>
    /// <param name="emissions">[T, B, K].</param>
    /// <param name="lengths">[B].</param>
    /// <param name="steps">T.</param>
    /// <param name="batch">B.</param>
    /// <param name="tags">K.</param>
    public CrfModel(float* scores, float* emissions, int* lengths, int steps, int batch, int tags)
    {
        (Steps, Batch, Tags, Padded) = (steps, batch, tags, LogSpace.Padded(tags));
        From = scores;
        Into = From + tags * Padded;
        Start = Into + tags * Padded;
        End = Start + Padded;
        Emissions = emissions;
        Lengths = lengths;
    }

    public readonly long Row(int t, int b) => (long)t * Batch + b;

    /// <summary>The emissions of a step; closed where they are minus infinity.</summary>
    public readonly void Copy<T>(int t, int b, float* emission) where T : struct, ILanes<T>
    {
        float* from = Emissions + Row(t, b) * Tags;
        for (int k = 0; k < Padded; k += Lanes.Count) T.Store(LogSpace.Larger(Lanes.Get<T>(from + k, Tags - k), T.Of(LogSpace.Zero)), emission + k);
    }
}

/// <summary>
/// The recursions of a linear-chain conditional random field (Lafferty et al. 2001): forward-backward for the loss, Viterbi for the best path. A lane is a tag.
/// Every step is measured from its greatest score, the sum of these kept in double precision, so that long sequences lose no digits.
/// </summary>
internal static unsafe class Crf
{
    private const int MostGroups = 16;

    /// <summary>Gradients of the transitions are summed over this many groups of sequences, then over the groups: one order, whoever computes.</summary>
    public static int Groups(int batch) => Math.Min(MostGroups, batch);

    /// <summary>Floats of one group's gradient: transitions [K, P], start [P], end [P].</summary>
    public static int GradientLength(int tags) => checked((tags + 2) * LogSpace.Padded(tags));

    /// <summary>Floats of the scores: transitions [K, P], transitions the other way [K, P], start [P], end [P].</summary>
    public static int ScoresLength(int tags) => checked((2 * tags + 2) * LogSpace.Padded(tags));

    /// <summary>Lays the scores out; what the mask forbids is closed.</summary>
    /// <param name="transitions">[K, K], from a row's tag to a column's.</param>
    /// <param name="start">[K].</param>
    /// <param name="end">[K].</param>
    /// <param name="allowed">[K + 2, K]: a row for each tag, then which may be first, then which may be last; empty allows all.</param>
    /// <param name="scores"><see cref="ScoresLength"/> floats.</param>
    public static void Lay(ReadOnlySpan<float> transitions, ReadOnlySpan<float> start, ReadOnlySpan<float> end, ReadOnlySpan<bool> allowed, Span<float> scores)
    {
        int tags = start.Length, padded = LogSpace.Padded(tags), into = tags * padded, first = 2 * into, last = first + padded;
        scores.Fill(LogSpace.Zero);
        for (int i = 0; i < tags; i++)
        {
            for (int j = 0; j < tags; j++)
                if (Open(i * tags + j, allowed)) scores[i * padded + j] = scores[into + j * padded + i] = Math.Max(transitions[i * tags + j], LogSpace.Zero);
            if (Open(tags * tags + i, allowed)) scores[first + i] = Math.Max(start[i], LogSpace.Zero);
            if (Open((tags + 1) * tags + i, allowed)) scores[last + i] = Math.Max(end[i], LogSpace.Zero);
        }

        static bool Open(int at, ReadOnlySpan<bool> allowed) => allowed.IsEmpty || allowed[at];
    }

    /// <summary>Minus the log-likelihood of the given tags of every sequence.</summary>
    /// <param name="team">Shares out the sequences.</param>
    /// <param name="scores">From <see cref="Lay"/>.</param>
    /// <param name="emissions">[T, B, K].</param>
    /// <param name="steps">T.</param>
    /// <param name="lengths">[B].</param>
    /// <param name="tags">K.</param>
    /// <param name="given">The right tags, [T, B].</param>
    /// <param name="alpha">[T, B, P]: ln of the sum over the ways to each tag, less the greatest of the step.</param>
    /// <param name="shift">[T, B]: what was taken off at the step.</param>
    /// <param name="losses">[B].</param>
    public static void Forward(Team team, ReadOnlySpan<float> scores, ReadOnlySpan<float> emissions, int steps, ReadOnlySpan<int> lengths, int tags, ReadOnlySpan<int> given, Span<float> alpha,
        Span<float> shift, Span<float> losses)
    {
        fixed (float* m = scores, x = emissions, a = alpha, s = shift, l = losses)
        fixed (int* n = lengths, y = given)
        {
            var job = new ForwardJob { Model = new CrfModel(m, x, n, steps, lengths.Length, tags), Tags = y, Alpha = a, Shift = s, Losses = l };
            team.Run(ref job, lengths.Length);
        }
    }

    /// <summary>The gradients of the sum over sequences of weight times loss.</summary>
    /// <param name="team">Shares out the groups of sequences.</param>
    /// <param name="scores">From <see cref="Lay"/>.</param>
    /// <param name="emissions">[T, B, K].</param>
    /// <param name="steps">T.</param>
    /// <param name="lengths">[B].</param>
    /// <param name="tags">K.</param>
    /// <param name="given">The right tags, [T, B].</param>
    /// <param name="alpha">From the forward pass.</param>
    /// <param name="shift">From the forward pass.</param>
    /// <param name="weights">[B].</param>
    /// <param name="dEmissions">[T, B, K], added to; or empty.</param>
    /// <param name="gradients">[<see cref="Groups"/>, <see cref="GradientLength"/>], overwritten.</param>
    public static void Backward(Team team, ReadOnlySpan<float> scores, ReadOnlySpan<float> emissions, int steps, ReadOnlySpan<int> lengths, int tags, ReadOnlySpan<int> given,
        ReadOnlySpan<float> alpha, ReadOnlySpan<float> shift, ReadOnlySpan<float> weights, Span<float> dEmissions, Span<float> gradients)
    {
        fixed (float* m = scores, x = emissions, a = alpha, s = shift, w = weights, dx = dEmissions, g = gradients)
        fixed (int* n = lengths, y = given)
        {
            var job = new BackwardJob
            {
                Team = team, Model = new CrfModel(m, x, n, steps, lengths.Length, tags), Tags = y, Alpha = a, Shift = s, Weights = w, DEmissions = dx, Gradients = g,
            };
            team.Run(ref job, Groups(lengths.Length));
        }
    }

    /// <summary>The path of the greatest score of every sequence (Viterbi 1967); where ways are equal, that with the lower tag.</summary>
    /// <param name="team">Shares out the sequences.</param>
    /// <param name="scores">From <see cref="Lay"/>.</param>
    /// <param name="emissions">[T, B, K].</param>
    /// <param name="steps">T.</param>
    /// <param name="lengths">[B].</param>
    /// <param name="tags">K.</param>
    /// <param name="path">[T, B]; -1 behind a sequence's end.</param>
    /// <param name="best">[B]: the score of the path; minus infinity where every way is closed.</param>
    public static void Viterbi(Team team, ReadOnlySpan<float> scores, ReadOnlySpan<float> emissions, int steps, ReadOnlySpan<int> lengths, int tags, Span<int> path, Span<float> best)
    {
        fixed (float* m = scores, x = emissions, s = best)
        fixed (int* n = lengths, y = path)
        {
            var job = new ViterbiJob { Team = team, Model = new CrfModel(m, x, n, steps, lengths.Length, tags), Tags = y, Scores = s };
            team.Run(ref job, lengths.Length);
        }
    }

    /// <summary>y[j] = ln of the sum over i of e^(x[i] + m[i, j]), plus an emission where there is one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float SumOver<T>(float* x, float* m, int tags, int padded, float* emission, float* y) where T : struct, ILanes<T>
    {
        T greatest = T.Of(2 * LogSpace.Zero);
        for (int j = 0; j < padded; j += Lanes.Count)
        {
            T most = T.Of(x[0]) + T.Load(m + j), sum = T.Of(0f);
            for (int i = 1; i < tags; i++) most = LogSpace.Larger(most, T.Of(x[i]) + T.Load(m + i * padded + j));
            for (int i = 0; i < tags; i++) sum += LaneMath.Exp(T.Of(x[i]) + T.Load(m + i * padded + j) - most);
            most += LaneMath.Log(sum);
            if (emission != null) most += T.Load(emission + j);
            T.Store(most, y + j);
            greatest = LogSpace.Larger(greatest, most);
        }
        float shift = LogSpace.Greatest(greatest);
        for (int j = 0; j < padded; j += Lanes.Count) T.Store(T.Load(y + j) - T.Of(shift), y + j);
        return shift;
    }

    /// <summary>y = a + b less the greatest, which is the result.</summary>
    private static float Add<T>(float* a, float* b, int padded, float* y) where T : struct, ILanes<T>
    {
        T greatest = T.Of(2 * LogSpace.Zero);
        for (int k = 0; k < padded; k += Lanes.Count)
        {
            T sum = T.Load(a + k) + T.Load(b + k);
            T.Store(sum, y + k);
            greatest = LogSpace.Larger(greatest, sum);
        }
        float shift = LogSpace.Greatest(greatest);
        for (int k = 0; k < padded; k += Lanes.Count) T.Store(T.Load(y + k) - T.Of(shift), y + k);
        return shift;
    }

    private struct ForwardJob : IJob
    {
        public CrfModel Model;
        public int* Tags;
        public float* Alpha, Shift, Losses;

        public readonly void Run(int part, int worker)
        {
            if (Vector512.IsHardwareAccelerated) Sequence<Lanes512>(part);
            else if (Vector256.IsHardwareAccelerated) Sequence<Lanes256>(part);
            else Sequence<Lanes128>(part);
        }

        private readonly void Sequence<T>(int b) where T : struct, ILanes<T>
        {
            CrfModel m = Model;
            int padded = m.Padded, length = m.Lengths[b];
            Losses[b] = 0;
            if (length == 0) return;
            double total = 0, given = 0;
            for (int t = 0; t < length; t++)
            {
                float* row = Alpha + m.Row(t, b) * padded;
                int tag = Tags[m.Row(t, b)];
                m.Copy<T>(t, b, row);                                                 // each place is read before it is written
                float shift = t == 0 ? Add<T>(m.Start, row, padded, row) : SumOver<T>(Alpha + m.Row(t - 1, b) * padded, m.From, m.Tags, padded, row, row);
                Shift[m.Row(t, b)] = shift;
                total += shift;
                given += (double)m.Emissions[m.Row(t, b) * m.Tags + tag] + (t == 0 ? m.Start[tag] : m.From[Tags[m.Row(t - 1, b)] * padded + tag]);
            }
            float* last = Alpha + m.Row(length - 1, b) * padded;
            float most = 2 * LogSpace.Zero;
            for (int k = 0; k < m.Tags; k++) most = Math.Max(most, last[k] + m.End[k]);
            double sum = 0;
            for (int k = 0; k < m.Tags; k++) sum += Math.Exp(last[k] + m.End[k] - most);
            given += m.End[Tags[m.Row(length - 1, b)]];
            Losses[b] = (float)(total + most + Math.Log(sum) - given);
        }
    }

    private struct BackwardJob : IJob
    {
        public Team Team;
        public CrfModel Model;
        public int* Tags;
        public float* Alpha, Shift, Weights, DEmissions, Gradients;

        public readonly void Run(int part, int worker)
        {
            if (Vector512.IsHardwareAccelerated) Group<Lanes512>(part, worker);
            else if (Vector256.IsHardwareAccelerated) Group<Lanes256>(part, worker);
            else Group<Lanes128>(part, worker);
        }

        private readonly void Group<T>(int group, int worker) where T : struct, ILanes<T>
        {
            int padded = Model.Padded, groups = Groups(Model.Batch), size = (Model.Batch + groups - 1) / groups, length = GradientLength(Model.Tags);
            float* transitions = Gradients + (long)group * length, start = transitions + Model.Tags * padded, end = start + padded;
            new Span<float>(transitions, length).Clear();
            fixed (float* memory = Team.Scratch(worker, 4 * padded))
                for (int b = group * size; b < Math.Min((group + 1) * size, Model.Batch); b++) Sequence<T>(b, transitions, start, end, memory);
        }

        private readonly void Sequence<T>(int b, float* transitions, float* start, float* end, float* memory) where T : struct, ILanes<T>
        {
            CrfModel m = Model;
            int padded = m.Padded, length = m.Lengths[b];
            float weight = Weights[b];
            if (length == 0 || weight == 0) return;
            float* emission = memory, beta = emission + padded, ahead = beta + padded, probability = ahead + padded;
            new Span<float>(m.End, padded).CopyTo(new Span<float>(beta, padded));
            for (int t = length - 1; t >= 0; t--)
            {
                float* alpha = Alpha + m.Row(t, b) * padded;
                int tag = Tags[m.Row(t, b)];
                float all = LogSpace.Normalize<T>(alpha, beta, padded, probability);
                if (DEmissions != null)
                {
                    float* slope = DEmissions + m.Row(t, b) * m.Tags;
                    for (int k = 0; k < m.Tags; k++) slope[k] += weight * probability[k];
                    slope[tag] -= weight;
                }
                if (t == length - 1) AddProbability(probability, tag, weight, m.Tags, end);
                if (t == 0)
                {
                    AddProbability(probability, tag, weight, m.Tags, start);
                    return;
                }
                m.Copy<T>(t, b, emission);
                for (int k = 0; k < padded; k += Lanes.Count) T.Store(T.Load(emission + k) + T.Load(beta + k), ahead + k);
                float* before = Alpha + m.Row(t - 1, b) * padded;
                Pairs<T>(before, ahead, all + Shift[m.Row(t, b)], weight, transitions);
                transitions[Tags[m.Row(t - 1, b)] * padded + tag] -= weight;
                SumOver<T>(ahead, m.Into, m.Tags, padded, null, beta);
            }
        }

        // The probability of each pair of tags at two steps, over all paths.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Pairs<T>(float* before, float* ahead, float all, float weight, float* transitions) where T : struct, ILanes<T>
        {
            int padded = Model.Padded;
            for (int i = 0; i < Model.Tags; i++)
            {
                T way = T.Of(before[i] - all);
                float* scores = Model.From + i * padded, to = transitions + i * padded;
                for (int j = 0; j < padded; j += Lanes.Count) T.Store(T.Fused(T.Of(weight), LaneMath.Exp(way + T.Load(scores + j) + T.Load(ahead + j)), T.Load(to + j)), to + j);
            }
        }

        private static void AddProbability(float* probability, int tag, float weight, int tags, float* to)
        {
            for (int k = 0; k < tags; k++) to[k] += weight * probability[k];
            to[tag] -= weight;
        }
    }

    private struct ViterbiJob : IJob
    {
        public Team Team;
        public CrfModel Model;
        public int* Tags;
        public float* Scores;

        public readonly void Run(int part, int worker)
        {
            if (Vector512.IsHardwareAccelerated) Sequence<Lanes512>(part, worker);
            else if (Vector256.IsHardwareAccelerated) Sequence<Lanes256>(part, worker);
            else Sequence<Lanes128>(part, worker);
        }

        private readonly void Sequence<T>(int b, int worker) where T : struct, ILanes<T>
        {
            CrfModel m = Model;
            int padded = m.Padded, length = m.Lengths[b];
            for (int t = length; t < m.Steps; t++) Tags[m.Row(t, b)] = -1;
            Scores[b] = 0;
            if (length == 0) return;
            fixed (float* memory = Team.Scratch(worker, checked((length + 2) * padded)))
            {
                float* best = memory, next = best + padded, back = next + padded;      // back [T, P]: the tag before, as a float
                m.Copy<T>(0, b, next);
                double score = Add<T>(m.Start, next, padded, best);
                for (int t = 1; t < length; t++)
                {
                    for (int j = 0; j < padded; j += Lanes.Count)
                    {
                        T most = T.Of(best[0]) + T.Load(m.From + j), from = T.Of(0f);
                        for (int i = 1; i < m.Tags; i++)
                        {
                            T way = T.Of(best[i]) + T.Load(m.From + i * padded + j), better = T.Less(most, way);
                            most = T.Select(better, way, most);
                            from = T.Select(better, T.Of(i), from);
                        }
                        T.Store(from, back + (long)t * padded + j);
                        T.Store(most, next + j);
                    }
                    m.Copy<T>(t, b, best);
                    score += Add<T>(next, best, padded, best);
                }
                int tag = 0;
                for (int k = 1; k < m.Tags; k++)
                    if (best[k] + m.End[k] > best[tag] + m.End[tag]) tag = k;
                score += best[tag] + m.End[tag];
                Scores[b] = score < LogSpace.Nothing ? float.NegativeInfinity : (float)score;
                for (int t = length - 1; t >= 0; t--)
                {
                    Tags[m.Row(t, b)] = tag;
                    if (t > 0) tag = (int)back[(long)t * padded + tag];
                }
            }
        }
    }
}
