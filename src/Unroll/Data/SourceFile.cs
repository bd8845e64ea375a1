namespace Unroll.Data;

/// <summary>Opens a file to read: unpacks gzip, and says plainly what is wrong with a path that is no readable file.</summary>
internal static class SourceFile
{
    private const int BufferSize = 1 << 16;

    /// <summary>Opens a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="wanted">What should be there: "a CSV file".</param>
    /// <param name="foreign">From the first four bytes (fewer of a shorter file) to what else this file plainly is, or null.</param>
    /// <exception cref="UnrollException">No such file, a folder, no permission, or another kind of file.</exception>
    public static Stream Open(string path, string wanted, Func<ReadOnlySpan<byte>, string?>? foreign = null)
    {
        if (Directory.Exists(path))
        {
            throw new UnrollException($"{path}: this is a folder; {wanted} is needed.");
        }

        Stream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize, FileOptions.SequentialScan);
            if (!file.CanSeek)
            {
                // A pipe: its beginning could not be looked at and read again.
                var copy = new MemoryStream();
                using (file)
                {
                    file.CopyTo(copy);
                }

                copy.Position = 0;
                file = copy;
            }

            Span<byte> magic = stackalloc byte[4];
            magic = magic[..file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false)];
            file.Position = 0;
            if (foreign?.Invoke(magic) is { } other)
            {
                throw new UnrollException($"{path}: this is {other}.");
            }

            return magic is [0x1F, 0x8B, ..] ? new CheckedGzip(file) : file;
        }
        catch (Exception cause)
        {
            file?.Dispose();
            switch (cause)
            {
                case FileNotFoundException or DirectoryNotFoundException:
                    throw new UnrollException($"{path}: no such file{NearestNames.Question(Path.GetFileName(path), Neighbours(path))}", cause);
                case UnauthorizedAccessException or IOException or NotSupportedException or ArgumentException:
                    throw new UnrollException($"{path}: the file cannot be read ({cause.Message.ReplaceLineEndings(" ")}).", cause);
                default:
                    throw;
            }
        }
    }

    private static IEnumerable<string> Neighbours(string path)
    {
        try
        {
            string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? ".";
            return Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder).Take(1000).Select(file => Path.GetFileName(file))] : [];
        }
        catch (Exception cause) when (cause is UnauthorizedAccessException or IOException)
        {
            return [];
        }
    }
}
