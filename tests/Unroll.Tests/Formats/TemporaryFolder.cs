namespace Unroll.Tests.Formats;

/// <summary>A folder of its own for a test, deleted at its end.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("unroll-test-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>The names in the folder, sorted.</summary>
    public string[] Names => [.. Directory.EnumerateFileSystemEntries(Path).Select(static p => System.IO.Path.GetFileName(p)!).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
