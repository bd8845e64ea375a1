using System.Security.Cryptography;
using System.Text.Json;
using Unroll.Data;
using Unroll.Formats;
using Unroll.Tensors;

namespace Unroll.Tasks.Forecasting;

/// <content>A model folder: <c>config.json</c> (task, options, columns, scales) and <c>model.safetensors</c> (weights).</content>
public sealed partial class Forecaster
{
    private const int Format = 1;
    private const string ConfigFile = "config.json";
    private const string WeightsFile = "model.safetensors";

    /// <summary>
    /// Writes the model into a folder, which is made where it is missing and may hold other files (a run's recipe and report). Each file is written beside, flushed and
    /// renamed, config.json last: before it is there the folder is no model, and where it replaces an older one its checksum tells a mixture.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UnrollException">It cannot be written.</exception>
    public void Save(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnrollException($"cannot make the folder '{folder}': {e.Message}", e);
        }
        string weights = Path.Combine(folder, WeightsFile);
        SafeTensorsWriter.Write(weights, network.NamedState().Select(static p => SafeTensorEntry.Of(p.Name, p.Value)), new Dictionary<string, string> { ["format"] = "pt" });
        JsonFile.Write(Path.Combine(folder, ConfigFile), json =>
        {
            json.WriteStartObject();
            json.WriteNumber("format", Format);
            json.WriteString("task", "forecast");
            json.WriteString("weights", WeightsFile);
            json.WriteString("sha256", Checksum(weights));
            WriteOptions(json, "asked", Asked);
            WriteOptions(json, "options", Options);
            json.WriteNumber("long-season", longSeason);
            WriteTexts(json, "calendar", data.Calendar);
            json.WriteStartObject("trained-to");
            foreach ((string series, TimeStamp last) in trainedTo) json.WriteString(series, last.ToString());
            json.WriteEndObject();
            WriteLayout(json);
            json.WriteEndObject();
        });
    }

    /// <summary>Reads a model folder; the model forecasts the same bits as the one that was saved.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UnrollException">It is no forecaster's folder, of a newer version, or damaged.</exception>
    public static Forecaster Load(string folder)
    {
        string path = Path.Combine(folder, ConfigFile);
        if (!Directory.Exists(folder)) throw new UnrollException($"no model folder '{folder}'.");
        if (!File.Exists(path)) throw new UnrollException($"'{folder}' is not a model folder: it has no {ConfigFile}.");
        JsonFields json = JsonFields.Read(path);
        if (json.Text("task") != "forecast") throw json.Error("task", $"must be 'forecast', got '{json.Text("task")}'; this model is for another command.");
        if (json.Int32("format", 1) > Format) throw json.Error("format", $"is {json.Int32("format")}, this version reads up to {Format}; use a newer version of Unroll.");
        string weights = Path.Combine(folder, WeightsFile);
        if (json.Text("weights") != WeightsFile) throw json.Error("weights", $"must be '{WeightsFile}'.");
        if (!File.Exists(weights)) throw new UnrollException($"'{folder}' is not complete: {WeightsFile} is missing.");
        if (!string.Equals(Checksum(weights), json.Text("sha256"), StringComparison.OrdinalIgnoreCase))
            throw new UnrollException($"{weights}: damaged: the file is not the one that {ConfigFile} was saved with; train again or restore the folder.");

        ForecastOptions asked = ReadOptions(json.Object("asked"), path), options = ReadOptions(json.Object("options"), path);
        (SeriesLayout layout, CovariateScale[] known, CovariateScale[] past) = ReadLayout(json.Object("layout"), path);
        int longSeason = json.Int32("long-season", 0, 1_000_000);
        var data = new ForecastData(layout, known, past, json.Texts("calendar"), options.Transform, options.Head == ForecastHead.NegativeBinomial);
        JsonFields ends = json.Object("trained-to");
        var trainedTo = new Dictionary<string, TimeStamp>();
        foreach (string series in ends.Names)
            trainedTo[series] = TimeStamp.TryParse(ends.Text(series), out TimeStamp last, out _) ? last : throw ends.Error(series, $"must be a time stamp, got '{ends.Text(series)}'.");
        using SafeTensorsFile file = SafeTensorsFile.Open(weights);
        // The sizes that config.json claims must be borne out by the weights before anything is made of them.
        long claimed = (long)options.Members * options.Network.Layers * options.Network.Hidden * options.Network.Hidden;
        if (options.Members < 1 || options.Network.Hidden < 1 || options.Season < 1 || options.Context < 1 || claimed > file.Tensors.Sum(static t => t.Elements))
            throw new UnrollException($"{path}: the sizes of the network do not fit {WeightsFile}.");
        if (options.Head == ForecastHead.Auto || (options.Mode == ForecastMode.Autoregressive && options.Head is ForecastHead.Quantile or ForecastHead.Point))
            throw new UnrollException($"{path}: the head does not fit the mode.");
        var model = new Forecaster(asked, options, longSeason, layout, data, trainedTo);
        try
        {
            model.network.Load(file.ReadState());
        }
        catch (UnrollException e)
        {
            throw new UnrollException($"{weights} does not fit {ConfigFile}: {e.Message}", e);
        }
        return model;
    }

    private static string Checksum(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static void WriteOptions(Utf8JsonWriter json, string name, ForecastOptions options)
    {
        json.WriteStartObject(name);
        foreach (Knob<ForecastOptions> knob in ForecastOptions.Knobs) json.WriteString(knob.Name, knob.Read(options));
        json.WriteEndObject();
    }

    private static ForecastOptions ReadOptions(JsonFields json, string path)
    {
        var options = new ForecastOptions { Horizon = 1 };
        foreach (Knob<ForecastOptions> knob in ForecastOptions.Knobs)
        {
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

    private void WriteLayout(Utf8JsonWriter json)
    {
        SeriesSchema schema = Layout.Schema;
        json.WriteStartObject("layout");
        json.WriteString("time", schema.Time);
        WriteTexts(json, "targets", schema.Targets);
        json.WriteString("frequency", schema.Frequency!.Value.ToString());
        json.WriteString("separator", schema.Csv.Separator?.ToString() ?? "");
        json.WriteBoolean("decimal-comma", schema.Csv.DecimalComma);
        WriteColumns("series", Layout.SeriesColumns.Select(static c => (c.Name, (CategoricalEncoding?)c, default(CovariateScale))));
        WriteColumns("known", Layout.Known.Select((c, i) => (c.Name, c.Encoding, data.Scales.Known[i])));
        WriteColumns("past", Layout.Past.Select((c, i) => (c.Name, c.Encoding, data.Scales.Past[i])));
        json.WriteEndObject();

        void WriteColumns(string name, IEnumerable<(string Name, CategoricalEncoding? Encoding, CovariateScale Scale)> columns)
        {
            json.WriteStartArray(name);
            foreach ((string column, CategoricalEncoding? encoding, CovariateScale scale) in columns)
            {
                json.WriteStartObject();
                json.WriteString("name", column);
                if (encoding is not null) WriteTexts(json, "values", encoding.Values);
                else
                {
                    json.WriteNumber("mean", scale.Mean);
                    json.WriteNumber("deviation", scale.Deviation);
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
    }

    private static (SeriesLayout Layout, CovariateScale[] Known, CovariateScale[] Past) ReadLayout(JsonFields json, string path)
    {
        if (!Frequency.TryParse(json.Text("frequency"), out Frequency frequency)) throw json.Error("frequency", $"is no frequency: '{json.Text("frequency")}'.");
        string separator = json.Text("separator");
        (string Name, CategoricalEncoding? Encoding, CovariateScale Scale)[] series = Columns("series"), known = Columns("known"), past = Columns("past");
        if (series.Any(static c => c.Encoding is null)) throw json.Error("series", "must have values.");
        var schema = new SeriesSchema
        {
            Time = json.Text("time"), Targets = json.Texts("targets"), Frequency = frequency, SeriesColumns = [.. series.Select(static c => c.Name)],
            Known = [.. known.Select(static c => c.Name)], Past = [.. past.Select(static c => c.Name)],
            Csv = new CsvOptions { Separator = separator.Length == 0 ? null : separator[0], DecimalComma = json.Boolean("decimal-comma") },
        };
        if (schema.Targets.Count == 0) throw json.Error("targets", "must name a column.");
        var layout = new SeriesLayout
        {
            Schema = schema, SeriesColumns = [.. series.Select(static c => c.Encoding!)], Known = [.. known.Select(static c => new Covariate(c.Name, c.Encoding))],
            Past = [.. past.Select(static c => new Covariate(c.Name, c.Encoding))],
        };
        return (layout, [.. known.Select(static c => c.Scale)], [.. past.Select(static c => c.Scale)]);

        (string, CategoricalEncoding?, CovariateScale)[] Columns(string name) => [.. json.Objects(name).Select(column =>
        {
            string called = column.Text("name");
            if (!column.Has("values")) return (called, (CategoricalEncoding?)null, new CovariateScale(column.Double("mean"), column.Double("deviation")));
            try
            {
                return (called, new CategoricalEncoding(called, column.Texts("values")), default(CovariateScale));
            }
            catch (ArgumentException e)
            {
                throw new UnrollException($"{path}: {e.Message}", e);
            }
        })];
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
