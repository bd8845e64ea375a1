using System.Text;

namespace Unroll.Reports;

/// <summary>A formula in a small linear notation, written as MathML: of TeX what indices, powers, fractions, sums and Greek letters need, and no more.</summary>
/// <remarks>Words of several letters stand upright (<c>tanh</c>), single letters slant, so factors are parted by a blank: <c>h_t = tanh(W x_t + U h_{t-1} + b)</c>.</remarks>
internal sealed class Formula
{
    private static readonly Dictionary<string, string> Letters = new() { ["alpha"] = "α", ["sigma"] = "σ", ["partial"] = "∂" };

    private static readonly Dictionary<string, string> Operators = new() { ["sum"] = "∑", ["prod"] = "∏", ["odot"] = "⊙", ["le"] = "≤", ["top"] = "⊤", ["dots"] = "…" };

    private readonly string text;
    private readonly StringBuilder markup = new();
    private int at;

    private Formula(string text) => this.text = text;

    /// <summary>The formula as an element <c>math</c> on a line of its own; readers that know no MathML have the notation as its text.</summary>
    /// <param name="notation">The formula.</param>
    /// <exception cref="ArgumentException">The notation has an unknown command or braces that do not meet.</exception>
    public static string ToMathMarkup(string notation)
    {
        var formula = new Formula(notation);
        formula.Row();
        return formula.at == notation.Length ? $"<math display=\"block\" alttext=\"{Markup.Escape(notation)}\">{formula.markup}</math>" : throw formula.Wrong("a brace too many");
    }

    // Everything up to a closing brace or the end.
    private void Row()
    {
        for (Blanks(); at < text.Length && text[at] != '}'; Blanks()) Scripted();
    }

    // x, x_i, x^2, x_i^2: MathML wants the element that holds them in front, so it is put in once it is known.
    private void Scripted()
    {
        int start = markup.Length;
        bool large = text.AsSpan(at).StartsWith("\\sum") || text.AsSpan(at).StartsWith("\\prod"), below = false, above = false;
        Atom();
        if (at < text.Length && text[at] == '_')
        {
            (below, at) = (true, at + 1);
            Atom();
        }
        if (at < text.Length && text[at] == '^')
        {
            (above, at) = (true, at + 1);
            Atom();
        }
        if (!below && !above) return;
        string element = (large, below, above) switch
        {
            (true, true, true) => "munderover", (true, true, _) => "munder", (true, _, _) => "mover", (_, true, true) => "msubsup", (_, true, _) => "msub", _ => "msup",
        };
        markup.Insert(start, $"<{element}>").Append($"</{element}>");
    }

    private void Atom()
    {
        Blanks();
        if (at == text.Length) throw Wrong("it ends too early");
        char c = text[at];
        if (c == '{') Group();
        else if (c == '\\') Command();
        else if (char.IsAsciiLetter(c)) Word();
        else if (char.IsAsciiDigit(c)) Put("mn", While(static d => char.IsAsciiDigit(d) || d == '.'));
        else
        {
            at++;
            Put("mo", c switch { '-' => "−", '\'' => "′", _ => c.ToString() });
        }
    }

    // log p: a word stands off from what it is applied to, unless a bracket or an index follows at once.
    private void Word()
    {
        string word = While(char.IsAsciiLetter);
        Put("mi", word);
        if (word.Length > 1 && at < text.Length && text[at] == ' ') markup.Append("<mspace width=\"0.2em\"/>");
    }

    private void Group()
    {
        at++;
        markup.Append("<mrow>");
        Row();
        if (at == text.Length) throw Wrong("a brace is not closed");
        at++;
        markup.Append("</mrow>");
    }

    private void Command()
    {
        at++;
        string name = While(char.IsAsciiLetter);
        if (name == "frac")
        {
            markup.Append("<mfrac>");
            Atom();
            Atom();
            markup.Append("</mfrac>");
        }
        else if (name == "quad") markup.Append("<mspace width=\"1em\"/>");
        else if (Letters.TryGetValue(name, out string? letter)) Put("mi", letter);
        else if (Operators.TryGetValue(name, out string? sign)) Put("mo", sign);
        else throw Wrong($"\\{name} is unknown");
    }

    private void Put(string element, string content) => markup.Append('<').Append(element).Append('>').Append(Markup.Escape(content)).Append("</").Append(element).Append('>');

    private string While(Func<char, bool> fits)
    {
        int from = at;
        while (at < text.Length && fits(text[at])) at++;
        return text[from..at];
    }

    private void Blanks()
    {
        while (at < text.Length && text[at] == ' ') at++;
    }

    private ArgumentException Wrong(string why) => new($"Formula: {why}, at {at} of '{text}'.");
}
