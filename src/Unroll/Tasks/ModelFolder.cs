using System.Security.Cryptography;
using System.Text.Json;
using Unroll.Formats;
using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks;

/// <summary>
/// A model on disk: <c>config.json</c> (task, options, what preprocessing must know) and <c>model.safetensors</c> (weights). Each file is written beside, flushed and
/// renamed, config.json last: before it is there the folder is no model, and where it replaces an older one its checksum tells a mixture.
/// </summary>
public static class ModelFolder
{
    private const int Format = 1;
    private const string ConfigFile = "config.json";
    private const string WeightsFile = "model.safetensors";

    /// <summary>The task of the model in a folder, as <c>train</c> calls it.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UnrollException">It is no model folder.</exception>
    public static string TaskOf(string folder) => Config(folder).Text("task");

    /// <summary>Makes a folder where it is missing; it may hold other files (a run's recipe and report).</summary>
    /// <exception cref="UnrollException">It cannot be made.</exception>
    internal static void Make(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (FileError.IsFor(e))
        {
            throw new UnrollException($"cannot make the folder '{folder}': {e.Message}", e);
        }
    }

    /// <summary>Writes a model.</summary>
    /// <param name="folder">The folder, which exists.</param>
    /// <param name="task">Its task.</param>
    /// <param name="network">Its weights.</param>
    /// <param name="config">Writes the fields that the task needs beside them.</param>
    internal static void Save(string folder, string task, Module network, Action<Utf8JsonWriter> config) =>
        Save(folder, task, network.NamedState().Select(static p => SafeTensorEntry.Of(p.Name, p.Value)), config);

    /// <summary>Writes a model whose weights are no network's.</summary>
    /// <param name="folder">The folder, which exists.</param>
    /// <param name="task">Its task.</param>
    /// <param name="entries">Its weights.</param>
    /// <param name="config">Writes the fields that the task needs beside them.</param>
    internal static void Save(string folder, string task, IEnumerable<SafeTensorEntry> entries, Action<Utf8JsonWriter> config)
    {
        string weights = Path.Combine(folder, WeightsFile);
        SafeTensorsWriter.Write(weights, entries, new Dictionary<string, string> { ["format"] = "pt" });
        JsonFile.Write(Path.Combine(folder, ConfigFile), json =>
        {
            json.WriteStartObject();
            json.WriteNumber("format", Format);
            json.WriteString("task", task);
            json.WriteString("weights", WeightsFile);
            json.WriteString("sha256", Checksum(weights));
            config(json);
            json.WriteEndObject();
        });
    }

    /// <summary>Opens a model of a task: its config, and the file of its weights once their checksum holds.</summary>
    /// <exception cref="UnrollException">It is no folder of this task, of a newer version, or damaged.</exception>
    internal static (JsonFields Config, string Weights) Open(string folder, string task)
    {
        JsonFields json = Config(folder);
        if (json.Text("task") != task) throw json.Error("task", $"must be '{task}', got '{json.Text("task")}'; this model is for another command.");
        if (json.Int32("format", 1) > Format) throw json.Error("format", $"is {json.Int32("format")}, this version reads up to {Format}; use a newer version of Unroll.");
        string weights = Path.Combine(folder, WeightsFile);
        if (json.Text("weights") != WeightsFile) throw json.Error("weights", $"must be '{WeightsFile}'.");
        if (!File.Exists(weights)) throw new UnrollException($"'{folder}' is not complete: {WeightsFile} is missing.");
        if (!string.Equals(Checksum(weights), json.Text("sha256"), StringComparison.OrdinalIgnoreCase))
            throw new UnrollException($"{weights}: damaged: the file is not the one that {ConfigFile} was saved with; train again or restore the folder.");
        return (json, weights);
    }

    /// <summary>Puts the weights of an opened file into a network.</summary>
    /// <exception cref="UnrollException">They do not fit.</exception>
    internal static void LoadWeights(SafeTensorsFile file, string weights, Module network)
    {
        try
        {
            network.Load(file.ReadState());
        }
        catch (UnrollException e)
        {
            throw new UnrollException($"{weights} does not fit {ConfigFile}: {e.Message}", e);
        }
    }

    /// <summary>The path of the config of a folder, for errors.</summary>
    internal static string ConfigPath(string folder) => Path.Combine(folder, ConfigFile);

    /// <summary>Writes options, a text a knob.</summary>
    internal static void WriteKnobs<TOptions>(Utf8JsonWriter json, string name, IReadOnlyList<Knob<TOptions>> knobs, TOptions options)
    {
        json.WriteStartObject(name);
        foreach (Knob<TOptions> knob in knobs) json.WriteString(knob.Name, knob.Read(options));
        json.WriteEndObject();
    }

    /// <summary>Reads options that <see cref="WriteKnobs"/> wrote.</summary>
    internal static TOptions ReadKnobs<TOptions>(JsonFields json, string path, IReadOnlyList<Knob<TOptions>> knobs, TOptions options)
    {
        foreach (Knob<TOptions> knob in knobs)
        {
            if (!json.Has(knob.Name)) continue;                                         // saved before there was this option: it had what is the default
            try
            {
                options = knob.Write(options, json.Text(knob.Name));
            }
            catch (UnrollException e) when (!e.Message.StartsWith(path, StringComparison.Ordinal))
            {
                throw new UnrollException($"{path}: {e.Message}", e);
            }
        }
        json.RejectUnknown();
        return options;
    }

    /// <summary>Writes a list of texts.</summary>
    internal static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static JsonFields Config(string folder)
    {
        string path = ConfigPath(folder);
        if (!Directory.Exists(folder)) throw new UnrollException($"no model folder '{folder}'.");
        if (!File.Exists(path)) throw new UnrollException($"'{folder}' is not a model folder: it has no {ConfigFile}.");
        return JsonFields.Read(path);
    }

    private static string Checksum(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
