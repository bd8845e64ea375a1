using System.Text;

namespace Unroll.Data;

/// <summary>Sentences whose words have tags, from the kinds of files that people have; and the same file with other tags.</summary>
/// <remarks>
/// A file is <see cref="TaggedFormat.Json"/> where its first line begins with <c>{</c>, <see cref="TaggedFormat.Conllu"/> where its first line with words has ten columns between tabs that begin with a
/// number, <see cref="TaggedFormat.Tabs"/> where that has a tab, else <see cref="TaggedFormat.Columns"/>. The word is the first column (of CoNLL-U the second), the tag the last (of CoNLL-U <c>upos</c>),
/// unless a column is named. Lines <c>-DOCSTART-</c> stand between documents; CoNLL-U's ranges (1-2) and empty words (1.1) have no tags.
/// </remarks>
public sealed class TaggedText
{
    private const string DocumentStart = "-DOCSTART-", Nothing = "_";
    private const int ConlluColumns = 10, ConlluWord = 1;

    /// <summary>The columns of CoNLL-U that may be tags, by name.</summary>
    private static readonly (string Name, int Index)[] Named = [("lemma", 2), ("upos", 3), ("xpos", 4), ("feats", 5), ("deprel", 7)];

    private readonly string[] lines;
    private readonly List<int[]> places = [];                                           // for each sentence the line of each word
    private readonly List<TaggedSentence> sentences = [];
    private readonly List<JsonSentence> objects = [];
    private readonly List<int> untagged = [], widened = [];

    private TaggedText(string path, string[] lines, TaggedFormat format, int column) => (Path, this.lines, Format, Column) = (path, lines, format, column);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>How it is written.</summary>
    public TaggedFormat Format { get; }

    /// <summary>Which column holds the tags, 0 for the first; -1 for the last.</summary>
    public int Column { get; }

    /// <summary>The sentences in their order.</summary>
    public IReadOnlyList<TaggedSentence> Sentences => sentences;

    /// <summary>Lines where sentences begin that have a word without a tag, where tags were wanted; they are not among <see cref="Sentences"/>.</summary>
    public IReadOnlyList<int> Untagged => untagged;

    /// <summary>Lines with a span that begins or ends within a word; it was widened to whole words.</summary>
    public IReadOnlyList<int> Widened => widened;

    /// <summary>Reads a file.</summary>
    /// <param name="path">UTF-8, plain or packed by gzip.</param>
    /// <param name="tags">True where tags are wanted, false where words are enough.</param>
    /// <param name="column">Which column holds the tags: a number from 1 on, or of CoNLL-U its name; the usual one where not given.</param>
    /// <param name="format">How it is written; found out where not given.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UnrollException">The file cannot be read or is not written so, or holds no sentence; the message says where.</exception>
    public static TaggedText Read(string path, bool tags = true, string? column = null, TaggedFormat? format = null, CancellationToken cancellation = default)
    {
        string[] lines = [.. TextFile.Lines(path, cancellation)];
        TaggedFormat how = format ?? Detect(lines);
        if (how == TaggedFormat.Plain && tags) throw new UnrollException($"{path}: plain text has no tags to learn from.");
        var text = new TaggedText(path, lines, how, ColumnOf(column, how));
        if (how == TaggedFormat.Json) text.ReadJson(tags);
        else if (how == TaggedFormat.Plain) text.ReadPlain();
        else text.ReadColumns(tags);
        if (text.sentences.Count == 0)
            throw new UnrollException($"{path}: the file holds no sentence{(text.untagged.Count > 0 ? $" whose words all have tags; line {text.untagged[0]} is the first without" : "")}.");
        return text;
    }

    /// <summary>A text that is not in a file, cut into words.</summary>
    public static TaggedSentence Sentence(string text) => new([.. WordCut.Of(text).Select(w => text[w.Start..w.End])], [], 1);

    /// <summary>The file once more with other tags: all else stands as it stood. Plain text becomes a word and its tag a line, with a tab between.</summary>
    /// <param name="tags">For each sentence a tag a word.</param>
    /// <exception cref="ArgumentException">Not a tag a word.</exception>
    public string WithTags(IReadOnlyList<IReadOnlyList<string>> tags)
    {
        if (tags.Count != sentences.Count) throw new ArgumentException($"TaggedText: tags must be for {sentences.Count} sentences, got {tags.Count}.", nameof(tags));
        for (int s = 0; s < tags.Count; s++)
            if (tags[s].Count != sentences[s].Words.Count) throw new ArgumentException($"TaggedText: sentence {s} has {sentences[s].Words.Count} words, got {tags[s].Count} tags.", nameof(tags));
        var to = new StringBuilder();
        if (Format == TaggedFormat.Json)
        {
            for (int s = 0; s < tags.Count; s++) to.Append(objects[s].WithTags(tags[s])).Append('\n');
            return to.ToString();
        }
        if (Format == TaggedFormat.Plain)
        {
            for (int s = 0; s < tags.Count; s++)
            {
                for (int w = 0; w < tags[s].Count; w++) to.Append(sentences[s].Words[w]).Append('\t').Append(tags[s][w]).Append('\n');
                to.Append('\n');
            }
            return to.ToString();
        }
        var at = new Dictionary<int, string>();
        for (int s = 0; s < tags.Count; s++)
            for (int w = 0; w < tags[s].Count; w++) at[places[s][w]] = tags[s][w];
        for (int i = 0; i < lines.Length; i++) to.Append(at.TryGetValue(i, out string? tag) ? Tagged(lines[i], tag) : lines[i]).Append('\n');
        return to.ToString();
    }

