using Microsoft.Win32.SafeHandles;
using Unroll.Data;

namespace Unroll.Formats;

/// <summary>
/// Writes a folder so that an interruption leaves the whole old folder or the whole new one, never a mix: all files go into a temporary folder beside it, are
/// flushed to the disk, and the folders are then swapped by renaming.
/// </summary>
/// <remarks>
/// <para>A new folder appears by one rename, which is atomic. To replace a folder takes two, because no system that .NET reaches can rename over a folder with
/// files:
/// <c>name</c> to <c>name.old-x</c>, then <c>name.tmp-x</c> to <c>name</c>; then the old one is deleted. Between the two there is no <c>name</c>, for some
/// microseconds. A process that dies there leaves <c>name.old-x</c> and <c>name.tmp-x</c> with the same eight digits, which happens at no other time and
/// proves that the new one is complete;
/// <see cref="Recover"/>, called before loading, then finishes the swap.</para>
/// <para>Linux and macOS: each rename is atomic. Windows: each is one journaled change on NTFS; where another program holds a file inside, the rename fails,
/// the old folder is put back and the error says so. After a power cut the renames may be lost, since .NET cannot flush a folder, but journaling file systems
/// do not reorder them. One writer at a time: leftovers of an earlier, interrupted write are deleted.</para>
/// </remarks>
public static class AtomicFolder
{
    private const string NewMark = ".tmp-";
    private const string OldMark = ".old-";

    /// <summary>Writes a folder, replacing the one that is there.</summary>
    /// <param name="path">The folder; the one it lies in exists.</param>
    /// <param name="marker">The name of a file that every folder of this kind has, <c>config.json</c>: a folder with files but without this one is not
    /// replaced.</param>
    /// <param name="write">Gets the path of a fresh, empty folder and writes everything into it. What it throws leaves the old folder as it was.</param>
    /// <exception cref="UnrollException">The folder cannot be written, or another kind of folder is in its place.</exception>
    public static void Write(string path, string marker, Action<string> write) => Write(path, marker, write, faults: null);

    /// <summary>Finishes a swap that was interrupted between its two renames; does nothing otherwise. To be called before a folder is loaded.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="UnrollException">A swap was interrupted and cannot be finished, for want of permission.</exception>
    public static void Recover(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            string target = Target(path);
            if (Directory.Exists(target)) return;
            foreach (string old in Leftovers(target, OldMark))
            {
                string complete = target + NewMark + old[^8..];
                if (!Directory.Exists(complete)) continue;
                Directory.Move(complete, target);
                Delete(old, null);
                return;
            }
        }
        catch (Exception e) when (FileError.IsFor(e))
        {
            throw FileError.Writing(path, e);
        }
    }

    internal static void Write(string path, string marker, Action<string> write, SaveFaults? faults)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(marker);
        ArgumentNullException.ThrowIfNull(write);
        string? fresh = null;
        bool keepBoth = false;
        try
        {
            Recover(path);
            string target = Target(path);
            Refuse(path, target, marker);
            foreach (string leftover in Leftovers(target, NewMark).Concat(Leftovers(target, OldMark))) Delete(leftover, faults);

            string suffix = AtomicFile.NewSuffix("");
            string old = target + OldMark + suffix;
            faults?.Step("create");
            fresh = target + NewMark + suffix;
            if (!Directory.Exists(Path.GetDirectoryName(target))) throw new DirectoryNotFoundException();
            Directory.CreateDirectory(fresh);
            write(fresh);
            foreach (string file in Directory.EnumerateFiles(fresh, "*", SearchOption.AllDirectories)) FlushToDisk(file, faults);

            if (!Directory.Exists(target))
            {
                faults?.Step("rename new");
                Directory.Move(fresh, target);
                return;
            }
            faults?.Step("rename old");
            Directory.Move(target, old);
            keepBoth = true;
            PutInPlace(fresh, target, old, faults);
            Delete(old, faults);
        }
        catch (Exception e)
        {
            // Without the folder itself, the pair beside it is all there is: Recover needs both.
            bool gone = keepBoth && !Directory.Exists(Target(path));
            if (fresh is not null && !gone) Delete(fresh, faults);
            if (FileError.IsFor(e)) throw FileError.Writing(path, e);
            throw;
        }
    }

    private static void PutInPlace(string fresh, string target, string old, SaveFaults? faults)
    {
        try
        {
            faults?.Step("rename new");
            Directory.Move(fresh, target);
        }
        catch (Exception e) when (FileError.IsFor(e))
        {
            faults?.Step("rename back");
            Directory.Move(old, target);
            throw;
        }
    }

    private static string Target(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return new DirectoryInfo(full).LinkTarget is null ? full : Directory.ResolveLinkTarget(full, returnFinalTarget: true)!.FullName;
    }

    private static void Refuse(string path, string target, string marker)
    {
        string shown = OneLine.Of(path);
        if (Path.GetDirectoryName(target) is null) throw new UnrollException($"cannot write '{shown}': it is the root of a disk; give a folder of its own");
        if (File.Exists(target)) throw new UnrollException($"cannot write '{shown}': it is a file; give the path of a folder");
        if (!Directory.Exists(target) || File.Exists(Path.Combine(target, marker))) return;
        string? other = Directory.EnumerateFileSystemEntries(target).FirstOrDefault();
        if (other is null) return;
        string held = ShownText.Of(Path.GetFileName(other));
        throw new UnrollException($"cannot write '{shown}': the folder holds {held} but no '{marker}', and would lose what it holds; give a new folder");
    }

    private static List<string> Leftovers(string target, string mark)
    {
        string? parent = Path.GetDirectoryName(target);
        string name = Path.GetFileName(target);
        if (parent is null || !Directory.Exists(parent)) return [];
        return [.. Directory.EnumerateDirectories(parent).Where(d => AtomicFile.HasSuffix(Path.GetFileName(d), name, mark))];
    }

    private static void FlushToDisk(string file, SaveFaults? faults)
    {
        faults?.Step("flush");
        using SafeFileHandle handle = File.OpenHandle(file, FileMode.Open, FileAccess.Write);
        RandomAccess.FlushToDisk(handle);
    }

    private static void Delete(string folder, SaveFaults? faults)
    {
        try
        {
            faults?.Step("delete");
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (FileError.IsFor(e))
        {
        }
    }
}
