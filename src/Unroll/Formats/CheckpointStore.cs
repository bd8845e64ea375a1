using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Unroll.Formats;

/// <summary>
/// Keeps the last few states of training in a folder: <c>checkpoint-000042.safetensors</c>, numbered in the order of saving. Each file is legal safetensors,
/// carries a checksum over all its bytes, and appears by one rename after it has been flushed to the disk, so that a process killed at any instant leaves the
/// state before or the new one. One writer at a time.
/// </summary>
public sealed class CheckpointStore
{
    private const string Prefix = "checkpoint-";
    private const string Suffix = ".safetensors";
    private const string StepKey = "step";

    private readonly string folder;
    private readonly int keep;
    private readonly SaveFaults? faults;
    private readonly HashSet<long> damaged = [];

    /// <summary>A store in a folder, which the first <see cref="Save"/> makes.</summary>
    /// <param name="folder">The folder; what else lies in it is left alone.</param>
    /// <param name="keep">How many states to keep, at least 1; 2 by default, so that there is one to fall back to.</param>
    public CheckpointStore(string folder, int keep = 2) : this(folder, keep, faults: null)
    {
    }

    internal CheckpointStore(string folder, int keep, SaveFaults? faults)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        this.folder = folder;
        this.keep = keep;
        this.faults = faults;
    }

    /// <summary>Saves a state, then deletes those that are no longer kept. When it returns, the state is on the disk.</summary>
    /// <param name="step">The step of training, 0 or more; it may be lower than before, the state saved last is the latest.</param>
    /// <param name="tensors">Weights, moments of the optimiser, counters.</param>
    /// <param name="metadata">Strings to keep with them; the keys <c>sha256</c> and <c>step</c> are the store's own.</param>
    /// <exception cref="UnrollException">The state cannot be written; those before are untouched.</exception>
    public void Save(long step, IEnumerable<SafeTensorEntry> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentNullException.ThrowIfNull(tensors);
        List<KeyValuePair<string, string>> strings =
        [
            new(CheckpointSeal.Key, CheckpointSeal.Blank),
            new(StepKey, step.ToString(CultureInfo.InvariantCulture)),
        ];
        foreach (KeyValuePair<string, string> entry in (metadata ?? new Dictionary<string, string>()).OrderBy(static m => m.Key, StringComparer.Ordinal))
        {
            if (entry.Key is CheckpointSeal.Key or StepKey)
                throw new ArgumentException($"CheckpointStore.Save: the key '{entry.Key}' is the store's own.", nameof(metadata));
            strings.Add(entry);
        }
        MakeFolder();
        long number = Numbers().FirstOrDefault() + 1;
        AtomicFile.Write(FileOf(number), stream => CheckpointSeal.Write(stream, s => SafeTensorsWriter.WriteInOrder(s, tensors, strings)), faults);
        Rotate();
    }

    /// <summary>Reads the latest state that is whole. A damaged one is passed over, and so is what an interrupted <see cref="Save"/> left behind.</summary>
    /// <param name="checkpoint">The state, to be disposed; nothing where there is none.</param>
    /// <param name="warning">One line that says which state was damaged and what is used instead; nothing where all is well.</param>
    /// <returns>True where there is a state to go on from.</returns>
    /// <exception cref="UnrollException">The folder cannot be read.</exception>
    public bool TryLoadLatest([NotNullWhen(true)] out Checkpoint? checkpoint, out string? warning)
    {
        checkpoint = null;
        warning = null;
        var faulty = new List<string>();
        foreach (long number in Numbers())
        {
            try
            {
                checkpoint = Load(FileOf(number));
                break;
            }
            catch (UnrollException e)
            {
                damaged.Add(number);
                faulty.Add(e.Message);
            }
        }
        if (faulty.Count > 0)
        {
            faulty.Add(checkpoint is null ? "no other checkpoint is left" : $"the one before, of step {checkpoint.Step}, is used");
            warning = string.Join("; ", faulty);
        }
        return checkpoint is not null;
    }

    /// <summary>Deletes all states and what interrupted saves left behind: for training that starts anew in the same folder.</summary>
    /// <exception cref="UnrollException">A file cannot be deleted.</exception>
    public void Clear()
    {
        foreach (string file in Files().Where(static f => NumberOf(Path.GetFileName(f)) is not null || IsTemporary(Path.GetFileName(f))))
        {
            try
            {
                File.Delete(file);
            }
            catch (Exception e) when (FileError.IsFor(e))
            {
                throw FileError.Writing(file, e);
            }
        }
    }

    private static Checkpoint Load(string path)
    {
        FileStream? stream = null;
        try
        {
            stream = SafeTensorsFile.OpenStream(path);
            if (!CheckpointSeal.Verify(stream)) throw new UnrollException($"{OneLine.Of(path)}: the checkpoint is damaged: its checksum does not fit");
            SafeTensorsFile tensors = SafeTensorsFile.Read(stream, path);
            string text = tensors.Metadata.GetValueOrDefault(StepKey, "");
            if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long step))
                throw new UnrollException($"{OneLine.Of(path)}: the checkpoint is damaged: it does not say its step");
            var metadata = tensors.Metadata.Where(static m => m.Key is not (CheckpointSeal.Key or StepKey)).ToDictionary(StringComparer.Ordinal);
            return new Checkpoint(path, step, metadata, tensors);
        }
        catch (Exception e)
        {
            stream?.Dispose();
            if (FileError.IsFor(e)) throw FileError.Reading(path, e);
            throw;
        }
    }

    /// <summary>Deletes what is damaged, too old or left over; one that cannot be deleted now is tried again after the next save.</summary>
    private void Rotate()
    {
        int kept = 0;
        foreach (long number in Numbers())
            if (damaged.Contains(number) || ++kept > keep) AtomicFile.Delete(FileOf(number), faults);
        foreach (string file in Files().Where(static f => IsTemporary(Path.GetFileName(f)))) AtomicFile.Delete(file, faults);
    }

    private void MakeFolder()
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (FileError.IsFor(e))
        {
            throw FileError.Writing(folder, e);
        }
    }

    private string FileOf(long number) => Path.Combine(folder, $"{Prefix}{number.ToString("D6", CultureInfo.InvariantCulture)}{Suffix}");

    /// <summary>The numbers of the states that are there, the latest first.</summary>
    private List<long> Numbers() => [.. Files().Select(static f => NumberOf(Path.GetFileName(f))).OfType<long>().OrderDescending()];

    private string[] Files()
    {
        try
        {
            return Directory.Exists(folder) ? Directory.GetFiles(folder) : [];
        }
        catch (Exception e) when (FileError.IsFor(e))
        {
            throw FileError.Reading(folder, e);
        }
    }

    private static long? NumberOf(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal) && name.Length > Prefix.Length + Suffix.Length
        && long.TryParse(name.AsSpan(Prefix.Length..^Suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static bool IsTemporary(string name)
    {
        int end = name.IndexOf(Suffix, StringComparison.Ordinal) + Suffix.Length;
        return end >= Suffix.Length && NumberOf(name[..end]) is not null && AtomicFile.IsTemporaryOf(name[..end], name);
    }
}
