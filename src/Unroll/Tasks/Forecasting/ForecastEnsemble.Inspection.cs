using Unroll.Tensors;

namespace Unroll.Tasks.Forecasting;

/// <content>What an inspection needs.</content>
internal sealed partial class ForecastEnsemble
{
    /// <summary>The first network over a batch of windows, on the open tape, without dropout.</summary>
    /// <param name="windows">The batch.</param>
    /// <param name="which">The loss wanted: of the last step of the horizon, or of all.</param>
    /// <returns>The loss, and <c>[B, width + 1]</c>: the head's numbers and the location for the last step of the horizon.</returns>
    public (Tensor Loss, Tensor Output) Inspected(ReadOnlySpan<Window> windows, InspectedLoss which)
    {
        ForecastNetwork network = members[0];
        bool direct = mode == ForecastMode.Direct;
        WindowCutter.Batch batch = direct ? cutter.Direct(windows) : cutter.Walk(windows, cutter.Horizon);
        Tensor raw, location;
        if (direct) (raw, location) = network.Direct(batch.Context!.Value, batch.Steps, batch.Simple, network.Embed(batch.Codes), null);
        else (raw, location, _) = network.Walk(batch.Steps, batch.Simple, network.Embed(batch.Codes), null, null);
        if (which == InspectedLoss.Whole) return (head.Loss(raw, location, batch.Target, batch.Unit, batch.Weight), default);
        int count = windows.Length;
        (raw, location) = (Last(raw), Last(location));
        Tensor loss = which == InspectedLoss.None ? default : head.Loss(raw, location, Last(batch.Target), Last(batch.Unit), Last(batch.Weight));
        return (loss, Ops.Concat(1, raw, Ops.Reshape(location, [count, 1])));

        Tensor Last(Tensor x) => Ops.Slice(x, 0, x.Shape[0] - count, count);
    }
}
