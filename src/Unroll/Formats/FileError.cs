namespace Unroll.Formats;

/// <summary>Turns what the file system throws into the one line a user can mend.</summary>
internal static class FileError
{
    private const int DiskFullUnix = 28;                                // ENOSPC
    private const int DiskFullWindows = unchecked((int)0x80070070);     // ERROR_DISK_FULL

    /// <summary>True for what the file system throws when a path, a permission or a disk is to blame.</summary>
    public static bool IsFor(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <summary>The error to throw when a file could not be read.</summary>
    public static UnrollException Reading(string path, Exception e) => new($"cannot read '{OneLine.Of(path)}': {Why(path, e)}", e);

    /// <summary>The error to throw when a file or folder could not be written.</summary>
    public static UnrollException Writing(string path, Exception e) => new($"cannot write '{OneLine.Of(path)}': {Why(path, e)}", e);

    private static string Why(string path, Exception e) => e switch
    {
        FileNotFoundException => "there is no such file; check the path",
        DirectoryNotFoundException =>
            $"the folder '{OneLine.Of(Path.GetDirectoryName(Path.GetFullPath(path)) ?? path)}' does not exist; create it or check the path",
        EndOfStreamException => "it ends too early; the file is damaged",
        PathTooLongException => "the path is too long for this system; choose a shorter one",
        _ when Directory.Exists(path) => "it is a folder; give the path of a file",
        UnauthorizedAccessException => "permission denied; check the rights of the file and its folder",
        { HResult: DiskFullUnix or DiskFullWindows } => "the disk is full; free some space and try again",
        _ => OneLine.Of(e.Message),
    };
}
