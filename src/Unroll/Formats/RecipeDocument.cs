using System.Text;
using Unroll.Data;
using YamlDotNet.Core.Events;
using YamlDotNet.Core;

namespace Unroll.Formats;

/// <summary>
/// A recipe: YAML of keys with a value or a list of values, some of them grouped in sections of one level. Everything else that YAML knows (anchors, aliases,
/// tags, several documents, deeper nesting) is refused, so that a small file stays small when read. Every entry knows its line and column.
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
            return Parse(StrictUtf8.Encoding.GetString(bytes), path);
        }
        catch (DecoderFallbackException e)
        {
            throw new UnrollException($"{OneLine.Of(path)}: byte {e.Index + 1} is not UTF-8; save the file as UTF-8", e);
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
        if (text.StartsWith('\uFEFF')) text = text[1..];
        RefuseControls(text, source);
        try
        {
            return new RecipeDocument(source, new Reading(text, source).Document());
        }
        catch (YamlException e)
        {
            throw Error(source, e.Start.Line, e.Start.Column, $"not valid YAML: {OneLine.Of(e.Message, 200)}", e);
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
                throw Error(Source, entry.Line, entry.Column, $"unknown key {ShownText.Of(entry.Name)}{NearestNames.Question(entry.Name, names)}");
    }

    private static UnrollException Error(string source, long line, long column, string message, Exception? inner = null) =>
        new($"{OneLine.Of(source)}:{line}:{column}: {message}", inner);

    // YAML allows none of them, and the parser stumbles over some.
    private static void RefuseControls(string text, string source)
    {
        int line = 1, lineStart = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\n') (line, lineStart) = (line + 1, i + 1);
            else if (char.IsControl(c) && c is not ('\t' or '\r' or '\u0085'))
                throw Error(source, line, i - lineStart + 1, $"the control character U+{(int)c:X4} is not allowed in a recipe; remove it");
        }
    }

    private static UnrollException TooLong(string source) => new($"{OneLine.Of(source)}: longer than {MaxLength} characters; this is no recipe");

    /// <summary>One walk over the parser's events.</summary>
    private sealed class Reading(string text, string source)
    {
        private readonly Parser parser = new(new StringReader(text));
        private readonly List<RecipeEntry> entries = [];
        private readonly HashSet<string> seen = new(StringComparer.Ordinal);

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
                if (!seen.Add(section is null ? key.Value : $"{section}.{key.Value}")) throw At(key, $"the key {ShownText.Of(key.Value)} stands twice");
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
                default: throw At(e, $"{ShownText.Of(key.Value)} is nested too deep: sections hold keys with values or lists of values, not sections");
            }
        }

        private List<RecipeValue> List(Scalar key)
        {
            var values = new List<RecipeValue>();
            for (ParsingEvent e = Next(); e is not SequenceEnd; e = Next())
            {
                if (e is NodeEvent node) RefuseDecoration(node);
                if (e is not Scalar scalar) throw At(e, $"the list {ShownText.Of(key.Value)} may hold plain values only");
                values.Add(Of(scalar));
            }
            return values;
        }

        private void Add(string? section, Scalar key, IReadOnlyList<RecipeValue> values, bool isList) =>
            entries.Add(new RecipeEntry(section, key.Value, values, isList) { Source = source, Line = (int)key.Start.Line, Column = (int)key.Start.Column });

        private static RecipeValue Of(Scalar scalar) => new(scalar.Value, scalar.Style != ScalarStyle.Plain, (int)scalar.Start.Line, (int)scalar.Start.Column);

        private ParsingEvent Next()
        {
            Mark last = parser.Current?.End ?? Mark.Empty;
            try
            {
                parser.MoveNext();
            }
            catch (Exception e) when (e is not YamlException)
            {
                // The parser slips on some malformed lists, tags and directives, with exceptions of any kind; what it reads is bounded and its own.
                throw Error(source, last.Line, last.Column, "not valid YAML behind this place; check brackets, quotes and tags", e);
            }
            if (parser.Current is not { } next) throw new UnrollException($"{OneLine.Of(source)}: the recipe ends too early");
            if (next is AnchorAlias) throw At(next, "aliases (*) are not allowed in a recipe; write the value again");
            return next;
        }

        private void RefuseDecoration(NodeEvent node)
        {
            if (Refusal(node) is { } refusal) throw refusal;
        }

        private UnrollException? Refusal(NodeEvent node) =>
            !node.Anchor.IsEmpty ? At(node, "anchors (&) are not allowed in a recipe; write the value again where it is needed")
            : !node.Tag.IsEmpty ? At(node, "tags (!) are not allowed in a recipe; leave the tag out")
            : null;

        private UnrollException At(ParsingEvent e, string message) => Error(source, e.Start.Line, e.Start.Column, message);
    }
}