    private static TaggedFormat Detect(string[] lines)
    {
        foreach (string line in lines)
        {
            if (line.AsSpan().TrimStart() is { IsEmpty: false } begins && begins[0] == '{') return TaggedFormat.Json;
            if (line.Length == 0 || line[0] == '#' || line.Trim().Length == 0 || line.StartsWith(DocumentStart, StringComparison.Ordinal)) continue;
            string[] fields = line.Split('\t');
            if (fields.Length == ConlluColumns && char.IsAsciiDigit(fields[0].FirstOrDefault())) return TaggedFormat.Conllu;
            return fields.Length > 1 ? TaggedFormat.Tabs : TaggedFormat.Columns;
        }
        return TaggedFormat.Columns;
    }

    private static int ColumnOf(string? column, TaggedFormat format)
    {
        if (format is TaggedFormat.Json or TaggedFormat.Plain)
            return column is null ? -1 : throw new UnrollException($"column is for files of columns; a file of {(format == TaggedFormat.Json ? "JSON lines" : "plain text")} has none.");
        if (column is null) return format == TaggedFormat.Conllu ? 3 : -1;
        if (int.TryParse(column, out int number))
            return number > (format == TaggedFormat.Conllu ? ConlluWord + 1 : 1) ? number - 1 : throw new UnrollException($"column must be behind that of the words, got {number}.");
        foreach ((string name, int index) in Named)
            if (format == TaggedFormat.Conllu && name.Equals(column, StringComparison.OrdinalIgnoreCase)) return index;
        throw new UnrollException($"column must be a number{(format == TaggedFormat.Conllu ? $" or one of {string.Join(", ", Named.Select(static n => n.Name))}" : "; names are for CoNLL-U")}, got '{column}'.");
    }

    private void ReadColumns(bool wanted)
    {
        List<string> words = [], tags = [];
        List<int> at = [];
        bool complete = true;
        for (int i = 0; i <= lines.Length; i++)
        {
            string line = i < lines.Length ? lines[i] : "";
            if (Format == TaggedFormat.Conllu && line.StartsWith('#')) continue;
            if (line.AsSpan().Trim().IsEmpty || line.StartsWith(DocumentStart, StringComparison.Ordinal))
            {
                if (words.Count > 0)
                {
                    if (complete || !wanted)
                    {
                        sentences.Add(new TaggedSentence([.. words], complete ? [.. tags] : [], at[0] + 1));
                        places.Add([.. at]);
                    }
                    else untagged.Add(at[0] + 1);
                }
                words.Clear();
                tags.Clear();
                at.Clear();
                complete = true;
                continue;
            }
            string[] fields = Fields(line);
            if (Format == TaggedFormat.Conllu)
            {
                if (fields.Length != ConlluColumns) throw Wrong(i, $"must have {ConlluColumns} columns between tabs, got {fields.Length}");
                if (fields[0].AsSpan().IndexOfAny('-', '.') >= 0) continue;
            }
            string word = fields[Format == TaggedFormat.Conllu ? ConlluWord : 0];
            if (word.Length == 0) throw Wrong(i, "the first column, the word, is empty");
            string tag = "";
            if (Column >= 0 ? Column < fields.Length : fields.Length > 1) tag = fields[Column >= 0 ? Column : ^1].Trim();
            else if (wanted) throw Wrong(i, Column >= 0 ? $"has no column {Column + 1}" : "has one column; a word and its tag are needed");
            if (tag.Length == 0 || (tag == Nothing && Format == TaggedFormat.Conllu)) complete = false;
            words.Add(word);
            tags.Add(tag);
            at.Add(i);
        }
    }

    private string[] Fields(string line) => Format == TaggedFormat.Columns ? line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) : line.Split('\t');

    // The line with its tag replaced, or one put behind where it has none.
    private string Tagged(string line, string tag)
    {
        char between = Format == TaggedFormat.Columns ? ' ' : '\t';
        string[] fields = Fields(line);
        int at = Column >= 0 ? Column : Math.Max(1, fields.Length - 1);
        if (at < fields.Length) fields[at] = tag;
        else fields = [.. fields, .. Enumerable.Repeat(Nothing, at - fields.Length), tag];
        return string.Join(between, fields);
    }

    private void ReadPlain()
    {
        for (int i = 0; i < lines.Length; i++)
        {
            TaggedSentence sentence = Sentence(lines[i]);
            if (sentence.Words.Count > 0) sentences.Add(sentence with { Line = i + 1 });
        }
    }

    private void ReadJson(bool wanted)
    {
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].AsSpan().Trim().IsEmpty) continue;
            JsonSentence sentence = JsonSentence.Read(lines[i], $"{Path}, line {i + 1}");
            if (sentence.Words.Count == 0) continue;
            if (sentence.Tags is null && wanted)
            {
                untagged.Add(i + 1);
                continue;
            }
            if (sentence.Widened) widened.Add(i + 1);
            objects.Add(sentence);
            sentences.Add(new TaggedSentence(sentence.Words, sentence.Tags ?? [], i + 1));
        }
    }

    private UnrollException Wrong(int line, string what) => new($"{Path}, line {line + 1}: {what}.");
}
