using System.Globalization;
using Unroll.Inspections;
using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Bench;

/// <summary>What it costs to inspect a model, in steps of training on the same batch: JSON lines.</summary>
internal static class InspectBench
{
    private const int Outputs = 32;

    public static void Run(Options options)
    {
        double seconds = options.Number("seconds", 2);
        foreach ((string cell, int hidden, int layers, int batch, int steps) in ((string, int, int, int, int)[])
        [
            ("RNN", 64, 1, 16, 48), ("LSTM", 64, 1, 16, 48), ("GRU", 64, 1, 16, 48), ("RNN", 200, 2, 20, 35), ("LSTM", 200, 2, 20, 35), ("GRU", 200, 2, 20, 35), ("LSTM", 128, 1, 64, 100), ("LSTM", 512, 2, 16, 64),
        ])
        {
            Recurrent recurrent = cell switch
            {
                "RNN" => new Rnn(hidden, hidden, layers),
                "GRU" => new Gru(hidden, hidden, layers),
                _ => new Lstm(hidden, hidden, layers),
            };
            var model = new Sequential(recurrent, new Linear(hidden, Outputs));
            model.Initialize(1);
            Tensor x = Tensor.Zeros([steps, batch, hidden]), y = Tensor.Zeros([steps, batch, Outputs]);
            new RandomStream(2).FillNormal(x.Data, 0, 1);
            new RandomStream(3).FillNormal(y.Data, 0, 1);
            var looked = new InspectionBatch(x, made => Loss.MeanSquared(made, y));
            Timing step = Step(model, x, y, seconds), seen = Timing.Each(() => _ = Inspection.Of(model, looked).Findings, seconds), again = Step(model, x, y, seconds);
            double one = Math.Min(step.Median, again.Median);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{{\"cell\": \"{cell}\", \"hidden\": {hidden}, \"layers\": {layers}, \"batch\": {batch}, \"steps\": {steps}, \"step_ms\": {one * 1e3:F2}, \"inspect_ms\": {seen.Median * 1e3:F2}, \"times\": {seen.Median / one:F2}}}"));
        }
    }

    // A whole step of training: forward, backward, clipping, Adam.
    private static Timing Step(Layer model, Tensor x, Tensor y, double seconds)
    {
        using var tape = new Tape();
        Tensor[] parameters = [.. model.Parameters];
        var optimizer = new Adam(model.NamedParameters());
        return Timing.Each(() =>
        {
            model.ZeroGradients();
            using (tape.Open())
            {
                tape.Backward(Loss.MeanSquared(model.Forward(x), y));
                optimizer.Step(GradientClip.Factor(GradientClip.Norm(parameters), 1));
            }
        }, seconds);
    }
}
