using System.Globalization;
using Unroll.Data;

namespace Unroll.Tasks.Classification;

/// <summary>The labels that a classifier knows, in their order, and what stands in a label's field.</summary>
/// <param name="names">The labels.</param>
/// <param name="kind">What a field holds.</param>
internal sealed class LabelSet(IReadOnlyList<string> names, LabelKind kind)
{
    /// <summary>What divides labels where a row has several.</summary>
    public const char Separator = '|';

    private const int Most = 10_000;

    private readonly Dictionary<string, int> places = names.Select(static (n, i) => (n, i)).ToDictionary(static p => p.n, static p => p.i, StringComparer.Ordinal);

    public IReadOnlyList<string> Names => names;

    public LabelKind Kind => kind;

    /// <summary>C: how many there are.</summary>
    public int Count => names.Count;

    /// <summary>The labels of a field; those that are not known are left out, and counted.</summary>
    public (int[] Known, int Unknown) Read(string field)
    {
        string[] parts = Parts(field, kind);
        int[] known = [.. parts.Where(places.ContainsKey).Select(p => places[p]).Distinct().Order()];
        return (known, parts.Count(p => !places.ContainsKey(p)));
    }

    /// <summary>Learns the labels of rows: numbers by their size, all else by the alphabet.</summary>
    /// <param name="rows">The rows; those without a label do not count.</param>
    /// <param name="kind">What a field holds.</param>
    /// <param name="name">What the rows are called, for errors.</param>
    /// <exception cref="UnrollException">There is nothing to tell apart, or grades that are no numbers.</exception>
    public static LabelSet Learn(IEnumerable<LabelledRow> rows, LabelKind kind, string name)
    {
        string[] all = [.. rows.Where(static r => r.Label is not null).SelectMany(r => Parts(r.Label!, kind)).Distinct(StringComparer.Ordinal)];
        if (all.Length == 0) throw new UnrollException($"{name}: no row has a label: there is nothing to learn.");
        if (all.Length == 1 && kind != LabelKind.Several) throw new UnrollException($"{name}: every row has the label {ShownText.Of(all[0])}: there is nothing to tell apart.");
        if (all.Length > Most) throw new UnrollException($"{name}: there are {all.Length:N0} different labels, at most {Most:N0} can be told apart; is the column the right one?");
        bool numbers = all.All(static t => Number(t) is not null);
        if (kind == LabelKind.Ordinal && !numbers) throw new UnrollException($"{name}: grades must be numbers, got {ShownText.Of(all.First(static t => Number(t) is null))}; labels ordinal needs their order.");
        string[] sorted = numbers ? [.. all.OrderBy(static t => Number(t)).ThenBy(static t => t, StringComparer.Ordinal)] : [.. all.Order(StringComparer.Ordinal)];
        return new LabelSet(sorted, kind);
    }

    private static string[] Parts(string field, LabelKind kind) =>
        kind == LabelKind.Several ? [.. field.Split(Separator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)] : [field];

    private static double? Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double v) && double.IsFinite(v) ? v : null;
}
