using Unroll.Layers;
using Unroll.Reports;
using Unroll.Tensors;
using Unroll.Training;
using static System.Numerics.Tensors.TensorPrimitives;

namespace Unroll.Cli.Tour;

/// <summary>Letters in, the same letters backwards out: a decoder that may look at what was read learns to look from the end to the start.</summary>
internal static class AttentionChapter
{
    private const int Time = 10, Letters = 8, Batch = 32, Unseen = 200, Epochs = 12, StepsPerEpoch = 60;

    private sealed class Reverser : Module
    {
        private const int Begin = Letters;
        private readonly Embedding letters;
        private readonly Gru encoder, decoder;
        private readonly AdditiveAttention attention;
        private readonly Linear output;

        public Reverser() => (letters, encoder, decoder, attention, output) = (Child("letters", new Embedding(Letters + 1, 16)), Child("encoder", new Gru(16, 24, options: new RecurrentOptions { Direction = RecurrentDirection.Bidirectional })),
            Child("decoder", new Gru(16, 32)), Child("attention", new AdditiveAttention(32, 48, 32)), Child("output", new Linear(32 + 48, Letters)));

        // listing: begin
        public (Tensor Scores, Tensor Weights) Forward(int[][] read, int[][] written)
        {
            Tensor memory = encoder.Forward(Embed(read));                   // [S, B, 48]: a vector for each letter read
            Tensor states = decoder.Forward(Embed(written));                // [T, B, 32]: what the decoder asks for
            AttentionMemory keys = attention.Remember(memory);
            (Tensor context, Tensor weights) = attention.Forward(states, keys);
            Tensor scores = output.Forward(Ops.Concat(2, states, context)); // [T, B, letters]
            return (scores, weights);                                       // the weights are [B, T, S]
        }
        // listing: end

        // [T][B] -> [T, B, 16]
        private Tensor Embed(int[][] rows) => Ops.Reshape(letters.Forward([.. rows.SelectMany(static row => row)]), [rows.Length, rows[0].Length, 16]);

        /// <summary>Scores and weights where the decoder is fed the right letters.</summary>
        public (Tensor Scores, Tensor Weights) Taught(int[][] read) => Forward(read, [[.. read[0].Select(static _ => Begin)], .. read.Reverse().Take(Time - 1)]);
    }

    /// <summary>Trains on reversing and looks where the decoder looks.</summary>
    public static Chapter Run(ulong seed, CancellationToken stop)
    {
        var model = new Reverser();
        model.Initialize(seed);
        var options = new TrainerOptions { Epochs = Epochs, StepsPerEpoch = StepsPerEpoch, ClipNorm = 1, Seed = seed };
        TrainingResult trained = new Trainer(model, new Adam(model.NamedParameters(), 1e-2), options).Fit(step =>
        {
            int[][] read = Draw(Batch, step.Random);
            return Loss.CrossEntropy(model.Taught(read).Scores, [.. read.Reverse().SelectMany(static row => row)]);
        }, cancellation: stop);
        int[][] unseen = Draw(Unseen, new RandomStream(seed, 1));
        (Tensor scores, Tensor weights) = model.Taught(unseen);
        int right = 0, mirrored = 0;
        double share = 0;
        for (int b = 0; b < Unseen; b++)
            for (int t = 0; t < Time; t++)
            {
                ReadOnlySpan<float> row = weights[b].Data.Slice(t * Time, Time);
                if (IndexOfMax(row) == Time - 1 - t) mirrored++;
                share += row[Time - 1 - t] / (Unseen * Time);
                if (IndexOfMax<float>(scores[t].Data.Slice(b * Letters, Letters)) == unseen[Time - 1 - t][b]) right++;
            }
        double rightShare = (double)right / (Unseen * Time), mirroredShare = (double)mirrored / (Unseen * Time), first = trained.History[0].TrainingLoss, last = trained.History[^1].TrainingLoss;
        string Letter(int t) => $"{(char)('a' + unseen[t][0])}{t + 1}";
        string[] columns = [.. Enumerable.Range(0, Time).Select(Letter)], rows = [.. Enumerable.Range(0, Time).Select(t => $"{t + 1}: {(char)('a' + unseen[Time - 1 - t][0])}")];
        return new Chapter
        {
            Text =
            [
                "A sequence can be turned into another by two networks: an encoder reads, a decoder writes. Without attention all that was read must pass through one state of fixed size. With attention the encoder keeps a vector for each step, and the decoder looks back at them each time it writes.",
                $"Where to look is learnt. For each vector a small network gives a score, softmax makes weights of the scores, and the decoder gets the weighted mean. Here {Time} random letters come in and the same letters shall go out backwards. Nothing says so but the examples.",
            ],
            Equation = new ReportEquation(["e_{t,s} = v^\\top tanh(W q_t + U m_s)", "\\alpha_{t,s} = \\frac{exp(e_{t,s})}{\\sum_{s'} exp(e_{t,s'})}", "c_t = \\sum_s \\alpha_{t,s} m_s"],
                "The score e says how well the vector m of step s answers the state q of the decoder at position t. Softmax makes weights α with sum one. The context c is the mean of all vectors with these weights."),
            Pictures =
            [
                new ReportChart(new HeatMap(columns, rows, [.. Enumerable.Range(0, Time).Select(t => weights[0].Data.Slice(t * Time, Time).ToArray())])
                {
                    Title = "Where the decoder looks: weights of one new sequence", XLabel = "from left to right: letter read, with its place; from above to below: place and letter written; full colour is a weight of 1", Height = HeatMap.HeightFor(columns, rows),
                }),
                new ReportChart(new LineChart
                {
                    Title = "Learning to reverse", XLabel = $"epoch ({StepsPerEpoch} batches of {Batch} sequences)", YLabel = "training loss, nats a letter", Height = 240, FromZero = true, Rules = [new ChartRule(Math.Log(Letters), "guessing")],
                    Lines = [new LineSeries("loss", Positions.From(1, Epochs), [.. trained.History.Select(static epoch => epoch.TrainingLoss)])],
                }),
            ],
            Seen = new ReportReading($"What you see: an anti-diagonal. The first letter written looks at the last one read, the last at the first. Over {Unseen} new sequences the largest weight of a row lies there in {NumberLabel.Percent(mirroredShare)} of the rows, "
                + $"with a weight of {NumberLabel.Of(share)} on the average; even weights would give it {NumberLabel.Of(1.0 / Time)}. The loss fell from {NumberLabel.Of(first)} to {NumberLabel.Of(last)} nats a letter, and {NumberLabel.Percent(rightShare)} of the letters are right."),
            Lines = "Forward is called in training and here; encoder, decoder, attention and output are its layers, and Embed turns letters into vectors.",
            Sources = "Bahdanau, Cho and Bengio 2014, Neural machine translation by jointly learning to align and translate; Sutskever, Vinyals and Le 2014, Sequence to sequence learning with neural networks.",
            Figures = [("mirrored", mirroredShare), ("weight", share), ("right", rightShare), ("loss-first", first), ("loss-last", last)],
        };
    }

    // [Time][count]: random letters.
    private static int[][] Draw(int count, RandomStream random) => [.. Enumerable.Range(0, Time).Select(_ => Enumerable.Range(0, count).Select(_ => random.NextInt(Letters)).ToArray())];
}
