using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Ops
{
    /// <summary>Matrix product y = a b; leading axes of <paramref name="a"/> count as rows.</summary>
    /// <param name="a"><c>[..., k]</c>.</param>
    /// <param name="b"><c>[k, n]</c>.</param>
    /// <returns><c>[..., n]</c>.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor MatMul(Tensor a, Tensor b)
    {
        if (b.Shape.Rank != 2 || a.Shape.Rank < 1 || a.Shape[-1] != b.Shape[0])
            throw new ArgumentException($"MatMul: needs [..., k] and [k, n], got {a.Shape} and {b.Shape}.");
        int k = b.Shape[0], n = b.Shape[1], m = a.Shape.Outer(a.Shape.Rank - 1);
        Tensor y = Tape.Make(a.Shape.With(-1, n), a.RequiresGrad || b.RequiresGrad);
        Gemm.Multiply(Tape.Team, false, false, m, n, k, a.Data, k, b.Data, n, y.Data, n, accumulate: false);
        if (y.RequiresGrad) Tape.Record(y, static node =>
        {
            Tensor a = node.A, b = node.B;
            int k = b.Shape[0], n = b.Shape[1], m = a.Shape.Outer(a.Shape.Rank - 1);
            bool add;
            if (a.RequiresGrad) Gemm.Multiply(Tape.Team, false, true, m, k, n, node.Y.Grad, n, b.Data, n, a.Slot.GradToFill(out add), k, add);       // da += dy b'
            if (b.RequiresGrad) Gemm.Multiply(Tape.Team, true, false, k, n, m, a.Data, k, node.Y.Grad, n, b.Slot.GradToFill(out add), n, add);       // db += a' dy
        }, a, b);
        return y;
    }

    /// <summary>Products of several pairs of matrices: y_i = a_i b_i.</summary>
    /// <param name="a"><c>[..., m, k]</c>.</param>
    /// <param name="b"><c>[..., k, n]</c>, with the same leading axes.</param>
    /// <returns><c>[..., m, n]</c>.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor BatchMatMul(Tensor a, Tensor b)
    {
        int rank = a.Shape.Rank;
        if (rank < 2 || b.Shape.Rank != rank || a.Shape[-1] != b.Shape[-2] || a.Shape.With(-1, 0).With(-2, 0) != b.Shape.With(-1, 0).With(-2, 0))
            throw new ArgumentException($"BatchMatMul: needs [..., m, k] and [..., k, n] with the same leading axes, got {a.Shape} and {b.Shape}.");
        int count = a.Shape.Outer(rank - 2), m = a.Shape[-2], k = a.Shape[-1], n = b.Shape[-1];
        Tensor y = Tape.Make(a.Shape.With(-1, n), a.RequiresGrad || b.RequiresGrad);
        Gemm.MultiplyEach(Tape.Team, false, false, count, m, n, k, new(a.Data, k, m * k), new(b.Data, n, k * n), y.Data, n, m * n, accumulate: false);
        if (y.RequiresGrad) Tape.Record(y, static node =>
        {
            Tensor a = node.A, b = node.B;
            int count = a.Shape.Outer(a.Shape.Rank - 2), m = a.Shape[-2], k = a.Shape[-1], n = b.Shape[-1];
            Matrices dy = new(node.Y.Grad, n, m * n);
            if (a.RequiresGrad) Gemm.MultiplyEach(Tape.Team, false, true, count, m, k, n, dy, new(b.Data, n, k * n), a.Grad, k, m * k, accumulate: true);     // da += dy b'
            if (b.RequiresGrad) Gemm.MultiplyEach(Tape.Team, true, false, count, k, n, m, new(a.Data, k, m * k), dy, b.Grad, n, k * n, accumulate: true);     // db += a' dy
        }, a, b);
        return y;
    }

    /// <summary>Affine map y = x W' + b; leading axes of <paramref name="x"/> count as rows.</summary>
    /// <param name="x"><c>[..., inputs]</c>.</param>
    /// <param name="weight"><c>[outputs, inputs]</c>, as PyTorch keeps it.</param>
    /// <param name="bias"><c>[outputs]</c>, or none.</param>
    /// <returns><c>[..., outputs]</c>.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias = null)
    {
        if (weight.Shape.Rank != 2 || x.Shape.Rank < 1 || x.Shape[-1] != weight.Shape[1])
            throw new ArgumentException($"Linear: needs [..., inputs] and [outputs, inputs], got {x.Shape} and {weight.Shape}.");
        int inputs = weight.Shape[1], outputs = weight.Shape[0], rows = x.Shape.Outer(x.Shape.Rank - 1);
        if (bias is { } given && given.Shape != new Shape(outputs)) throw new ArgumentException($"Linear: bias must be [{outputs}], got {given.Shape}.");
        Tensor y = Tape.Make(x.Shape.With(-1, outputs), x.RequiresGrad || weight.RequiresGrad || bias is { RequiresGrad: true });
        Gemm.Multiply(Tape.Team, false, true, rows, outputs, inputs, x.Data, inputs, weight.Data, inputs, bias is { } b ? b.Data : default, y.Data, outputs);
        if (y.RequiresGrad) Tape.Record(y, static n =>
        {
            int inputs = n.B.Shape[1], outputs = n.B.Shape[0], rows = n.A.Shape.Outer(n.A.Shape.Rank - 1);
            ReadOnlySpan<float> dy = n.Y.Grad;
            bool add;
            if (n.A.RequiresGrad) Gemm.Multiply(Tape.Team, false, false, rows, inputs, outputs, dy, outputs, n.B.Data, inputs, n.A.Slot.GradToFill(out add), inputs, add);   // dx += dy W
            if (n.B.RequiresGrad) Gemm.Multiply(Tape.Team, true, false, outputs, inputs, rows, dy, outputs, n.A.Data, inputs, n.B.Slot.GradToFill(out add), inputs, add);    // dW += dy' x
            if (n.I == 1 && n.C.RequiresGrad) VectorMath.SumRowsTo(Tape.Team, dy, rows, outputs, n.C.Grad);                                                                  // db += sum of rows
        }, x, weight, bias ?? default).I = bias is null ? 0 : 1;
        return y;
    }
}
