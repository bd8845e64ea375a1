using System.Text.Json;
using Unroll.Data;
using Unroll.Formats;
using Unroll.Tensors;

namespace Unroll.Tasks.Forecasting;

/// <content>A model folder: <c>config.json</c> (task, options, columns, scales) and <c>model.safetensors</c> (weights).</content>
public sealed partial class Forecaster
{
    /// <summary>
    /// Writes the model into a folder, which is made where it is missing and may hold other files (a run's recipe and report). Each file is written beside, flushed and
    /// renamed, config.json last: before it is there the folder is no model, and where it replaces an older one its checksum tells a mixture.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UnrollException">It cannot be written.</exception>
    public void Save(string folder)
    {
        ModelFolder.Make(folder);
        ModelFolder.Save(folder, ForecastRecipe.TaskName, network, json =>
        {
            ModelFolder.WriteKnobs(json, "asked", ForecastOptions.Knobs, Asked);
            ModelFolder.WriteKnobs(json, "options", ForecastOptions.Knobs, Options);
            json.WriteNumber("long-season", longSeason);
            ModelFolder.WriteTexts(json, "calendar", data.Calendar);
            json.WriteStartObject("trained-to");
            foreach ((string series, TimeStamp last) in trainedTo) json.WriteString(series, last.ToString());
            json.WriteEndObject();
            WriteLayout(json);
        });
    }

    /// <summary>Reads a model folder; the model forecasts the same bits as the one that was saved.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UnrollException">It is no forecaster's folder, of a newer version, or damaged.</exception>
    public static Forecaster Load(string folder)
    {
        (JsonFields json, string weights) = ModelFolder.Open(folder, ForecastRecipe.TaskName);
        string path = ModelFolder.ConfigPath(folder);
        ForecastOptions asked = ModelFolder.ReadKnobs(json.Object("asked"), path, ForecastOptions.Knobs, new ForecastOptions { Horizon = 1 });
        ForecastOptions options = ModelFolder.ReadKnobs(json.Object("options"), path, ForecastOptions.Knobs, new ForecastOptions { Horizon = 1 });
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
            throw new UnrollException($"{path}: the sizes of the network do not fit {Path.GetFileName(weights)}.");
        if (options.Head == ForecastHead.Auto || (options.Mode == ForecastMode.Autoregressive && options.Head is ForecastHead.Quantile or ForecastHead.Point))
            throw new UnrollException($"{path}: the head does not fit the mode.");
        var model = new Forecaster(asked, options, longSeason, layout, data, trainedTo);
        ModelFolder.LoadWeights(file, weights, model.network);
        return model;
    }

    private void WriteLayout(Utf8JsonWriter json)
    {
        SeriesSchema schema = Layout.Schema;
        json.WriteStartObject("layout");
        json.WriteString("time", schema.Time);
        ModelFolder.WriteTexts(json, "targets", schema.Targets);
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
                if (encoding is not null) ModelFolder.WriteTexts(json, "values", encoding.Values);
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
}
