namespace Unroll.Data;

/// <summary>Turns the texts of a column into small integers: 0 for missing and for texts not seen when the encoding was made, 1, 2, ... for the known ones.</summary>
public sealed class CategoricalEncoding
{
    private readonly Dictionary<string, int> codes;

    /// <summary>An encoding of given texts.</summary>
    /// <param name="name">The column's name.</param>
    /// <param name="values">The known texts; the first has code 1.</param>
    /// <exception cref="ArgumentException">A text stands there twice.</exception>
    public CategoricalEncoding(string name, IEnumerable<string> values)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(values);
        Name = name;
        Values = [.. values];
        codes = new Dictionary<string, int>(Values.Count, StringComparer.Ordinal);
        foreach (string value in Values)
        {
            if (!codes.TryAdd(value, codes.Count + 1))
            {
                throw new ArgumentException($"CategoricalEncoding: '{value}' stands twice among the values of column '{name}'.", nameof(values));
            }
        }
    }

    /// <summary>The column's name.</summary>
    public string Name { get; }

    /// <summary>The known texts; the code of the text at index i is i + 1.</summary>
    public IReadOnlyList<string> Values { get; }

    /// <summary>The number of codes, the one for unknown included: what an embedding or a one-hot row must hold.</summary>
    public int Size => Values.Count + 1;

    /// <summary>The code of a text; 0 when it is not known.</summary>
    public int Encode(ReadOnlySpan<char> text) => codes.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out int code) ? code : 0;

    /// <summary>The text of a code; an empty one for 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such code.</exception>
    public string Decode(int code)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(code);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(code, Size);
        return code == 0 ? "" : Values[code - 1];
    }
}
