using Unroll.Inspections;
using Unroll.Layers;
using Unroll.Reports;
using Unroll.Tensors;

namespace Unroll.Cli.Tour;

/// <summary>Three plain networks that differ in the size of their recurrent weights alone: a gradient on its way back dies, arrives or blows up.</summary>
internal static class VanishingChapter
{
    private const int Time = 40, Batch = 16, Inputs = 4, Hidden = 32;

    /// <summary>Takes the loss of the last step back through each network.</summary>
    public static Chapter Run(ulong seed, CancellationToken stop)
    {
        float[] scales = [0.6f, 1, 1.8f];
        Tensor x = Tensor.Zeros([Time, Batch, Inputs]), target = Tensor.Full([Time, Batch, Hidden], 0.1f);
        new RandomStream(seed).FillNormal(x.Data, 0, 0.05f);
        // listing: begin
        var gradients = new List<GradientReading>();
        var products = new List<IReadOnlyList<JacobianProduct>>();
        foreach (float scale in scales)
        {
            var init = new RecurrentInit(Input: Init.Xavier, Recurrent: Init.Orthogonal(scale), Bias: Init.Zero);
            var rnn = new Rnn(inputs: 4, hidden: 32, init: init);
            rnn.Initialize(seed);
            var batch = new InspectionBatch(x, h => Loss.MeanSquared(h, target));
            Inspection seen = Inspection.Of(rnn, batch, cancellation: stop);
            gradients.Add(seen.Layers[0].Gradient);                 // the norm of dL/dh_t, by steps back
            products.Add(seen.Layers[0].Jacobians);
        }
        // listing: end
        string[] names = ["small, 0.6", "fitting, 1", "large, 1.8"];
        Tone[] tones = [Tone.Orange, Tone.Blue, Tone.Magenta];
        LineStyle[] styles = [LineStyle.Dashed, LineStyle.Solid, LineStyle.Dotted];
        double[] left = [.. gradients.Select(static g => g.Hidden[^1] / g.Hidden[0])];
        return new Chapter
        {
            Text =
            [
                "To learn, a network asks how the loss would change if the state at some earlier step were a little different. That gradient goes back from step to step, and at each step it is multiplied by the same recurrent weights and by the slope of the tanh.",
                "Many times the same factor is a power. A factor below one dies out: early steps get no signal and long connections are not learnt. A factor above one grows without bound: an update throws the weights about, unless the gradient is clipped.",
                "Here are three plain networks that have learnt nothing yet. They differ in one number: the scale of the recurrent weights U, which are a rotation of space (an orthogonal matrix) times that scale.",
            ],
            Equation = new ReportEquation(["\\frac{\\partial L}{\\partial h_t} = \\frac{\\partial L}{\\partial h_T} \\prod_{k=t+1}^T \\frac{\\partial h_k}{\\partial h_{k-1}}", "\\frac{\\partial h_k}{\\partial h_{k-1}} = diag(1 - h_k^2) U"],
                "The gradient at step t is the gradient at the last step T times a product of Jacobians, one a step. Each is the recurrent matrix U with its rows made smaller by the slope of tanh, 1 − h²."),
            Pictures =
            [
                new ReportChart(new LineChart
                {
                    Title = "Gradient of the last step's loss, by steps back", XLabel = "steps back from the last one", YLabel = "norm of dL/dh (log axis, no units)", LogY = true,
                    Lines = [.. gradients.Select((g, i) => new LineSeries(names[i], Positions.From(0, g.Hidden.Count), g.Hidden) { Tone = tones[i], Style = styles[i] })],
                }),
                new ReportChart(new LineChart
                {
                    Title = "What the product of Jacobians does to the vector that it stretches most", XLabel = "steps between the two states", YLabel = "largest singular value (log axis)", LogY = true, Height = 260,
                    Lines = [.. products.Select((p, i) => new LineSeries(names[i], Positions.At([.. p.Select(static j => (double)j.Steps)]), [.. p.Select(static j => j.Norm)]) { Tone = tones[i], Style = styles[i] })],
                    Rules = [new ChartRule(1, "keeps its length")],
                }),
            ],
            Seen = new ReportReading($"What you see: {Time - 1} steps back the small weights leave {NumberLabel.Of(left[0])} times the gradient of the last step: it has vanished, by a factor of about {NumberLabel.Of(Math.Pow(left[0], 1.0 / (Time - 1)))} a step. "
                + $"The orthogonal weights leave {NumberLabel.Of(left[1])} times. The large ones make it {NumberLabel.Of(left[2])} times as large. Over {products[2][^1].Steps} steps the product of Jacobians stretches at most to "
                + $"{NumberLabel.Of(products[0][^1].Norm)}, {NumberLabel.Of(products[1][^1].Norm)} and {NumberLabel.Of(products[2][^1].Norm)} times."),
            Lines = "x holds small random inputs; target is what the last state shall be.",
            Sources = "Bengio, Simard and Frasconi 1994, Learning long-term dependencies with gradient descent is difficult; Pascanu, Mikolov and Bengio 2013, On the difficulty of training recurrent neural networks.",
            Figures = [("small", left[0]), ("fitting", left[1]), ("large", left[2]), ("product-small", products[0][^1].Norm), ("product-fitting", products[1][^1].Norm), ("product-large", products[2][^1].Norm)],
        };
    }
}
