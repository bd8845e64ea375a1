using System.Globalization;

namespace Unroll.Tasks;

/// <summary>One option of a task as text: the command line, the YAML recipe and the documentation are made from the same list.</summary>
/// <typeparam name="TOptions">The task's options, an immutable record.</typeparam>
/// <param name="Name">Its name on the command line (<c>--name</c>) and in a recipe.</param>
/// <param name="Help">One line: what it does, with unit and range.</param>
/// <param name="Read">The present value as text.</param>
/// <param name="Write">The options with another value; throws <see cref="UnrollException"/> where the text is no such value.</param>
/// <param name="Choices">What it may be, where that is a closed set.</param>
public sealed record Knob<TOptions>(string Name, string Help, Func<TOptions, string> Read, Func<TOptions, string, TOptions> Write, IReadOnlyList<string>? Choices = null);

/// <summary>Makes knobs of the usual kinds: whole numbers, numbers, yes or no, one of a few words.</summary>
internal static class KnobOf<TOptions>
{
    private const string None = "none";

    public static Knob<TOptions> Whole(string name, string help, int low, int high, Func<TOptions, int> get, Func<TOptions, int, TOptions> set) =>
        new(name, help, o => get(o).ToString(CultureInfo.InvariantCulture), (o, text) =>
        {
            if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)) throw new UnrollException($"{name} must be a whole number, got '{text}'.");
            if (value < low || value > high) throw new UnrollException($"{name} must be {low} to {high}, got {value}.");
            return set(o, value);
        });

    public static Knob<TOptions> Number(string name, string help, double low, double high, Func<TOptions, double> get, Func<TOptions, double, TOptions> set) =>
        new(name, help, o => get(o).ToString("R", CultureInfo.InvariantCulture), (o, text) =>
        {
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)) throw new UnrollException($"{name} must be a number, got '{text}'.");
            if (!(value >= low && value <= high))
                throw new UnrollException($"{name} must be {low.ToString("R", CultureInfo.InvariantCulture)} to {high.ToString("R", CultureInfo.InvariantCulture)}, got '{text}'.");
            return set(o, value);
        });

    public static Knob<TOptions> Rising(string name, string help, Func<TOptions, IReadOnlyList<int>> get, Func<TOptions, IReadOnlyList<int>, TOptions> set) =>
        new(name, help, o => get(o) is { Count: > 0 } list ? string.Join(",", list) : None, (o, text) =>
        {
            if (text.Trim() is "" or None) return set(o, []);
            int[] list = [.. text.Split(',').Select(part => int.TryParse(part.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int v) ? v : -1)];
            for (int i = 0; i < list.Length; i++)
                if (list[i] <= (i == 0 ? 0 : list[i - 1])) throw new UnrollException($"{name} must be rising whole numbers such as 2000,10000, or {None}, got '{text}'.");
            return set(o, list);
        });

    public static Knob<TOptions> Flag(string name, string help, Func<TOptions, bool> get, Func<TOptions, bool, TOptions> set) =>
        new(name, help, o => get(o) ? "true" : "false", (o, text) => text.Trim().ToLowerInvariant() switch
        {
            "true" or "yes" or "on" => set(o, true),
            "false" or "no" or "off" => set(o, false),
            _ => throw new UnrollException($"{name} must be true or false, got '{text}'."),
        }, ["true", "false"]);

    public static Knob<TOptions> Seed(Func<TOptions, ulong> get, Func<TOptions, ulong, TOptions> set) =>
        new("seed", "Every draw follows from it: the same seed gives the same bits.", o => get(o).ToString(CultureInfo.InvariantCulture),
            (o, text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong v) ? set(o, v) : throw new UnrollException($"seed must be a whole number of at least 0, got '{text}'."));

    public static Knob<TOptions> Word<TEnum>(string name, string help, Func<TOptions, TEnum> get, Func<TOptions, TEnum, TOptions> set) where TEnum : struct, Enum
    {
        TEnum[] values = Enum.GetValues<TEnum>();
        string[] words = [.. values.Select(Spell)];
        return new(name, help, o => Spell(get(o)), (o, text) =>
        {
            int at = Array.IndexOf(words, text.Trim().ToLowerInvariant());
            return at >= 0 ? set(o, values[at]) : throw new UnrollException($"{name} must be one of {string.Join(", ", words)}, got '{text}'.");
        }, words);
    }

    // StudentT -> student-t
    private static string Spell<TEnum>(TEnum value) where TEnum : struct, Enum =>
        string.Concat(value.ToString().Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
