using System.Runtime.InteropServices;
using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>
/// Adaptive softmax (Grave et al. 2017), as PyTorch's AdaptiveLogSoftmaxWithLoss: frequent classes stand in the head by themselves, rare ones in clusters that the head has one entry each for
/// and that are worked out only for the rows that need them, through ever narrower projections. Classes must be numbered by falling frequency.
/// </summary>
/// <remarks>
/// log p(class) = log p_head(class) in the head, log p_head(cluster i) + log p_i(class | cluster i) elsewhere. Names as in PyTorch: <c>head.weight</c> [shortlist + clusters, inputs],
/// <c>head.bias</c>; <c>tail.i.0.weight</c> [inputs / divisor^(i + 1), inputs], <c>tail.i.1.weight</c> [classes of the cluster, inputs / divisor^(i + 1)].
/// </remarks>
/// <equivalent group="Basic" pytorch="nn.AdaptiveLogSoftmaxWithLoss" keras=""/>
public sealed class AdaptiveLogSoftmax : Module
{
    /// <summary>The clusters, named 0, 1, 2, ...</summary>
    private sealed class Clusters : Module
    {
        public readonly Sequential[] All;

        public Clusters(Sequential[] all)
        {
            All = all;
            for (int i = 0; i < all.Length; i++) Child(i.ToString(System.Globalization.CultureInfo.InvariantCulture), all[i]);
        }
    }

    private readonly int[] ends;            // of the shortlist and of each cluster
    private readonly Linear head;
    private readonly Clusters tail;

    /// <summary>Makes the layer.</summary>
    /// <param name="inputs">Length of the last axis taken.</param>
    /// <param name="classes">How many classes.</param>
    /// <param name="cutoffs">Rising, from 1 to below <paramref name="classes"/>: the first class of each cluster.</param>
    /// <param name="divisor">How much narrower each cluster's projection is than the one before, at least 1.</param>
    /// <param name="headBias">True gives the head a bias.</param>
    /// <exception cref="ArgumentException">The cutoffs do not rise from 1 to below the classes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, or a projection would have no width.</exception>
    public AdaptiveLogSoftmax(int inputs, int classes, ReadOnlySpan<int> cutoffs, float divisor = 4, bool headBias = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        if (!(divisor >= 1)) throw new ArgumentOutOfRangeException(nameof(divisor), $"AdaptiveLogSoftmax: divisor must be at least 1, got {divisor}.");
        if (cutoffs.IsEmpty) throw new ArgumentException("AdaptiveLogSoftmax: there must be at least one cutoff.");
        for (int i = 0; i < cutoffs.Length; i++)
        {
            int least = i == 0 ? 1 : cutoffs[i - 1] + 1;
            if (cutoffs[i] < least || cutoffs[i] >= classes) throw new ArgumentException($"AdaptiveLogSoftmax: cutoff {i} must be {least} to {classes - 1}, got {cutoffs[i]}.");
        }
        ends = [.. cutoffs, classes];
        Inputs = inputs;
        head = Child("head", new Linear(inputs, ends[0] + cutoffs.Length, bias: headBias));
        var clusters = new Sequential[cutoffs.Length];
        for (int i = 0; i < clusters.Length; i++)
        {
            int width = (int)(inputs / Math.Pow(divisor, i + 1));
            if (width < 1) throw new ArgumentOutOfRangeException(nameof(divisor), $"AdaptiveLogSoftmax: with divisor {divisor} nothing is left of {inputs} inputs for cluster {i}.");
            clusters[i] = new Sequential(new Linear(inputs, width, bias: false), new Linear(width, ends[i + 1] - ends[i], bias: false));
        }
        tail = Child("tail", new Clusters(clusters));
    }

    /// <summary>Length of the last axis taken.</summary>
    public int Inputs { get; }

    /// <summary>How many classes.</summary>
    public int Classes => ends[^1];

    /// <summary>Log-probability of each row's target, and the loss: their negative mean over the rows that count.</summary>
    /// <param name="x"><c>[..., inputs]</c>.</param>
    /// <param name="targets">One class a row.</param>
    /// <param name="ignoreIndex">Rows with this target count neither in the loss nor in the mean; their log-probability is given as 0.</param>
    /// <returns>Log-probabilities <c>[rows]</c>; the loss, one number, 0 where no row counts.</returns>
    /// <exception cref="ArgumentException">The shape does not fit, the number of targets is not the number of rows, or a target is not a class.</exception>
    public (Tensor LogProbability, Tensor Loss) Forward(Tensor x, ReadOnlySpan<int> targets, int ignoreIndex = -100)
    {
        x = Rows(x);
        int rows = x.Shape[0], counted = 0;
        if (targets.Length != rows) throw new ArgumentException($"AdaptiveLogSoftmax: there must be one target a row ({rows}), got {targets.Length}.");
        for (int r = 0; r < rows; r++)
        {
            if (targets[r] == ignoreIndex) continue;
            if ((uint)targets[r] >= (uint)Classes) throw new ArgumentException($"AdaptiveLogSoftmax: target {r} must be within {Classes} classes, got {targets[r]}.");
            counted++;
        }
        Tensor inHead = HeadOf(x, targets, ignoreIndex), sum = inHead;
        for (int i = 0; i < tail.All.Length; i++)
            if (TailOf(i, x, targets, ignoreIndex) is { } inCluster) sum += inCluster;
        Tensor each = Ops.Reshape(sum, [rows]);
        return (each, Ops.Scale(Ops.Sum(each), counted == 0 ? 0 : -1f / counted));
    }

