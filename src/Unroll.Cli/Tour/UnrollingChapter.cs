using System.Globalization;
using Unroll.Layers;
using Unroll.Reports;
using Unroll.Tensors;

namespace Unroll.Cli.Tour;

/// <summary>One cell, used again at every step: a pulse goes in, and its echo stays in the state.</summary>
internal static class UnrollingChapter
{
    private const int Time = 30, Hidden = 16, FirstPulse = 2, SecondPulse = 17, Later = 10;

    /// <summary>Runs the cell over a signal of two pulses.</summary>
    public static Chapter Run(ulong seed, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        float[] signal = new float[Time];
        (signal[FirstPulse], signal[SecondPulse]) = (1, -1);
        // listing: begin
        var init = new RecurrentInit(Input: Init.Xavier, Recurrent: Init.Orthogonal(0.95f), Bias: Init.Zero);
        var cell = new RnnCell(inputs: 1, hidden: 16, init: init);
        cell.Initialize(seed);                                      // W [16, 1], U [16, 16], b [16]: drawn once
        RecurrentState state = cell.Start(batch: 1);                // h_0 = 0
        var states = new List<float[]>();
        foreach (float x in signal)
        {
            state = cell.Step(Tensor.From([1, 1], [x]), state);     // the same W, U and b at every step
            states.Add(state.Hidden.ToArray());
        }
        // listing: end
        double[] norms = [.. states.Select(static h => Math.Sqrt(h.Sum(static v => (double)v * v)))];
        double before = states.Take(FirstPulse).Max(static h => h.Max(Math.Abs)), kept = norms[FirstPulse + Later] / norms[FirstPulse], gap = GapByHand(cell, signal, states);
        var numbers = new LayerNumbers("plain RNN layer 1", 1, Hidden, [.. signal.Select(static x => x.ToString("x = 0;x = -0;x = 0", CultureInfo.InvariantCulture))], [("h", "hidden state", [.. states.SelectMany(static h => h)])]);
        return new Chapter
        {
            Text =
            [
                "A recurrent network reads a sequence one step at a time. It has one cell. At each step the cell takes the input of that step and its own state of the step before, and makes the new state. The state is all that it remembers.",
                "Draw the steps side by side and the loop is gone: what is left is a network as deep as the sequence is long, in which every layer has the same weights. That is what unrolled means, and gradients flow through this picture.",
            ],
            Equation = new ReportEquation(["h_t = tanh(W x_t + U h_{t-1} + b)"], "The new state is a mix of the input and of the old state, squashed to lie between −1 and 1. W, U and b have no index t: they are the same at every step."),
            Pictures =
            [
                new ReportSlider("Step", Time),
                new ReportChart(new UnrolledPicture([(numbers.Name, false, 0)], 12) { Title = "One cell, six steps side by side (the first 12 units)", Recurrent = "U", Height = UnrolledPicture.HeightFor(1) }),
                new ReportChart(new StateStrip(numbers.Values[0].Values, Hidden, 0, "h") { Title = "Hidden state: a row a unit, blue above 0, orange below", XLabel = "step", Height = StateStrip.HeightFor(Hidden) }),
                new ReportChart(new LineChart
                {
                    Title = "What goes in, and what stays", XLabel = "step", YLabel = "input; norm of the state (no units)", Height = 240,
                    Lines = [new LineSeries("input x", Positions.From(1, Time), [.. signal.Select(static x => (double)x)]) { Steps = true, Tone = Tone.Grey }, new LineSeries("norm of the hidden state", Positions.From(1, Time), norms) { Tone = Tone.Blue, Markers = true }],
                }),
                new ReportScript(InspectionScript.Json([numbers]), InspectionScript.Text),
            ],
            Seen = new ReportReading($"What you see: before step {FirstPulse + 1} the state is {NumberLabel.Of(before)}. The pulse lifts its norm to {NumberLabel.Of(norms[FirstPulse])}; {Later} steps later, with nothing but zeros read since, "
                + $"{NumberLabel.Percent(kept)} of that is left. The echo is the memory. Put into the equation by hand, the weights give the same states {Chapter.Agreement(gap)}. "
                + $"All {Time} steps share {cell.ParameterCount} weights; as many layers with weights of their own would need {NumberLabel.Of(Time * cell.ParameterCount)}."),
            Lines = "The array signal holds the two pulses. Move the slider, or use the arrow keys, to go through time.",
            Sources = "Elman 1990, Finding structure in time; Goodfellow, Bengio and Courville 2016, Deep learning, chapter 10.",
            Figures = [("before", before), ("pulse", norms[FirstPulse]), ("kept", kept), ("gap-by-hand", gap), ("weights", cell.ParameterCount)],
        };
    }

    // The equation in double precision, from the cell's weights.
    private static double GapByHand(RnnCell cell, float[] signal, List<float[]> states)
    {
        Dictionary<string, Tensor> weights = cell.NamedParameters().ToDictionary(static p => p.Name, static p => p.Value);
        float[] w = weights["weight_ih"].ToArray(), u = weights["weight_hh"].ToArray(), first = weights["bias_ih"].ToArray(), second = weights["bias_hh"].ToArray();
        double[] h = new double[Hidden];
        double gap = 0;
        for (int t = 0; t < Time; t++)
        {
            h = [.. Enumerable.Range(0, Hidden).Select(i => Math.Tanh(w[i] * signal[t] + h.Select((v, j) => v * u[i * Hidden + j]).Sum() + first[i] + second[i]))];
            gap = Math.Max(gap, h.Select((v, i) => Math.Abs(v - states[t][i])).Max());
        }
        return gap;
    }
}
