using Unroll.Layers;
using Unroll.Reports;
using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Cli.Tour;

/// <summary>The same network trained with the whole gradient and with one that is cut: what lies behind the cut is not learnt.</summary>
internal static class TruncationChapter
{
    private const int Time = 24, Cut = 6, Batch = 32, Symbols = 4, Hidden = 24, Epochs = 12, StepsPerEpoch = 40;

    private sealed class Reader : Module
    {
        private readonly Gru gru;
        private readonly Linear output;

        public Reader() => (gru, output) = (Child("gru", new Gru(Symbols, Hidden, init: new RecurrentInit(Bias: Init.Zero, LongestMemory: Time))), Child("output", new Linear(Hidden, Symbols)));

        // The loss of the last step; states get every hidden state, [1, B, H], whose gradients are read behind the backward pass.
        // listing: begin
        public Tensor Judge(Tensor x, int[] first, int cut, List<Tensor> states)
        {
            RecurrentState state = gru.Start(x.Shape[1]);
            for (int t = 0; t < x.Shape[0]; t++)
            {
                if (t % cut == 0) state = state.Detach();           // the numbers go on, the gradient stops here
                (_, state) = gru.Forward(Ops.Slice(x, 0, t, 1), state);
                states.Add(state.Hidden);
            }
            return Loss.CrossEntropy(output.Forward(state.Hidden[0]), first);
        }
        // listing: end
    }

    /// <summary>Trains in full and cut.</summary>
    public static Chapter Run(ulong seed, CancellationToken stop)
    {
        (double[] fullCurve, double[] fullNorms) = Train(Time, seed, stop);
        (double[] cutCurve, double[] cutNorms) = Train(Cut, seed, stop);
        double chance = Math.Log(Symbols), behind = cutNorms.Skip(Cut).Max();
        double gap = Enumerable.Range(0, Cut).Max(k => Math.Abs(cutNorms[k] - fullNorms[k]) / fullNorms[k]);
        return new Chapter
        {
            Text =
            [
                "Backpropagation through time is plain backpropagation on the unrolled network: forward over all steps, then back over all of them. It needs the states of every step at once, so a very long sequence does not fit.",
                $"Truncated backpropagation cuts the sequence into pieces. The state is carried from piece to piece, so the network still reads everything; but the gradient stops at the cut. Here the cut comes every {Cut} steps, and the task is again to name the first symbol, now after {Time} steps: the lag is longer than a piece.",
            ],
            Equation = new ReportEquation(["\\frac{\\partial L}{\\partial U} = \\sum_{t=1}^T \\frac{\\partial L}{\\partial h_t} \\frac{\\partial h_t}{\\partial U}", "\\frac{\\partial L}{\\partial h_t} = 0 \\quad (t \\le T - k)"],
                "The weights are shared, so their gradient is the sum over all steps. Truncation after k steps sets the terms of all earlier steps to exactly zero."),
            Pictures =
            [
                new ReportChart(new LineChart
                {
                    Title = "Gradient of the last step's loss, before training", XLabel = "steps back from the last one", YLabel = "norm of dL/dh (log axis; zero has no place)", LogY = true, Markers = [new ChartMarker(Cut - 0.5, "cut")],
                    Lines = [new LineSeries("in full", Positions.From(0, Time), fullNorms) { Tone = Tone.Blue }, new LineSeries($"cut after {Cut} steps", Positions.From(0, Time), cutNorms) { Tone = Tone.Orange, Style = LineStyle.Dashed, Markers = true }],
                }),
                new ReportChart(new LineChart
                {
                    Title = $"Naming the first symbol after {Time} steps", XLabel = $"epoch ({StepsPerEpoch} batches of {Batch} sequences)", YLabel = "training loss, nats", FromZero = true, Rules = [new ChartRule(chance, "guessing")],
                    Lines = [new LineSeries("in full", Positions.From(1, Epochs), fullCurve) { Tone = Tone.Blue }, new LineSeries($"cut after {Cut} steps", Positions.From(1, Epochs), cutCurve) { Tone = Tone.Orange, Style = LineStyle.Dashed, Markers = true }],
                }),
            ],
            Seen = new ReportReading($"What you see: up to the cut both gradients are equal {Chapter.Agreement(gap)}; from {Cut} steps back on the largest of the cut one is {NumberLabel.Of(behind)}: not small, but gone. "
                + $"In full, the loss falls from {NumberLabel.Of(fullCurve[0])} to {NumberLabel.Of(fullCurve[^1])} nats. Cut, the same network on the same data ends at {NumberLabel.Of(cutCurve[^1])}; guessing is {NumberLabel.Of(chance)}. "
                + "It reads the first symbol, but nothing ever tells it to keep it."),
            Lines = $"One function for both: in full, cut is {Time}, the length of the sequence.",
            Sources = "Werbos 1990, Backpropagation through time: what it does and how to do it; Williams and Peng 1990, An efficient gradient-based algorithm for on-line training of recurrent network trajectories.",
            Figures = [("behind-cut", behind), ("gap-before-cut", gap), ("gradient-full-first", fullNorms[^1]), ("loss-full", fullCurve[^1]), ("loss-cut", cutCurve[^1]), ("chance", chance)],
        };
    }

    // The training losses by epoch, and the norms of dL/dh by steps back before the first of them.
    private static (double[] Losses, double[] Norms) Train(int cut, ulong seed, CancellationToken stop)
    {
        var reader = new Reader();
        reader.Initialize(seed);
        double[] norms = Norms(reader, cut, seed);
        var options = new TrainerOptions { Epochs = Epochs, StepsPerEpoch = StepsPerEpoch, ClipNorm = 1, Seed = seed };
        TrainingResult trained = new Trainer(reader, new Adam(reader.NamedParameters(), 1e-2), options).Fit(step =>
        {
            (Tensor x, int[] first) = FirstSymbol.Draw(Time, Batch, Symbols, step.Random);
            return reader.Judge(x, first, cut, []);
        }, cancellation: stop);
        return ([.. trained.History.Select(static epoch => epoch.TrainingLoss)], norms);
    }

    private static double[] Norms(Reader reader, int cut, ulong seed)
    {
        (Tensor x, int[] first) = FirstSymbol.Draw(Time, Batch, Symbols, new RandomStream(seed, 1));
        var states = new List<Tensor>();
        using var tape = new Tape();
        using Tape.Step step = tape.Open();
        tape.Backward(reader.Judge(x, first, cut, states));
        states.Reverse();
        return [.. states.Select(static h => h.HasGrad ? Math.Sqrt(h.Grad.ToArray().Sum(static v => (double)v * v)) : 0)];
    }
}