    /// <summary>Log-probability of every class.</summary>
    /// <param name="x"><c>[..., inputs]</c>.</param>
    /// <returns><c>[rows, classes]</c>.</returns>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    public Tensor LogProbabilities(Tensor x)
    {
        x = Rows(x);
        Tensor inHead = Ops.LogSoftmax(head.Forward(x)), all = Ops.Slice(inHead, 1, 0, ends[0]);
        for (int i = 0; i < tail.All.Length; i++)
            all = Ops.Concat(1, all, Ops.LogSoftmax(tail.All[i].Forward(x)) + Ops.Slice(inHead, 1, ends[0] + i, 1));
        return all;
    }

    /// <summary>The most probable class of each row.</summary>
    /// <param name="x"><c>[..., inputs]</c>.</param>
    /// <returns>One class a row.</returns>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    public int[] Predict(Tensor x)
    {
        x = Rows(x);
        int[] best = Largest(head.Forward(x));
        // Where an entry of the head wins, no class of a cluster can be more probable; where a cluster wins, all have to be compared.
        int[] open = [.. Enumerable.Range(0, best.Length).Where(r => best[r] >= ends[0])];
        if (open.Length == 0) return best;
        int[] there = Largest(LogProbabilities(Ops.Gather(x, open)));
        for (int i = 0; i < open.Length; i++) best[open[i]] = there[i];
        return best;
    }

    private Tensor Rows(Tensor x)
    {
        if (x.Shape.Rank < 1 || x.Shape[-1] != Inputs) throw new ArgumentException($"AdaptiveLogSoftmax: x must be [..., {Inputs}], got {x.Shape}.");
        return Ops.Reshape(x, [x.Length / Inputs, Inputs]);
    }

    /// <summary>[rows, 1]: what the head says of each row's class or cluster; 0 where the row does not count.</summary>
    private Tensor HeadOf(Tensor x, ReadOnlySpan<int> targets, int ignoreIndex)
    {
        int width = ends[0] + tail.All.Length;
        Tensor table = Ops.Concat(0, Tensor.Zeros([1, 1]), Ops.Reshape(Ops.LogSoftmax(head.Forward(x)), [targets.Length * width, 1]));
        Span<int> places = Integers(targets.Length);
        for (int r = 0; r < targets.Length; r++)
        {
            places[r] = targets[r] == ignoreIndex ? 0 : 1 + (r * width) + (targets[r] < ends[0] ? targets[r] : ends[0] + Cluster(targets[r]));
        }
        return Ops.Gather(table, places);
    }

    /// <summary>[rows, 1]: what a cluster says of each of its rows' classes; 0 in the other rows. Nothing where it has no row.</summary>
    private Tensor? TailOf(int cluster, Tensor x, ReadOnlySpan<int> targets, int ignoreIndex)
    {
        Span<int> rows = Integers(targets.Length), places = Integers(targets.Length), picks = Integers(targets.Length);
        int count = 0, width = ends[cluster + 1] - ends[cluster];
        for (int r = 0; r < targets.Length; r++)
        {
            places[r] = 0;
            if (targets[r] == ignoreIndex || targets[r] < ends[cluster] || targets[r] >= ends[cluster + 1]) continue;
            rows[count] = r;
            picks[count] = (count * width) + targets[r] - ends[cluster];
            places[r] = ++count;
        }
        if (count == 0) return null;
        Tensor own = Ops.LogSoftmax(tail.All[cluster].Forward(Ops.Gather(x, rows[..count])));
        Tensor picked = Ops.Gather(Ops.Reshape(own, [count * width, 1]), picks[..count]);
        return Ops.Gather(Ops.Concat(0, Tensor.Zeros([1, 1]), picked), places);
    }

    private int Cluster(int target)
    {
        int i = 0;
        while (target >= ends[i + 1]) i++;
        return i;
    }

    private static Span<int> Integers(int count) => MemoryMarshal.Cast<float, int>(Tape.Scratch(count).Span);

    private static int[] Largest(Tensor x)
    {
        var best = new int[x.Shape[0]];
        int width = x.Shape[1];
        for (int r = 0; r < best.Length; r++) best[r] = System.Numerics.Tensors.TensorPrimitives.IndexOfMax<float>(x.Data.Slice(r * width, width));
        return best;
    }
}
