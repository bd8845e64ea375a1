using Unroll.Tasks.Vectors;
using Unroll.Tests.Formats;

namespace Unroll.Tests.Tasks.Vectors;

/// <summary>Measuring vectors on files of which the outcome is known.</summary>
public sealed class EvaluationTests : IDisposable
{
    // On a circle, so that similarities are cosines of differences: man at 0, woman at 10, king at 40, queen at 50 degrees; Rest stands opposite.
    private static readonly WordVectors Circle = OnCircle(("man", 0), ("Woman", 10), ("king", 40), ("queen", 50), ("Rest", 200));

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Similarity_is_ranked_against_people()
    {
        SimilarityScore score = Circle.EvaluateSimilarity(Write("# a comment\nword1\tword2\tmean\nman\twoman\t9\nking\tqueen\t9.5\nMAN\tking\t5\nman\tqueen\t4\nking\tnobody\t1\n"));
        Assert.Equal((5, 4), (score.Pairs, score.Found));
        // Both pairs of ten degrees share a rank of ours: ranks 3.5 3.5 2 1 against 3 4 2 1.
        Assert.Equal(0.9486832980505138, score.Spearman, 1e-9);
        Assert.Equal(4, Circle.EvaluateSimilarity(Write("man,woman,9\nking,queen,9.5\nMAN,king,5\nman,queen,4\n")).Found);
        Assert.True(double.IsNaN(Circle.EvaluateSimilarity(Write("x y 1\n")).Spearman));
    }

    [Fact]
    public void Analogies_are_counted_by_section()
    {
        AnalogyScore score = Circle.EvaluateAnalogies(Write(": family\nman woman king queen\nMan King Woman Queen\nman woman king nobody\n: gram1-x\nman woman king rest\n"));
        Assert.Equal([new AnalogySection("family", 3, 2, 2), new AnalogySection("gram1-x", 1, 1, 0)], score.Sections);
        Assert.Equal(new AnalogySection("semantic", 3, 2, 2), score.Semantic);
        Assert.Equal(new AnalogySection("syntactic", 1, 1, 0), score.Syntactic);
        Assert.Equal(new AnalogySection("total", 4, 3, 2), score.Total);
        Assert.Equal(2.0 / 3, score.Total.Accuracy, 1e-12);
        // Of the first three words alone no question can be asked.
        Assert.Equal(0, Circle.EvaluateAnalogies(Write("man woman king queen\n"), restrict: 3).Total.Asked);
    }

    [Theory]
    [InlineData("man woman\n", "f.txt, line 1: two words and a number must stand here")]
    [InlineData("man woman 1\nman king much\n", "f.txt, line 2: two words and a number must stand here, got 'man king much'")]
    [InlineData("# nothing\n", "f.txt: the file holds no pair of words")]
    public void A_list_that_is_none_is_told_with_its_line(string text, string words) => Assert.Contains(words, Assert.Throws<UnrollException>(() => Circle.EvaluateSimilarity(Write(text))).Message);

    [Theory]
    [InlineData(": a\nman woman king\n", "f.txt, line 2: four words or a colon and a name must stand here, got 'man woman king'")]
    [InlineData(": a\n", "f.txt: the file holds no question")]
    [InlineData("", "f.txt: the file holds no question")]
    public void Questions_that_are_none_are_told_with_their_line(string text, string words) => Assert.Contains(words, Assert.Throws<UnrollException>(() => Circle.EvaluateAnalogies(Write(text))).Message);

    private static WordVectors OnCircle(params (string Word, double Degrees)[] words) =>
        new([.. words.Select(static w => w.Word)], [.. words.SelectMany(static w => new[] { (float)Math.Cos(w.Degrees * Math.PI / 180), (float)Math.Sin(w.Degrees * Math.PI / 180) })], 2);

    private string Write(string text)
    {
        File.WriteAllText(folder["f.txt"], text);
        return folder["f.txt"];
    }
}
