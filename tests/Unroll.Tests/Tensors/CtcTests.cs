using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Tests.Oracles;
using Unroll.Training;

namespace Unroll.Tests.Tensors;

/// <summary>CTC against the sum over all alignments, decoders against exhaustive search.</summary>
public class CtcTests
{
    [Fact]
    public void Loss_and_gradient_are_those_of_the_sum_over_all_alignments()
    {
        var random = new Random(1);
        using var tape = new Tape(threads: 2);
        int compared = 0, infinite = 0;
        for (int round = 0; round < 400; round++)
        {
            int steps = random.Next(1, 6), batch = random.Next(1, 4), classes = random.Next(2, 5), blank = random.Next(classes);
            float[] numbers = [.. Enumerable.Range(0, steps * batch * classes).Select(_ => (float)(6 * random.NextDouble() - 3))];
            int[] lengths = [.. Enumerable.Range(0, batch).Select(_ => random.Next(0, steps + 1))];
            int[][] targets = [.. Enumerable.Range(0, batch).Select(_ => Enumerable.Range(0, random.Next(0, 4)).Select(_ => (blank + 1 + random.Next(classes - 1)) % classes).ToArray())];
            Tensor x = Tensor.Parameter([steps, batch, classes], numbers);
            using (tape.Open())
            {
                Tensor losses = Loss.Ctc(x, [.. targets.SelectMany(y => y)], [.. targets.Select(y => y.Length)], lengths, blank, zeroInfinity: true, Reduction.None);
                float[] infinities = Loss.Ctc(x, [.. targets.SelectMany(y => y)], [.. targets.Select(y => y.Length)], lengths, blank, reduction: Reduction.None).ToArray();
                var expected = new double[numbers.Length];
                for (int b = 0; b < batch; b++)
                {
                    (double likelihood, double[] slope) = AllAlignments(numbers, b, batch, classes, lengths[b], targets[b], blank);
                    Assert.True(likelihood > 0 ? Math.Abs(losses.Data[b] + Math.Log(likelihood)) < 1e-5 * (1 - Math.Log(likelihood)) : losses.Data[b] == 0, $"round {round}, sequence {b}");
                    Assert.Equal(likelihood == 0, float.IsPositiveInfinity(infinities[b]));
                    for (int i = 0; i < slope.Length; i++) expected[(i / classes * batch + b) * classes + i % classes] = (b + 1) * slope[i];
                    compared++;
                    infinite += likelihood == 0 ? 1 : 0;
                }
                tape.Backward(Ops.Sum(losses * Tensor.From([batch], [.. Enumerable.Range(1, batch).Select(b => (float)b)])));
                Golden.Same($"round {round}: gradient", x.Grad, expected);
            }
        }
        Assert.True(compared > 500 && infinite > 50, $"{compared} compared, {infinite} infinite");
    }

    [Fact]
    public void A_target_that_does_not_fit_is_infinite_and_spoils_the_mean_unless_zero_is_asked_for()
    {
        using var tape = new Tape(threads: 1);
        Tensor x = Tensor.Parameter([3, 2, 3], [.. Enumerable.Range(0, 18).Select(i => (float)Math.Sin(i))]);
        using (tape.Open())
        {
            Tensor loss = Loss.Ctc(x, [1, 1, 2], [2, 1], [2, 3]);                                             // 1 1 needs a third step for its blank
            Assert.Equal(float.PositiveInfinity, loss.Item());
            tape.Backward(loss);
        }
        float[] grad = x.Grad.ToArray();
        Assert.All([0, 1, 2, 6, 7, 8], i => Assert.True(float.IsNaN(grad[i])));                               // as in PyTorch
        Assert.All([3, 4, 5, 9, 10, 11, 15, 16, 17], i => Assert.True(float.IsFinite(grad[i]) && grad[i] != 0));
        Assert.All([12, 13, 14], i => Assert.Equal(0, grad[i]));                                              // behind the end
        x.Grad.Clear();
        using (tape.Open())
        {
            Tensor loss = Loss.Ctc(x, [1, 1, 2], [2, 1], [2, 3], zeroInfinity: true);
            Assert.True(float.IsFinite(loss.Item()) && loss.Item() > 0);
            tape.Backward(loss);
        }
        Assert.All([0, 1, 2, 6, 7, 8], i => Assert.Equal(0, x.Grad[i]));
    }

