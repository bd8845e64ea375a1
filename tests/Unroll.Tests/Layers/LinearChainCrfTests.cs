using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Tests.Oracles;
using Unroll.Training;

namespace Unroll.Tests.Layers;

/// <summary>The conditional random field against enumeration of every path.</summary>
public class LinearChainCrfTests
{
    [Fact]
    public void Loss_gradients_and_best_path_are_those_of_enumeration()
    {
        var random = new Random(1);
        using var tape = new Tape(threads: 2);
        for (int round = 0; round < 300; round++)
        {
            int steps = random.Next(1, 6), batch = random.Next(1, 4), tags = random.Next(1, 5);
            TagConstraints? rules = random.Next(2) == 0 ? null : Rules(random, tags);
            int[] lengths = [.. Enumerable.Range(0, batch).Select(_ => random.Next(0, steps + 1))];
            float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(4 * random.NextDouble() - 2))];
            Tensor x = Tensor.Parameter([steps, batch, tags], Draw(steps * batch * tags));
            var field = new LinearChainCrf(tags, rules);
            foreach (Tensor p in field.Parameters) Draw(p.Length).CopyTo(p.Data);
            float[] start = field.Parameters[0].ToArray(), end = field.Parameters[1].ToArray(), transitions = field.Parameters[2].ToArray();

            var expected = new double[x.Length];
            double[] dStart = new double[tags], dEnd = new double[tags], dTransitions = new double[tags * tags];
            var losses = new double[batch];
            int[] given = [.. Enumerable.Repeat(-7, steps * batch)];
            bool passable = true;
            for (int b = 0; b < batch && passable; b++)
            {
                if (lengths[b] == 0) continue;
                var paths = Paths(lengths[b], tags, rules).Select(p => (Path: p, Score: Score(p, b))).ToArray();
                passable = paths.Length > 0;
                if (!passable) break;
                int[] right = paths[random.Next(paths.Length)].Path;
                for (int t = 0; t < right.Length; t++) given[t * batch + b] = right[t];
                double all = Math.Log(paths.Sum(p => Math.Exp(p.Score)));
                losses[b] = all - Score(right, b);
                foreach ((int[] path, double score) in paths) Count(path, b, (b + 1) * Math.Exp(score - all));
                Count(right, b, -(b + 1));
            }
            if (!passable)
            {
                Assert.Contains("leave no way", Assert.Throws<InvalidOperationException>(() => field.Decode(x, lengths)).Message, StringComparison.Ordinal);
                continue;
            }
            using (tape.Open())
            {
                Tensor found = field.Forward(x, given, lengths, Reduction.None);
                Golden.Same($"round {round}: loss", found.Data, losses);
                tape.Backward(Ops.Sum(found * Tensor.From([batch], [.. Enumerable.Range(1, batch).Select(b => (float)b)])));
            }
            Golden.Same($"round {round}: d emissions", x.Grad, expected, smallNorm: 1);             // what cancels here are counts up to five times three
            Golden.Same($"round {round}: d start", field.Parameters[0].Grad, dStart, smallNorm: 1);
            Golden.Same($"round {round}: d end", field.Parameters[1].Grad, dEnd, smallNorm: 1);
            Golden.Same($"round {round}: d transitions", field.Parameters[2].Grad, dTransitions, smallNorm: 1);
            (int[] Tags, float Score)[] decoded = field.Decode(x, lengths);
            for (int b = 0; b < batch; b++)
            {
                Assert.Equal(lengths[b], decoded[b].Tags.Length);
                if (lengths[b] == 0) continue;
                int[] best = Paths(lengths[b], tags, rules).MaxBy(p => Score(p, b))!;
                Assert.Equal(best, decoded[b].Tags);
                Assert.Equal(Score(best, b), decoded[b].Score, 1e-5);
            }

            double Score(int[] path, int b)
            {
                double score = start[path[0]] + (double)end[path[^1]];
                for (int t = 0; t < path.Length; t++) score += x.Data[(t * batch + b) * tags + path[t]] + (t == 0 ? 0 : (double)transitions[path[t - 1] * tags + path[t]]);
                return score;
            }

