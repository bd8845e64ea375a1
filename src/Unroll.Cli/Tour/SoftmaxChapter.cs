using Unroll.Layers;
using Unroll.Reports;
using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Cli.Tour;

/// <summary>From scores to probabilities to a loss and its gradient: the next letter of a small text.</summary>
internal static class SoftmaxChapter
{
    private const int Window = 32, Batch = 16, Width = 32;
    private const string Prompt = "the ";
    private const string Text = "the cell reads the first letter and the state keeps a trace of it. then the cell reads the next letter, and the state is a mix of the two. "
        + "the gate opens when there is something to keep and shuts when there is noise. the loss says how wrong the net was, the gradient says where to go. "
        + "in the end the net writes a letter of its own, reads it as if it came from the text, and goes on like this until someone tells it to stop. ";

    private sealed class Letters : Module
    {
        private readonly Embedding embedding;
        private readonly Gru gru;
        private readonly Linear output;

        public Letters(int count) => (embedding, gru, output) = (Child("embedding", new Embedding(count, 16)), Child("gru", new Gru(16, Width)), Child("output", new Linear(Width, count)));

        // letters [T * B], by steps -> scores [T, B, letters]
        public Tensor Forward(int[] letters, int batch) => output.Forward(gru.Forward(Ops.Reshape(embedding.Forward(letters), [letters.Length / batch, batch, 16])));
    }

