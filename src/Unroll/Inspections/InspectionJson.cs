using System.Text.Json;
using Unroll.Formats;

namespace Unroll.Inspections;

/// <summary>An inspection as JSON: the findings in words, and the figures behind them.</summary>
public static class InspectionJson
{
    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="seen">The inspection.</param>
    /// <exception cref="UnrollException">The file cannot be written.</exception>
    public static void Save(string path, Inspection seen) => JsonFile.Write(path, json => Write(json, seen));

    /// <summary>Writes one object; numbers that JSON has not (infinite half-lives) are null.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="seen">The inspection.</param>
    public static void Write(Utf8JsonWriter json, Inspection seen)
    {
        json.WriteStartObject();
        json.WriteString("model", seen.Title);
        json.WriteString("unit", seen.Unit);
        json.WriteNumber("sequences", seen.Batch);
        json.WriteNumber("example", seen.Example);
        Number(json, "loss", seen.Loss);
        Number(json, "gradient_norm", seen.GradientNorm);
        Number(json, "clip", seen.Clip);
        Number(json, "clip_factor", seen.ClipFactor);
        json.WriteStartArray("findings");
        foreach (Finding finding in seen.Findings)
        {
            json.WriteStartObject();
            json.WriteString("kind", finding.Kind.ToString().ToLowerInvariant());
            json.WriteString("about", finding.About);
            json.WriteString("text", finding.Text);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("layers");
        foreach (LayerInspection layer in seen.Layers) Write(json, layer);
        json.WriteEndArray();
        if (seen.Memory is { } memory)
        {
            json.WriteStartObject("memory");
            json.WriteNumber("horizon", memory.Horizon);
            json.WriteBoolean("reaches_start", memory.ReachesStart);
            Numbers(json, "lags", memory.Lags.Select(static l => (double)l));
            Numbers(json, "changes", memory.Changes);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, LayerInspection layer)
    {
        json.WriteStartObject();
        json.WriteString("name", layer.Name);
        json.WriteString("cell", layer.Cell);
        json.WriteBoolean("fused", layer.IsFused);
        json.WriteNumber("hidden", layer.Hidden);
        json.WriteNumber("steps", layer.Steps);
        json.WriteString("flow", layer.Gradient.Flow.ToString().ToLowerInvariant());
        json.WriteNumber("reach", layer.Gradient.Reach);
        Number(json, "growth", layer.Gradient.Growth);
        Number(json, "factor", layer.Gradient.Factor);
        Numbers(json, "gradient_hidden", layer.Gradient.Hidden);
        Numbers(json, "gradient_state", layer.Gradient.State);
        Numbers(json, "gradient_whole", layer.Gradient.Whole);
        json.WriteStartArray("jacobians");
        foreach (JacobianProduct product in layer.Jacobians)
        {
            json.WriteStartObject();
            json.WriteNumber("steps", product.Steps);
            Number(json, "norm", product.Norm);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("gates");
        foreach (GateReading gate in layer.Gates)
        {
            json.WriteStartObject();
            json.WriteString("name", gate.Name);
            json.WriteString("role", gate.Role.ToString().ToLowerInvariant());
            Number(json, "mean", gate.Mean);
            Number(json, "saturated_low", gate.SaturatedLow);
            Number(json, "saturated_high", gate.SaturatedHigh);
            json.WriteNumber("dead", gate.Dead);
            Number(json, "median_half_life", gate.MedianHalfLife);
            Numbers(json, "half_lives", gate.HalfLives);
            Numbers(json, "histogram", gate.Histogram);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Numbers(Utf8JsonWriter json, string name, IEnumerable<double> values)
    {
        json.WriteStartArray(name);
        foreach (double v in values)
            if (double.IsFinite(v)) json.WriteNumberValue((float)v);
            else json.WriteNullValue();
        json.WriteEndArray();
    }

    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, (float)value);
        else json.WriteNull(name);
    }
}