    [Fact]
    public void Log_probabilities_in_place_of_logits_change_nothing()
    {
        Tensor x = Numbers([9, 2, 5], 3);
        Assert.Equal(Loss.Ctc(x, [1, 2, 3], [2, 1]).Item(), Loss.Ctc(Ops.LogSoftmax(x), [1, 2, 3], [2, 1]).Item(), 1e-5f);
    }

    [Fact]
    public void Classes_ruled_out_by_minus_infinity_and_padding_of_no_numbers_do_no_harm()
    {
        using var tape = new Tape(threads: 1);
        Tensor x = Tensor.Parameter([6, 1, 4], Numbers([6, 1, 4], 4).Data);
        for (int t = 0; t < 6; t++) x.Data[4 * t + 3] = t < 5 ? float.NegativeInfinity : float.NaN;
        using (tape.Open())
        {
            Tensor loss = Loss.Ctc(x, [1, 2], [2], [5]), closed = Loss.Ctc(x, [1, 3], [2], [5], reduction: Reduction.None);
            Assert.Equal(float.PositiveInfinity, closed.Data[0]);
            tape.Backward(loss);
            Assert.True(float.IsFinite(loss.Item()));
        }
        Assert.All(x.Grad.ToArray(), g => Assert.True(float.IsFinite(g)));
        Assert.All([3, 7, 11, 15, 19, 20, 21, 22, 23], i => Assert.Equal(0, x.Grad[i]));
    }

    [Fact]
    public void Thousands_of_steps_keep_their_digits()
    {
        // 3,000 steps, 300 symbols, scores from -12 to 12: against the same recursion in double precision.
        const int steps = 3000, classes = 30, labels = 300;
        using var tape = new Tape(threads: 1);
        Tensor x = Tensor.Parameter([steps, 1, classes], Array.ConvertAll(Numbers([steps, 1, classes], 5).ToArray(), v => 12 * v));
        int[] target = [.. Enumerable.Range(0, labels).Select(i => 1 + i * i % (classes - 1))];
        (double loss, double[] slope) = InDouble(x.ToArray(), steps, classes, target, 0);
        using (tape.Open())
        {
            Tensor found = Loss.Ctc(x, target, [labels], reduction: Reduction.Sum);
            Assert.Equal(loss, found.Item(), 1e-6 * loss);
            tape.Backward(found);
            // A probability has as many digits as its logarithm has behind the point: of logarithms from -12 to some hundreds, in single precision, 1e-6 to 1e-5 a step.
            Golden.Same("gradient", x.Grad, slope, 1e-4);
        }
    }

