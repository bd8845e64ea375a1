using Unroll.Data;

namespace Unroll.Formats;

/// <summary>A key of a recipe with its value or values.</summary>
/// <param name="Section">The key that the entry is nested under; nothing at the top.</param>
/// <param name="Key">The key.</param>
/// <param name="Values">The values: exactly one, unless <paramref name="IsList"/>.</param>
/// <param name="IsList">True where a list was written, be it of one or of none.</param>
public sealed record RecipeEntry(string? Section, string Key, IReadOnlyList<RecipeValue> Values, bool IsList)
{
    /// <summary>An entry with one value.</summary>
    public RecipeEntry(string? section, string key, RecipeValue value) : this(section, key, [value], IsList: false)
    {
    }

    /// <summary>The file that it was read from; empty where it was not read from one.</summary>
    public string Source { get; init; } = "";

    /// <summary>The key's line in the file, from 1; 0 where it was not read from one.</summary>
    public int Line { get; init; }

    /// <summary>The key's column in the line, from 1; 0 where it was not read from one.</summary>
    public int Column { get; init; }

    /// <summary>A line or more of help that <see cref="RecipeWriter"/> puts above the entry; not read back.</summary>
    public string? Comment { get; init; }

    /// <summary>The key with its section: <c>section.key</c>.</summary>
    public string Name => Section is null ? Key : $"{Section}.{Key}";

    /// <summary>The only value.</summary>
    /// <exception cref="UnrollException">The entry is a list.</exception>
    public RecipeValue Value => IsList ? throw Error("one value is wanted, got a list") : Values[0];

    /// <summary>An error about this entry: where it stands, its key, what is wrong. To be thrown.</summary>
    /// <param name="message">What is wrong and how to mend it.</param>
    /// <param name="value">The value to point at; the key by default.</param>
    public UnrollException Error(string message, RecipeValue? value = null) =>
        new($"{OneLine.Of(Source)}:{value?.Line ?? Line}:{value?.Column ?? Column}: {ShownText.Of(Name)}: {message}");
}
