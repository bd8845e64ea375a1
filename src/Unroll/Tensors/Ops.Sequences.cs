using System.Runtime.InteropServices;
using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Ops
{
    /// <summary>The sequences with zeros behind their ends, whatever stood there; no gradient flows from behind an end.</summary>
    /// <param name="x"><c>[T, B, ...]</c>.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T, and x passes as it is.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public static Tensor ZeroPadding(Tensor x, ReadOnlySpan<int> lengths)
    {
        if (x.Shape.Rank < 2) throw new ArgumentException($"ZeroPadding: x must be [time, batch, ...], got {x.Shape}.");
        SequenceLengths.Check("ZeroPadding", "lengths", lengths, x.Shape[1], x.Shape[0]);
        if (!lengths.ContainsAnyExcept(x.Shape[0])) return x;
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        int batch = x.Shape[1], run = x.Shape.Inner(1);
        for (int t = 0, at = 0; t < x.Shape[0]; t++)
            for (int b = 0; b < batch; b++, at += run)
            {
                if (t < lengths[b]) x.Data.Slice(at, run).CopyTo(y.Data.Slice(at, run));
                else y.Data.Slice(at, run).Clear();
            }
        if (y.RequiresGrad) Tape.Record(y, static n =>
        {
            ReadOnlySpan<int> lengths = MemoryMarshal.Cast<float, int>(n.Saved.Span);
            int run = n.A.Shape.Inner(1);
            ReadOnlySpan<float> dy = n.Y.Grad;
            Span<float> dx = n.A.Grad;
            for (int t = 0, at = 0; t < n.A.Shape[0]; t++)
                for (int b = 0; b < lengths.Length; b++, at += run)
                    if (t < lengths[b]) VectorMath.AddTo(dy.Slice(at, run), dx.Slice(at, run));
        }, x).Saved = SaveIndices(lengths);
        return y;
    }

    /// <summary>
    /// Rotary positions (Su et al. 2021): number i of a head and number i + w / 2 turn together by the angle position / base^(2 i / w), so that the product of a query and a key
    /// depends on the distance of their positions alone.
    /// </summary>
    /// <param name="x"><c>[T, B, heads w]</c>, w even.</param>
    /// <param name="heads">How many heads.</param>
    /// <param name="start">The position of each sequence's first step; empty means 0.</param>
    /// <param name="root">The base of the angles.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor Rotary(Tensor x, int heads, ReadOnlySpan<int> start = default, float root = 10000)
    {
        if (heads < 1) throw new ArgumentOutOfRangeException(nameof(heads), $"Rotary: heads must be at least 1, got {heads}.");
        if (x.Shape.Rank != 3 || x.Shape[2] % (2 * heads) != 0) throw new ArgumentException($"Rotary: x must be [time, batch, {heads} heads of an even width], got {x.Shape}.");
        if (!start.IsEmpty && start.Length != x.Shape[1]) throw new ArgumentException($"Rotary: start must be one a sequence ({x.Shape[1]}), got {start.Length}.");
        int steps = x.Shape[0], batch = x.Shape[1], width = x.Shape[2] / heads, half = steps * width / 2;
        bool alike = start.IsEmpty || !start.ContainsAnyExcept(start[0]);
        int tables = alike ? 1 : batch;
        Block angles = Tape.Scratch(tables * 2 * half);                                // [tables, cosines and sines, T, w / 2]
        for (int i = 0; i < tables; i++)
            Rotation.Angles(start.IsEmpty ? 0 : start[i], steps, width, root, angles.Span.Slice(2 * i * half, half), angles.Span.Slice((2 * i + 1) * half, half));
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        Turn(x.Shape, heads, alike, angles.Span, x.Data, y.Data, back: false);
        if (!y.RequiresGrad) return y;
        Node node = Tape.Record(y, static n => Turn(n.A.Shape, n.I, n.J == 1, n.Saved.Span, n.Y.Grad, n.A.Grad, back: true), x);       // dx += R' dy
        node.I = heads;
        node.J = alike ? 1 : 0;
        node.Saved = angles;
        return y;
    }

    private static void Turn(Shape shape, int heads, bool alike, ReadOnlySpan<float> angles, ReadOnlySpan<float> x, Span<float> y, bool back)
    {
        int steps = shape[0], batch = shape[1], all = shape[2], width = all / heads, each = width / 2, half = steps * each;
        for (int t = 0; t < steps; t++)
            for (int b = 0; b < batch; b++)
            {
                int table = alike ? 0 : 2 * b * half, at = (t * batch + b) * all;
                Rotation.Turn(x.Slice(at, all), heads, width, angles.Slice(table + t * each, each), angles.Slice(table + half + t * each, each), y.Slice(at, all), back);
            }
    }
}
