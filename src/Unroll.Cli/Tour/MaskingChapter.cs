using Unroll.Layers;
using Unroll.Reports;
using Unroll.Tensors;

namespace Unroll.Cli.Tour;

/// <summary>Sequences of different lengths side by side: with their lengths padding changes nothing, without them it changes what is said, the loss and the gradient.</summary>
internal static class MaskingChapter
{
    private const int Time = 12, Inputs = 2, Hidden = 8;

    private static readonly int[] Lengths = [12, 9, 6, 3];

    /// <summary>Runs a ragged batch with and without its lengths, and each sequence alone.</summary>
    public static Chapter Run(ulong seed, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        int[] lengths = Lengths;
        (Tensor x, Tensor target, Tensor mask) = Ragged(seed);
        // listing: begin
        var bothWays = new RecurrentOptions { Direction = RecurrentDirection.Bidirectional };
        var gru = new Gru(inputs: 2, hidden: 8, options: bothWays);
        gru.Initialize(seed);
        (Tensor masked, RecurrentState end) = gru.Forward(x, null, lengths);    // stops at each one's own end
        (Tensor blind, _) = gru.Forward(x, null);                               // reads the padding as data
        float loss = Loss.MeanSquared(masked, target, mask).Item();             // the mean over real steps
        float blindLoss = Loss.MeanSquared(blind, target).Item();               // the mean over all steps
        var alone = new List<(Tensor Output, RecurrentState End)>();
        for (int b = 0; b < lengths.Length; b++)
        {
            Tensor one = Ops.Slice(x, 1, b, 1);                                 // [time, 1, inputs]
            alone.Add(gru.Forward(Ops.Slice(one, 0, 0, lengths[b]), null));     // one sequence, no padding
        }
        // listing: end
        double maskedGap = Gap(masked, alone), blindGap = Gap(blind, alone), stateGap = Enumerable.Range(0, Lengths.Length).Max(b => StateGap(end, alone[b].End, b));
        double aloneLoss = LossAlone(alone, target);
        double[] Distance(Tensor y) => [.. Enumerable.Range(0, Lengths[1]).Select(t => StepGap(y, alone[1].Output, t, 1))];
        double[] withMask = Distance(masked), without = Distance(blind);
        string[] steps = [.. Enumerable.Range(1, Time).Select(static t => $"{t}")], rows = [.. Lengths.Select(static (length, i) => $"{i + 1}: {length} steps")];
        return new Chapter
        {
            Text =
            [
                "A batch is a block of numbers, so sequences of different lengths are filled up to the longest with padding. Padding is no data. The mask says which steps are real: 1 for real, 0 for padding. Lengths say the same in fewer numbers.",
                "A network that is not told reads on behind the end. A layer that reads from the end to the start, as one half of this GRU does, reads the padding first and carries it into every real step. And a loss that counts padding is a mean over steps that nobody asked about.",
            ],
            Equation = new ReportEquation(["L = \\frac{\\sum_t m_t l_t}{\\sum_t m_t}", "h_t = m_t GRU(x_t, h_{t-1}) + (1 - m_t) h_{t-1}"],
                "The loss is the mean of the losses l of the real steps: those whose mask m is 1. Behind the end the state is kept as it is, so the final state is that of the sequence's own last step."),
            Pictures =
            [
                new ReportChart(new HeatMap(steps, rows, [.. Lengths.Select(static length => Enumerable.Range(0, Time).Select(t => t < length ? 1f : 0).ToArray())])
                {
                    Title = "The mask: full colour is a real step, the ground is padding", XLabel = "from left to right: step; from above to below: sequence", Height = HeatMap.HeightFor(steps, rows),
                    Description = $"A mask of {Lengths.Length} sequences of {string.Join(", ", Lengths)} steps, padded to {Time}.",
                }),
                new ReportChart(new LineChart
                {
                    Title = $"Sequence 2: how far each output is from that of the sequence alone", XLabel = "step (all of them real)", YLabel = "norm of the difference", Height = 260,
                    Lines = [new LineSeries("with lengths", Positions.From(1, withMask.Length), withMask) { Tone = Tone.Blue, Markers = true }, new LineSeries("without lengths", Positions.From(1, without.Length), without) { Tone = Tone.Orange, Style = LineStyle.Dashed, Markers = true }],
                }),
            ],
            Seen = new ReportReading($"What you see: with lengths, every output of a real step equals that of the sequence run alone {Chapter.Agreement(maskedGap)}, and every final state {Chapter.Agreement(stateGap)}. "
                + $"Without them outputs of real steps differ by up to {NumberLabel.Of(blindGap)}. The masked loss is {NumberLabel.Of(loss)}, the mean over the {Lengths.Sum()} real steps of the sequences alone {NumberLabel.Of(aloneLoss)}; "
                + $"who ignores the mask gets {NumberLabel.Of(blindLoss)}, a mean over {Time * Lengths.Length} steps of which {Time * Lengths.Length - Lengths.Sum()} do not exist."),
            Lines = "x is the padded batch, [time, batch, inputs]; mask is 1 at real steps.",
            Sources = "Goodfellow, Bengio and Courville 2016, Deep learning, chapter 10; Schuster and Paliwal 1997, Bidirectional recurrent neural networks.",
            Figures = [("masked-gap", maskedGap), ("state-gap", stateGap), ("blind-gap", blindGap), ("loss-masked", loss), ("loss-alone", aloneLoss), ("loss-blind", blindLoss)],
        };
    }

