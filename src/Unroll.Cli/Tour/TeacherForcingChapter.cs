using Unroll.Layers;
using Unroll.Reports;
using Unroll.Tensors;
using Unroll.Training;
using static System.Numerics.Tensors.TensorPrimitives;

namespace Unroll.Cli.Tour;

/// <summary>A decoder trained on the truth and one trained on its own outputs; each is then fed the truth and fed itself.</summary>
internal static class TeacherForcingChapter
{
    private const int Digits = 7, Time = 16, Batch = 32, Hidden = 32, Epochs = 12, StepsPerEpoch = 40, Unseen = 400;

    private sealed class Decoder : Module
    {
        private readonly Embedding embedding;
        private readonly Gru gru;
        private readonly Linear output;

        public Decoder() => (embedding, gru, output) = (Child("embedding", new Embedding(Digits, 16)), Child("gru", new Gru(16, Hidden)), Child("output", new Linear(Hidden, Digits)));

        /// <summary>The loss over all positions, and what is said at each.</summary>
        /// <param name="truth">[Time][B]: the first two digits are always given.</param>
        /// <param name="forced">True feeds the true digit at each position, false what was said.</param>
        // listing: begin
        public (Tensor Loss, List<int[]> Said) Unroll(int[][] truth, bool forced)
        {
            (RecurrentState state, Tensor loss, List<int[]> said) = (gru.Start(truth[0].Length), Tensor.Zeros([]), []);
            for (int t = 0; t + 1 < truth.Length; t++)
            {
                int[] fed = forced || t < 2 ? truth[t] : said[^1];                         // the truth, or what it said itself
                (Tensor h, state) = gru.Forward(Ops.Reshape(embedding.Forward(fed), [1, fed.Length, 16]), state);
                Tensor scores = output.Forward(h[0]);                                       // [B, digits]
                if (t > 0) loss += Loss.CrossEntropy(scores, truth[t + 1]) * (1f / (truth.Length - 2));
                said.Add([.. fed.Select((_, b) => IndexOfMax<float>(scores[b].Data))]);
            }
            return (loss, said);
        }
        // listing: end
    }

