using System.Text.Json;
using Unroll.Inspections;

namespace Unroll.Reports;

/// <summary>What moves on the page of an inspection: the numbers of the example, and the script that shows them.</summary>
internal static class InspectionScript
{
    /// <summary>Units of a strip, steps of a strip: more are not drawn.</summary>
    public const int MostUnits = 24, MostSteps = 120;

    /// <summary>The numbers of the layers as JSON; angle brackets are escaped.</summary>
    public static string Json(IReadOnlyList<LayerNumbers> layers)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartArray();
            foreach (LayerNumbers layer in layers)
            {
                json.WriteStartObject();
                json.WriteString("name", layer.Name);
                json.WriteNumber("first", layer.First);
                json.WriteNumber("units", layer.Units);
                json.WriteStartArray("labels");
                foreach (string label in layer.Labels) json.WriteStringValue(label);
                json.WriteEndArray();
                json.WriteStartObject("values");
                foreach ((string key, string title, float[] values) in layer.Values)
                {
                    json.WriteStartObject(key);
                    json.WriteString("title", title);
                    json.WriteStartArray("v");
                    foreach (float v in values) json.WriteNumberValue(float.IsFinite(v) ? Math.Round(v, 3) : 0);
                    json.WriteEndArray();
                    json.WriteEndObject();
                }
                json.WriteEndObject();
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    public const string Text = """
        (function () {
          var layers = JSON.parse(document.getElementById("numbers").textContent);
          var slider = document.getElementById("time"), out = document.getElementById("probe");
          var picture = document.querySelectorAll("[data-part]"), probes = document.querySelectorAll(".u-probe");
          var columns = 0, longest = layers.reduce(function (a, b) { return b.labels.length > a.labels.length ? b : a; });
          picture.forEach(function (e) { columns = Math.max(columns, +e.dataset.column + 1); });
          function say(layer, key, t, u) {
            var of = layers[layer].values[key], n = of.v.length / layers[layer].labels.length;
            return layers[layer].name + ", " + of.title + ", step " + (t + layers[layer].first) + " (" + layers[layer].labels[t] + "), unit " + (u + 1) + ": " + of.v[t * n + u];
          }
          function move() {
            var now = slider.value - 1;
            picture.forEach(function (e) {
              var d = e.dataset, own = layers[d.layer], steps = own.labels.length, t = Math.min(now, steps - 1);
              var at = Math.max(0, Math.min(t - Math.floor(columns / 2), steps - columns)) + +d.column;
              if (d.part === "label" || d.part === "step") {
                var text = at >= steps ? "" : d.part === "step" ? "step " + (at + own.first) : own.labels[at];
                e.textContent = text.length > 14 ? text.slice(0, 13) + "\u2026" : text;
                e.style.fontWeight = at === t ? "bold" : "";
                return;
              }
              var of = own.values[d.part], n = of.v.length / steps, v = at < steps ? of.v[at * n + +d.unit] : undefined;
              if (v === undefined) { e.setAttribute("fill-opacity", 0); return; }
              e.setAttribute("fill-opacity", Math.max(0.06, Math.min(1, Math.abs(v))));
              e.setAttribute("class", "u-fill u-square " + (v < 0 ? "u-orange" : "u-blue"));
            });
            probes.forEach(function (p) {
              var d = p.dataset, c = p.parentNode.querySelector(".u-cursor"), x = +d.left + (Math.min(now, d.steps - 1) + 0.5) * d.cell;
              c.setAttribute("x1", x); c.setAttribute("x2", x);
            });
            out.textContent = "step " + (now + longest.first) + " (" + (longest.labels[now] || "") + ")";
          }
          function place(e, p) {
            var d = p.dataset, box = p.getBoundingClientRect();
            var t = Math.min(d.steps - 1, Math.max(0, Math.floor((e.clientX - box.left) / box.width * d.steps)));
            var u = Math.min(d.units - 1, Math.max(0, Math.floor((e.clientY - box.top) / box.height * d.units)));
            return [t, u];
          }
          probes.forEach(function (p) {
            p.addEventListener("pointermove", function (e) { var at = place(e, p); out.textContent = say(p.dataset.layer, p.dataset.key, at[0], at[1]); });
            p.addEventListener("click", function (e) { slider.value = place(e, p)[0] + 1; move(); });
          });
          slider.addEventListener("input", move);
          move();
        })();

        """;
}

/// <summary>What the script knows of a layer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="First">The number of the first step that is shown.</param>
/// <param name="Units">Units that are shown.</param>
/// <param name="Labels">What stands at the steps.</param>
/// <param name="Values">By key: a title, and <c>[steps, units]</c>.</param>
internal sealed record LayerNumbers(string Name, int First, int Units, string[] Labels, IReadOnlyList<(string Key, string Title, float[] Values)> Values)
{
    /// <summary>The last steps and the first units of a layer.</summary>
    public static LayerNumbers Of(LayerInspection layer)
    {
        int steps = layer.Labels.Count, from = Math.Max(0, steps - InspectionScript.MostSteps), units = Math.Min(layer.Hidden, InspectionScript.MostUnits);
        var values = new List<(string, string, float[])> { ("h", "hidden state", Cut(layer.States.Span)) };
        if (layer.CellStates.Length > 0) values.Add(("c", "cell state", Cut(layer.CellStates.Span)));
        foreach (GateReading gate in layer.Gates)
            if (gate.Name != "h") values.Add(("gate-" + gate.Name, $"gate {gate.Name}", Cut(gate.Example.Span)));
        return new LayerNumbers(layer.Name, from + 1, units, [.. layer.Labels.Skip(from)], values);

        float[] Cut(ReadOnlySpan<float> all)
        {
            int width = all.Length / steps, shown = Math.Min(width, units);
            var some = new float[(steps - from) * shown];
            for (int t = from; t < steps; t++) all.Slice(t * width, shown).CopyTo(some.AsSpan((t - from) * shown));
            return some;
        }
    }
}