    // x [Time, B, Inputs] of noise, zeros behind the ends; targets and mask [Time, B, 2 Hidden].
    private static (Tensor X, Tensor Target, Tensor Mask) Ragged(ulong seed)
    {
        int batch = Lengths.Length, width = 2 * Hidden;
        Tensor x = Tensor.Zeros([Time, batch, Inputs]), target = Tensor.Zeros([Time, batch, width]), mask = Tensor.Zeros([Time, batch, width]);
        var random = new RandomStream(seed, 1);
        random.FillNormal(x.Data, 0, 1);
        random.FillNormal(target.Data, 0, 0.5f);
        for (int t = 0; t < Time; t++)
            for (int b = 0; b < batch; b++)
            {
                bool real = t < Lengths[b];
                mask.Data.Slice((t * batch + b) * width, width).Fill(real ? 1 : 0);
                if (real) continue;
                x.Data.Slice((t * batch + b) * Inputs, Inputs).Clear();
                target.Data.Slice((t * batch + b) * width, width).Clear();
            }
        return (x, target, mask);
    }

    // The norm of the difference at a step between a sequence in a batch and the same alone.
    private static double StepGap(Tensor batch, Tensor alone, int t, int b)
    {
        int width = 2 * Hidden;
        ReadOnlySpan<float> mine = batch[t].Data.Slice(b * width, width), own = alone[t].Data;
        double sum = 0;
        for (int i = 0; i < width; i++) sum += ((double)mine[i] - own[i]) * ((double)mine[i] - own[i]);
        return Math.Sqrt(sum);
    }

    private static double Gap(Tensor batch, List<(Tensor Output, RecurrentState End)> alone) =>
        Enumerable.Range(0, Lengths.Length).Max(b => Enumerable.Range(0, Lengths[b]).Max(t => StepGap(batch, alone[b].Output, t, b)));

    private static double StateGap(RecurrentState batch, RecurrentState alone, int b)
    {
        double gap = 0;
        for (int d = 0; d < 2; d++)
            for (int i = 0; i < Hidden; i++) gap = Math.Max(gap, Math.Abs(batch.Hidden.Data[(d * Lengths.Length + b) * Hidden + i] - alone.Hidden.Data[d * Hidden + i]));
        return gap;
    }

    private static double LossAlone(List<(Tensor Output, RecurrentState End)> alone, Tensor target)
    {
        int width = 2 * Hidden;
        double sum = 0;
        for (int b = 0; b < Lengths.Length; b++)
            for (int t = 0; t < Lengths[b]; t++)
                for (int i = 0; i < width; i++) sum += Math.Pow(alone[b].Output[t].Data[i] - target[t].Data[b * width + i], 2);
        return sum / (Lengths.Sum() * width);
    }
}
