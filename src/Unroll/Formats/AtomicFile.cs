using System.Text;

namespace Unroll.Formats;

/// <summary>
/// Writes a file so that whoever looks, and whatever interrupts, sees the whole old file or the whole new one: the content goes to a temporary beside the file
/// (<c>name.tmp-</c> and eight digits), is flushed to the disk, and then renamed over it.
/// </summary>
/// <remarks>
/// <para>Linux and macOS: the rename is atomic (POSIX <c>rename</c>). .NET cannot open a folder to flush it, so after a power cut the old file may be there
/// again; never a mix, and never a torn file. Windows: the rename is <c>MoveFileEx</c> with replacement, one journaled change on NTFS; it fails while another
/// program holds the old file open without sharing its deletion, and the old file then stays.</para>
/// <para>On failure the temporary is removed. A process that is killed leaves it behind, and it may be deleted. A symbolic link stays a link: the file it
/// points to is written. A file's permissions are kept on Unix. Devices under <c>/dev</c> are written directly.</para>
/// </remarks>
public static class AtomicFile
{
    private const int BufferBytes = 1 << 16;
    private const string TemporaryMark = ".tmp-";

    /// <summary>Writes a file.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="write">Writes the content; it can seek unless the path is a device. What it throws leaves the old file as it was.</param>
    /// <exception cref="UnrollException">The file cannot be written: no such folder, no permission, no space.</exception>
    public static void Write(string path, Action<Stream> write) => Write(path, write, faults: null);

    /// <summary>Writes text as UTF-8 without byte-order mark.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="text">The whole content.</param>
    /// <exception cref="ArgumentException">The text has half of a surrogate pair.</exception>
    /// <exception cref="UnrollException">The file cannot be written: no such folder, no permission, no space.</exception>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(StrictUtf8.Encoding.GetBytes(text)));

    internal static void Write(string path, Action<Stream> write, SaveFaults? faults)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string? temporary = null;
        try
        {
            string target = Path.GetFullPath(path);
            if (IsDevice(target))
            {
                using var device = new FileStream(target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, BufferBytes);
                write(device);
                return;
            }
            if (new FileInfo(target).LinkTarget is not null) target = File.ResolveLinkTarget(target, returnFinalTarget: true)!.FullName;
            if (Directory.Exists(target)) throw new IOException("it is a folder");
            temporary = target + NewSuffix(TemporaryMark);
            faults?.Step("create");
            WriteTemporary(temporary, write, faults);
            if (!OperatingSystem.IsWindows() && File.Exists(target)) File.SetUnixFileMode(temporary, File.GetUnixFileMode(target));
            faults?.Step("rename");
            File.Move(temporary, target, overwrite: true);
        }
        catch (Exception e)
        {
            if (temporary is not null) Delete(temporary, faults);
            if (FileError.IsFor(e)) throw FileError.Writing(path, e);
            throw;
        }
    }

    /// <summary>True for the name of a temporary that an interrupted write of <paramref name="fileName"/> left behind.</summary>
    internal static bool IsTemporaryOf(string fileName, ReadOnlySpan<char> name) => HasSuffix(name, fileName, TemporaryMark);

    /// <summary>Eight random digits behind a mark, so that two writers do not meet.</summary>
    internal static string NewSuffix(string mark) => $"{mark}{Random.Shared.Next():x8}";

    /// <summary>True where a name is the base, the mark and eight hexadecimal digits.</summary>
    internal static bool HasSuffix(ReadOnlySpan<char> name, string baseName, string mark) =>
        name.Length == baseName.Length + mark.Length + 8 && name.StartsWith(baseName, StringComparison.Ordinal) &&
        name[baseName.Length..].StartsWith(mark, StringComparison.Ordinal) && !name[^8..].ContainsAnyExcept("0123456789abcdef");

    /// <summary>Deletes a file that nobody needs; one that cannot be deleted stays, and takes nothing but space.</summary>
    internal static void Delete(string file, SaveFaults? faults)
    {
        try
        {
            faults?.Step("delete");
            File.Delete(file);
        }
        catch (Exception e) when (FileError.IsFor(e))
        {
        }
    }

    private static void WriteTemporary(string temporary, Action<Stream> write, SaveFaults? faults)
    {
        using var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes);
        Stream stream = faults?.Wrap(file) ?? file;
        write(stream);
        stream.Flush();
        faults?.Step("flush");
        file.Flush(flushToDisk: true);
    }

    // Renaming over a device would replace it by a file; /dev/shm is an ordinary folder in memory.
    private static bool IsDevice(string target) => !OperatingSystem.IsWindows() &&
        target.StartsWith("/dev/", StringComparison.Ordinal) && !target.StartsWith("/dev/shm/", StringComparison.Ordinal);
}
