using Unroll.Data;

namespace Unroll.Formats;

/// <summary>A state of training read back by <see cref="CheckpointStore"/>: named tensors and strings. Its checksum has been verified. Dispose it when
/// everything is taken out.</summary>
public sealed class Checkpoint : IDisposable
{
    internal Checkpoint(string path, long step, IReadOnlyDictionary<string, string> metadata, SafeTensorsFile tensors)
    {
        Path = path;
        Step = step;
        Metadata = metadata;
        Tensors = tensors;
    }

    /// <summary>The file it was read from.</summary>
    public string Path { get; }

    /// <summary>The step that it was saved at.</summary>
    public long Step { get; }

    /// <summary>The strings that were saved with it.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors that were saved with it.</summary>
    public SafeTensorsFile Tensors { get; }

    /// <summary>A saved string.</summary>
    /// <param name="key">Its key.</param>
    /// <exception cref="UnrollException">The checkpoint has no such key.</exception>
    public string this[string key] => Metadata.TryGetValue(key, out string? value)
        ? value
        : throw new UnrollException($"{OneLine.Of(Path)}: the checkpoint has no {ShownText.Of(key)}; it was saved by another version or for something else");

    /// <summary>Closes the file.</summary>
    public void Dispose() => Tensors.Dispose();
}
