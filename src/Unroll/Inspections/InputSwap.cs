using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Inspections;

/// <summary>Puts another step's input in the place of one, in each sequence at a lag of its own, in front of the first recurrent stack that runs.</summary>
/// <param name="lags">For each sequence the steps back from its last one; none (-1) leaves it.</param>
/// <param name="random">Where the other steps are drawn from.</param>
internal sealed class InputSwap(int[] lags, RandomStream random) : RecurrentObserver
{
    private Recurrent? first;

    /// <inheritdoc/>
    public override Tensor Input(Recurrent layer, Tensor x, ReadOnlySpan<int> lengths)
    {
        if (first is not null || x.Shape[0] == 0) return x;
        first = layer;
        int steps = x.Shape[0], batch = x.Shape[1], width = x.Shape[2];
        Tensor y = Tensor.From(x.Shape, x.Data);
        for (int b = 0; b < batch; b++)
        {
            int own = lengths.IsEmpty ? steps : lengths[b], t = own - 1 - lags[b];
            if (lags[b] < 0 || t < 0) continue;
            // What really comes, of any step and sequence, so that the change is none that the model never meets.
            int from = random.NextInt(batch), at = random.NextInt(Math.Max(1, lengths.IsEmpty ? steps : lengths[from]));
            x.Data.Slice((at * batch + from) * width, width).CopyTo(y.Data.Slice((t * batch + b) * width, width));
        }
        return y;
    }
}