    [Fact]
    public void A_warm_step_allocates_nothing()
    {
        using var tape = new Tape(threads: 1);                                                              // each thread has scratch of its own, made when it first takes a part
        Tensor x = Tensor.Parameter([50, 8, 20], Numbers([50, 8, 20], 6).Data);
        int[] targets = [.. Enumerable.Range(0, 80).Select(i => 1 + i % 19)], lengths = [.. Enumerable.Repeat(10, 8)];
        Assert.Equal(0, Allocations.Least(Step));

        void Step()
        {
            using Tape.Step step = tape.Open();
            tape.Backward(Loss.Ctc(x, targets, lengths));
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        Tensor x = Tensor.Zeros([4, 2, 3]);
        Refused("logits must be [time, batch, classes], got [4, 2].", () => Loss.Ctc(Tensor.Zeros([4, 2]), [1, 1], [1, 1]));
        Refused("blank must be within 3 classes, got 3", () => Loss.Ctc(x, [1, 1], [1, 1], blank: 3));
        Refused("target lengths must be one a sequence (2), got 1", () => Loss.Ctc(x, [1], [1]));
        Refused("target length 1 must be at least 0, got -1", () => Loss.Ctc(x, [1], [1, -1]));
        Refused("target lengths sum to 3 symbols, got 2", () => Loss.Ctc(x, [1, 1], [2, 1]));
        Refused("target symbol 1 must be within 3 classes and not the blank 0, got 0", () => Loss.Ctc(x, [1, 0], [1, 1]));
        Refused("target symbol 0 must be within 3 classes and not the blank 0, got 3", () => Loss.Ctc(x, [3, 1], [1, 1]));
        Refused("lengths must be one a sequence (2), got 3", () => Loss.Ctc(x, [1, 1], [1, 1], [4, 4, 4]));
        Refused("lengths[1] must be 0 to 4 steps, got 5", () => Loss.Ctc(x, [1, 1], [1, 1], [4, 5]));
        Refused("the width must be at least 1, got 0", () => CtcDecoder.Beam(x, 0));
        Refused("lengths[0] must be 0 to 4 steps, got 9", () => CtcDecoder.Greedy(x, [9, 1]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_wide_beam_finds_every_hypothesis_with_its_whole_probability(bool withLanguageModel)
    {
        var random = new Random(7);
        CtcLanguageModel? model = withLanguageModel ? (symbols, next) => -0.3 * next - (symbols.Length > 0 && symbols[^1] == next ? 1.5 : 0) : null;
        for (int round = 0; round < 60; round++)
        {
            int steps = random.Next(1, 6), classes = random.Next(2, 4), blank = random.Next(classes);
            Tensor x = Tensor.From([steps, 1, classes], [.. Enumerable.Range(0, steps * classes).Select(_ => (float)(4 * random.NextDouble() - 2))]);
            Dictionary<string, double> all = AllHypotheses(x.ToArray(), steps, classes, blank);
            CtcHypothesis[] found = CtcDecoder.Beam(x, 1000, blank: blank, languageModel: model)[0];
            Assert.Equal(all.Count, found.Length);
            Assert.Equal(found.OrderByDescending(h => h.Score), found);
            foreach (CtcHypothesis h in found)
            {
                double language = model is null ? 0 : h.Symbols.Select((s, i) => model(h.Symbols.AsSpan(0, i), s)).Sum();
                Assert.Equal(Math.Log(all[string.Join(' ', h.Symbols)]) + language, h.Score, 1e-5);
            }
        }
    }

    [Fact]
    public void A_narrow_beam_keeps_its_width_and_never_claims_more_than_a_hypothesis_has()
    {
        var random = new Random(8);
        int best = 0, rounds = 60;
        for (int round = 0; round < rounds; round++)
        {
            Tensor x = Tensor.From([6, 1, 3], [.. Enumerable.Range(0, 18).Select(_ => (float)(6 * random.NextDouble() - 3))]);
            Dictionary<string, double> all = AllHypotheses(x.ToArray(), 6, 3, 0);
            CtcHypothesis[] found = CtcDecoder.Beam(x, 8)[0];
            Assert.True(found.Length <= 8);
            Assert.All(found, h => Assert.True(h.Score <= Math.Log(all[string.Join(' ', h.Symbols)]) + 1e-5));
            best += all.MaxBy(p => p.Value).Key == string.Join(' ', found[0].Symbols) ? 1 : 0;
        }
        Assert.True(best >= rounds * 9 / 10, $"the best was found in {best} of {rounds}");
    }

    [Fact]
    public void The_textbook_case_where_greedy_decoding_is_wrong()
    {
        // Graves 2012, figure 7.9: blank 0.6, symbol 0.4 at two steps. The likeliest alignment is all blanks (0.36), the likeliest target is the symbol (0.64).
        Tensor x = Tensor.From([2, 1, 2], [MathF.Log(0.6f), MathF.Log(0.4f), MathF.Log(0.6f), MathF.Log(0.4f)]);
        Assert.Empty(CtcDecoder.Greedy(x)[0].Symbols);
        Assert.Equal(Math.Log(0.36), CtcDecoder.Greedy(x)[0].Score, 1e-6);
        Assert.Equal([1], CtcDecoder.Beam(x)[0][0].Symbols);
        Assert.Equal(Math.Log(0.64), CtcDecoder.Beam(x)[0][0].Score, 1e-6);
    }

    [Fact]
    public void Greedy_decoding_merges_repeats_then_drops_blanks_within_each_length()
    {
        int[][] paths = [[1, 1, 0, 1, 2, 2], [0, 0, 0, 0, 0, 0], [2, 1, 2, 2, 2, 2]];
        Tensor x = Tensor.Zeros([6, 3, 3]);
        for (int b = 0; b < 3; b++)
        {
            for (int t = 0; t < 6; t++) x.Data[(t * 3 + b) * 3 + paths[b][t]] = 5;
        }
        CtcHypothesis[] found = CtcDecoder.Greedy(x, [6, 6, 2]);
        Assert.Equal([1, 1, 2], found[0].Symbols);
        Assert.Empty(found[1].Symbols);
        Assert.Equal([2, 1], found[2].Symbols);
        Assert.Equal([2, 1], CtcDecoder.Beam(x, 5, [6, 6, 2])[2][0].Symbols);
    }

    [Fact]
    public void A_network_learns_to_write_down_stretches_of_symbols_it_was_never_shown_aligned()
    {
        // Each symbol sounds for one to four steps with noise, with or without silence between; only what was said is told, never when.
        const int symbols = 4, batch = 32;
        var listen = new Gru(symbols, 32);
        var read = new Linear(32, symbols + 1);
        listen.Initialize(1);
        read.Initialize(2);
        var optimizer = new Adam([.. listen.NamedParameters(), .. read.NamedParameters().Select(p => ("read." + p.Name, p.Value))], 1e-2);
        using var tape = new Tape();
        var random = new RandomStream(9);
        for (int step = 0; step < 250; step++)
        {
            using Tape.Step open = tape.Open();
            (Tensor x, int[] lengths, int[][] said) = Speak(random.Split((ulong)step), batch, symbols);
            Tensor loss = Loss.Ctc(read.Forward(listen.Forward(x, null, lengths).Output), [.. said.SelectMany(s => s)], [.. said.Select(s => s.Length)], lengths);
            listen.ZeroGradients();
            read.ZeroGradients();
            tape.Backward(loss);
            optimizer.Step();
        }
        (Tensor test, int[] testLengths, int[][] truth) = Speak(new RandomStream(10), 200, symbols);
        Tensor logits = read.Forward(listen.Forward(test, null, testLengths).Output);
        CtcHypothesis[] greedy = CtcDecoder.Greedy(logits, testLengths);
        CtcHypothesis[][] beam = CtcDecoder.Beam(logits, 8, testLengths);
        int right = Enumerable.Range(0, 200).Count(b => greedy[b].Symbols.SequenceEqual(truth[b])), rightByBeam = Enumerable.Range(0, 200).Count(b => beam[b][0].Symbols.SequenceEqual(truth[b]));
        Assert.True(right >= 190 && rightByBeam >= 190, $"{right} of 200 by the best path, {rightByBeam} by a beam");
    }

    private static (Tensor, int[], int[][]) Speak(RandomStream random, int batch, int symbols)
    {
        const int most = 5;
        int[][] said = new int[batch][];
        int[] lengths = new int[batch];
        Tensor x = Tensor.Zeros([most * 6, batch, symbols]);
        random.FillNormal(x.Data, 0, 0.15f);
        for (int b = 0; b < batch; b++)
        {
            said[b] = new int[1 + random.NextInt(most)];
            for (int i = 0; i < said[b].Length; i++)
            {
                int symbol = random.NextInt(symbols), silence = i > 0 && said[b][i - 1] == symbol + 1 ? 1 + random.NextInt(2) : random.NextInt(3);
                said[b][i] = symbol + 1;
                lengths[b] += silence;
                for (int last = lengths[b] + 1 + random.NextInt(4); lengths[b] < last; lengths[b]++) x.Data[(lengths[b] * batch + b) * symbols + symbol] += 1;
            }
        }
        return (x, lengths, said);
    }

    private static Tensor Numbers(Shape shape, int seed)
    {
        var random = new Random(seed);
        return Tensor.From(shape, [.. Enumerable.Range(0, shape.Length).Select(_ => (float)(2 * random.NextDouble() - 1))]);
    }

    private static void Refused(string message, Action act) => Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(act).Message, StringComparison.Ordinal);

    private static double[] Probabilities(float[] numbers, int t, int b, int batch, int classes)
    {
        double[] e = [.. Enumerable.Range(0, classes).Select(c => Math.Exp(numbers[(t * batch + b) * classes + c]))];
        return [.. e.Select(v => v / e.Sum())];
    }

    /// <summary>The likelihood of a target as a sum over every alignment, and the slope of its negative logarithm with respect to the logits.</summary>
    private static (double, double[]) AllAlignments(float[] numbers, int b, int batch, int classes, int length, int[] target, int blank)
    {
        double[][] p = [.. Enumerable.Range(0, length).Select(t => Probabilities(numbers, t, b, batch, classes))];
        double likelihood = 0;
        var share = new double[length * classes];
        int[] path = new int[length];
        for (long code = 0; code < Math.Pow(classes, length); code++)
        {
            long rest = code;
            double product = 1;
            for (int t = 0; t < length; t++, rest /= classes) product *= p[t][path[t] = (int)(rest % classes)];
            if (!Collapse(path, blank).SequenceEqual(target)) continue;
            likelihood += product;
            for (int t = 0; t < length; t++) share[t * classes + path[t]] += product;
        }
        return (likelihood, [.. share.Select((s, i) => likelihood == 0 ? 0 : p[i / classes][i % classes] - s / likelihood)]);
    }

    private static Dictionary<string, double> AllHypotheses(float[] numbers, int steps, int classes, int blank)
    {
        double[][] p = [.. Enumerable.Range(0, steps).Select(t => Probabilities(numbers, t, 0, 1, classes))];
        var all = new Dictionary<string, double>();
        int[] path = new int[steps];
        for (long code = 0; code < Math.Pow(classes, steps); code++)
        {
            long rest = code;
            double product = 1;
            for (int t = 0; t < steps; t++, rest /= classes) product *= p[t][path[t] = (int)(rest % classes)];
            string hypothesis = string.Join(' ', Collapse(path, blank));
            all[hypothesis] = all.GetValueOrDefault(hypothesis) + product;
        }
        return all;
    }

    private static IEnumerable<int> Collapse(int[] path, int blank) => path.Where((c, t) => c != blank && (t == 0 || path[t - 1] != c)).ToArray();

    /// <summary>The plain recursion of Graves et al. 2006 over logarithms in double precision.</summary>
    private static (double, double[]) InDouble(float[] numbers, int steps, int classes, int[] target, int blank)
    {
        int states = 2 * target.Length + 1;
        double[][] log = [.. Enumerable.Range(0, steps).Select(t => Probabilities(numbers, t, 0, 1, classes).Select(p => Math.Log(p)).ToArray())];
        int Class(int s) => s % 2 == 0 ? blank : target[s / 2];
        bool Skips(int s) => s % 2 == 1 && s > 1 && Class(s) != Class(s - 2);
        double[,] alpha = new double[steps, states], beta = new double[steps, states];
        for (int t = 0; t < steps; t++)
        {
            for (int s = 0; s < states; s++)
            {
                double way = t == 0 ? (s < 2 ? 0 : double.NegativeInfinity)
                    : Sum(alpha[t - 1, s], s > 0 ? alpha[t - 1, s - 1] : double.NegativeInfinity, Skips(s) ? alpha[t - 1, s - 2] : double.NegativeInfinity);
                alpha[t, s] = way + log[t][Class(s)];
            }
        }
        for (int t = steps - 1; t >= 0; t--)
        {
            for (int s = 0; s < states; s++)
            {
                beta[t, s] = t == steps - 1 ? (s >= states - 2 ? 0 : double.NegativeInfinity)
                    : Sum(beta[t + 1, s] + log[t + 1][Class(s)], s + 1 < states ? beta[t + 1, s + 1] + log[t + 1][Class(s + 1)] : double.NegativeInfinity,
                        s + 2 < states && Skips(s + 2) ? beta[t + 1, s + 2] + log[t + 1][Class(s + 2)] : double.NegativeInfinity);
            }
        }
        double all = Sum(alpha[steps - 1, states - 1], alpha[steps - 1, states - 2], double.NegativeInfinity);
        var slope = new double[steps * classes];
        for (int t = 0; t < steps; t++)
        {
            for (int c = 0; c < classes; c++) slope[t * classes + c] = Math.Exp(log[t][c]);
            for (int s = 0; s < states; s++) slope[t * classes + Class(s)] -= Math.Exp(alpha[t, s] + beta[t, s] - all);
        }
        return (-all, slope);

        static double Sum(double a, double b, double c)
        {
            double most = Math.Max(a, Math.Max(b, c));
            return double.IsNegativeInfinity(most) ? most : most + Math.Log(Math.Exp(a - most) + Math.Exp(b - most) + Math.Exp(c - most));
        }
    }
}
