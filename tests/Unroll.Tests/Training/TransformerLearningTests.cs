using System.Globalization;
using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Training;
using Xunit.Abstractions;

namespace Unroll.Tests.Training;

/// <summary>Transformers learn what cannot be learnt where attention, masks or positions are wrong, and then write it step by step from their histories.</summary>
public class TransformerLearningTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(PositionKind.Rotary, FeedForwardKind.SwiGlu)]
    [InlineData(PositionKind.Learned, FeedForwardKind.Relu)]
    public void A_decoder_only_model_copies_what_it_has_read(PositionKind positions, FeedForwardKind kind)
    {
        // Eight tokens, a mark, the same eight again: each of those can be told from the one eight places back and from nothing else.
        const int length = 8, tokens = 8, mark = tokens, time = 2 * length, batch = 32, tests = 200;
        var model = new DecoderOnlyTransformer(tokens + 1, new(32, 2, 64) { NormFirst = true, Positions = positions, Kind = kind, Dropout = 0 }, 1, steps: time);
        model.Initialize(1);
        (int[] testTokens, int[] testAnswers) = Draw(new RandomStream(90), tests);
        double right = Learn(model, new AdamW(model.NamedParameters(), 3e-3, weightDecay: 0.01), 3000, random =>
        {
            (int[] read, int[] answers) = Draw(random, batch);
            return Loss.CrossEntropy(Rows(model.Forward(read, batch)), answers);
        }, () => Right(Rows(model.Forward(testTokens, tests)), testAnswers));
        Assert.True(right >= 0.99, $"{right:P1} right");

        // What it writes step by step from its history, each token on top of its own.
        TransformerState state = model.Start(tests);
        int[] last = new int[tests];
        int same = 0;
        for (int t = 0; t < time; t++)
        {
            if (t <= length) testTokens.AsSpan(t * tests, tests).CopyTo(last);
            Tensor scores = model.Step(last, state);
            for (int b = 0; t >= length && b < tests; b++)
            {
                last[b] = Best(scores, b);
                if (last[b] == testAnswers[t * tests + b]) same++;
            }
        }
        Assert.True(same >= 0.99 * length * tests, $"{same} of {length * tests}");

        static Tensor Rows(Tensor scores) => Ops.Reshape(scores, [scores.Shape[0] * scores.Shape[1], scores.Shape[2]]);      // [T, B, V] -> [T B, V]

        static (int[] Tokens, int[] Answers) Draw(RandomStream random, int count)
        {
            int[] read = new int[time * count], answers = new int[time * count];
            Array.Fill(answers, -100);
            for (int b = 0; b < count; b++)
            {
                for (int t = 0; t < length; t++) answers[(length + t) * count + b] = read[t * count + b] = random.NextInt(tokens);
                read[length * count + b] = mark;
                for (int t = 1; t < length; t++) read[(length + t) * count + b] = read[(t - 1) * count + b];
            }
            return (read, answers);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_encoder_and_decoder_reverse_sequences_of_different_lengths(bool normFirst)
    {
        const int tokens = 8, longest = 5, batch = 32, width = 32, start = tokens, end = tokens + 1;
        var model = new Translator(tokens + 2, new(width, 2, 64) { NormFirst = normFirst, Dropout = 0, Kind = FeedForwardKind.Gelu }, longest + 2);
        model.Initialize(2);
        (int[] testSource, int[] testLengths, int[] testInput, int[] testAnswers) = Draw(new RandomStream(91), 300);
        double right = Learn(model, new Adam(model.NamedParameters(), 2e-3), 3000, random =>
        {
            (int[] source, int[] lengths, int[] input, int[] answers) = Draw(random, batch);
            return Loss.CrossEntropy(model.Forward(source, input, lengths, batch), answers);
        }, () => Right(model.Forward(testSource, testInput, testLengths, 300), testAnswers));
        Assert.True(right >= 0.99, $"{right:P1} right");
        Assert.True(Written(model, testSource, testLengths, testAnswers, 300) >= 0.97);        // whole sequences, each of up to six tokens right on its own writing

        static (int[] Source, int[] Lengths, int[] Input, int[] Answers) Draw(RandomStream random, int count)
        {
            int[] source = new int[longest * count], lengths = new int[count], input = new int[(longest + 1) * count], answers = new int[(longest + 1) * count];
            Array.Fill(answers, -100);
            for (int b = 0; b < count; b++)
            {
                lengths[b] = 1 + random.NextInt(longest);
                input[b] = start;
                for (int t = 0; t < lengths[b]; t++) source[t * count + b] = random.NextInt(tokens);
                for (int t = 0; t < lengths[b]; t++) answers[t * count + b] = input[(t + 1) * count + b] = source[(lengths[b] - 1 - t) * count + b];
                answers[lengths[b] * count + b] = end;
            }
            return (source, lengths, input, answers);
        }

        static double Written(Translator model, int[] source, int[] lengths, int[] answers, int count)
        {
            int[] last = [.. Enumerable.Repeat(start, count)];
            bool[] wrong = new bool[count];
            TransformerState state = model.Start(source, lengths, count);
            for (int t = 0; t <= longest; t++)
            {
                Tensor scores = model.Step(last, state);
                for (int b = 0; b < count; b++)
                {
                    last[b] = Best(scores, b);
                    int expected = answers[t * count + b];
                    if (expected >= 0 && last[b] != expected) wrong[b] = true;
                }
            }
            return 1 - wrong.Count(w => w) / (double)count;
        }
    }

    private double Learn(Module net, Optimizer optimizer, int steps, Func<RandomStream, Tensor> loss, Func<double> measure)
    {
        using var tape = new Tape(threads: 1);
        var random = new RandomStream(5);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        IReadOnlyList<Tensor> parameters = net.Parameters;
        double right = 0;
        int step = 0;
        while (step < steps && right < 0.995)
        {
            for (int i = 0; i < 50; i++, step++)
            {
                net.ZeroGradients();
                using (tape.Open()) tape.Backward(loss(random));
                GradientClip.ByNorm(parameters, 1);
                optimizer.Step();
            }
            using (tape.Open(record: false)) right = measure();
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{right:P1} right after {step} steps, {clock.Elapsed.TotalSeconds:F1} s"));
        return right;
    }

    private static int Best(Tensor scores, int row)
    {
        int classes = scores.Shape[-1];
        ReadOnlySpan<float> s = scores.Data.Slice(row * classes, classes);
        int best = 0;
        for (int i = 1; i < classes; i++)
            if (s[i] > s[best]) best = i;
        return best;
    }

    /// <summary>The share of answers whose score is the highest; answers of -100 do not count.</summary>
    private static double Right(Tensor scores, int[] answers)
    {
        int right = 0, counted = 0;
        for (int i = 0; i < answers.Length; i++)
        {
            if (answers[i] < 0) continue;
            counted++;
            if (Best(scores, i) == answers[i]) right++;
        }
        return (double)right / counted;
    }

    /// <summary>Embeddings, positions, a Transformer and a head.</summary>
    private sealed class Translator : Module
    {
        private readonly Embedding embedding;
        private readonly SinusoidalPositions positions;
        private readonly Transformer transformer;
        private readonly Linear head;
        private readonly int width;

        public Translator(int tokens, TransformerOptions options, int steps)
        {
            width = options.Width;
            embedding = Child("embedding", new Embedding(tokens, width));
            positions = Child("positions", new SinusoidalPositions(steps, width));
            transformer = Child("transformer", new Transformer(options, 1, 1));
            head = Child("head", new Linear(width, tokens));
        }

        /// <summary>Scores <c>[T B, V]</c>.</summary>
        public Tensor Forward(int[] source, int[] input, int[] lengths, int batch)
        {
            Tensor y = head.Forward(transformer.Forward(Embed(source, batch), Embed(input, batch), lengths));
            return Ops.Reshape(y, [y.Shape[0] * batch, y.Shape[2]]);                                            // [T, B, V] -> [T B, V]
        }

        public TransformerState Start(int[] source, int[] lengths, int batch) => transformer.Decoder.Start(transformer.Encoder.Forward(Embed(source, batch), lengths), lengths);

        /// <summary>Scores <c>[B, V]</c>.</summary>
        public Tensor Step(int[] tokens, TransformerState state) =>
            head.Forward(transformer.Decoder.Step(Ops.Reshape(positions.Step(embedding.Forward(tokens), state.Lengths), [1, tokens.Length, width]), state))[0];

        private Tensor Embed(int[] tokens, int batch) => positions.Forward(Ops.Reshape(embedding.Forward(tokens), [tokens.Length / batch, batch, width]));
    }
}
