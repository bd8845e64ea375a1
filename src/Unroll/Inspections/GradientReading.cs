namespace Unroll.Inspections;

/// <summary>How a gradient fares on its way back through time.</summary>
public enum GradientFlow
{
    /// <summary>A hundredth is left within ten steps: what lies further back is hardly learnt (Bengio, Simard and Frasconi 1994; Gers, Schmidhuber and Cummins 2000 name 5 to 10 steps).</summary>
    Vanishing,

    /// <summary>Neither.</summary>
    Healthy,

    /// <summary>It grows to more than ten times on the way: steps must be clipped (Pascanu, Mikolov and Bengio 2013).</summary>
    Exploding,
}

/// <summary>The gradient of a loss with respect to a layer's states, step by step.</summary>
/// <param name="Hidden">By steps back from each sequence's last one, which is 0: the root of the mean square, over the sequences that long, of the norm of dL/dh, L the loss of the last step alone.</param>
/// <param name="State">The same of hidden and cell state together, each as the next step reads it; of cells without the latter as <paramref name="Hidden"/>.</param>
/// <param name="Whole">By steps from the first, 0: the same of the whole loss with respect to the hidden state.</param>
public sealed record GradientReading(IReadOnlyList<double> Hidden, IReadOnlyList<double> State, IReadOnlyList<double> Whole)
{
    /// <summary>The share of the gradient at the last step below which it counts as gone: a hundredth.</summary>
    public const double Gone = 0.01;

    private const double Grown = 10;
    private const int ShortReach = 10;

    /// <summary>How many steps back at least a hundredth of the gradient at the last step arrives, <see cref="State"/> taken.</summary>
    public int Reach => ReachOf(State);

    /// <summary>True where a hundredth is left at the first step too: the sequences are too short to tell how far it reaches.</summary>
    public bool ReachesStart => State.Count > 0 && Reach == State.Count - 1;

    /// <summary>The largest of <see cref="State"/> in units of the last step's.</summary>
    public double Growth => State.Count == 0 || !(State[0] > 0) ? 1 : State.Max() / State[0];

    /// <summary>By what the gradient is multiplied at a step, on the average over its reach.</summary>
    public double Factor
    {
        get
        {
            int reach = Flow == GradientFlow.Exploding ? State.Count - 1 : Math.Max(1, Math.Min(Reach, State.Count - 1));
            return reach < 1 || State.Count < 2 || !(State[0] > 0) || !(State[reach] > 0) ? 1 : Math.Pow(State[reach] / State[0], 1.0 / reach);
        }
    }

    /// <summary>Vanishing, healthy or exploding.</summary>
    public GradientFlow Flow => State.Any(static v => !double.IsFinite(v)) || Growth > Grown ? GradientFlow.Exploding : !ReachesStart && Reach < ShortReach ? GradientFlow.Vanishing : GradientFlow.Healthy;

    /// <summary>The last index at which a curve has a hundredth of its first value; 0 where it has none.</summary>
    internal static int ReachOf(IReadOnlyList<double> curve)
    {
        for (int k = curve.Count - 1; k > 0; k--)
            if (curve[k] >= Gone * curve[0] && curve[k] > 0) return k;
        return 0;
    }

    /// <summary>From what was traced with the loss of the last step, and with the whole loss.</summary>
    internal static GradientReading Of(StateTrace last, StateTrace whole) => new(ByLag(last, withCell: false), ByLag(last, withCell: true), BySteps(whole));

    private static double[] ByLag(StateTrace trace, bool withCell)
    {
        int longest = 0;
        var ends = new int[trace.Batch];
        for (int b = 0; b < ends.Length; b++) longest = Math.Max(longest, ends[b] = End(trace, b));
        double[] sums = new double[longest], counts = new double[longest];
        for (int b = 0; b < ends.Length; b++)
            for (int k = 0; k < ends[b]; k++)
            {
                int at = (ends[b] - 1 - k) * trace.Batch + b;
                double h = trace.HiddenNorms[at], c = withCell && trace.CellNorms.Length > 0 ? trace.CellNorms[at] : 0;
                sums[k] += h * h + c * c;
                counts[k]++;
            }
        return [.. sums.Select((s, k) => Math.Sqrt(s / Math.Max(1, counts[k])))];
    }

    // A decoder that goes step by step runs on past a target's end; no gradient comes from there.
    private static int End(StateTrace trace, int b)
    {
        int end = trace.Lengths[b];
        while (end > 1 && trace.HiddenNorms[(end - 1) * trace.Batch + b] == 0 && trace.HiddenNorms.AsSpan().ContainsAnyExcept(0) && Any(trace, b)) end--;
        return end;
    }

    private static bool Any(StateTrace trace, int b)
    {
        for (int t = 0; t < trace.Steps; t++)
            if (trace.HiddenNorms[t * trace.Batch + b] != 0) return true;
        return false;
    }

    private static double[] BySteps(StateTrace trace)
    {
        var norms = new double[trace.Steps];
        for (int t = 0; t < norms.Length; t++)
        {
            double sum = 0;
            int count = 0;
            for (int b = 0; b < trace.Batch; b++)
            {
                if (t >= trace.Lengths[b]) continue;
                sum += trace.HiddenNorms[t * trace.Batch + b] * trace.HiddenNorms[t * trace.Batch + b];
                count++;
            }
            norms[t] = Math.Sqrt(sum / Math.Max(1, count));
        }
        return norms;
    }
}
