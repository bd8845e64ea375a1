using Unroll.Layers;
using Unroll.Reports;
using Unroll.Tensors;
using Unroll.Training;
using static System.Numerics.Tensors.TensorPrimitives;

namespace Unroll.Cli.Tour;

/// <summary>A decoder trained on the truth and one trained on its own outputs; each is then fed the truth and fed itself.</summary>
internal static class TeacherForcingChapter
{
    private const int Digits = 10, Time = 16, Sequences = 32, Hidden = 24, StepsPerEpoch = 6, Epochs = 12, Longer = 6, Unseen = 400;

    private sealed class Decoder : Module
    {
        private readonly Embedding digits;
        private readonly Gru gru;
        private readonly Linear output;

        public Decoder() => (digits, gru, output) = (Child("digits", new Embedding(Digits, 8)), Child("gru", new Gru(16, Hidden)), Child("output", new Linear(Hidden, Digits)));

        // The mean loss over all positions, and what is said at each; terms and sums are [T][B].
        // listing: begin
        public (Tensor Loss, List<int[]> Said) Write(int[][] terms, int[][] sums, bool forced)
        {
            (RecurrentState state, Tensor loss, List<int[]> said) = (gru.Start(Batch(terms)), Tensor.Zeros([]), []);
            for (int t = 0; t < terms.Length; t++)
            {
                int[] fed = t == 0 ? new int[Batch(terms)] : forced ? sums[t - 1] : said[^1];   // truth, or own
                (Tensor h, state) = gru.Step(Ops.Concat(1, digits.Forward(fed), digits.Forward(terms[t])), state);
                Tensor scores = output.Forward(h);                                              // [B, 10]
                loss += Loss.CrossEntropy(scores, sums[t]) * (1f / terms.Length);
                said.Add([.. fed.Select((_, b) => IndexOfMax<float>(scores[b].Data))]);
            }
            return (loss, said);
        }
        // listing: end

        private static int Batch(int[][] rows) => rows[0].Length;
    }

