using Unroll.Training.Metrics;

namespace Unroll.Tests.Training.Metrics;

public class EditDistanceTests
{
    [Theory]
    [InlineData("the cat sat on the mat", "the cat sat on the mat", 6, 0, 0, 0)]
    [InlineData("the cat sat on the mat", "the cat on a mat", 4, 1, 1, 0)]
    [InlineData("hello world", "hello big wide world", 2, 0, 0, 2)]
    [InlineData("a b c", "", 0, 0, 3, 0)]
    [InlineData("", "x y", 0, 0, 0, 2)]
    [InlineData("  spaced \t out\u00a0text ", "spaced out text", 3, 0, 0, 0)]
    public void Word_errors_worked_out_by_hand(string reference, string hypothesis, int hits, int substitutions, int deletions, int insertions) =>
        Assert.Equal(new EditCounts(hits, substitutions, deletions, insertions), EditDistance.Words(reference, hypothesis));

    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("intention", "execution", 5)]
    [InlineData("über", "uber", 1)]
    [InlineData("a😀b", "ab", 1)]                                                                             // one character, though two units of UTF-16
    [InlineData(" ab ", "ab", 0)]
    [InlineData("a b", "ab", 1)]
    public void Character_errors_worked_out_by_hand(string reference, string hypothesis, int distance) => Assert.Equal(distance, EditDistance.Characters(reference, hypothesis).Distance);

    [Fact]
    public void Rates_are_of_the_sums_and_may_exceed_one()
    {
        EditCounts sum = EditDistance.Words("a b c d", "a x c") + EditDistance.Words("e", "e f g");
        Assert.Equal(new EditCounts(3, 1, 1, 2), sum);
        Assert.Equal(4 / 5.0, sum.Rate, 12);
        Assert.Equal(2, EditDistance.Words("a", "b c").Rate, 12);
        Assert.True(double.IsNaN(EditDistance.Words("", "a").Rate));
    }

    [Fact]
    public void Thousands_of_random_alignments_are_shortest_and_lead_from_one_to_the_other()
    {
        var random = new Random(1);
        for (int round = 0; round < 4000; round++)
        {
            int[] reference = Draw(), hypothesis = Draw();
            EditStep[] steps = EditDistance.Align<int>(reference, hypothesis);
            Assert.Equal(Enumerable.Range(0, reference.Length), steps.Where(s => s.Reference >= 0).Select(s => s.Reference));
            Assert.Equal(Enumerable.Range(0, hypothesis.Length), steps.Where(s => s.Hypothesis >= 0).Select(s => s.Hypothesis));
            foreach (EditStep s in steps)
            {
                EditKind kind = s.Reference < 0 ? EditKind.Insertion : s.Hypothesis < 0 ? EditKind.Deletion : reference[s.Reference] == hypothesis[s.Hypothesis] ? EditKind.Hit : EditKind.Substitution;
                Assert.Equal(kind, s.Kind);
            }
            EditCounts counts = EditDistance.Count<int>(reference, hypothesis);
            Assert.Equal(Shortest(reference, hypothesis), counts.Distance);
            Assert.Equal(steps.Count(s => s.Kind != EditKind.Hit), counts.Distance);
            Assert.Equal(reference.Length, counts.ReferenceLength);
            Assert.Equal(hypothesis.Length, counts.Hits + counts.Substitutions + counts.Insertions);
        }

        int[] Draw() => [.. Enumerable.Range(0, random.Next(8)).Select(_ => random.Next(3))];

        // The definition, by trying every first step.
        static int Shortest(ReadOnlySpan<int> a, ReadOnlySpan<int> b)
        {
            if (a.IsEmpty || b.IsEmpty) return a.Length + b.Length;
            if (a[0] == b[0]) return Shortest(a[1..], b[1..]);
            return 1 + Math.Min(Shortest(a[1..], b[1..]), Math.Min(Shortest(a[1..], b), Shortest(a, b[1..])));
        }
    }
}
