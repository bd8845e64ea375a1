using System.Runtime.InteropServices;
using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Ops
{
    /// <summary>Each sequence from its own last step to its first: y_t = x_(length - 1 - t); zero behind the end. Twice gives what stood within the lengths.</summary>
    /// <param name="x"><c>[T, B, ...]</c>.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T. What stands behind the end is not read.</param>
    /// <exception cref="ArgumentException">Fewer than two axes, or lengths that do not fit.</exception>
    public static Tensor Reverse(Tensor x, ReadOnlySpan<int> lengths = default)
    {
        if (x.Shape.Rank < 2) throw new ArgumentException($"Reverse: x must be [time, batch, ...], got {x.Shape}.", nameof(x));
        SequenceLengths.Check("Reverse", "lengths", lengths, x.Shape[1], x.Shape[0]);
        int steps = x.Shape[0], batch = x.Shape[1], inner = x.Shape.Inner(1);
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        Block kept = Tape.Scratch(batch);
        Span<int> of = MemoryMarshal.Cast<float, int>(kept.Span);
        if (lengths.IsEmpty) of.Fill(steps);
        else lengths.CopyTo(of);
        y.Data.Clear();
        for (int b = 0; b < batch; b++)
            for (int t = 0; t < of[b]; t++) x.Data.Slice(((of[b] - 1 - t) * batch + b) * inner, inner).CopyTo(y.Data.Slice((t * batch + b) * inner, inner));
        if (y.RequiresGrad) Tape.Record(y, static n =>                                 // dx_(length - 1 - t) += dy_t
        {
            ReadOnlySpan<int> of = MemoryMarshal.Cast<float, int>(n.Saved.Span);
            int batch = n.Y.Shape[1], inner = n.Y.Shape.Inner(1);
            ReadOnlySpan<float> dy = n.Y.Grad;
            Span<float> dx = n.A.Grad;
            for (int b = 0; b < batch; b++)
                for (int t = 0; t < of[b]; t++) VectorMath.AddTo(dy.Slice((t * batch + b) * inner, inner), dx.Slice(((of[b] - 1 - t) * batch + b) * inner, inner));
        }, x).Saved = kept;
        return y;
    }

    /// <summary>Variational (locked) dropout (Gal and Ghahramani 2016): inverted dropout whose mask is drawn once and holds at every step of the first axis.</summary>
    /// <param name="x"><c>[T, ...]</c>.</param>
    /// <param name="p">Probability of zeroing, from 0 up to but not including 1.</param>
    /// <param name="random">Where the draws come from; without it (evaluation) x passes unchanged.</param>
    /// <exception cref="ArgumentException">A scalar, or p out of range.</exception>
    public static Tensor LockedDropout(Tensor x, float p, RandomStream? random)
    {
        if (p is not (>= 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(p), $"LockedDropout: p must be at least 0 and below 1, got {p}.");
        if (x.Shape.Rank < 1) throw new ArgumentException($"LockedDropout: x must be [time, ...], got {x.Shape}.", nameof(x));
        if (p == 0 || random is null) return x;
        int steps = x.Shape[0], inner = x.Shape.Inner(0);
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        Block keep = Tape.Scratch(inner);
        Span<float> k = keep.Span;
        float scale = 1 / (1 - p);
        random.FillUniform(k, 0, 1);
        for (int i = 0; i < k.Length; i++) k[i] = k[i] < p ? 0 : scale;
        for (int t = 0; t < steps; t++) VectorMath.Multiply(x.Data.Slice(t * inner, inner), k, y.Data.Slice(t * inner, inner));
        if (y.RequiresGrad) Tape.Record(y, static n =>                                 // dx_t += dy_t mask
        {
            int inner = n.Saved.Span.Length;
            ReadOnlySpan<float> dy = n.Y.Grad;
            Span<float> dx = n.A.Grad;
            for (int at = 0; at < dx.Length; at += inner) VectorMath.MultiplyAdd(dy.Slice(at, inner), n.Saved.Span, dx.Slice(at, inner));
        }, x).Saved = keep;
        return y;
    }
}
