using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Unroll.Layers;

namespace Unroll.Docs;

/// <summary>The page of layers, made from a documentation file.</summary>
public static partial class LayerPage
{
    private const string Room = "Unroll.Layers.";

    private sealed record Entry(string Name, XElement Doc, string Group, string PyTorch, string Keras);

    /// <summary>The documentation comments of the library, which the compiler lays beside the assembly.</summary>
    public static XDocument Documentation => XDocument.Load(Path.Combine(AppContext.BaseDirectory, "Unroll.xml"));

    /// <summary>The page as Markdown.</summary>
    /// <param name="documentation">Of the library. A layer is on the page when its comment has an element <c>equivalent</c> with its group and its names in PyTorch and Keras.</param>
    public static string Of(XDocument documentation)
    {
        Dictionary<string, XElement> members = documentation.Descendants("member").ToDictionary(m => m.Attribute("name")!.Value);
        Entry[] layers = [.. members.Where(m => m.Key.StartsWith("T:" + Room, StringComparison.Ordinal) && m.Value.Element("equivalent") is not null).Select(m =>
        {
            XElement e = m.Value.Element("equivalent")!;
            return new Entry(m.Key[(2 + Room.Length)..], m.Value, e.Attribute("group")!.Value, e.Attribute("pytorch")!.Value, e.Attribute("keras")!.Value);
        })];
        var text = new StringBuilder("""
            # Layers

            Made from the documentation comments by `dotnet run --project docs/Unroll.Docs`. T: steps, B: sequences of the batch, H: hidden size. Sequences are `[time, batch, features]`, images `[batch,
            channels, height, width]`; weights carry PyTorch's names and layout. A dash means that there is no such layer there.


            """);
        string[] groups = [.. layers.Select(l => l.Group).Distinct().OrderBy(Order).ThenBy(g => g, StringComparer.Ordinal)];
        foreach (string group in groups)
        {
            text.Append($"| {group} | what it is | PyTorch | Keras |\n|---|---|---|---|\n");
            foreach (Entry l in Within(group)) text.Append($"| [{l.Name}](#{l.Name.ToLowerInvariant()}) | {Cell(Plain(l.Doc.Element("summary")))} | {Code(l.PyTorch)} | {Code(l.Keras)} |\n");
            text.Append('\n');
        }
        foreach (string group in groups)
            foreach (Entry l in Within(group)) Section(text, l, members);
        return text.ToString().ReplaceLineEndings("\n").TrimEnd('\n') + "\n";

        IEnumerable<Entry> Within(string group) => layers.Where(l => l.Group == group).OrderBy(l => l.Name, StringComparer.Ordinal);
    }

    private static int Order(string group)
    {
        int at = Array.IndexOf(["Recurrent", "Cells", "Attention", "Transformer", "Convolution", "Pooling", "Normalisation", "Basic"], group);
        return at < 0 ? int.MaxValue : at;
    }

    private static void Section(StringBuilder text, Entry layer, Dictionary<string, XElement> members)
    {
        text.Append($"## {layer.Name}\n\n{Plain(layer.Doc.Element("summary"))}\n\n");
        if (layer.Doc.Element("remarks") is { } remarks) text.Append($"{Plain(remarks)}\n\n");
        XElement? made = layer.Doc.Elements("param").Any() ? layer.Doc : Longest($"M:{Room}{layer.Name}.#ctor");
        Parameters(text, "Made with", made, []);
        XElement? forward = null;
        for (Type? type = typeof(Module).Assembly.GetType(Room + layer.Name); forward is null && type is not null && type != typeof(Layer); type = type.BaseType)
            forward = Longest($"M:{Room}{type.Name}.Forward");
        Parameters(text, "`Forward`", forward, ["random"]);
        if (Plain(forward?.Element("returns")) is { Length: > 0 } returns) text.Append($"Gives {returns}\n\n");

        // Of several overloads the one with the most documented parameters.
        XElement? Longest(string prefix) => members.Where(m => m.Key == prefix || m.Key.StartsWith(prefix + "(", StringComparison.Ordinal)).Select(m => m.Value)
            .Where(m => m.Element("inheritdoc") is null).MaxBy(m => m.Elements("param").Count());
    }

    private static void Parameters(StringBuilder text, string title, XElement? member, string[] without)
    {
        XElement[] all = [.. (member?.Elements("param") ?? []).Where(p => !without.Contains(p.Attribute("name")!.Value))];
        if (all.Length == 0) return;
        text.Append($"{title}:\n\n");
        foreach (XElement p in all) text.Append($"- `{p.Attribute("name")!.Value}`: {Plain(p)}\n");
        text.Append('\n');
    }

    private static string Plain(XElement? element)
    {
        if (element is null) return "";
        var text = new StringBuilder();
        foreach (XNode node in element.Nodes())
            text.Append(node switch
            {
                XText t => t.Value,
                XElement e when e.Name == "see" || e.Name == "paramref" || e.Name == "typeparamref" => $"`{Short(e.Attributes().First().Value)}`",
                XElement e when e.Name == "code" => $"\n\n```text\n{e.Value.Trim('\n')}\n```\n\n",
                XElement e when e.Name == "para" => $"\n\n{Plain(e)}\n\n",
                XElement e when e.Name == "c" => $"`{e.Value}`",
                XElement e => Plain(e),
                _ => "",
            });
        string[] paragraphs = Blank().Split(text.ToString());
        return string.Join("\n\n", paragraphs.Select(p => p.Contains("```") ? p.Trim('\n') : Space().Replace(p, " ").Trim()).Where(p => p.Length > 0));
    }

    // M:Unroll.Tensors.Ops.Gather(...) -> Ops.Gather
    private static string Short(string reference)
    {
        string name = reference.Split('(')[0];
        string[] parts = name[(name.IndexOf(':') + 1)..].Split('.');
        return name.StartsWith("T:", StringComparison.Ordinal) || parts.Length < 2 ? parts[^1].Split('`')[0] : string.Join('.', parts[^2..]);
    }

    private static string Code(string name) => name.Length == 0 ? "-" : string.Join(", ", name.Split(',', StringSplitOptions.TrimEntries).Select(n => $"`{n}`"));

    private static string Cell(string text) => text.Replace("\n", " ").Replace("|", "\\|");

    [GeneratedRegex(@"\n\s*\n")]
    private static partial Regex Blank();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
