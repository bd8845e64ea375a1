using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Ops
{
    /// <summary>
    /// The pointwise part of one step of a convolutional LSTM (Shi et al. 2015): i = sigma(a_i + w_i c), f = sigma(a_f + w_f c), g = tanh(a_g), c' = f c + i g, o = sigma(a_o + w_o c'),
    /// h' = o tanh(c').
    /// </summary>
    /// <param name="gates"><c>[B, 4 hidden, height, width]</c>: a, the convolutions of input and hidden state with the bias, in the order i f g o.</param>
    /// <param name="hidden"><c>[B, hidden, height, width]</c>: h, which a finished sequence keeps.</param>
    /// <param name="cell"><c>[B, hidden, height, width]</c>: c.</param>
    /// <param name="peepholes"><c>[3, hidden, height, width]</c>: w in the order i f o, or none for zeros.</param>
    /// <param name="alive"><c>[B]</c>: 0 where a sequence is over; its state stays. None: all go on.</param>
    /// <returns>h' and c', <c>[B, hidden, height, width]</c> both.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    internal static (Tensor Hidden, Tensor Cell) ConvLstmStep(Tensor gates, Tensor hidden, Tensor cell, Tensor? peepholes, Tensor? alive)
    {
        const string name = nameof(ConvLstmStep);
        Shape s = cell.Shape;
        if (s.Rank != 4) throw new ArgumentException($"{name}: cell must be [batch, hidden, height, width], got {s}.");
        if (gates.Shape != s.With(1, 4 * s[1])) throw new ArgumentException($"{name}: gates must be {s.With(1, 4 * s[1])}, got {gates.Shape}.");
        if (hidden.Shape != s) throw new ArgumentException($"{name}: hidden must be {s}, got {hidden.Shape}.");
        if (peepholes is { } p && p.Shape != s.With(0, 3)) throw new ArgumentException($"{name}: peepholes must be {s.With(0, 3)}, got {p.Shape}.");
        if (alive is { } mask && mask.Shape != new Shape(s[0])) throw new ArgumentException($"{name}: alive must be [{s[0]}], got {mask.Shape}.");
        bool grad = gates.RequiresGrad || hidden.RequiresGrad || cell.RequiresGrad || peepholes is { RequiresGrad: true };
        Tensor nextHidden = Tape.Make(s, grad), nextCell = Tape.Make(s, grad);
        Block active = Tape.Scratch(gates.Length);
        gates.Data.CopyTo(active.Span);
        ConvLstmCell.Forward(Tape.Team, s[0], s.Inner(0), active.Span, peepholes is { } w ? w.Data : default, cell.Data, hidden.Data, alive is { } a ? a.Data : default, nextCell.Data, nextHidden.Data);
        if (!nextHidden.RequiresGrad) return (nextHidden, nextCell);
        Node node = Tape.Record(nextHidden, static n => ((ConvLstmPass)n.State!).Backward(n), gates, hidden, cell);
        node.Y2 = nextCell;
        node.Results = 2;
        node.Saved = active;
        // A tape's nodes come in the same order each step, so a warm step finds its record here.
        var pass = node.State as ConvLstmPass ?? new ConvLstmPass();
        node.State = pass;
        pass.Keep(peepholes, alive);
        return (nextHidden, nextCell);
    }
}

/// <summary>One step of a convolutional LSTM: what its forward pass leaves for its backward pass.</summary>
internal sealed class ConvLstmPass
{
    private Tensor peepholes, alive;
    private bool hasPeepholes, hasAlive;

    public void Keep(Tensor? peepholes, Tensor? alive)
    {
        (this.peepholes, this.alive) = (peepholes ?? default, alive ?? default);
        (hasPeepholes, hasAlive) = (peepholes is not null, alive is not null);
    }

    public void Backward(Node n)
    {
        Tensor gates = n.A, hidden = n.B, cell = n.C;
        int batch = cell.Shape[0], size = cell.Shape.Inner(0);
        ReadOnlySpan<float> live = hasAlive ? alive.Data : default, dNextHidden = n.Y.HasGrad ? n.Y.Grad : default;
        Span<float> dGates = Tape.Scratch(gates.Length).Span, dCell = Tape.Scratch(cell.Length).Span;
        ConvLstmCell.Backward(Tape.Team, batch, size, n.Saved.Span, hasPeepholes ? peepholes.Data : default, cell.Data, live, n.Y2.Data, n.Y2.HasGrad ? n.Y2.Grad : default, dNextHidden, dGates, dCell);
        if (gates.RequiresGrad) VectorMath.AddTo(dGates, gates.Grad);
        if (cell.RequiresGrad) VectorMath.AddTo(dCell, cell.Grad);
        for (int b = 0; b < batch; b++)
        {
            if (hasAlive && live[b] == 0)
            {
                if (hidden.RequiresGrad && !dNextHidden.IsEmpty) VectorMath.AddTo(dNextHidden.Slice(b * size, size), hidden.Grad.Slice(b * size, size));
                continue;
            }
            if (!hasPeepholes || !peepholes.RequiresGrad) continue;
            ReadOnlySpan<float> da = dGates.Slice(4 * b * size, 4 * size);
            Span<float> dw = peepholes.Grad;
            VectorMath.MultiplyAdd(da[..size], cell.Data.Slice(b * size, size), dw[..size]);
            VectorMath.MultiplyAdd(da.Slice(size, size), cell.Data.Slice(b * size, size), dw.Slice(size, size));
            VectorMath.MultiplyAdd(da.Slice(3 * size, size), n.Y2.Data.Slice(b * size, size), dw.Slice(2 * size, size));
        }
    }
}
