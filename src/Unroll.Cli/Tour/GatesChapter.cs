using Unroll.Inspections;
using Unroll.Layers;
using Unroll.Reports;
using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Cli.Tour;

/// <summary>A latch: an LSTM must hold the number it was last told to write. Its gates learn when to write and when to keep.</summary>
internal static class GatesChapter
{
    private const int Time = 30, Hidden = 4;

    private static readonly int[] ShownWrites = [2, 12, 21];

    /// <summary>Trains the latch and looks at its gates.</summary>
    public static Chapter Run(ulong seed, CancellationToken stop)
    {
        (Tensor x, Tensor held) = Draw(16, new RandomStream(seed, 1), ShownWrites);
        // listing: begin
        var lstm = new Lstm(inputs: 2, hidden: 4, init: new RecurrentInit(ForgetBias: 1));
        var model = new Sequential(lstm, new Linear(4, 1));
        model.Initialize(seed);
        var options = new TrainerOptions { Epochs = 12, StepsPerEpoch = 150, ClipNorm = 1, Seed = seed };
        var trainer = new Trainer(model, new Adam(model.NamedParameters(), 2e-2), options);
        TrainingResult trained = trainer.Fit(step =>
        {
            (Tensor inputs, Tensor wanted) = Draw(32, step.Random);
            return Loss.MeanSquared(model.Forward(inputs), wanted);
        }, cancellation: stop);
        var batch = new InspectionBatch(x, y => Loss.MeanSquared(y, held));
        IReadOnlyList<GateReading> gates = Inspection.Of(model, batch, cancellation: stop).Layers[0].Gates;
        // listing: end
        float[] said = model.Forward(x).ToArray();
        GateReading Gate(string name) => gates.First(g => g.Name == name);
        double[] Track(string name, int unit) => [.. Enumerable.Range(0, Time).Select(t => (double)Gate(name).Example.Span[t * Hidden + unit])];
        double At(string name, int unit, bool writing) => Track(name, unit).Where((_, t) => ShownWrites.Contains(t) == writing).Average();
        int shown = Enumerable.Range(0, Hidden).MaxBy(unit => At("i", unit, true) - At("i", unit, false) + At("f", unit, false) - At("f", unit, true));
        double first = trained.History[0].TrainingLoss, last = trained.History[^1].TrainingLoss;
        double inputWriting = At("i", shown, true), inputHolding = At("i", shown, false), forgetWriting = At("f", shown, true), forgetHolding = At("f", shown, false);
        ChartMarker[] writes = [.. ShownWrites.Select(static t => new ChartMarker(t + 1, "write"))];
        string[] names = ["i", "f", "o"], titles = ["input gate i", "forget gate f", "output gate o"];
        Tone[] tones = [Tone.Blue, Tone.Orange, Tone.Green];
        LineStyle[] styles = [LineStyle.Solid, LineStyle.Dashed, LineStyle.Dotted];
        return new Chapter
        {
            Text =
            [
                "A gate is a number between 0 and 1 that multiplies something: 0 lets nothing through, 1 lets all of it. An LSTM keeps a cell state c beside its hidden state and has three gates for it: the input gate says how much is written, the forget gate how much is kept, the output gate how much is shown.",
                "Gates mean something where the task needs them. This one is a latch: at each step a new number comes in, and a flag that is mostly 0. Where the flag is 1, the number of that step is to be held until the next flag. All other numbers are noise.",
            ],
            Equation = new ReportEquation(["i_t, f_t, o_t = \\sigma(W_{i,f,o} x_t + U_{i,f,o} h_{t-1} + b_{i,f,o})", "g_t = tanh(W_g x_t + U_g h_{t-1} + b_g)", "c_t = f_t \\odot c_{t-1} + i_t \\odot g_t", "h_t = o_t \\odot tanh(c_t)"],
                "The gates are made from the input and the old state. The new cell state keeps a share f of the old one and adds a share i of the candidate g. Where f is 1 and i is 0 the cell state stays as it is, for as long as they do."),
            Pictures =
            [
                new ReportChart(new LineChart
                {
                    Title = $"Gates of unit {shown + 1} of {Hidden}, the one that writes and keeps most clearly", XLabel = "step", YLabel = "value of the gate (0 shut, 1 open)", YRange = (0, 1), Markers = writes,
                    Lines = [.. names.Select((name, i) => new LineSeries(titles[i], Positions.From(1, Time), Track(name, shown)) { Tone = tones[i], Style = styles[i] })],
                }),
                new ReportChart(new StateStrip(Gate("f").Example.ToArray(), Hidden) { Title = "Forget gate, a row a unit: full blue keeps all, white forgets", XLabel = "step", Height = StateStrip.HeightFor(Hidden) }),
                new ReportChart(new StateStrip(Gate("i").Example.ToArray(), Hidden) { Title = "Input gate, a row a unit: full blue writes, white keeps out", XLabel = "step", Height = StateStrip.HeightFor(Hidden) }),
                new ReportChart(new LineChart
                {
                    Title = "What the latch says in one sequence", XLabel = "step", YLabel = "number (no units)", Height = 240, Markers = writes,
                    Lines =
                    [
                        new LineSeries("number that comes in", Positions.From(1, Time), [.. Enumerable.Range(0, Time).Select(t => (double)x[t].Data[0])]) { Tone = Tone.Grey, Style = LineStyle.Dotted },
                        new LineSeries("to be held", Positions.From(1, Time), [.. Enumerable.Range(0, Time).Select(t => (double)held[t].Data[0])]) { Tone = Tone.Ink, Steps = true },
                        new LineSeries("said", Positions.From(1, Time), [.. Enumerable.Range(0, Time).Select(t => (double)said[t * 16])]) { Tone = Tone.Blue, Markers = true },
                    ],
                }),
            ],
            Seen = new ReportReading($"What you see: training brought the squared error from {NumberLabel.Of(first)} to {NumberLabel.Of(last)}. At the {ShownWrites.Length} steps that write, the input gate of unit {shown + 1} is open to {NumberLabel.Of(inputWriting)} on the average; "
                + $"at all other steps to {NumberLabel.Of(inputHolding)}. The forget gate goes the other way: {NumberLabel.Of(forgetWriting)} where something is written, {NumberLabel.Of(forgetHolding)} where it is held. Nobody told it so; it is what the task needs."),
            Lines = "Draw makes sequences of the latch; x and held are 16 more of them, which write at the steps that the picture marks.",
            Sources = "Hochreiter and Schmidhuber 1997, Long short-term memory; Gers, Schmidhuber and Cummins 2000, Learning to forget; Cho et al. 2014, Learning phrase representations using RNN encoder-decoder (the GRU).",
            Figures = [("loss-first", first), ("loss-last", last), ("input-writing", inputWriting), ("input-holding", inputHolding), ("forget-writing", forgetWriting), ("forget-holding", forgetHolding)],
        };
    }

    // x [Time, batch, 2]: a number, and a flag that says to hold it; [Time, batch, 1]: what is held, 0 before the first flag.
    private static (Tensor X, Tensor Held) Draw(int batch, RandomStream random, int[]? writes = null)
    {
        Tensor x = Tensor.Zeros([Time, batch, 2]), held = Tensor.Zeros([Time, batch, 1]);
        for (int b = 0; b < batch; b++)
        {
            float now = 0;
            for (int t = 0; t < Time; t++)
            {
                float number = 2 * random.NextSingle() - 1;
                bool write = writes?.Contains(t) ?? random.NextInt(8) == 0;
                if (write) now = number;
                (x.Data[(t * batch + b) * 2], x.Data[(t * batch + b) * 2 + 1], held.Data[t * batch + b]) = (number, write ? 1 : 0, now);
            }
        }
        return (x, held);
    }
}
