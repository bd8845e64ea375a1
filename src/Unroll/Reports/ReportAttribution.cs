using System.Globalization;

namespace Unroll.Reports;

/// <summary>A text whose tokens stand on a ground that shows how much each spoke for a label (green) or against it (red); pointing at one tells the figures.</summary>
/// <param name="Tokens">The tokens.</param>
/// <param name="Scores">What each did, above 0 for the label.</param>
/// <param name="Attention">Where an attention looked, a share a token; null for none.</param>
public sealed record ReportAttribution(IReadOnlyList<string> Tokens, IReadOnlyList<double> Scores, IReadOnlyList<double>? Attention = null) : ReportPart
{
    private const int MostTokens = 300;

    /// <inheritdoc/>
    internal override void Write(HtmlWriter page)
    {
        double most = Scores.Select(Math.Abs).DefaultIfEmpty(0).Max();
        page.Open("p", "surprise");
        for (int i = 0; i < Math.Min(Tokens.Count, MostTokens); i++)
        {
            double score = Scores[i];
            string share = (most > 0 ? Math.Clamp(Math.Abs(score) / most, 0, 1) : 0).ToString("0.##", CultureInfo.InvariantCulture);
            string title = score.ToString("+0.000;-0.000;0", CultureInfo.InvariantCulture) + (Attention is { } attention ? string.Create(CultureInfo.InvariantCulture, $", attention {100 * attention[i]:F1} %") : "");
            page.Raw($"<span{(score > 0 ? " class=\"for\"" : "")} style=\"--s:{share}\" title=\"{title}\">{Markup.Escape(Tokens[i])}</span> ");
        }

        if (Tokens.Count > MostTokens) page.Raw("...");
        page.Close("p");
    }
}
