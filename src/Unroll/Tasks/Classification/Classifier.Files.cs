using System.Text.Json;
using Unroll.Data;
using Unroll.Data.Tokenizers;
using Unroll.Formats;

namespace Unroll.Tasks.Classification;

/// <content>A model folder: <c>config.json</c>, <c>model.safetensors</c> and, where rows are texts, <c>tokenizer.json</c>.</content>
public sealed partial class Classifier
{
    private const string TokenizerName = "tokenizer.json";
    private const int MostDimensions = 1 << 20;

    /// <summary>Writes the model into a folder, which is made where it is missing and may hold other files (a run's recipe and report).</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UnrollException">It cannot be written.</exception>
    public void Save(string folder)
    {
        ModelFolder.Make(folder);
        if (setup.Tokenizer is { } tokenizer) TokenizerFile.Write(Path.Combine(folder, TokenizerName), tokenizer);
        ModelFolder.Save(folder, ClassificationRecipe.TaskName, network, json =>
        {
            ModelFolder.WriteKnobs(json, "options", ClassificationOptions.Knobs, Options);
            ModelFolder.WriteTexts(json, "labels", Labels);
            json.WriteNumber("tokens", setup.Tokenizer?.Count ?? 0);
            json.WriteNumber("dimensions", setup.Dimensions);
            json.WriteNumber("longest", setup.Longest);
            json.WriteNumber("sample_rate", setup.SampleRate);
            json.WriteNumber("temperature", Temperature);
            WriteScale(json, "scale", setup.Scale);
            WriteScale(json, "beside", setup.Numbers);
            json.WriteStartObject("columns");
            LabelledLayout columns = setup.Layout;
            json.WriteString("text", columns.Text);
            json.WriteString("audio", columns.Audio);
            json.WriteString("time", columns.Time);
            json.WriteString("label", columns.Label);
            ModelFolder.WriteTexts(json, "series", columns.Series);
            ModelFolder.WriteTexts(json, "target", columns.Targets);
            json.WriteBoolean("no_header", columns.NoHeader);
            json.WriteEndObject();
        });
    }

    /// <summary>Reads a model folder; the model gives the same bits as the one that was saved.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UnrollException">It is no classifier's folder, of a newer version, or damaged.</exception>
    public static Classifier Load(string folder)
    {
        (JsonFields json, string weights) = ModelFolder.Open(folder, ClassificationRecipe.TaskName);
        string path = ModelFolder.ConfigPath(folder);
        ClassificationOptions options = ModelFolder.ReadKnobs(json.Object("options"), path, ClassificationOptions.Knobs, new ClassificationOptions());
        string[] labels = json.Texts("labels");
        if (labels.Length < (options.Labels == LabelKind.Several ? 1 : 2) || labels.Distinct(StringComparer.Ordinal).Count() != labels.Length) throw json.Error("labels", "must be different labels.");
        int tokens = json.Int32("tokens", 0), dimensions = json.Int32("dimensions", 0, MostDimensions);
        if (tokens == 0 == (dimensions == 0)) throw json.Error("dimensions", "must be above 0 for series, and 0 for texts.");
        options.Check(text: tokens > 0);
        Tokenizer? tokenizer = null;
        if (tokens > 0)
        {
            string words = Path.Combine(folder, TokenizerName);
            if (!File.Exists(words)) throw new UnrollException($"'{folder}' is not complete: {TokenizerName} is missing.");
            tokenizer = TokenizerFile.Read(words);
            if (tokenizer.Count != tokens) throw new UnrollException($"{words} does not belong to this model: it has {tokenizer.Count} tokens, {path} says {tokens}.");
        }
        JsonFields columns = json.Object("columns");
        string? Column(string name) => columns.Has(name) ? columns.Text(name) : null;
        var layout = new LabelledLayout
        {
            Text = Column("text"), Audio = Column("audio"), Time = Column("time"), Label = Column("label"), Series = columns.Texts("series"), Targets = columns.Texts("target"), NoHeader = columns.Boolean("no_header"),
        };
        var setup = new ClassifierSetup(new LabelSet(labels, options.Labels), tokenizer, dimensions, json.Int32("longest", 1), ReadScale(json, "scale", dimensions), ReadScale(json, "beside", null), layout,
            json.Int32("sample_rate", 0));
        using SafeTensorsFile file = SafeTensorsFile.Open(weights);
        // The sizes that config.json claims must be borne out by the weights before anything is made of them.
        ClassificationNetworkOptions sizes = options.Network;
        long width = sizes.Width, square = sizes.Model switch { ClassificationModel.Bag => 0, ClassificationModel.Convolution => width, _ => width * width * sizes.LayerCount(setup.Longest) };
        long claimed = square + (long)tokens * (tokens > 0 ? sizes.TokenWidth : 0) + (long)dimensions * options.Series.Patch;
        if (claimed > file.Tensors.Sum(static t => t.Elements)) throw new UnrollException($"{path}: the sizes of the network do not fit {Path.GetFileName(weights)}.");
        var classifier = new Classifier(options, setup) { Temperature = json.Double("temperature", 1e-6, 1e6) };
        ModelFolder.LoadWeights(file, weights, classifier.network);
        return classifier;
    }

    private static void WriteScale(Utf8JsonWriter json, string name, NumberScale scale)
    {
        json.WriteStartObject(name);
        Numbers("mean", scale.Mean);
        Numbers("deviation", scale.Deviation);
        json.WriteEndObject();

        void Numbers(string key, float[] values)
        {
            json.WriteStartArray(key);
            foreach (float v in values) json.WriteNumberValue(v);
            json.WriteEndArray();
        }
    }

    private static NumberScale ReadScale(JsonFields json, string name, int? count)
    {
        JsonFields scale = json.Object(name);
        float[] mean = [.. scale.Doubles("mean").Select(static v => (float)v)], deviation = [.. scale.Doubles("deviation", 1e-38).Select(static v => (float)v)];
        if (mean.Length != deviation.Length || (count is { } n && mean.Length != n)) throw json.Error(name, $"must have {count?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "as many means as"} deviations.");
        return new NumberScale(mean, deviation);
    }
}
