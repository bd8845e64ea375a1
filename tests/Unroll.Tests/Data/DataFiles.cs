using System.IO.Compression;
using System.Text;

namespace Unroll.Tests.Data;

/// <summary>Files for tests: temporary ones, the repository's samples, and the shared data sets where they are at hand.</summary>
internal sealed class DataFiles : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("unroll-data-");

    /// <summary>The repository's root: the nearest folder above the tests that holds Unroll.slnx.</summary>
    public static string Root
    {
        get
        {
            DirectoryInfo? at = new(AppContext.BaseDirectory);
            while (at is not null && !File.Exists(Path.Combine(at.FullName, "Unroll.slnx")))
            {
                at = at.Parent;
            }

            return at?.FullName ?? throw new DirectoryNotFoundException("Unroll.slnx stands in no folder above the tests.");
        }
    }

    /// <summary>A sample of the repository.</summary>
    public static string Sample(string name) => Path.Combine(Root, "samples", name);

    /// <summary>A file of the shared data sets (the folder named by UNROLL_DATA, else ../shared/data beside the repository); null when it is not at hand.</summary>
    public static string? Shared(string name)
    {
        string folder = Environment.GetEnvironmentVariable("UNROLL_DATA") is { Length: > 0 } given ? given : Path.Combine(Root, "..", "shared", "data");
        string path = Path.Combine(folder, name);
        return File.Exists(path) ? path : null;
    }

    /// <summary>Writes a temporary file of text in UTF-8 without byte order mark.</summary>
    public string Write(string name, string text) => Write(name, new UTF8Encoding(false).GetBytes(text));

    /// <summary>Writes a temporary file.</summary>
    public string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(folder.FullName, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>The path of a temporary file that is not there.</summary>
    public string Absent(string name) => Path.Combine(folder.FullName, name);

    /// <summary>Compresses text by gzip.</summary>
    public static byte[] Gzip(string text)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return memory.ToArray();
    }

    /// <inheritdoc/>
    public void Dispose() => folder.Delete(recursive: true);
}