    /// <summary>Trains a small network on letters and takes the scores behind a prompt.</summary>
    public static Chapter Run(ulong seed, CancellationToken stop)
    {
        char[] alphabet = [.. Text.Distinct().Order()];
        int[] text = [.. Text.Select(c => Array.IndexOf(alphabet, c))];
        float[] scores = Scores(text, [.. Prompt.Select(c => Array.IndexOf(alphabet, c))], alphabet.Length, seed, stop);
        int said = Array.IndexOf(scores, scores.Max()), answer = Array.IndexOf(alphabet, 'n');
        float[] temperatures = [0.3f, 0.5f, 1, 2, 5];
        // listing: begin
        Tensor z = Tensor.Parameter([1, scores.Length], scores);
        float[] p = Ops.Softmax(z).ToArray();
        var tempered = new List<float[]>();
        foreach (float temperature in temperatures) tempered.Add(Ops.Softmax(z * (1 / temperature)).ToArray());
        using var tape = new Tape();
        using (tape.Open())
        {
            tape.Backward(Loss.CrossEntropy(z, [answer]));          // -log p[answer]
        }
        float[] gradient = z.Grad.ToArray();                        // p - y: y is 1 at the answer, 0 elsewhere
        float far = Loss.CrossEntropy(Tensor.From([1, scores.Length], scores) + 1000, [answer]).Item();
        // listing: end
        double gap = gradient.Select((g, i) => Math.Abs(g - (p[i] - (i == answer ? 1 : 0)))).Max(), loss = -Math.Log(p[answer]);
        float naive = scores.Sum(static s => MathF.Exp(s + 1000));
        double[] entropies = [.. tempered.Select(static row => row.Sum(static v => v > 0 ? -v * Math.Log2(v) : 0))];
        int[] order = [.. Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i]).Take(16)];
        string[] columns = [.. order.Select(i => Shown(alphabet[i]))], rows = [.. temperatures.Select(static t => $"T = {NumberLabel.Of(t)}")];
        Positions places = Positions.From(1, order.Length);
        return new Chapter
        {
            Text =
            [
                $"A network that chooses among letters gives each a score, any number at all. Softmax makes probabilities of them: all above zero, with sum one. The scores here are those of a small GRU, trained for this page on {Text.Length} letters, for the letter that comes behind \"{Prompt.TrimEnd()}\" and a blank.",
                "A temperature divides the scores before that. Below one the choice becomes sharper, above one more even.",
                "Cross-entropy is the loss of a choice: minus the logarithm of the probability that the right answer got. Its gradient with respect to the scores is as simple as can be: the probabilities, minus one at the answer.",
            ],
            Equation = new ReportEquation(["p_i = \\frac{exp(z_i / T)}{\\sum_j exp(z_j / T)}", "L = -log p_y = m + log \\sum_j exp(z_j - m) - z_y", "\\frac{\\partial L}{\\partial z_i} = p_i - y_i"],
                "T is the temperature. The second line (T = 1) is how the loss is computed: the largest score m is taken off first, so that no exponential is too large for the machine. In the last line y is 1 at the answer and 0 elsewhere."),
            Pictures =
            [
                new ReportChart(new HeatMap(columns, rows, [.. tempered.Select(row => order.Select(i => row[i]).ToArray())])
                {
                    Title = $"Probability of the next letter behind \"{Prompt}\"", XLabel = "from left to right: letter, the likeliest first; from above to below: temperature", Height = HeatMap.HeightFor(columns, rows),
                }),
                new ReportChart(new LineChart
                {
                    Title = $"Probabilities, and the gradient for the answer \"{alphabet[answer]}\"", XLabel = "letter, by rank", YLabel = "probability; gradient, nats a unit of score", Height = 280, Rules = [new ChartRule(0, "")],
                    Lines = [new LineSeries("p", places, [.. order.Select(i => (double)p[i])]) { Tone = Tone.Grey, Markers = true }, new LineSeries("dL/dz, from the backward pass", places, [.. order.Select(i => (double)gradient[i])]) { Tone = Tone.Blue, Style = LineStyle.Dashed, Markers = true }],
                    Markers = Array.IndexOf(order, answer) is >= 0 and var at ? [new ChartMarker(at + 1, $"answer {alphabet[answer]}")] : [],
                }),
            ],
            Seen = new ReportReading($"What you see: the likeliest letter is \"{Shown(alphabet[said])}\" with {NumberLabel.Percent(p[said])}. At temperature {NumberLabel.Of(temperatures[0])} it has {NumberLabel.Percent(tempered[0][said])}, at {NumberLabel.Of(temperatures[^1])} {NumberLabel.Percent(tempered[^1][said])}: "
                + $"the choice goes from {NumberLabel.Of(entropies[0])} to {NumberLabel.Of(entropies[^1])} bits. For the answer \"{alphabet[answer]}\" the loss is {NumberLabel.Of(loss)} nats, and the gradient of the backward pass equals p − y {Chapter.Agreement(gap)}. "
                + $"Add 1,000 to all scores and nothing should change: exponentials taken as they stand sum to {NumberLabel.Of(naive)}, and the loss as computed here is {NumberLabel.Of(far)}."),
            Lines = "scores are those of the trained network.",
            Sources = "Bridle 1990, Probabilistic interpretation of feedforward classification network outputs; Goodfellow, Bengio and Courville 2016, Deep learning, chapters 4 and 6.",
            Figures = [("gradient-gap", gap), ("loss", loss), ("loss-far", far), ("naive", naive), ("bits-cold", entropies[0]), ("bits-warm", entropies[^1]), ("sum", p.Sum())],
        };
    }

    private static float[] Scores(int[] text, int[] prompt, int letters, ulong seed, CancellationToken stop)
    {
        var model = new Letters(letters);
        model.Initialize(seed);
        var options = new TrainerOptions { Epochs = 1, StepsPerEpoch = 150, ClipNorm = 1, Seed = seed };
        new Trainer(model, new Adam(model.NamedParameters(), 1e-2), options).Fit(step =>
        {
            int[] starts = [.. Enumerable.Range(0, Batch).Select(_ => step.Random.NextInt(text.Length - Window))];
            return Loss.CrossEntropy(model.Forward(Windows(starts, 0), Batch), Windows(starts, 1));
        }, cancellation: stop);
        return model.Forward(prompt, 1)[-1].ToArray();

        int[] Windows(int[] starts, int shift) => [.. from t in Enumerable.Range(0, Window) from start in starts select text[start + t + shift]];
    }

    private static string Shown(char letter) => letter == ' ' ? "blank" : letter.ToString();
}
