using System.Collections.Concurrent;
using System.Text.Json;

namespace Unroll.Tests.Oracles;

/// <summary>One golden file: the figures that make_oracles.py wrote with PyTorch in double precision.</summary>
/// <remarks>Files stand in Oracles/data and are copied beside the test assembly. No Python is needed to read them.</remarks>
public sealed class OracleFile
{
    private static readonly ConcurrentDictionary<string, Lazy<OracleFile>> Files = new();

    private readonly Dictionary<string, OracleCase> cases = [];

    private OracleFile(string group)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Oracles", "data", group + ".json");
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        foreach (JsonElement element in document.RootElement.GetProperty("cases").EnumerateArray())
        {
            var one = new OracleCase(element.Clone());
            cases.Add(one.Name, one);
        }
    }

    /// <summary>All cases of the file, in its order.</summary>
    public IReadOnlyCollection<OracleCase> Cases => cases.Values;

    /// <summary>The case of that name.</summary>
    public OracleCase this[string name] => cases[name];

    /// <summary>The file of a group (<c>ops</c>, <c>lstm</c>, ...), read once.</summary>
    public static OracleFile Of(string group) => Files.GetOrAdd(group, static g => new Lazy<OracleFile>(() => new OracleFile(g))).Value;

    /// <summary>The names of a group's cases, one test each.</summary>
    public static TheoryData<string> Names(string group, Func<OracleCase, bool>? those = null) => [.. Of(group).Cases.Where(those ?? (_ => true)).Select(c => c.Name)];
}

/// <summary>One computation: what went in, what came out, the gradient of L = sum(weight * output) with respect to every input.</summary>
public sealed class OracleCase(JsonElement element)
{
    private readonly JsonElement parameters = element.GetProperty("params");

    /// <summary>Unique in its file.</summary>
    public string Name { get; } = element.GetProperty("name").GetString()!;

    /// <summary>What computes it: the name of an operation, a loss, an optimiser, a schedule.</summary>
    public string Op { get; } = element.GetProperty("op").GetString()!;

    /// <summary>The arguments, each the same float32 number that PyTorch had.</summary>
    public IReadOnlyDictionary<string, OracleTensor> Inputs { get; } = Tensors(element, "inputs");

    /// <summary>The weight of each output in L.</summary>
    public IReadOnlyDictionary<string, OracleTensor> Weights { get; } = Tensors(element, "weights");

    /// <summary>The results, double precision.</summary>
    public IReadOnlyDictionary<string, OracleTensor> Outputs { get; } = Tensors(element, "outputs");

    /// <summary>dL/d(input), double precision, for every input that has a gradient.</summary>
    public IReadOnlyDictionary<string, OracleTensor> Gradients { get; } = Tensors(element, "gradients");

    /// <summary>Whether the option is there and not null.</summary>
    public bool Has(string name) => parameters.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>An integer option, or <paramref name="otherwise"/> when it is not given.</summary>
    public int Int(string name, int otherwise = 0) => Has(name) ? parameters.GetProperty(name).GetInt32() : otherwise;

    /// <summary>A number option, or <paramref name="otherwise"/> when it is not given.</summary>
    public double Number(string name, double otherwise = 0) => Has(name) ? parameters.GetProperty(name).GetDouble() : otherwise;

    /// <summary>A text option.</summary>
    public string Text(string name) => parameters.GetProperty(name).GetString()!;

    /// <summary>A yes or no; no when it is not given.</summary>
    public bool Flag(string name) => Has(name) && parameters.GetProperty(name).GetBoolean();

    /// <summary>A list of integers (indices, lengths, a mask, a shape).</summary>
    public int[] Ints(string name) => [.. parameters.GetProperty(name).EnumerateArray().Select(v => v.GetInt32())];

    /// <summary>A list of numbers.</summary>
    public double[] Numbers(string name) => [.. parameters.GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static Dictionary<string, OracleTensor> Tensors(JsonElement element, string part) =>
        element.GetProperty(part).EnumerateObject().ToDictionary(
            p => p.Name,
            p => new OracleTensor(
                [.. p.Value.GetProperty("shape").EnumerateArray().Select(v => v.GetInt32())],
                [.. p.Value.GetProperty("data").EnumerateArray().Select(v => v.GetDouble())]));
}

/// <summary>Numbers and their shape, row-major.</summary>
public sealed record OracleTensor(int[] Shape, double[] Data)
{
    /// <summary>The numbers as float32: exact for inputs and weights, which were float32 when they were written.</summary>
    public float[] Singles => Array.ConvertAll(Data, v => (float)v);
}
