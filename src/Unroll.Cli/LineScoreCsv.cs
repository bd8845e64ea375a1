using Unroll.Data;
using Unroll.Formats;
using Unroll.Tasks.Language;

namespace Unroll.Cli;

/// <summary>Writes what a language model thinks of each line: its tokens, the logarithm of its probability, its perplexity, the three tokens that surprised it most.</summary>
internal static class LineScoreCsv
{
    private const int Surprises = 3;

    /// <summary>Writes a file, or standard output where the path is '-'.</summary>
    /// <returns>How many lines there were.</returns>
    public static int Write(string path, LanguageModel model, IEnumerable<string> lines)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var csv = new SeriesCsv(text);
        foreach (string column in (string[])["line", "tokens", "log_probability", "perplexity", "surprising", "text"]) csv.Field(column);
        csv.EndRow();
        int n = 0;
        foreach (string line in lines)
        {
            IReadOnlyList<TokenScore> scores = model.Score(line);
            double sum = scores.Sum(static s => s.LogProbability);
            csv.Field((++n).ToString(System.Globalization.CultureInfo.InvariantCulture)).Field(scores.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
            csv.Field((float)sum).Field(scores.Count == 0 ? float.NaN : (float)Math.Exp(-sum / scores.Count));
            csv.Field(string.Join(' ', scores.OrderBy(static s => s.LogProbability).Take(Surprises).Select(static s => s.Text.Trim()))).Field(line);
            csv.EndRow();
        }
        if (path == "-") Console.Out.Write(text.ToString());
        else AtomicFile.WriteText(path, text.ToString());
        return n;
    }
}