    /// <summary>Trains both and feeds both in both ways.</summary>
    public static Chapter Run(ulong seed, CancellationToken stop)
    {
        int[][] unseen = Draw(Unseen, new RandomStream(seed, 1));
        (double[] forcedCurve, double[] forcedOnTruth, double[] forcedOnItself) = Train(true, unseen, seed, stop);
        (double[] freeCurve, double[] freeOnTruth, double[] freeOnItself) = Train(false, unseen, seed, stop);
        Positions places = Positions.From(3, Time - 2);
        return new Chapter
        {
            Text =
            [
                "A decoder writes a sequence: what it writes at one position it reads at the next. While it is trained, the right sequence is known, so one can feed it the true symbol instead of its own. That is teacher forcing. It learns faster, for one early mistake does not spoil all that follows.",
                "But in use nobody feeds it the truth. It then reads its own mistakes, which it has never seen in training, and they add up. This gap is called exposure bias.",
                $"The task: two digits are given, and each further one is the sum of the two before it, modulo {Digits}. A single wrong digit makes all later ones wrong.",
            ],
            Equation = new ReportEquation(["L = -\\frac{1}{T} \\sum_t log p(y_t | y_1, \\dots, y_{t-1})", "L' = -\\frac{1}{T} \\sum_t log p(y_t | y'_1, \\dots, y'_{t-1})"],
                "With teacher forcing every position is judged with the true y before it. Without it the decoder is judged behind what it wrote itself, y′."),
            Pictures =
            [
                new ReportChart(new LineChart
                {
                    Title = $"Right digits by position, {Unseen} new sequences", XLabel = "position in the sequence", YLabel = "share of digits that are right", YRange = (0, 1), Rules = [new ChartRule(1.0 / Digits, "guessing")],
                    Lines =
                    [
                        new LineSeries("trained on the truth, fed the truth", places, forcedOnTruth) { Tone = Tone.Blue },
                        new LineSeries("trained on the truth, fed itself", places, forcedOnItself) { Tone = Tone.Blue, Style = LineStyle.Dashed, Markers = true },
                        new LineSeries("trained on itself, fed the truth", places, freeOnTruth) { Tone = Tone.Orange },
                        new LineSeries("trained on itself, fed itself", places, freeOnItself) { Tone = Tone.Orange, Style = LineStyle.Dashed, Markers = true },
                    ],
                }),
                new ReportChart(new LineChart
                {
                    Title = "Learning", XLabel = $"epoch ({StepsPerEpoch} batches of {Batch} sequences)", YLabel = "training loss, nats a digit", Height = 260, FromZero = true, Rules = [new ChartRule(Math.Log(Digits), "guessing")],
                    Lines = [new LineSeries("fed the truth", Positions.From(1, Epochs), forcedCurve) { Tone = Tone.Blue }, new LineSeries("fed itself", Positions.From(1, Epochs), freeCurve) { Tone = Tone.Orange, Style = LineStyle.Dashed }],
                }),
            ],
            Seen = new ReportReading($"What you see: after {Epochs} epochs teacher forcing has a loss of {NumberLabel.Of(forcedCurve[^1])} nats a digit, training on its own outputs {NumberLabel.Of(freeCurve[^1])}. The decoder trained on the truth gets {NumberLabel.Percent(forcedOnTruth[^1])} right at the last position "
                + $"when fed the truth, and {NumberLabel.Percent(forcedOnItself[^1])} when fed itself; at the third position, before it has read anything of its own, both are {NumberLabel.Percent(forcedOnItself[0])}. "
                + $"The one trained on itself gets {NumberLabel.Percent(freeOnItself[^1])} when fed itself. Scheduled sampling goes from the one to the other while training."),
            Lines = "One function for training and use, with and without teacher forcing.",
            Sources = "Williams and Zipser 1989, A learning algorithm for continually running fully recurrent neural networks; Bengio et al. 2015, Scheduled sampling for sequence prediction with recurrent neural networks.",
            Figures = [("loss-forced", forcedCurve[^1]), ("loss-free", freeCurve[^1]), ("forced-truth-first", forcedOnTruth[0]), ("forced-itself-first", forcedOnItself[0]), ("forced-truth-last", forcedOnTruth[^1]), ("forced-itself-last", forcedOnItself[^1]),
                ("free-truth-last", freeOnTruth[^1]), ("free-itself-last", freeOnItself[^1])],
        };
    }

    private static (double[] Losses, double[] OnTruth, double[] OnItself) Train(bool forced, int[][] unseen, ulong seed, CancellationToken stop)
    {
        var decoder = new Decoder();
        decoder.Initialize(seed);
        var options = new TrainerOptions { Epochs = Epochs, StepsPerEpoch = StepsPerEpoch, ClipNorm = 1, Seed = seed };
        TrainingResult trained = new Trainer(decoder, new Adam(decoder.NamedParameters(), 5e-3), options).Fit(step => decoder.Unroll(Draw(Batch, step.Random), forced).Loss, cancellation: stop);
        return ([.. trained.History.Select(static epoch => epoch.TrainingLoss)], Right(decoder.Unroll(unseen, true).Said, unseen), Right(decoder.Unroll(unseen, false).Said, unseen));
    }

    // By position, the third digit first: the share that is right.
    private static double[] Right(List<int[]> said, int[][] truth) =>
        [.. Enumerable.Range(2, Time - 2).Select(t => said[t - 1].Zip(truth[t]).Count(static p => p.First == p.Second) / (double)truth[t].Length)];

    // [Time][count]: each digit the sum of the two before it, modulo Digits.
    private static int[][] Draw(int count, RandomStream random)
    {
        int[][] rows = new int[Time][];
        for (int t = 0; t < Time; t++) rows[t] = [.. Enumerable.Range(0, count).Select(b => t < 2 ? random.NextInt(Digits) : (rows[t - 1][b] + rows[t - 2][b]) % Digits)];
        return rows;
    }
}
