using System.Runtime.InteropServices;
using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Loss
{
    /// <summary>Linear-chain conditional random field (Lafferty et al. 2001; over a network's scores: Lample et al. 2016, equations 1 to 3): minus the log-likelihood of whole
    /// sequences of tags.</summary>
    /// <remarks>score(y) = start[y_1] + sum over t of x_t[y_t] + sum over t of transitions[y_(t-1), y_t] + end[y_T]; the loss is ln sum over all y' of e^score(y') - score(y).</remarks>
    /// <param name="emissions"><c>[T, B, K]</c>: a score for each tag at each step.</param>
    /// <param name="transitions"><c>[K, K]</c>: from the row's tag to the column's.</param>
    /// <param name="start"><c>[K]</c>: the score of a first tag.</param>
    /// <param name="end"><c>[K]</c>: the score of a last tag.</param>
    /// <param name="tags">The right tags, [T, B]; what stands behind a sequence's end may be anything.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T. The loss of a sequence without steps is 0.</param>
    /// <param name="constraints">Which tags may follow each other, or none for all. The right tags must keep to it.</param>
    /// <param name="reduction">The mean over the batch, the sum, or each sequence's own.</param>
    /// <returns>One number, or <c>[B]</c> without reduction.</returns>
    /// <exception cref="ArgumentException">The shapes, lengths or tags do not fit, or the right tags break a constraint.</exception>
    public static Tensor Crf(Tensor emissions, Tensor transitions, Tensor start, Tensor end, ReadOnlySpan<int> tags, ReadOnlySpan<int> lengths = default, TagConstraints? constraints = null,
        Reduction reduction = Reduction.Mean) => CrfPass.Run(emissions, transitions, start, end, tags, lengths, constraints, reduction);

    /// <summary>What the forward pass of a conditional random field leaves for its backward pass.</summary>
    private sealed class CrfPass
    {
        private Tensor start, end;
        private int steps, batch, tags;
        private Block lengths, given, scores, alpha, shift, share;

        private ReadOnlySpan<int> Lengths => MemoryMarshal.Cast<float, int>(lengths.Span);
        private ReadOnlySpan<int> Given => MemoryMarshal.Cast<float, int>(given.Span);

        public static Tensor Run(Tensor emissions, Tensor transitions, Tensor start, Tensor end, ReadOnlySpan<int> tags, ReadOnlySpan<int> lengths, TagConstraints? constraints,
            Reduction reduction)
        {
            CheckCrf("Loss.Crf", emissions, transitions, start, end, constraints);
            int steps = emissions.Shape[0], batch = emissions.Shape[1];
            if (tags.Length != steps * batch) throw new ArgumentException($"Loss.Crf: emissions {emissions.Shape} need {steps * batch} tags, got {tags.Length}.");
            bool grad = emissions.RequiresGrad || transitions.RequiresGrad || start.RequiresGrad || end.RequiresGrad;
            Tensor y = Tape.Make(reduction == Reduction.None ? [batch] : [], grad);
            Node? node = y.RequiresGrad ? Tape.Record(y, static n => ((CrfPass)n.State!).Backward(n), emissions, transitions) : null;
            CrfPass pass = node?.State as CrfPass ?? new CrfPass();
            if (node is not null) node.State = pass;
            (pass.start, pass.end, pass.steps, pass.batch, pass.tags) = (start, end, steps, batch, emissions.Shape[2]);
            pass.Lay(tags, lengths, constraints);
            pass.Forward(emissions, transitions, constraints, reduction, y);
            return y;
        }

        private void Lay(ReadOnlySpan<int> tags, ReadOnlySpan<int> lengths, TagConstraints? constraints)
        {
            this.lengths = Tape.Scratch(batch);
            TakeLengths("Crf", lengths, steps, MemoryMarshal.Cast<float, int>(this.lengths.Span));
            for (int b = 0; b < batch; b++)
                for (int t = 0; t < Lengths[b]; t++)
                {
                    int tag = tags[t * batch + b], before = t == 0 ? -1 : tags[(t - 1) * batch + b];
                    if ((uint)tag >= (uint)this.tags) throw new ArgumentException($"Loss.Crf: the tag at step {t} of sequence {b} must be within {this.tags}, got {tag}.");
                    if (constraints is null) continue;
                    if (t == 0 ? !constraints.AllowsFirst(tag) : !constraints.Allows(before, tag))
                        throw new ArgumentException($"Loss.Crf: at step {t} of sequence {b} the constraints forbid tag {tag} {(t == 0 ? "to be first" : $"behind {before}")}.");
                    if (t == Lengths[b] - 1 && !constraints.AllowsLast(tag)) throw new ArgumentException($"Loss.Crf: at step {t} of sequence {b} the constraints forbid tag {tag} to be last.");
                }
            given = Tape.Scratch(tags.Length);
            tags.CopyTo(MemoryMarshal.Cast<float, int>(given.Span));
        }

        private void Forward(Tensor emissions, Tensor transitions, TagConstraints? constraints, Reduction reduction, Tensor y)
        {
            scores = Tape.Scratch(Kernels.Crf.ScoresLength(tags));
            Kernels.Crf.Lay(transitions.Data, start.Data, end.Data, constraints is null ? default : constraints.Allowed, scores.Span);
            alpha = Tape.Scratch(checked(steps * batch * LogSpace.Padded(tags)));
            shift = Tape.Scratch(steps * batch);
            share = Tape.Scratch(batch);
            Block each = Tape.Scratch(batch);
            Kernels.Crf.Forward(Tape.Team, scores.Span, emissions.Data, steps, Lengths, tags, Given, alpha.Span, shift.Span, each.Span);
            share.Span.Fill(reduction == Reduction.Mean ? 1f / Math.Max(1, batch) : 1);
            Reduce(each.Span, share.Span, y);
        }

        // dx = p(tag at the step) - 1 at the right one; d transitions = p(pair of tags at two steps) - 1 at the right pair, over all steps; likewise start and end.
        private void Backward(Node node)
        {
            Tensor emissions = node.A, transitions = node.B;
            ReadOnlySpan<float> dy = node.Y.Grad;
            Span<float> weights = Tape.Scratch(batch).Span;
            for (int b = 0; b < batch; b++) weights[b] = share.Span[b] * dy[node.Y.Shape.Rank == 0 ? 0 : b];
            if (batch == 0) return;
            int count = Kernels.Crf.Groups(batch), one = Kernels.Crf.GradientLength(tags), padded = LogSpace.Padded(tags);
            Span<float> groups = Tape.Scratch(checked(count * one)).Span, sum = groups[..one];
            Kernels.Crf.Backward(Tape.Team, scores.Span, emissions.Data, steps, Lengths, tags, Given, alpha.Span, shift.Span, weights, emissions.RequiresGrad ? emissions.Grad : default, groups);
            for (int g = 1; g < count; g++) VectorMath.AddTo(groups.Slice(g * one, one), sum);
            if (transitions.RequiresGrad)
                for (int i = 0; i < tags; i++) VectorMath.AddTo(sum.Slice(i * padded, tags), transitions.Grad.Slice(i * tags, tags));
            if (start.RequiresGrad) VectorMath.AddTo(sum.Slice(tags * padded, tags), start.Grad);
            if (end.RequiresGrad) VectorMath.AddTo(sum.Slice((tags + 1) * padded, tags), end.Grad);
        }
    }

    /// <summary>The best path through a conditional random field; see <c>LinearChainCrf.Decode</c>.</summary>
    internal static void CrfViterbi(string name, Tensor emissions, Tensor transitions, Tensor start, Tensor end, ReadOnlySpan<int> lengths, TagConstraints? constraints, Span<int> tags,
        Span<float> best)
    {
        CheckCrf(name, emissions, transitions, start, end, constraints);
        Span<int> own = MemoryMarshal.Cast<float, int>(Tape.Scratch(emissions.Shape[1]).Span);
        TakeLengths("Crf", lengths, emissions.Shape[0], own);
        Span<float> scores = Tape.Scratch(Kernels.Crf.ScoresLength(emissions.Shape[2])).Span;
        Kernels.Crf.Lay(transitions.Data, start.Data, end.Data, constraints is null ? default : constraints.Allowed, scores);
        Kernels.Crf.Viterbi(Tape.Team, scores, emissions.Data, emissions.Shape[0], own, emissions.Shape[2], tags, best);
    }

    private static void CheckCrf(string name, Tensor emissions, Tensor transitions, Tensor start, Tensor end, TagConstraints? constraints)
    {
        if (emissions.Shape.Rank != 3 || emissions.Shape[2] == 0) throw new ArgumentException($"{name}: emissions must be [time, batch, tags], got {emissions.Shape}.");
        int tags = emissions.Shape[2];
        if (transitions.Shape != new Shape(tags, tags)) throw new ArgumentException($"{name}: transitions must be [{tags}, {tags}], got {transitions.Shape}.");
        if (start.Shape != new Shape(tags)) throw new ArgumentException($"{name}: start must be [{tags}], got {start.Shape}.");
        if (end.Shape != new Shape(tags)) throw new ArgumentException($"{name}: end must be [{tags}], got {end.Shape}.");
        if (constraints is not null && constraints.Tags != tags) throw new ArgumentException($"{name}: constraints must be for {tags} tags, got {constraints.Tags}.");
    }
}
