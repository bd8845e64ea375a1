using Unroll.Inspections;
using Unroll.Layers;
using Unroll.Reports;
using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Cli.Tour;

/// <summary>Remember the first symbol to the end: a plain network, a GRU and an LSTM of equal size.</summary>
internal static class LongLagChapter
{
    private const int Time = 60, Symbols = 4;

    /// <summary>Trains the three side by side.</summary>
    public static Chapter Run(ulong seed, CancellationToken stop)
    {
        (Tensor x, int[] firsts) = FirstSymbol.Draw(Time, 16, Symbols, new RandomStream(seed, 1));
        var options = new TrainerOptions { Epochs = 20, StepsPerEpoch = 60, ClipNorm = 1, Seed = seed };
        // listing: begin
        var gradients = new List<IReadOnlyList<double>>();
        var curves = new List<double[]>();
        var init = new RecurrentInit(Bias: Init.Zero, LongestMemory: 60);   // gates that begin nearly open
        Recurrent[] layers = [new Rnn(4, 24, init: init), new Gru(4, 24, init: init), new Lstm(4, 24, init: init)];
        foreach (Recurrent layer in layers)
        {
            var model = new Sequential(layer, new Linear(24, 4));
            model.Initialize(seed);
            var batch = new InspectionBatch(x, y => Loss.CrossEntropy(y[-1], firsts));
            gradients.Add(Inspection.Of(model, batch, cancellation: stop).Layers[0].Gradient.State);
            var trainer = new Trainer(model, new Adam(model.NamedParameters(), 5e-3), options);
            TrainingResult trained = trainer.Fit(step => Judge(model, step.Random), cancellation: stop);
            curves.Add([.. trained.History.Select(epoch => epoch.TrainingLoss)]);
        }
        // listing: end
        string[] names = ["plain RNN", "GRU", "LSTM"];
        Tone[] tones = [Tone.Orange, Tone.Green, Tone.Blue];
        LineStyle[] styles = [LineStyle.Dashed, LineStyle.Dotted, LineStyle.Solid];
        double[] left = [.. gradients.Select(static g => g[^1] / g[0])], last = [.. curves.Select(static c => c[^1])];
        double chance = Math.Log(Symbols);
        // Now and then a plain network finds its way by luck: noise throws its weights to where a gradient arrives.
        string plain = last[0] > 0.7 * chance ? "The plain network has learnt nothing." : "With this seed the plain network found its way too, though hardly any gradient reached the first step before training.";
        // And now and then a gated one stays for a while where it tells only some of the symbols apart.
        string[] late = [.. names.Where((_, i) => i > 0 && last[i] > 0.1 * chance).Select(static name => "the " + name)];
        if (late.Length > 0) plain += $" With this seed {string.Join(" and ", late)} cannot tell all symbols apart yet.";
        return new Chapter
        {
            Text =
            [
                $"The task is as simple as can be: the first step shows one of {Symbols} symbols, then come {Time - 1} steps of noise, and at the end the network must say which symbol it was. There is nothing to compute. There is only something to keep, and the credit for keeping it must reach back over the whole sequence.",
                "A plain network rewrites its whole state at every step. An LSTM adds to its cell state instead, so a gradient can go straight back along the cell, multiplied by the forget gates alone. A GRU does the same with its update gate. All three here have 24 units, the same data and the same optimiser; the gates cost the GRU three times and the LSTM four times the weights.",
            ],
            Equation = new ReportEquation(["c_t = f_t \\odot c_{t-1} + i_t \\odot g_t", "\\frac{\\partial c_t}{\\partial c_{t-1}} = diag(f_t) + \\dots"],
                "Along the cell state the Jacobian is the forget gate, plus terms that go through the gates. Where the forget gate is close to 1 the factor is close to 1, and its power over many steps is still a number one can learn from."),
            Pictures =
            [
                new ReportChart(new LineChart
                {
                    Title = "Before training: gradient of the last step's loss", XLabel = "steps back from the last one", YLabel = "norm of dL/d(h, c) (log axis)", LogY = true,
                    Lines = [.. gradients.Select((g, i) => new LineSeries(names[i], Positions.From(0, g.Count), g) { Tone = tones[i], Style = styles[i] })],
                }),
                new ReportChart(new LineChart
                {
                    Title = "Learning to remember the first symbol", XLabel = "epoch (60 batches of 64 sequences)", YLabel = "training loss, nats", FromZero = true, Rules = [new ChartRule(chance, "guessing")],
                    Lines = [.. curves.Select((c, i) => new LineSeries(names[i], Positions.From(1, c.Length), c) { Tone = tones[i], Style = styles[i], Markers = true })],
                }),
            ],
            Seen = new ReportReading($"What you see: {Time - 1} steps back, {NumberLabel.Of(left[0])} times the last step's gradient is left in the plain network, {NumberLabel.Of(left[1])} in the GRU, {NumberLabel.Of(left[2])} in the LSTM. "
                + $"After {curves[0].Length} epochs the losses are {NumberLabel.Of(last[0])}, {NumberLabel.Of(last[1])} and {NumberLabel.Of(last[2])} nats; who guesses has {NumberLabel.Of(chance)}. {plain} "
                + "The gates begin nearly open here, as one should begin where memories must be long (Tallec and Ollivier 2018); a plain network has no such knob."),
            Lines = "Judge is the loss of the last step on 64 new sequences; x and firsts are 16 more, with their first symbols; options ask for 20 epochs of 60 batches.",
            Sources = "Hochreiter and Schmidhuber 1997, Long short-term memory; Gers, Schmidhuber and Cummins 2000, Learning to forget; Cho et al. 2014; Tallec and Ollivier 2018, Can recurrent neural networks warp time?",
            Figures = [("gradient-rnn", left[0]), ("gradient-gru", left[1]), ("gradient-lstm", left[2]), ("loss-rnn", last[0]), ("loss-gru", last[1]), ("loss-lstm", last[2]), ("chance", chance)],
        };
    }

    private static Tensor Judge(Layer model, RandomStream random)
    {
        (Tensor x, int[] firsts) = FirstSymbol.Draw(Time, 64, Symbols, random);
        return Loss.CrossEntropy(model.Forward(x)[-1], firsts);
    }
}
