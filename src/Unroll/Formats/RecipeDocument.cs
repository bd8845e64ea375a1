using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Unroll.Formats;

/// <summary>
/// A recipe: YAML of keys with a value or a list of values, some of them grouped in sections of one level. Everything else that YAML knows (anchors, aliases, tags, several documents, deeper
/// nesting) is refused, so that a small file stays small when read. Every entry knows its line and column.
/// </summary>
public sealed class RecipeDocument
{
    private const int MaxLength = 1 << 20;

    private RecipeDocument(string source, IReadOnlyList<RecipeEntry> entries)
    {
        Source = source;
        Entries = entries;
    }

    /// <summary>The file it was read from.</summary>
    public string Source { get; }

    /// <summary>The entries in the order of the file.</summary>
    public IReadOnlyList<RecipeEntry> Entries { get; }

    /// <summary>Reads a file, at most 1 MiB of UTF-8.</summary>
    /// <param name="path">A YAML file.</param>
    /// <exception cref="UnrollException">The file cannot be read or is no recipe; the line says where.</exception>
    public static RecipeDocument Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using FileStream stream = SafeTensorsFile.OpenStream(path);
            if (stream.Length > MaxLength) throw TooLong(path);
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return Parse(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes), path);
        }
        catch (DecoderFallbackException e)
        {
            throw new UnrollException($"{Excerpt.Of(path, 400)}: byte {e.Index + 1} is not UTF-8; save the file as UTF-8", e);
        }
        catch (Exception e) when (FileError.IsFor(e))
        {
            throw FileError.Reading(path, e);
        }
    }

    /// <summary>Reads text.</summary>
    /// <param name="text">YAML, at most 1 Mi characters.</param>
    /// <param name="source">What errors call it.</param>
    /// <exception cref="UnrollException">The text is no recipe; the line says where.</exception>
    public static RecipeDocument Parse(string text, string source)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength) throw TooLong(source);
        try
        {
            return new RecipeDocument(source, new Reading(text.TrimStart('\uFEFF'), source).Document());
        }
        catch (YamlException e)
        {
            throw new UnrollException($"{Excerpt.Of(source, 400)}:{e.Start.Line}:{e.Start.Column}: not valid YAML: {Excerpt.Of(e.Message, 200)}", e);
        }
    }

    /// <summary>Finds an entry.</summary>
    /// <param name="name">Its key, or <c>section.key</c>.</param>
    public RecipeEntry? Find(string name) => Entries.FirstOrDefault(e => e.Name == name);

    /// <summary>Refuses entries that nobody knows, and says which known one was probably meant.</summary>
    /// <param name="known">All keys that are allowed, those in sections as <c>section.key</c>.</param>
    /// <exception cref="UnrollException">An entry is not among them.</exception>
    public void RejectUnknown(IEnumerable<string> known)
    {
        HashSet<string> names = [.. known];
        foreach (RecipeEntry entry in Entries)
            if (!names.Contains(entry.Name))
                throw new UnrollException($"{Excerpt.Of(Source, 400)}:{entry.Line}:{entry.Column}: unknown key '{Excerpt.Of(entry.Name)}'{NearestName.Hint(entry.Name, names)}");
    }

    private static UnrollException TooLong(string source) => new($"{Excerpt.Of(source, 400)}: longer than {MaxLength} characters; this is no recipe");

    /// <summary>One walk over the parser's events.</summary>
    private sealed class Reading(string text, string source)
    {
        private readonly Parser parser = new(new StringReader(text));
        private readonly List<RecipeEntry> entries = [];
        private readonly HashSet<(string? Section, string Key)> seen = [];

        public List<RecipeEntry> Document()
        {
            parser.MoveNext();
            if (Next() is StreamEnd) return entries;
            switch (Next())
            {
                case MappingStart start:
                    RefuseDecoration(start);
                    Map(section: null);
                    break;
                case Scalar { Value: "", Style: ScalarStyle.Plain }:
                    break;
                case NodeEvent other:
                    RefuseDecoration(other);
                    throw At(other, "a recipe is made of lines 'key: value'");
            }
            Next();
            if (Next() is DocumentStart second) throw At(second, "a recipe is one YAML document; remove the line '---' and what follows");
            return entries;
        }

        private void Map(string? section)
        {
            for (ParsingEvent e = Next(); e is not MappingEnd; e = Next())
            {
                if (e is not Scalar key) throw e is NodeEvent node ? Refusal(node) ?? At(e, "a key must be plain text") : At(e, "a key must be plain text");
                RefuseDecoration(key);
                if (key.Value.Length == 0) throw At(key, "a key must not be empty");
                if (!seen.Add((section, key.Value))) throw At(key, $"the key '{Excerpt.Of(key.Value)}' stands twice");
                Value(section, key);
            }
        }

        private void Value(string? section, Scalar key)
        {
            ParsingEvent e = Next();
            if (e is NodeEvent node) RefuseDecoration(node);
            switch (e)
            {
                case Scalar scalar: Add(section, key, [Of(scalar)], isList: false); break;
                case SequenceStart: Add(section, key, List(key), isList: true); break;
                case MappingStart when section is null: Map(key.Value); break;
                default: throw At(e, $"'{Excerpt.Of(key.Value)}' is nested too deep: sections hold keys with values or lists of values, not sections");
            }
        }

        private List<RecipeValue> List(Scalar key)
        {
            var values = new List<RecipeValue>();
            for (ParsingEvent e = Next(); e is not SequenceEnd; e = Next())
            {
                if (e is NodeEvent node) RefuseDecoration(node);
                if (e is not Scalar scalar) throw At(e, $"the list '{Excerpt.Of(key.Value)}' may hold plain values only");
                values.Add(Of(scalar));
            }
            return values;
        }

        private void Add(string? section, Scalar key, IReadOnlyList<RecipeValue> values, bool isList) =>
            entries.Add(new RecipeEntry(section, key.Value, values, isList) { Source = source, Line = (int)key.Start.Line, Column = (int)key.Start.Column });

        private static RecipeValue Of(Scalar scalar) => new(scalar.Value, scalar.Style != ScalarStyle.Plain, (int)scalar.Start.Line, (int)scalar.Start.Column);

        private ParsingEvent Next()
        {
            if (!parser.MoveNext() || parser.Current is not { } e) throw new UnrollException($"{Excerpt.Of(source, 400)}: the recipe ends too early");
            if (e is AnchorAlias) throw At(e, "aliases (*) are not allowed in a recipe; write the value again");
            return e;
        }

        private void RefuseDecoration(NodeEvent node)
        {
            if (Refusal(node) is { } refusal) throw refusal;
        }

        private UnrollException? Refusal(NodeEvent node) =>
            !node.Anchor.IsEmpty ? At(node, "anchors (&) are not allowed in a recipe; write the value again where it is needed")
            : !node.Tag.IsEmpty ? At(node, "tags (!) are not allowed in a recipe; leave the tag out")
            : null;

        private UnrollException At(ParsingEvent e, string message) => new($"{Excerpt.Of(source, 400)}:{e.Start.Line}:{e.Start.Column}: {message}");
    }
}