    /// <summary>Trains both and feeds both in both ways.</summary>
    public static Chapter Run(ulong seed, CancellationToken stop)
    {
        (int[][] terms, int[][] sums) = Draw(Unseen, new RandomStream(seed, 1));
        (double[] forcedCurve, double[] forcedOnTruth, double[] forcedOnItself) = Train(true, Epochs, terms, sums, seed, stop);
        (double[] freeCurve, double[] freeOnTruth, double[] freeOnItself) = Train(false, Longer * Epochs, terms, sums, seed, stop);
        Positions places = Positions.From(1, Time);
        double freeEarly = freeCurve[Epochs - 1];
        static Positions Batches(double[] curve) => Positions.At([.. curve.Select(static (_, epoch) => (double)(epoch + 1) * StepsPerEpoch)]);
        return new Chapter
        {
            Text =
            [
                "A decoder writes a sequence: what it writes at one position it reads at the next. While it is trained, the right sequence is known, so one can feed it the true symbol instead of its own. That is teacher forcing. It learns faster, for one early mistake does not spoil all that follows.",
                "But in use nobody feeds it the truth. It then reads its own mistakes, which it has not seen in training, and they add up. This gap is called exposure bias.",
                $"The task: {Time} digits come in one by one, and at each the decoder writes the last digit of the sum so far. It reads the new digit and the sum that it wrote before. Training on the truth is short on purpose, so that mistakes are left to look at.",
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
                        new LineSeries("trained on itself for longer, fed the truth", places, freeOnTruth) { Tone = Tone.Orange },
                        new LineSeries("trained on itself for longer, fed itself", places, freeOnItself) { Tone = Tone.Orange, Style = LineStyle.Dashed, Markers = true },
                    ],
                }),
                new ReportChart(new LineChart
                {
                    Title = "Learning", XLabel = $"batches of {Sequences} sequences", YLabel = "training loss, nats a digit", Height = 260, FromZero = true, Rules = [new ChartRule(Math.Log(Digits), "guessing")],
                    Lines = [new LineSeries("fed the truth", Batches(forcedCurve), forcedCurve) { Tone = Tone.Blue }, new LineSeries("fed itself", Batches(freeCurve), freeCurve) { Tone = Tone.Orange, Style = LineStyle.Dashed }],
                }),
            ],
            Seen = new ReportReading($"What you see: after {Epochs * StepsPerEpoch} batches teacher forcing has a loss of {NumberLabel.Of(forcedCurve[^1])} nats a digit, training on its own outputs {NumberLabel.Of(freeEarly)}; guessing is {NumberLabel.Of(Math.Log(Digits))}. Fed the truth, the decoder trained on the truth gets {NumberLabel.Percent(forcedOnTruth.Average())} "
                + $"of all digits right, and {NumberLabel.Percent(forcedOnTruth[^1])} at the last position. Fed itself it begins with {NumberLabel.Percent(forcedOnItself[0])} and ends with {NumberLabel.Percent(forcedOnItself[^1])}: a wrong sum stays wrong. "
                + $"The one trained on itself was given {Longer} times as many batches to get to {NumberLabel.Of(freeCurve[^1])}; it ends with {NumberLabel.Percent(freeOnItself[^1])} when fed itself. Scheduled sampling goes from the first way to the second while training."),
            Lines = "One function for training and use, with and without teacher forcing; digits, gru and output are its layers; Batch counts the sequences.",
            Sources = "Williams and Zipser 1989, A learning algorithm for continually running fully recurrent neural networks; Bengio et al. 2015, Scheduled sampling for sequence prediction with recurrent neural networks.",
            Figures = [("loss-forced", forcedCurve[^1]), ("loss-free-early", freeEarly), ("loss-free", freeCurve[^1]), ("forced-truth", forcedOnTruth.Average()), ("forced-truth-last", forcedOnTruth[^1]), ("forced-itself-first", forcedOnItself[0]), ("forced-itself-last", forcedOnItself[^1]),
                ("free-truth-last", freeOnTruth[^1]), ("free-itself-last", freeOnItself[^1])],
        };
    }

    private static (double[] Losses, double[] OnTruth, double[] OnItself) Train(bool forced, int epochs, int[][] terms, int[][] sums, ulong seed, CancellationToken stop)
    {
        var decoder = new Decoder();
        decoder.Initialize(seed);
        var options = new TrainerOptions { Epochs = epochs, StepsPerEpoch = StepsPerEpoch, ClipNorm = 1, Seed = seed };
        TrainingResult trained = new Trainer(decoder, new Adam(decoder.NamedParameters(), 1e-2), options).Fit(step =>
        {
            (int[][] drawn, int[][] right) = Draw(Sequences, step.Random);
            return decoder.Write(drawn, right, forced).Loss;
        }, cancellation: stop);
        return ([.. trained.History.Select(static epoch => epoch.TrainingLoss)], Right(decoder.Write(terms, sums, true).Said, sums), Right(decoder.Write(terms, sums, false).Said, sums));
    }

    // By position: the share that is right.
    private static double[] Right(List<int[]> said, int[][] sums) => [.. said.Zip(sums, static (mine, truth) => mine.Zip(truth).Count(static p => p.First == p.Second) / (double)truth.Length)];

    // [Time][count]: random digits, and the last digit of their sum so far.
    private static (int[][] Terms, int[][] Sums) Draw(int count, RandomStream random)
    {
        int[][] terms = [.. Enumerable.Range(0, Time).Select(_ => Enumerable.Range(0, count).Select(_ => random.NextInt(Digits)).ToArray())];
        int[][] sums = new int[Time][];
        for (int t = 0; t < Time; t++) sums[t] = [.. terms[t].Select((digit, b) => (digit + (t == 0 ? 0 : sums[t - 1][b])) % Digits)];
        return (terms, sums);
    }
}
