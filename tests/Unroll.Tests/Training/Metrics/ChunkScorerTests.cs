using System.Text.Json;
using Unroll.Tensors;
using Unroll.Training.Metrics;

namespace Unroll.Tests.Training.Metrics;

/// <summary>Chunks against the figures of the script conlleval itself, made by make_metric_oracles.py.</summary>
public class ChunkScorerTests
{
    [Fact]
    public void Random_tags_score_as_in_conlleval()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Oracles", "data", "metrics.json")));
        int cases = 0;
        foreach (JsonElement c in document.RootElement.GetProperty("chunks").EnumerateArray())
        {
            var scorer = new ChunkScorer();
            foreach ((JsonElement actual, JsonElement predicted) in c.GetProperty("actual").EnumerateArray().Zip(c.GetProperty("predicted").EnumerateArray()))
                scorer.Add(predicted.GetString()!.Split(' '), actual.GetString()!.Split(' '));
            int[] counts = [.. c.GetProperty("counts").EnumerateArray().Select(v => v.GetInt32())];
            double[] overall = [.. c.GetProperty("overall").EnumerateArray().Select(v => v.GetDouble())];
            Assert.Equal((counts[1], counts[2], counts[3]), (scorer.Overall.Actual, scorer.Overall.Predicted, scorer.Overall.Correct));
            Assert.Equal(overall, (double[])[Percent(scorer.TokenAccuracy), Percent(scorer.Overall.Score.Precision), Percent(scorer.Overall.Score.Recall), Percent(scorer.Overall.Score.F1)]);
            Assert.StartsWith($"processed {counts[0]} tokens with {counts[1]} phrases; found: {counts[2]} phrases; correct: {counts[3]}.\naccuracy: ", scorer.ToString(), StringComparison.Ordinal);
            Assert.Equal(
                c.GetProperty("types").EnumerateArray().Select(t => (t[0].GetString(), t[1].GetDouble(), t[2].GetDouble(), t[3].GetDouble(), t[4].GetInt32())),
                scorer.ByType.Select(t => ((string?)t.Type, Percent(t.Score.Precision), Percent(t.Score.Recall), Percent(t.Score.F1), t.Predicted)));
            cases++;
        }
        Assert.Equal(5, cases);

        static double Percent(double share) => Math.Round(100 * share, 2);
    }

    [Fact]
    public void The_report_is_laid_out_as_the_script_s()
    {
        var scorer = new ChunkScorer();
        scorer.Add(["B-NP", "I-NP", "O", "B-VP", "O"], ["B-NP", "I-NP", "B-PP", "B-VP", "I-VP"]);
        Assert.Equal("""
            processed 5 tokens with 3 phrases; found: 2 phrases; correct: 1.
            accuracy:  60.00%; precision:  50.00%; recall:  33.33%; FB1:  40.00
                           NP: precision: 100.00%; recall: 100.00%; FB1: 100.00  1
                           PP: precision:   0.00%; recall:   0.00%; FB1:   0.00  0
                           VP: precision:   0.00%; recall:   0.00%; FB1:   0.00  1

            """.ReplaceLineEndings("\n"), scorer.ToString());
    }

    [Theory]
    [InlineData(TagScheme.Iob1, "I-A I-A B-A O I-B I-A", "A 0 2|A 2 3|B 4 5|A 5 6")]
    [InlineData(TagScheme.Iob2, "B-A I-A B-A O B-B B-A", "A 0 2|A 2 3|B 4 5|A 5 6")]
    [InlineData(TagScheme.Bioes, "B-A E-A S-A O S-B S-A", "A 0 2|A 2 3|B 4 5|A 5 6")]
    [InlineData(TagScheme.Bioes, "B-A L-A U-A O U-B U-A", "A 0 2|A 2 3|B 4 5|A 5 6")]
    [InlineData(TagScheme.Iob2, "O I-A I-B-C I-B-C", "A 1 2|B-C 2 4")]
    [InlineData(TagScheme.Bioes, "E-A I-A B-A", "A 0 2|A 2 3")]
    [InlineData(TagScheme.Iob2, "B I O", " 0 2")]
    public void The_same_chunks_in_every_scheme(TagScheme scheme, string tags, string chunks) =>
        Assert.Equal(chunks, string.Join('|', ChunkScorer.Chunks(tags.Split(' '), scheme).Select(c => $"{c.Type} {c.Start} {c.End}")));

    [Fact]
    public void What_does_not_fit_is_refused_and_counts_nothing()
    {
        var scorer = new ChunkScorer();
        Assert.Contains("predicted must hold 2 tags, one an actual, got 1", Assert.Throws<ArgumentException>(() => scorer.Add(["O"], ["O", "O"])).Message, StringComparison.Ordinal);
        Assert.Contains("got 'S-A'", Assert.Throws<ArgumentException>(() => scorer.Add(["B-A", "O"], ["S-A", "O"])).Message, StringComparison.Ordinal);
        Assert.Contains("got 'X-A'", Assert.Throws<ArgumentException>(() => scorer.Add(["X-A"], ["B-A"])).Message, StringComparison.Ordinal);
        Assert.Equal(new ChunkScore("", 0, 0, 0), scorer.Overall);
        Assert.True(double.IsNaN(scorer.TokenAccuracy));
    }
}
