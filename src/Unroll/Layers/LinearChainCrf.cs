using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>Linear-chain conditional random field (Lafferty et al. 2001) on top of a network's scores (Lample et al. 2016): tags are judged as whole sequences.</summary>
/// <remarks>
/// score(y) = start[y_1] + sum x_t[y_t] + sum transitions[y_(t-1), y_t] + end[y_T];  p(y) = e^score(y) / sum over y' of e^score(y').
/// Weights as in pytorch-crf, whose forward gives the log-likelihood itself: <c>start_transitions</c> [K], <c>end_transitions</c> [K], <c>transitions</c> [K, K] from the row's tag
/// to the column's, uniform within 0.1.
/// </remarks>
/// <equivalent group="Structure" pytorch="torchcrf.CRF" keras=""/>
public sealed class LinearChainCrf : Module
{
    private readonly Tensor start, end, transitions;

    /// <summary>Makes the field.</summary>
    /// <param name="tags">K, the number of tags.</param>
    /// <param name="constraints">Which tags may follow each other, or none for all: <see cref="TagConstraints.For"/>.</param>
    /// <param name="init">How the scores get their first values.</param>
    /// <exception cref="ArgumentException">There is no tag, or the constraints are for another number.</exception>
    public LinearChainCrf(int tags, TagConstraints? constraints = null, Init? init = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tags, 1);
        if (constraints is not null && constraints.Tags != tags) throw new ArgumentException($"LinearChainCrf: constraints must be for {tags} tags, got {constraints.Tags}.", nameof(constraints));
        (Tags, Constraints) = (tags, constraints);
        init ??= Init.Uniform(0.1f);
        start = Param("start_transitions", [tags], init);
        end = Param("end_transitions", [tags], init);
        transitions = Param("transitions", [tags, tags], init);
    }

    /// <summary>K, the number of tags.</summary>
    public int Tags { get; }

    /// <summary>Which tags may follow each other; none allows all.</summary>
    public TagConstraints? Constraints { get; }

    /// <summary>The loss: minus the log-likelihood of sequences of tags.</summary>
    /// <param name="emissions"><c>[T, B, K]</c>: a score for each tag at each step.</param>
    /// <param name="tags">The right tags, [T, B]; what stands behind a sequence's end may be anything.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T.</param>
    /// <param name="reduction">The mean over the batch, the sum, or each sequence's own.</param>
    /// <returns>One number, or <c>[B]</c> without reduction.</returns>
    /// <exception cref="ArgumentException">The shapes, lengths or tags do not fit, or the right tags break a constraint.</exception>
    public Tensor Forward(Tensor emissions, ReadOnlySpan<int> tags, ReadOnlySpan<int> lengths = default, Reduction reduction = Reduction.Mean) =>
        Loss.Crf(emissions, transitions, start, end, tags, lengths, Constraints, reduction);

    /// <summary>The tags of the greatest score (Viterbi 1967).</summary>
    /// <param name="emissions"><c>[T, B, K]</c>.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T.</param>
    /// <returns>For each sequence its tags, as many as it has steps, and their score.</returns>
    /// <exception cref="ArgumentException">The shapes or lengths do not fit.</exception>
    /// <exception cref="InvalidOperationException">The constraints leave no way through a sequence.</exception>
    public (int[] Tags, float Score)[] Decode(Tensor emissions, ReadOnlySpan<int> lengths = default)
    {
        int steps = emissions.Shape.Rank == 3 ? emissions.Shape[0] : 0, batch = emissions.Shape.Rank == 3 ? emissions.Shape[1] : 0;
        var path = new int[steps * batch];
        var best = new float[batch];
        Loss.CrfViterbi("LinearChainCrf.Decode", emissions, transitions, start, end, lengths, Constraints, path, best);
        var decoded = new (int[], float)[batch];
        for (int b = 0; b < batch; b++)
        {
            int length = lengths.IsEmpty ? steps : lengths[b];
            if (float.IsNegativeInfinity(best[b])) throw new InvalidOperationException($"LinearChainCrf.Decode: the constraints leave no way through the {length} steps of sequence {b}.");
            var tags = new int[length];
            for (int t = 0; t < length; t++) tags[t] = path[t * batch + b];
            decoded[b] = (tags, best[b]);
        }
        return decoded;
    }
}
