using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Translation;

/// <content>Writing step by step.</content>
internal sealed partial class RecurrentTranslation
{
    private sealed class State(Read read, Tensor? fed, CopySource? copy) : DecoderState
    {
        public Read Read => read;

        public CopySource? Copy => copy;

        public RecurrentState Recurrent { get; set; } = read.State;

        public Tensor? Fed { get; set; } = fed;

        public override void Reorder(ReadOnlySpan<int> from)
        {
            Recurrent = Recurrent.Reorder(from);
            if (Fed is { } last) Fed = Ops.Gather(last, from).Keep();
        }
    }

    /// <inheritdoc/>
    public override DecoderState Begin(SourceBatch source, int beams, int capacity)
    {
        Read read = Encode(source, null);
        int[] rows = [.. Enumerable.Range(0, source.Count * beams).Select(r => r / beams)];
        AttentionMemory? memory = read.Memory is { } m ? m with { Keys = m.Keys.Keep(), Values = m.Values.Keep() } : null;
        return new State(new Read(read.State.Reorder(rows), read.Context is { } c ? Ops.Gather(c, rows).Keep() : null, memory), Unfed(rows.Length)?.Keep(), source.Copy);
    }

    /// <inheritdoc/>
    public override Tensor Step(DecoderState state, ReadOnlySpan<int> tokens)
    {
        var own = (State)state;
        int[] known = tokens.ToArray();
        foreach (ref int token in known.AsSpan())
            if (token >= Target.Count) token = Target.Unknown;                          // copied: a word without a vector
        Gone gone = Advance(TargetTable.Forward(known), own.Recurrent, own.Fed, own.Read, null);
        own.Recurrent = gone.State.Keep();
        own.Fed = gone.Fed?.Keep();
        if (own.Looks && gone.Weights is { } weights) own.Look(weights.Data);
        return own.Copy is { } copy ? WithCopies(gone, copy) : Head.Logits(gone.Features);
    }

    // The logarithms of the probabilities of equation 9, words of a source's own behind those that are known.
    private Tensor WithCopies(Gone gone, CopySource copy)
    {
        Tensor p = Ops.Softmax(Head.Logits(gone.Features)), g = Ops.Sigmoid(generate!.Forward(gone.Features));
        int rows = p.Shape[0], all = Target.Count + copy.Strangers, steps = gone.Weights!.Value.Shape[1], sources = copy.Tokens.Length / steps, beams = rows / sources;
        Tensor y = Tensor.Zeros([rows, all]);
        for (int r = 0; r < rows; r++)
        {
            Span<float> row = y.Data.Slice(r * all, all);
            float share = g.Data[r];
            Kernels.VectorMath.AddScaled(p.Data.Slice(r * Target.Count, Target.Count), share, row[..Target.Count]);
            for (int s = 0; s < steps; s++)
                if (copy.Tokens[s * sources + r / beams] is >= 0 and var token) row[token] += (1 - share) * gone.Weights.Value.Data[r * steps + s];
            foreach (ref float value in row) value = MathF.Log(value);
        }
        return y;
    }
}
