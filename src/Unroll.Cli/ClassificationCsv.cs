using System.Globalization;
using Unroll.Data;
using Unroll.Formats;
using Unroll.Tasks.Classification;

namespace Unroll.Cli;

/// <summary>Writes what a classifier says: row, label, its probability, and the probability of each label.</summary>
internal static class ClassificationCsv
{
    /// <summary>Writes a file, or standard output where the path is '-'.</summary>
    public static void Write(string path, Classifier classifier, IReadOnlyList<Classification> said)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var csv = new SeriesCsv(text);
        csv.Field("row").Field("label").Field("probability");
        foreach (string label in classifier.Labels) csv.Field("p:" + label);
        csv.EndRow();
        foreach (Classification c in said)
        {
            csv.Field(c.Name).Field(c.Label).Field(Rounded(Sure(classifier, c)));
            foreach (double p in c.Probabilities) csv.Field(Rounded(p));
            csv.EndRow();
        }
        if (path == "-") Console.Out.Write(text.ToString());
        else AtomicFile.WriteText(path, text.ToString());
    }

    /// <summary>A line for people: the label and its probability; of several labels each with its own.</summary>
    public static string Line(Classifier classifier, Classification c)
    {
        if (classifier.Options.Labels != LabelKind.Several) return string.Create(CultureInfo.InvariantCulture, $"{c.Label}\t{Sure(classifier, c):F4}");
        return c.Labels.Count == 0 ? "(none)" : string.Join('\t', c.Labels.Select(l => string.Create(CultureInfo.InvariantCulture, $"{l}\t{Of(classifier, c, l):F4}")));
    }

    // The probability of the label; of several labels the least of theirs, of none that of the likeliest.
    private static double Sure(Classifier classifier, Classification c) => c.Labels.Count == 0 ? c.Probabilities.Max() : c.Labels.Min(l => Of(classifier, c, l));

    private static double Of(Classifier classifier, Classification c, string label) => c.Probabilities[classifier.Labels.ToList().IndexOf(label)];

    private static float Rounded(double p) => MathF.Round((float)p, 6);
}
