namespace Unroll.Cli.Tour;

/// <summary>The lines of a chapter's source that the page shows. The program carries the very file it was built from, so what is shown is what ran.</summary>
internal static class Listing
{
    private const string Begin = "// listing: begin", End = "// listing: end";

    /// <summary>The lines between the two marks of a source, moved to the left as far as all go.</summary>
    /// <param name="source">The file's name, such as <c>GatesChapter.cs</c>.</param>
    public static string Of(string source)
    {
        using Stream stream = typeof(Listing).Assembly.GetManifestResourceStream(source) ?? throw new InvalidOperationException($"Listing: {source} is not among the resources.");
        using var reader = new StreamReader(stream);
        string[] all = reader.ReadToEnd().ReplaceLineEndings("\n").Split('\n');
        int begin = Array.FindIndex(all, static line => line.Trim() == Begin), end = Array.FindIndex(all, static line => line.Trim() == End);
        if (begin < 0 || end <= begin) throw new InvalidOperationException($"Listing: {source} has no lines between '{Begin}' and '{End}'.");
        string[] lines = all[(begin + 1)..end];
        int indent = lines.Where(static line => line.Length > 0).Min(static line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length == 0 ? line : line[indent..]));
    }
}
