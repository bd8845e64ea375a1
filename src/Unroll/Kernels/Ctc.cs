using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <summary>
/// Connectionist temporal classification (Graves et al. 2006): the forward-backward recursion over a target with blanks in between, S = 2 L + 1 states.
/// A lane is a state. Each step is measured from the greatest of the step before, the sum of these kept in double precision, and the probabilities of the states
/// are made to sum to one at every step: so thousands of steps lose no more digits than a few.
/// </summary>
internal static unsafe class Ctc
{
    /// <summary>The loss of every sequence, and the slope of each with respect to the logits.</summary>
    /// <param name="team">Shares out the sequences.</param>
    /// <param name="logits"><c>[T, B, C]</c>.</param>
    /// <param name="steps">T.</param>
    /// <param name="batch">B.</param>
    /// <param name="classes">C.</param>
    /// <param name="lengths">Each sequence's steps, [B].</param>
    /// <param name="targets">All targets, one behind the other.</param>
    /// <param name="starts">Where each target starts, and where the last one ends, [B + 1].</param>
    /// <param name="blank">The class that stands for no symbol.</param>
    /// <param name="zeroInfinity">Makes infinite losses 0, with a slope of 0.</param>
    /// <param name="losses">[B]; infinite where the target does not fit into the steps.</param>
    /// <param name="slope">The shape of the logits: (softmax - probability of the class's states) for a slope, else scratch.</param>
    /// <param name="wantsSlope">Whether the slope is needed.</param>
    public static void Run(Team team, ReadOnlySpan<float> logits, int steps, int batch, int classes, ReadOnlySpan<int> lengths, ReadOnlySpan<int> targets, ReadOnlySpan<int> starts,
        int blank, bool zeroInfinity, Span<float> losses, Span<float> slope, bool wantsSlope)
    {
        fixed (float* x = logits, l = losses, s = slope)
        fixed (int* n = lengths, y = targets, at = starts)
        {
            var job = new Job
            {
                Team = team, Logits = x, Steps = steps, Batch = batch, Classes = classes, Lengths = n, Targets = y, Starts = at, Blank = blank, ZeroInfinity = zeroInfinity, Losses = l,
                Slope = s, WantsSlope = wantsSlope,
            };
            team.Run(ref job, batch);
        }
    }

    private struct Job : IJob
    {
        public Team Team;
        public float* Logits, Losses, Slope;
        public int* Lengths, Targets, Starts;
        public int Steps, Batch, Classes, Blank;
        public bool ZeroInfinity, WantsSlope;

        public readonly void Run(int part, int worker)
        {
            if (Vector512.IsHardwareAccelerated) Sequence<Lanes512>(part, worker);
            else if (Vector256.IsHardwareAccelerated) Sequence<Lanes256>(part, worker);
            else Sequence<Lanes128>(part, worker);
        }

        private readonly void Sequence<T>(int b, int worker) where T : struct, ILanes<T>
        {
            int length = Lengths[b], labels = Starts[b + 1] - Starts[b], states = 2 * labels + 1, padded = LogSpace.Padded(states), stride = padded + Lanes.Count;
            for (int t = 0; t < length; t++) VectorMath.LogSoftmaxRows(new ReadOnlySpan<float>(Logits + At(t, b), Classes), 1, Classes, new Span<float>(Slope + At(t, b), Classes));
            if (WantsSlope) FillSlope(b, length, Steps, 0);
            if (length == 0)
            {
                Losses[b] = labels == 0 || ZeroInfinity ? 0 : float.PositiveInfinity;
                return;
            }
            int rows = WantsSlope ? length : 2;
            fixed (float* memory = Team.Scratch(worker, checked((rows + 6) * stride)))
            {
                // Sixteen places stand in front of every row, the last two of them read as the states before the first.
                float* skip = memory + Lanes.Count, emission = skip + stride, label = emission + stride, beta = label + stride, next = beta + stride, alpha = next + stride;
                new Span<float>(memory, 6 * stride).Fill(LogSpace.Zero);
                for (int s = 0; s < states; s++)
                {
                    int symbol = (s & 1) == 0 ? Blank : Targets[Starts[b] + s / 2];
                    ((int*)label)[s] = symbol;
                    // A symbol may follow another with no blank between them, unless they are the same.
                    if ((s & 1) == 1 && s > 1 && symbol != ((int*)label)[s - 2]) skip[s] = 0;
                }
                Losses[b] = Forward<T>(b, length, states, stride, rows, skip, emission, (int*)label, alpha);
                if (WantsSlope && Losses[b] < float.PositiveInfinity) Backward<T>(b, length, states, stride, skip, emission, (int*)label, alpha, beta, next);
                else if (WantsSlope) FillSlope(b, 0, length, ZeroInfinity && float.IsPositiveInfinity(Losses[b]) ? 0 : float.NaN);
            }
            if (ZeroInfinity && float.IsPositiveInfinity(Losses[b])) Losses[b] = 0;
        }

