using System.Globalization;
using System.Text;

namespace Unroll.Data;

/// <summary>One series with its class.</summary>
/// <param name="Values">Row-major <c>[length, dimensions]</c>; not-a-number where a value is missing.</param>
/// <param name="Length">Steps.</param>
/// <param name="Label">Which of <see cref="LabelledSeriesSet.Labels"/>.</param>
public sealed record LabelledSeries(float[] Values, int Length, int Label);

/// <summary>Series to classify, as the UCR and UEA archives keep them in <c>.ts</c> files.</summary>
/// <remarks>
/// Lines that begin with <c>#</c> are remarks, those with <c>@</c> tell of the data (<c>@problemName</c>, <c>@classLabel true 1 2 3</c>, <c>@data</c>). Behind <c>@data</c> each line is a series:
/// its dimensions, divided by <c>:</c>, each a list of numbers divided by <c>,</c> (<c>?</c> where one is missing), then its class. Files with time stamps are refused.
/// </remarks>
public sealed class LabelledSeriesSet
{
    private readonly LabelledSeries[] series;

    private LabelledSeriesSet(string name, int dimensions, string[] labels, LabelledSeries[] series) => (Name, Dimensions, Labels, this.series) = (name, dimensions, labels, series);

    /// <summary>What the file calls its problem; empty where it does not say.</summary>
    public string Name { get; }

    /// <summary>Values a step.</summary>
    public int Dimensions { get; }

    /// <summary>The classes, in the file's order.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The series, in the file's order; lengths may differ.</summary>
    public IReadOnlyList<LabelledSeries> Series => series;

    /// <summary>The longest length.</summary>
    public int LongestLength => series.Max(static s => s.Length);

    /// <summary>Reads a <c>.ts</c> file, plain or packed by gzip.</summary>
    /// <param name="path">Where it is.</param>
    /// <exception cref="UnrollException">No such file, or not in this format; the line is named.</exception>
    public static LabelledSeriesSet Read(string path)
    {
        using var reader = new StreamReader(SourceFile.Open(path, "a .ts file"), new UTF8Encoding(false, throwOnInvalidBytes: true));
        string name = "";
        string[]? labels = null;
        bool data = false;
        int dimensions = 0, line = 0;
        List<LabelledSeries> all = [];
        try
        {
            while (reader.ReadLine() is { } text)
            {
                line++;
                text = text.Trim();
                if (text.Length == 0 || text[0] == '#') continue;
                if (data)
                {
                    all.Add(One(text, labels!, ref dimensions));
                    continue;
                }
                string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                switch (words[0].ToLowerInvariant())
                {
                    case "@problemname":
                        name = string.Join(' ', words[1..]);
                        break;
                    case "@timestamps" when words is [_, var given] && given.Equals("true", StringComparison.OrdinalIgnoreCase):
                        throw Wrong("time stamps are not read; the values must stand at equal steps");
                    case "@classlabel":
                        if (words.Length < 3 || !words[1].Equals("true", StringComparison.OrdinalIgnoreCase)) throw Wrong("needs classes: @classLabel true and their names");
                        labels = words[2..];
                        break;
                    case "@data":
                        if (labels is null) throw Wrong("@classLabel must stand in front of @data");
                        data = true;
                        break;
                    default:
                        if (text[0] != '@') throw Wrong($"a line in front of @data must begin with # or @, got {ShownText.Of(text)}");
                        break;
                }
            }
        }
        catch (Exception cause) when (cause is DecoderFallbackException or InvalidDataException or IOException)
        {
            throw new UnrollException($"{path}: the file cannot be read as text to its end ({cause.Message.ReplaceLineEndings(" ")}).", cause);
        }
        if (all.Count == 0) throw new UnrollException($"{path}: holds no series; they stand behind a line @data.");
        return new LabelledSeriesSet(name, dimensions, labels!, [.. all]);

        LabelledSeries One(string text, string[] classes, ref int wanted)
        {
            string[] parts = text.Split(':');
            int label = Array.IndexOf(classes, parts[^1].Trim());
            if (label < 0) throw Wrong($"the class {ShownText.Of(parts[^1].Trim())} is none of those told by @classLabel");
            if (wanted == 0) wanted = parts.Length - 1;
            if (parts.Length - 1 != wanted || wanted == 0) throw Wrong($"must have {Math.Max(1, wanted)} dimensions and a class, got {parts.Length - 1}");
            float[]? values = null;
            int length = 0;
            for (int d = 0; d < wanted; d++)
            {
                string[] numbers = parts[d].Split(',');
                length = values is null ? numbers.Length : length;
                values ??= new float[checked(length * wanted)];
                if (numbers.Length != length) throw Wrong($"dimension {d + 1} must have {length} values as the first, got {numbers.Length}");
                for (int t = 0; t < length; t++)
                {
                    if (!TryRead(numbers[t], out values[t * wanted + d])) throw Wrong($"dimension {d + 1}, value {t + 1}: {ShownText.Of(numbers[t].Trim())} is not a number");
                }
            }
            return new LabelledSeries(values!, length, label);
        }

        UnrollException Wrong(string what) => new($"{path}, line {line}: {what}.");
    }

    private static bool TryRead(string text, out float value)
    {
        if (NumberText.IsMissing(text))
        {
            value = float.NaN;
            return true;
        }
        return float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && float.IsFinite(value);
    }
}
