namespace Unroll.Tensors;

/// <summary>Which tag may follow which, and which may stand first and last: what a conditional random field must not even consider.</summary>
/// <remarks>A forbidden step has no probability: the loss shares none out to it, the best path never takes it, no gradient reaches its score.</remarks>
public sealed class TagConstraints
{
    private readonly bool[] allowed;

    /// <summary>Everything is allowed.</summary>
    /// <param name="tags">K, the number of tags.</param>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public TagConstraints(int tags)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tags, 1);
        Tags = tags;
        allowed = new bool[checked((tags + 2) * tags)];
        Array.Fill(allowed, true);
    }

    /// <summary>K, the number of tags.</summary>
    public int Tags { get; }

    /// <summary>[K + 2, K]: a row for each tag before, then which may be first, then which may be last.</summary>
    internal ReadOnlySpan<bool> Allowed => allowed;

    /// <summary>Forbids one tag to follow another.</summary>
    /// <param name="from">The tag before.</param>
    /// <param name="to">The tag behind it.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such tag.</exception>
    public TagConstraints Forbid(int from, int to) => Close(Tag(from) * Tags + Tag(to));

    /// <summary>Forbids a tag to stand first.</summary>
    /// <param name="tag">The tag.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such tag.</exception>
    public TagConstraints ForbidFirst(int tag) => Close(Tags * Tags + Tag(tag));

    /// <summary>Forbids a tag to stand last.</summary>
    /// <param name="tag">The tag.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such tag.</exception>
    public TagConstraints ForbidLast(int tag) => Close((Tags + 1) * Tags + Tag(tag));

    /// <summary>Whether a tag may follow another.</summary>
    /// <param name="from">The tag before.</param>
    /// <param name="to">The tag behind it.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such tag.</exception>
    public bool Allows(int from, int to) => allowed[Tag(from) * Tags + Tag(to)];

    /// <summary>Whether a tag may stand first.</summary>
    /// <param name="tag">The tag.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such tag.</exception>
    public bool AllowsFirst(int tag) => allowed[Tags * Tags + Tag(tag)];

    /// <summary>Whether a tag may stand last.</summary>
    /// <param name="tag">The tag.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such tag.</exception>
    public bool AllowsLast(int tag) => allowed[(Tags + 1) * Tags + Tag(tag)];

    /// <summary>What a way of writing chunks allows.</summary>
    /// <param name="scheme">The way.</param>
    /// <param name="tags">The names of the tags by number: <c>O</c>, <c>B-PER</c>, <c>I-PER</c>, ... BILOU's <c>L</c> and <c>U</c> count as <c>E</c> and <c>S</c>.</param>
    /// <exception cref="ArgumentException">A name is not of that scheme.</exception>
    public static TagConstraints For(TagScheme scheme, IReadOnlyList<string> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        var rules = new TagConstraints(tags.Count);
        var parts = new (char Prefix, string Type)[tags.Count];
        for (int i = 0; i < parts.Length; i++) parts[i] = Parse(scheme, tags[i]);
        (char, string) outside = ('O', "");
        for (int i = 0; i < parts.Length; i++)
        {
            if (!Follows(scheme, outside, parts[i])) rules.ForbidFirst(i);
            if (!Follows(scheme, parts[i], outside)) rules.ForbidLast(i);
            for (int j = 0; j < parts.Length; j++)
                if (!Follows(scheme, parts[i], parts[j])) rules.Forbid(i, j);
        }
        return rules;
    }

    private static (char, string) Parse(TagScheme scheme, string tag)
    {
        if (tag == "O") return ('O', "");
        char prefix = tag.Length > 2 && tag[1] == '-' ? tag[0] : '?';
        if (scheme == TagScheme.Bioes) prefix = prefix == 'L' ? 'E' : prefix == 'U' ? 'S' : prefix;
        if (!(scheme == TagScheme.Bioes ? "BIES" : "BI").Contains(prefix, StringComparison.Ordinal))
            throw new ArgumentException($"TagConstraints: a tag of {scheme} must be O or {(scheme == TagScheme.Bioes ? "B-, I-, E- or S-" : "B- or I-")} and a type, got '{tag}'.", nameof(tag));
        return (prefix, tag[2..]);
    }

    private static bool Follows(TagScheme scheme, (char Prefix, string Type) before, (char Prefix, string Type) now)
    {
        bool same = before.Type == now.Type;
        return scheme switch
        {
            TagScheme.Iob1 => now.Prefix != 'B' || (before.Prefix != 'O' && same),      // B only parts two chunks of one type
            TagScheme.Iob2 => now.Prefix != 'I' || (before.Prefix != 'O' && same),
            _ => before.Prefix is 'B' or 'I' ? now.Prefix is 'I' or 'E' && same : now.Prefix is not ('I' or 'E'),
        };
    }

    private int Tag(int tag) =>
        (uint)tag < (uint)Tags ? tag : throw new ArgumentOutOfRangeException(nameof(tag), $"TagConstraints: a tag must be within {Tags}, got {tag}.");

    private TagConstraints Close(int at)
    {
        allowed[at] = false;
        return this;
    }
}
