using System.Text.Json;
using Unroll.Data;

namespace Unroll.Formats;

/// <summary>
/// The fields of a JSON object that was written by us and may have been damaged or edited since: every read checks the type and the range, and errors name the
/// file and the field.
/// </summary>
public sealed class JsonFields
{
    private readonly Dictionary<string, JsonElement> fields = new(StringComparer.Ordinal);
    private readonly HashSet<string> asked = new(StringComparer.Ordinal);
    private readonly string source;
    private readonly string prefix;

    /// <summary>The fields of an object.</summary>
    /// <param name="element">A JSON object that <see cref="JsonFile"/> has read.</param>
    /// <param name="source">What errors call the file.</param>
    /// <exception cref="UnrollException">The element is no object.</exception>
    public JsonFields(JsonElement element, string source) : this(element, source, "")
    {
    }

    private JsonFields(JsonElement element, string source, string prefix)
    {
        this.source = source;
        this.prefix = prefix;
        if (element.ValueKind != JsonValueKind.Object) throw NoObject(element);
        foreach (JsonProperty field in element.EnumerateObject()) fields[field.Name] = field.Value;
    }

    /// <summary>Reads a file whose root is an object.</summary>
    /// <param name="path">A JSON file.</param>
    /// <exception cref="UnrollException">The file cannot be read, is not valid JSON, or is no object.</exception>
    public static JsonFields Read(string path) => new(JsonFile.Read(path), path);

    /// <summary>The names of all fields, in the order of the file.</summary>
    public IReadOnlyCollection<string> Names => fields.Keys;

    /// <summary>True where the field is there and not null.</summary>
    public bool Has(string name)
    {
        asked.Add(name);
        return fields.TryGetValue(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null;
    }

    /// <summary>Text.</summary>
    /// <exception cref="UnrollException">The field is missing or not text.</exception>
    public string Text(string name) => AsText(Get(name), name);

    /// <summary>A flag.</summary>
    /// <exception cref="UnrollException">The field is missing or neither true nor false.</exception>
    public bool Boolean(string name) =>
        Get(name) is { ValueKind: JsonValueKind.True or JsonValueKind.False } value ? value.GetBoolean() : throw Wrong(name, "true or false", Get(name));

    /// <summary>A whole number in a range.</summary>
    /// <exception cref="UnrollException">The field is missing, no whole number, or out of range.</exception>
    public int Int32(string name, int min = int.MinValue, int max = int.MaxValue) => (int)Int64(name, min, max);

    /// <summary>A whole number in a range.</summary>
    /// <exception cref="UnrollException">The field is missing, no whole number, or out of range.</exception>
    public long Int64(string name, long min = long.MinValue, long max = long.MaxValue) => AsInt64(Get(name), name, min, max);

    /// <summary>A finite number in a range.</summary>
    /// <exception cref="UnrollException">The field is missing, no number, or out of range.</exception>
    public double Double(string name, double min = double.MinValue, double max = double.MaxValue) => AsDouble(Get(name), name, min, max);

    /// <summary>An object in this one.</summary>
    /// <exception cref="UnrollException">The field is missing or no object.</exception>
    public JsonFields Object(string name) => new(Get(name), source, $"{prefix}{name}.");

    /// <summary>A list of objects.</summary>
    /// <exception cref="UnrollException">The field is missing or no list of objects.</exception>
    public JsonFields[] Objects(string name) => List(name, (element, label) => new JsonFields(element, source, $"{prefix}{label}."));

    /// <summary>A list of texts.</summary>
    /// <exception cref="UnrollException">The field is missing or no list of texts.</exception>
    public string[] Texts(string name) => List(name, AsText);

    /// <summary>A list of whole numbers, each in a range.</summary>
    /// <exception cref="UnrollException">The field is missing, no list of whole numbers, or one is out of range.</exception>
    public long[] Int64s(string name, long min = long.MinValue, long max = long.MaxValue) => List(name, (element, label) => AsInt64(element, label, min, max));

    /// <summary>A list of finite numbers, each in a range.</summary>
    /// <exception cref="UnrollException">The field is missing, no list of numbers, or one is out of range.</exception>
    public double[] Doubles(string name, double min = double.MinValue, double max = double.MaxValue) =>
        List(name, (element, label) => AsDouble(element, label, min, max));

    /// <summary>Refuses fields that nobody has asked for: they belong to a newer version, or are misspelt.</summary>
    /// <exception cref="UnrollException">There is such a field.</exception>
    public void RejectUnknown()
    {
        foreach (string name in fields.Keys)
            if (!asked.Contains(name))
                throw new UnrollException($"{OneLine.Of(source)}: unknown field {ShownText.Of(prefix + name)}{NearestNames.Question(name, asked)}");
    }

    /// <summary>An error about a field, to be thrown.</summary>
    /// <param name="name">The field.</param>
    /// <param name="message">What is wrong and how to mend it.</param>
    public UnrollException Error(string name, string message) => new($"{OneLine.Of(source)}: {ShownText.Of(prefix + name)} {message}");

    private UnrollException NoObject(JsonElement got)
    {
        string what = prefix.Length == 0 ? "the file" : ShownText.Of(prefix.AsSpan()[..^1]);
        return new UnrollException($"{OneLine.Of(source)}: {what} must be an object {{ }}, got {Shown(got)}");
    }

    private JsonElement Get(string name)
    {
        asked.Add(name);
        return fields.TryGetValue(name, out JsonElement value) ? value : throw Error(name, "is missing");
    }

    private T[] List<T>(string name, Func<JsonElement, string, T> read)
    {
        JsonElement list = Get(name);
        if (list.ValueKind != JsonValueKind.Array) throw Wrong(name, "a list", list);
        var values = new T[list.GetArrayLength()];
        int i = 0;
        foreach (JsonElement element in list.EnumerateArray())
        {
            values[i] = read(element, $"{name}[{i}]");
            i++;
        }
        return values;
    }

    private string AsText(JsonElement value, string name)
    {
        if (value.ValueKind != JsonValueKind.String) throw Wrong(name, "text", value);
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            // An escaped half of a surrogate pair.
            throw new UnrollException($"{OneLine.Of(source)}: {ShownText.Of(prefix + name)} is not valid text", e);
        }
    }

    private long AsInt64(JsonElement value, string name, long min, long max)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number >= min && number <= max) return number;
        string range = max is (int.MaxValue or long.MaxValue) && min is not (int.MinValue or long.MinValue) ? $"a whole number of at least {min}"
            : max == long.MaxValue ? "a whole number"
            : $"a whole number from {min} to {max}";
        throw Wrong(name, range, value);
    }

    private double AsDouble(JsonElement value, string name, double min, double max)
    {
        double number = value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double parsed) ? parsed : double.NaN;
        if (double.IsFinite(number) && number >= min && number <= max) return number;
        string range = max < double.MaxValue ? FormattableString.Invariant($"a number from {min} to {max}")
            : min > double.MinValue ? FormattableString.Invariant($"a number of at least {min}")
            : "a number";
        throw Wrong(name, range, value);
    }

    private UnrollException Wrong(string name, string wanted, JsonElement got) => Error(name, $"must be {wanted}, got {Shown(got)}");

    private static string Shown(JsonElement value) => OneLine.Of(value.GetRawText(), 40);
}