            void Count(int[] path, int b, double weight)
            {
                dStart[path[0]] += weight;
                dEnd[path[^1]] += weight;
                for (int t = 0; t < path.Length; t++)
                {
                    expected[(t * batch + b) * tags + path[t]] += weight;
                    if (t > 0) dTransitions[path[t - 1] * tags + path[t]] += weight;
                }
            }
        }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(45)]
    public void The_best_of_many_tags_is_that_of_the_plain_recursion(int tags)
    {
        const int steps = 30, batch = 7;
        var random = new Random(tags);
        var field = new LinearChainCrf(tags, Rules(random, tags), Init.Normal(2));
        Tensor x = Tensor.From([steps, batch, tags], [.. Enumerable.Range(0, steps * batch * tags).Select(_ => (float)(4 * random.NextDouble() - 2))]);
        float[] start = field.Parameters[0].ToArray(), end = field.Parameters[1].ToArray(), transitions = field.Parameters[2].ToArray();
        (int[] Tags, float Score)[] found = field.Decode(x);
        for (int b = 0; b < batch; b++)
        {
            double[] best = [.. Enumerable.Range(0, tags).Select(k => field.Constraints!.AllowsFirst(k) ? start[k] + (double)x.Data[b * tags + k] : double.NegativeInfinity)];
            var back = new int[steps, tags];
            for (int t = 1; t < steps; t++)
            {
                double[] next = new double[tags];
                for (int j = 0; j < tags; j++)
                {
                    int from = Enumerable.Range(0, tags).MaxBy(i => field.Constraints!.Allows(i, j) ? best[i] + transitions[i * tags + j] : double.NegativeInfinity);
                    next[j] = (field.Constraints!.Allows(from, j) ? best[from] + transitions[from * tags + j] : double.NegativeInfinity) + x.Data[(t * batch + b) * tags + j];
                    back[t, j] = from;
                }
                best = next;
            }
            int tag = Enumerable.Range(0, tags).Where(field.Constraints!.AllowsLast).MaxBy(k => best[k] + end[k]);
            Assert.Equal(best[tag] + end[tag], found[b].Score, 1e-4);
            for (int t = steps - 1; t >= 0; tag = back[t, tag], t--) Assert.Equal(tag, found[b].Tags[t]);
        }
    }

    [Fact]
    public void Thousands_of_steps_keep_their_digits()
    {
        // Against the same recursion in double precision, at 4,000 steps and scores from -20 to 20.
        const int steps = 4000, tags = 9;
        var random = new Random(3);
        float[] numbers = [.. Enumerable.Range(0, steps * tags).Select(_ => (float)(40 * random.NextDouble() - 20))];
        var field = new LinearChainCrf(tags, init: Init.Uniform(5));
        float[] start = field.Parameters[0].ToArray(), end = field.Parameters[1].ToArray(), transitions = field.Parameters[2].ToArray();
        int[] given = [.. Enumerable.Range(0, steps).Select(_ => random.Next(tags))];
        double[][] alpha = new double[steps][], beta = new double[steps][];
        alpha[0] = [.. Enumerable.Range(0, tags).Select(k => start[k] + (double)numbers[k])];
        for (int t = 1; t < steps; t++) alpha[t] = [.. Enumerable.Range(0, tags).Select(j => LogSum([.. Enumerable.Range(0, tags).Select(i => alpha[t - 1][i] + transitions[i * tags + j])]) + numbers[t * tags + j])];
        beta[^1] = [.. end.Select(v => (double)v)];
        for (int t = steps - 2; t >= 0; t--) beta[t] = [.. Enumerable.Range(0, tags).Select(i => LogSum([.. Enumerable.Range(0, tags).Select(j => transitions[i * tags + j] + numbers[(t + 1) * tags + j] + beta[t + 1][j])]))];
        double all = LogSum([.. alpha[^1].Zip(beta[^1], (a, b) => a + b)]), score = start[given[0]] + (double)end[given[^1]];
        double[] expected = [.. Enumerable.Range(0, steps * tags).Select(i => Math.Exp(alpha[i / tags][i % tags] + beta[i / tags][i % tags] - all) - (given[i / tags] == i % tags ? 1 : 0))];
        for (int t = 0; t < steps; t++) score += numbers[t * tags + given[t]] + (t == 0 ? 0 : (double)transitions[given[t - 1] * tags + given[t]]);
        using var tape = new Tape(threads: 1);
        Tensor x = Tensor.Parameter([steps, 1, tags], numbers);
        using (tape.Open())
        {
            Tensor loss = field.Forward(x, given);
            Assert.Equal(all - score, loss.Item(), 1e-6 * (all - score));
            tape.Backward(loss);
        }
        // A probability has as many digits as its logarithm has behind the point: of logarithms from -20 to 20, in single precision, 1e-6 a step.
        Golden.Same("gradient", x.Grad, expected, 1e-4);
    }

    [Fact]
    public void A_warm_step_allocates_nothing()
    {
        using var tape = new Tape(threads: 1);                                                              // each thread has scratch of its own, made when it first takes a part
        var field = new LinearChainCrf(9);
        Tensor x = Tensor.Parameter([20, 32, 9]);
        int[] given = [.. Enumerable.Range(0, 640).Select(i => i % 9)];
        Assert.Equal(0, Allocations.Least(Step));

        void Step()
        {
            using Tape.Step step = tape.Open();
            tape.Backward(field.Forward(x, given));
        }
    }

    [Theory]
    [InlineData(TagScheme.Iob1, "O I-A I-B B-A B-B", "O I-A B-A I-A O I-B I-A", "O B-A I-A")]
    [InlineData(TagScheme.Iob1, "O I-A I-B B-A B-B", "I-A B-A B-A I-B", "I-B B-A")]
    [InlineData(TagScheme.Iob2, "O B-A I-A B-B I-B", "B-A I-A B-B I-B I-B O B-A B-A", "B-A I-B")]
    [InlineData(TagScheme.Iob2, "O B-A I-A B-B I-B", "O", "I-A")]
    [InlineData(TagScheme.Bioes, "O B-A I-A E-A S-A B-B I-B E-B S-B", "B-A I-A E-A S-B O B-B E-B", "B-A O")]
    [InlineData(TagScheme.Bioes, "O B-A I-A E-A S-A B-B I-B E-B S-B", "S-A S-A", "B-A I-A")]
    [InlineData(TagScheme.Bioes, "O B-A I-A E-A S-A B-B I-B E-B S-B", "O O", "E-A")]
    [InlineData(TagScheme.Bioes, "O B-A I-A L-A U-A", "B-A I-A L-A U-A O", "U-A L-A")]
    public void A_scheme_allows_what_it_can_write_and_forbids_the_rest(TagScheme scheme, string names, string good, string bad)
    {
        List<string> tags = [.. names.Split(' ')];
        TagConstraints rules = TagConstraints.For(scheme, tags);
        Assert.True(Allowed(good));
        Assert.False(Allowed(bad));

        bool Allowed(string text)
        {
            int[] path = [.. text.Split(' ').Select(t => tags.IndexOf(t))];
            return rules.AllowsFirst(path[0]) && rules.AllowsLast(path[^1]) && path.Zip(path.Skip(1)).All(p => rules.Allows(p.First, p.Second));
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        var field = new LinearChainCrf(2, new TagConstraints(2).Forbid(1, 1).ForbidFirst(1).ForbidLast(0));
        Tensor x = Tensor.Zeros([3, 1, 2]);
        Refused("emissions must be [time, batch, tags], got [3, 2]", () => field.Forward(Tensor.Zeros([3, 2]), [0, 0, 0]));
        Refused("transitions must be [4, 4], got [2, 2]", () => field.Forward(Tensor.Zeros([3, 1, 4]), [0, 0, 0]));
        Refused("emissions [3, 1, 2] need 3 tags, got 2", () => field.Forward(x, [0, 0]));
        Refused("the tag at step 1 of sequence 0 must be within 2, got 2", () => field.Forward(x, [0, 2, 1]));
        Refused("lengths must be one a sequence (1), got 2", () => field.Forward(x, [0, 0, 1], [1, 1]));
        Refused("lengths[0] must be 0 to 3 steps, got -1", () => field.Forward(x, [0, 0, 1], [-1]));
        Refused("at step 0 of sequence 0 the constraints forbid tag 1 to be first", () => field.Forward(x, [1, 0, 1]));
        Refused("at step 2 of sequence 0 the constraints forbid tag 1 behind 1", () => field.Forward(x, [0, 1, 1]));
        Refused("at step 2 of sequence 0 the constraints forbid tag 0 to be last", () => field.Forward(x, [0, 1, 0]));
        Refused("constraints must be for 3 tags, got 2", () => new LinearChainCrf(3, new TagConstraints(2)));
        Refused("O or B- or I- and a type, got 'E-A'", () => TagConstraints.For(TagScheme.Iob2, ["O", "E-A"]));
        Refused("a tag must be within 2, got 2", () => new TagConstraints(2).Forbid(0, 2));
    }

    [Fact]
    public void A_tagger_learns_what_only_its_neighbours_tell()
    {
        // A token opens a chunk, of which kind shows at its last token alone; tokens inside look all the same. The emissions see one token each, so the rest is the field's.
        string[] names = ["O", "B-A", "I-A", "E-A", "B-B", "I-B", "E-B"];
        const int tokens = 5, batch = 32, steps = 14;                                                         // outside, opens, inside, closes A, closes B
        var look = new Embedding(tokens, names.Length);
        var field = new LinearChainCrf(names.Length, TagConstraints.For(TagScheme.Bioes, names));
        look.Initialize(1);
        field.Initialize(2);
        var optimizer = new Adam([.. look.NamedParameters(), .. field.NamedParameters().Select(p => ("field." + p.Name, p.Value))], 3e-2);
        using var tape = new Tape();
        for (int step = 0; step < 200; step++)
        {
            using Tape.Step open = tape.Open();
            (int[] seen, int[] right, int[] lengths) = Draw(new RandomStream(5).Split((ulong)step), batch);
            Tensor loss = field.Forward(look.Forward(seen).Reshape([steps, batch, names.Length]), right, lengths);
            look.ZeroGradients();
            field.ZeroGradients();
            tape.Backward(loss);
            optimizer.Step();
        }
        (int[] test, int[] truth, int[] testLengths) = Draw(new RandomStream(6), 200);
        (int[] Tags, float Score)[] found = field.Decode(look.Forward(test).Reshape([steps, 200, names.Length]), testLengths);
        int wrong = 0;
        for (int b = 0; b < 200; b++)
        {
            for (int t = 0; t < testLengths[b]; t++) wrong += found[b].Tags[t] == truth[t * 200 + b] ? 0 : 1;
        }
        Assert.Equal(0, wrong);

        static (int[] Seen, int[] Right, int[] Lengths) Draw(RandomStream random, int count)
        {
            int[] seen = new int[steps * count], right = new int[steps * count], lengths = new int[count];
            for (int b = 0; b < count; b++)
            {
                int length = 0;
                while (length < steps - 6)
                {
                    if (random.NextInt(2) == 0)
                    {
                        Put(0, 0);
                        continue;
                    }
                    int kind = random.NextInt(2), inside = random.NextInt(4);
                    Put(1, 1 + 3 * kind);
                    for (int i = 0; i < inside; i++) Put(2, 2 + 3 * kind);
                    Put(3 + kind, 3 + 3 * kind);
                }
                lengths[b] = length;

                void Put(int token, int tag)
                {
                    seen[length * count + b] = token;
                    right[length++ * count + b] = tag;
                }
            }
            return (seen, right, lengths);
        }
    }

    private static TagConstraints Rules(Random random, int tags)
    {
        var rules = new TagConstraints(tags);
        for (int i = 0; i < tags; i++)
        {
            for (int j = 0; j < tags; j++)
                if (random.Next(4) == 0) rules.Forbid(i, j);
            if (random.Next(4) == 0) rules.ForbidFirst(i);
            if (random.Next(4) == 0) rules.ForbidLast(i);
        }
        return rules;
    }

    private static IEnumerable<int[]> Paths(int length, int tags, TagConstraints? rules)
    {
        for (long code = 0; code < Math.Pow(tags, length); code++)
        {
            int[] path = new int[length];
            long rest = code;
            for (int t = length - 1; t >= 0; t--, rest /= tags) path[t] = (int)(rest % tags);
            if (rules is null || (rules.AllowsFirst(path[0]) && rules.AllowsLast(path[^1]) && path.Zip(path.Skip(1)).All(p => rules.Allows(p.First, p.Second)))) yield return path;
        }
    }

    private static double LogSum(double[] x) => x.Max() + Math.Log(x.Sum(v => Math.Exp(v - x.Max())));

    private static void Refused(string message, Action act) => Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(act).Message, StringComparison.Ordinal);
}
