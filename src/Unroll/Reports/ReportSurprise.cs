using System.Globalization;
using Unroll.Tasks.Language;

namespace Unroll.Reports;

/// <summary>A text whose tokens stand on a ground that is the darker the less a model expected them; pointing at one shows how many bits it took.</summary>
/// <param name="Tokens">The tokens in order.</param>
/// <param name="Words">True where tokens are words, which a space divides.</param>
public sealed record ReportSurprise(IReadOnlyList<TokenScore> Tokens, bool Words) : ReportPart
{
    /// <summary>So many bits are as dark as it gets.</summary>
    private const double Most = 12;

    /// <inheritdoc/>
    internal override void Write(HtmlWriter page)
    {
        page.Open("p", "surprise");
        foreach (TokenScore token in Tokens)
        {
            double bits = -token.LogProbability / Math.Log(2);
            string share = Math.Clamp(bits / Most, 0, 1).ToString("0.##", CultureInfo.InvariantCulture);
            string title = string.Create(CultureInfo.InvariantCulture, $"{bits:F1} bits");
            page.Raw($"<span style=\"--s:{share}\" title=\"{title}\">{Markup.Escape(Shown(token.Text))}</span>{(EndsLine(token.Text) ? "<br/>" : Words ? " " : "")}");
        }

        page.Close("p");
    }

    private static bool EndsLine(string token) => token is "\n" or "<eos>";

    private static string Shown(string token) => EndsLine(token) ? "\u21B5" : token;
}