        private readonly float Forward<T>(int b, int length, int states, int stride, int rows, float* skip, float* emission, int* label, float* alpha) where T : struct, ILanes<T>
        {
            float* row = alpha, before = null;
            double offset = 0;
            float shift = 0;
            for (int t = 0; t < length; t++)
            {
                Emissions(Slope + At(t, b), states, label, emission);
                row = alpha + (long)(t % rows) * stride;
                if (t == 0)
                {
                    new Span<float>(row - Lanes.Count, stride).Fill(LogSpace.Zero);
                    row[0] = emission[0];
                    if (states > 1) row[1] = emission[1];
                    shift = Math.Max(row[0], row[1]);
                }
                else
                {
                    new Span<float>(row - Lanes.Count, Lanes.Count).Fill(LogSpace.Zero);
                    shift = Step<T>(before, -1, skip, emission, shift, states, row);
                }
                if (shift < LogSpace.Nothing) return float.PositiveInfinity;           // every way is closed
                if (t < length - 1) offset += shift;
                before = row;
            }
            float last = row[states - 1], other = states > 1 ? row[states - 2] : LogSpace.Zero, most = Math.Max(last, other);
            return most < LogSpace.Nothing ? float.PositiveInfinity : (float)-(offset + most + Math.Log(Math.Exp(last - most) + Math.Exp(other - most)));
        }

        // dx = softmax(x) - (sum over the states of a class of their probability at this step).
        private readonly void Backward<T>(int b, int length, int states, int stride, float* skip, float* emission, int* label, float* alpha, float* beta, float* next)
            where T : struct, ILanes<T>
        {
            int padded = LogSpace.Padded(states);
            beta[states - 1] = 0;
            if (states > 1) beta[states - 2] = 0;
            float shift = 0;
            for (int t = length - 1; t >= 0; t--)
            {
                float* slope = Slope + At(t, b), probability = alpha + (long)t * stride;
                Emissions(slope, states, label, emission);
                for (int s = 0; s < padded; s += Lanes.Count) T.Store(T.Load(beta + s) + (T.Load(emission + s) - T.Of(shift)), next + s);
                LogSpace.Normalize<T>(probability, beta, padded, probability);
                VectorMath.Exp(new ReadOnlySpan<float>(slope, Classes), new Span<float>(slope, Classes));
                float blanks = 0;
                for (int s = 0; s < states; s += 2) blanks += probability[s];
                slope[Blank] -= blanks;
                for (int s = 1; s < states; s += 2) slope[label[s]] -= probability[s];
                if (t > 0) shift = Step<T>(next, 1, skip + 2, null, 0, states, beta);
            }
        }

        /// <summary>y[s] = ln(e^x[s] + e^x[s + d] + e^(x[s + 2d] + skip[s])) + emission[s] - shift; the greatest of them.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static float Step<T>(float* x, int d, float* skip, float* emission, float shift, int states, float* y) where T : struct, ILanes<T>
        {
            T most = T.Of(2 * LogSpace.Zero);
            for (int s = 0; s < states; s += Lanes.Count)
            {
                T sum = LogSpace.Sum(T.Load(x + s), T.Load(x + s + d), T.Load(x + s + 2 * d) + T.Load(skip + s));
                if (emission != null) sum += T.Load(emission + s) - T.Of(shift);
                T.Store(sum, y + s);
                most = LogSpace.Larger(most, sum);
            }
            return LogSpace.Greatest(most);
        }

        // What stands behind the last state stays closed.
        private static void Emissions(float* logProbabilities, int states, int* label, float* emission)
        {
            for (int s = 0; s < states; s++)
            {
                float e = logProbabilities[label[s]];
                emission[s] = e < LogSpace.Zero ? LogSpace.Zero : e;
            }
        }

        private readonly void FillSlope(int b, int first, int last, float value)
        {
            for (int t = first; t < last; t++) new Span<float>(Slope + At(t, b), Classes).Fill(value);
        }

        private readonly long At(int t, int b) => ((long)t * Batch + b) * Classes;
    }
}
