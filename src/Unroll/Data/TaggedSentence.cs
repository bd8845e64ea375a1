namespace Unroll.Data;

/// <summary>A sentence with a tag for each word.</summary>
/// <param name="Words">Its words.</param>
/// <param name="Tags">A tag each; empty where the text has none.</param>
/// <param name="Line">Where its first word stands in its file, 1 for the first line.</param>
public sealed record TaggedSentence(IReadOnlyList<string> Words, IReadOnlyList<string> Tags, int Line);

/// <summary>How a file writes words and tags.</summary>
public enum TaggedFormat
{
    /// <summary>A word a line, columns between white space, an empty line behind a sentence, as the files of the CoNLL shared tasks up to 2003 have it.</summary>
    Columns,

    /// <summary>The same with one tab between columns, so that a word may hold spaces.</summary>
    Tabs,

    /// <summary>CoNLL-U of the Universal Dependencies: ten columns between tabs, remarks behind <c>#</c>.</summary>
    Conllu,

    /// <summary>A sentence a line as JSON: <c>{"tokens": [...], "tags": [...]}</c>, or <c>{"text": "...", "spans": [{"start": 0, "end": 4, "label": "PER"}]}</c>.</summary>
    Json,

    /// <summary>Plain text, a sentence a line, without tags.</summary>
    Plain,
}
