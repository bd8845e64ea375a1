using System.Globalization;
using System.Text.RegularExpressions;

namespace Unroll.Formats;

/// <summary>One value of a recipe: its text, and whether it stood in quotes.</summary>
/// <param name="Text">The text without quotes and with escapes undone.</param>
/// <param name="IsQuoted">True where it stood in quotes, and so is text even where it looks like a number or like nothing.</param>
/// <param name="Line">Its line in the file, from 1; 0 where it was not read from one.</param>
/// <param name="Column">Its column in the line, from 1; 0 where it was not read from one.</param>
public sealed partial record RecipeValue(string Text, bool IsQuoted, int Line = 0, int Column = 0)
{
    /// <summary>True for a value left empty, <c>~</c> or <c>null</c>, without quotes.</summary>
    public bool IsNull => !IsQuoted && Text is ("" or "~" or "null" or "Null" or "NULL");

    /// <summary>No value: the knob's default.</summary>
    public static RecipeValue Null { get; } = new("null", IsQuoted: false);

    /// <summary>Text; quoted where any YAML reader would take it for something else, such as <c>yes</c>, <c>1e3</c>, <c>null</c> or a date.</summary>
    public static RecipeValue Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new RecipeValue(text, LooksLikeAnotherType().IsMatch(text));
    }

    /// <summary>A whole number.</summary>
    public static RecipeValue Of(long number) => new(number.ToString(CultureInfo.InvariantCulture), IsQuoted: false);

    /// <summary>A number, with as many digits as it takes to read the same number back.</summary>
    public static RecipeValue Of(double number) => new(Spell(number, number.ToString("R", CultureInfo.InvariantCulture)), IsQuoted: false);

    /// <summary>A single-precision number, with as many digits as it takes to read the same number back.</summary>
    public static RecipeValue Of(float number) => new(Spell(number, number.ToString("R", CultureInfo.InvariantCulture)), IsQuoted: false);

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public static RecipeValue Of(bool flag) => new(flag ? "true" : "false", IsQuoted: false);

    private static string Spell(double number, string digits) =>
        double.IsNaN(number) ? ".nan" : double.IsInfinity(number) ? number > 0 ? ".inf" : "-.inf" : digits;

    // What YAML 1.1 and 1.2 resolve to null, a flag, a number (decimal, hexadecimal, octal, binary, base 60, infinite) or a time stamp; and the merge and
    // value keys.
    [GeneratedRegex(
        @"\A(?:|~|null|true|false|yes|no|on|off|y|n|<<|=|[-+]?\.(?:inf|nan)|[-+]?0[xob][0-9a-f_]+|[-+]?\.?[0-9][-+0-9_.,:e]*(?:[T ][-+0-9:. Z]*)?)\z",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex LooksLikeAnotherType();
}
