using System.Buffers;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Unroll.Formats;

/// <summary>Writes recipes that <see cref="RecipeDocument"/> reads back to the same entries: one key a line, its help above it, text in quotes where it needs
/// them.</summary>
public static class RecipeWriter
{
    private const int IndentColumns = 2;

    // Text of these alone needs no quotes, unless it looks like another type or starts or ends with a space.
    private static readonly SearchValues<char> PlainCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+~ ");

    /// <summary>Writes a file so that an interruption leaves the old or the new one, see <see cref="AtomicFile"/>.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="entries">The entries; those of a section stand together.</param>
    /// <param name="heading">Comment lines at the top; none by default.</param>
    /// <exception cref="ArgumentException">A key stands twice, a section is torn apart, or text is not valid UTF-16.</exception>
    /// <exception cref="UnrollException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<RecipeEntry> entries, string? heading = null) => AtomicFile.WriteText(path, ToText(entries, heading));

    /// <summary>The recipe as text, lines ended by a line feed.</summary>
    /// <param name="entries">The entries; those of a section stand together.</param>
    /// <param name="heading">Comment lines at the top; none by default.</param>
    /// <exception cref="ArgumentException">A key stands twice, a section is torn apart, or text is not valid UTF-16.</exception>
    public static string ToText(IEnumerable<RecipeEntry> entries, string? heading = null)
    {
        ArgumentNullException.ThrowIfNull(entries);
        using var text = new StringWriter { NewLine = "\n" };
        var emitter = new Emitter(text, new EmitterSettings(IndentColumns, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1024));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        emitter.Emit(new MappingStart());
        Comment(emitter, heading);
        string? section = null;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (RecipeEntry entry in entries)
        {
            if (entry.Section != section)
            {
                if (section is not null) emitter.Emit(new MappingEnd());
                section = entry.Section;
                if (section is not null)
                {
                    if (!seen.Add(section))
                        throw new ArgumentException($"RecipeWriter: '{section}' stands twice, or its entries do not stand together.", nameof(entries));
                    emitter.Emit(Scalar(RecipeValue.Of(section)));
                    emitter.Emit(new MappingStart());
                }
            }
            if (!seen.Add(entry.Name)) throw new ArgumentException($"RecipeWriter: the key '{entry.Name}' stands twice.", nameof(entries));
            Comment(emitter, entry.Comment);
            emitter.Emit(Scalar(RecipeValue.Of(entry.Key)));
            if (entry.IsList) emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Flow));
            foreach (RecipeValue value in entry.Values) emitter.Emit(Scalar(value));
            if (entry.IsList) emitter.Emit(new SequenceEnd());
        }
        if (section is not null) emitter.Emit(new MappingEnd());
        emitter.Emit(new MappingEnd());
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static void Comment(Emitter emitter, string? comment)
    {
        if (comment is null) return;
        foreach (string line in comment.ReplaceLineEndings("\n").Split('\n')) emitter.Emit(new Comment(OneLine.Of(line), isInline: false));
    }

    private static Scalar Scalar(RecipeValue value)
    {
        bool plain = !value.IsQuoted && IsPlain(value.Text);
        ScalarStyle style = plain ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted;
        return new Scalar(AnchorName.Empty, TagName.Empty, StrictUtf8.Checked(value.Text), style, isPlainImplicit: plain, isQuotedImplicit: !plain);
    }

    private static bool IsPlain(string text)
    {
        if (text.Length == 0 || text.AsSpan().ContainsAnyExcept(PlainCharacters) || text[0] == ' ' || text[^1] == ' ') return false;
        bool mark = text[0] == '-' && (text.Length == 1 || text[1] is ' ' or '-') || text.StartsWith("...", StringComparison.Ordinal);
        return !mark;
    }
}
