using System.Globalization;

namespace Unroll.Bench;

/// <summary>What stands behind a verb: <c>--name value</c> pairs, and files.</summary>
internal sealed class Options
{
    private readonly Dictionary<string, string> named = [];

    public Options(ReadOnlySpan<string> words)
    {
        var files = new List<string>();
        for (int i = 0; i < words.Length; i++)
        {
            if (!words[i].StartsWith("--", StringComparison.Ordinal)) files.Add(words[i]);
            else if (i + 1 < words.Length) named[words[i][2..]] = words[++i];
            else throw new ArgumentException($"{words[i]} needs a value.");
        }
        Files = files;
    }

    public IReadOnlyList<string> Files { get; }

    public string Text(string name, string otherwise) => named.GetValueOrDefault(name, otherwise);

    public int Integer(string name, int otherwise) => named.TryGetValue(name, out string? value) ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;

    public double Number(string name, double otherwise) => named.TryGetValue(name, out string? value) ? double.Parse(value, CultureInfo.InvariantCulture) : otherwise;
}
