using Unroll.Kernels;

namespace Unroll.Tests.Kernels;

/// <summary>The recursions of CTC and of the conditional random field keep to their memory: what stands round their arguments, and what their scratch held before, changes nothing and is not changed.</summary>
public class StructuredLossKernelTests
{
    private const int Margin = 40;

    [Fact]
    public void Ctc_reads_and_writes_only_what_it_was_given()
    {
        var random = new Random(1);
        using Team used = new(2);
        for (int round = 0; round < 300; round++)
        {
            int steps = random.Next(0, 40), batch = random.Next(0, 5), classes = random.Next(1, 40), blank = random.Next(classes);
            int[] lengths = [.. Enumerable.Range(0, batch).Select(_ => random.Next(steps + 1))], sizes = [.. Enumerable.Range(0, batch).Select(b => classes == 1 ? 0 : random.Next(Math.Max(1, lengths[b])))];
            int[] starts = [0, .. sizes.Select((_, b) => sizes[..(b + 1)].Sum())], targets = [.. Enumerable.Range(0, starts[^1]).Select(_ => (blank + 1 + random.Next(classes - 1)) % classes)];
            float[] logits = [.. Enumerable.Range(0, steps * batch * classes).Select(_ => (float)(8 * random.NextDouble() - 4))];
            Same(round, (team, fence) =>
            {
                Fenced x = new(logits.Length, fence, logits), losses = new(batch, fence), slope = new(logits.Length, fence);
                Ctc.Run(team, x.Span, steps, batch, classes, lengths, targets, starts, blank, round % 2 == 0, losses.Span, slope.Span, wantsSlope: round % 3 != 0);
                x.Check();
                losses.Check();
                slope.Check();
                return [.. losses.Span, .. round % 3 != 0 ? slope.Span : []];
            }, used);
        }
    }

    [Fact]
    public void The_conditional_random_field_reads_and_writes_only_what_it_was_given()
    {
        var random = new Random(2);
        using Team used = new(2);
        for (int round = 0; round < 300; round++)
        {
            int steps = random.Next(1, 12), batch = random.Next(1, 40), tags = random.Next(1, 36), padded = LogSpace.Padded(tags);
            int[] lengths = [.. Enumerable.Range(0, batch).Select(_ => random.Next(steps + 1))], given = [.. Enumerable.Range(0, steps * batch).Select(_ => random.Next(tags))];
            float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(8 * random.NextDouble() - 4))];
            float[] emissions = Draw(steps * batch * tags), transitions = Draw(tags * tags), start = Draw(tags), end = Draw(tags), weights = Draw(batch);
            Same(round, (team, fence) =>
            {
                Fenced x = new(emissions.Length, fence, emissions), scores = new(Crf.ScoresLength(tags), fence), alpha = new(steps * batch * padded, fence), shift = new(steps * batch, fence), losses = new(batch, fence);
                Fenced slope = new(emissions.Length, fence, new float[emissions.Length]), gradients = new(Crf.Groups(batch) * Crf.GradientLength(tags), fence), best = new(batch, fence);
                int[] path = new int[steps * batch + 2];
                path[0] = path[^1] = 77;
                Crf.Lay(transitions, start, end, [], scores.Span);
                Crf.Forward(team, scores.Span, x.Span, steps, lengths, tags, given, alpha.Span, shift.Span, losses.Span);
                Crf.Backward(team, scores.Span, x.Span, steps, lengths, tags, given, alpha.Span, shift.Span, weights, slope.Span, gradients.Span);
                Crf.Viterbi(team, scores.Span, x.Span, steps, lengths, tags, path.AsSpan(1, steps * batch), best.Span);
                foreach (Fenced f in (Fenced[])[x, scores, alpha, shift, losses, slope, gradients, best]) f.Check();
                Assert.True(path[0] == 77 && path[^1] == 77);
                return [.. losses.Span, .. slope.Span, .. gradients.Span, .. best.Span, .. path.Select(p => (float)p)];
            }, used);
        }
    }

    // With a fresh team and zeros round the arguments, with a team whose scratch other work has filled and rubbish round the arguments.
    private static void Same(int round, Func<Team, float, float[]> run, Team used)
    {
        used.Scratch(0, 5000).Fill(1e20f);
        used.Scratch(1, 5000).Fill(float.NaN);
        using var fresh = new Team(1);
        float[] expected = run(fresh, 0), found = run(used, round % 2 == 0 ? float.NaN : 1e30f);
        Assert.True(expected.AsSpan().SequenceEqual(found), $"round {round}");
    }

    /// <summary>Memory with a fence on both sides.</summary>
    private sealed class Fenced
    {
        private readonly float[] memory;
        private readonly float fence;
        private readonly int length;

        public Fenced(int length, float fence, float[]? values = null)
        {
            (this.length, this.fence) = (length, fence);
            memory = new float[length + 2 * Margin];
            Array.Fill(memory, fence);
            values?.CopyTo(memory, Margin);
        }

        public Span<float> Span => memory.AsSpan(Margin, length);

        public void Check()
        {
            Assert.All(memory[..Margin], v => Assert.Equal(fence, v));
            Assert.All(memory[(Margin + length)..], v => Assert.Equal(fence, v));
        }
    }
}
