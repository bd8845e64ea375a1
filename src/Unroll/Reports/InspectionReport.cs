using System.Globalization;
using Unroll.Inspections;
using Unroll.Layers;

namespace Unroll.Reports;

/// <summary>A model at work, as one HTML page: unrolled in time, its gates, gradients on their way back, its memory, and in words what is healthy and what is not.</summary>
public static partial class InspectionReport
{
    /// <summary>Writes the page to a file, whole or not at all.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="seen">The inspection.</param>
    /// <exception cref="UnrollException">The file cannot be written.</exception>
    public static void Save(string path, string name, Inspection seen) => Of(name, seen).Save(path);

    /// <summary>The page.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="seen">The inspection.</param>
    public static HtmlReport Of(string name, Inspection seen)
    {
        LayerNumbers[] numbers = [.. seen.Layers.Where(static l => l.Labels.Count > 0).Select(LayerNumbers.Of)];
        return new HtmlReport
        {
            Title = $"{name}: at work",
            Subtitle = string.Create(CultureInfo.InvariantCulture, $"{seen.Title}, {seen.Batch} sequences looked at, sequence {seen.Example} shown; without dropout"),
            Figures =
            [
                new KeyFigure("Loss of the batch", NumberLabel.Of(seen.Loss)),
                .. seen.Layers.Take(1).Where(static l => l.Gradient.State.Count > 1).Select(l => new KeyFigure("Gradients reach", $"{l.Gradient.Reach} {seen.Unit}s", l.Name, VerdictOf(l.Gradient))),
                .. seen.Memory is { } memory ? [new KeyFigure("Inputs matter for", $"{memory.Horizon} {seen.Unit}s", "measured")] : Array.Empty<KeyFigure>(),
                new KeyFigure("Gradient norm", NumberLabel.Of(seen.GradientNorm), seen.Clip > 0 ? $"clipped at {NumberLabel.Of(seen.Clip)}" : "not clipped"),
                new KeyFigure("Weights", seen.ParameterCount.ToString("N0", CultureInfo.InvariantCulture)),
            ],
            Notes = [.. seen.Findings.Select(static f => new ReportNote(f.Text, VerdictOf(f.Kind)))],
            Sections =
            [
                .. numbers.Length > 0 ? [Unrolled(seen, numbers)] : Array.Empty<ReportSection>(),
                .. seen.Layers.Any(static l => l.Gates.Count > 0) ? [Gates(seen, numbers)] : Array.Empty<ReportSection>(),
                .. seen.Layers.Count > 0 ? [Gradients(seen)] : Array.Empty<ReportSection>(),
                .. seen.Comparison is { } comparison ? [Compared(comparison, seen.Unit)] : Array.Empty<ReportSection>(),
                .. seen.Memory is { } remembered ? [Memory(seen, remembered)] : Array.Empty<ReportSection>(),
                .. seen.Attentions.Count > 0 ? [Attention(seen)] : Array.Empty<ReportSection>(),
                .. seen.Training is { } training ? [Trained(training)] : Array.Empty<ReportSection>(),
                .. numbers.Length > 0 ? [new ReportSection("How to read this page", [new ReportText(Help), new ReportScript(InspectionScript.Json(numbers), InspectionScript.Text)])] : Array.Empty<ReportSection>(),
            ],
        };
    }

    private const string Help = "Move the slider (arrow keys, Home and End work too) to go through time; click into a strip to go to that step; rest the pointer on a cell to read its value. "
        + "Blue is above zero, orange below, the stronger the further. The page needs no network and no other file.";

    private static ReportSection Unrolled(Inspection seen, LayerNumbers[] numbers)
    {
        int first = Array.FindIndex(numbers, n => n.Labels.Length == numbers.Max(static m => m.Labels.Length)), shown = Math.Min(12, numbers.Min(static n => n.Units));
        var parts = new List<ReportPart> { new ReportSlider("Step", numbers[first].Labels.Length) };
        foreach (IGrouping<string, (LayerNumbers Of, int At)> stack in numbers.Select(static (n, i) => (Of: n, At: i)).GroupBy(static n => Stack(n.Of.Name)))
            parts.Add(new ReportChart(new UnrolledPicture([.. stack.Select(static n => (n.Of.Name, n.Of.Values.Any(static v => v.Key == "c"), n.At))], shown)
            {
                Title = $"{stack.Key} unrolled", Height = UnrolledPicture.HeightFor(stack.Count()),
            }));
        parts.Add(new ReportReading($"Read from left to right: at each step every layer mixes what comes from below with its own state of the step before. The weights are the same at every step; only the states differ. The boxes show the first {shown} units."));
        for (int l = 0; l < numbers.Length; l++)
            foreach ((string key, string title, float[] values) in numbers[l].Values.Where(static v => v.Key is "h" or "c"))
                parts.Add(new ReportChart(Strip(numbers[l], l, key, $"{numbers[l].Name}: {title}", values, seen.Unit) with { Full = key == "c" ? 0 : 1 }));
        return new ReportSection("1. Unrolled in time", parts);
    }

    // Layers of one stack share a name; directions of one layer run by themselves.
    private static string Stack(string name)
    {
        int at = name.LastIndexOf(" layer ", StringComparison.Ordinal), way = name.IndexOf(',', Math.Max(0, at));
        return (at < 0 ? name : name[..at]) + (way < 0 ? "" : name[way..]);
    }

    private static ReportSection Gates(Inspection seen, LayerNumbers[] numbers)
    {
        var parts = new List<ReportPart>();
        foreach (LayerInspection layer in seen.Layers.Where(static l => l.Gates.Count > 0))
        {
            int l = Array.FindIndex(numbers, n => n.Name == layer.Name);
            parts.Add(new ReportChartGrid([GateMeans(layer, seen.Unit), Distribution(layer)]));
            foreach ((string key, string title, float[] values) in l < 0 ? [] : numbers[l].Values.Where(static v => v.Key.StartsWith("gate-", StringComparison.Ordinal)))
                parts.Add(new ReportChart(Strip(numbers[l], l, key, $"{layer.Name}: {title}", values, seen.Unit)));
            parts.Add(GateTable(layer, seen.Unit));
            if (layer.Keeping is { } keeping) parts.Add(new ReportChart(HalfLives(layer, keeping, seen.Unit)));
            parts.Add(GateReadings(layer));
        }
        return new ReportSection("2. Gates", parts);
    }

    private static ReportReading GateReadings(LayerInspection layer)
    {
        GateReading? worst = layer.Gates.Where(static g => g.Role != GateRole.Keep).MaxBy(static g => g.Saturated);
        if (layer.Gates[0].Role == GateRole.Rectifier)
            return layer.Gates[0].Dead == 0 ? new ReportReading("Healthy: every unit is above zero somewhere.", Verdict.Good)
                : new ReportReading($"{layer.Gates[0].Dead} of {layer.Gates[0].Units} units are zero at every step of every sequence: they learn no more.", Verdict.Warning);
        return worst is null || worst.Saturated < 0.3
            ? new ReportReading("Healthy: most gates move; a gate between 0.1 and 0.9 still learns. Forget gates near 1 are no fault: that is how a cell remembers.", Verdict.Good)
            : new ReportReading($"{NumberLabel.Percent(worst.Saturated)} of {worst.Name} are saturated: near their ends they hardly change, whatever comes, and hardly learn. Smaller weights or a lower learning rate keep them moving.", Verdict.Warning);
    }

    private static ReportSection Gradients(Inspection seen)
    {
        var parts = new List<ReportPart>
        {
            new ReportText("The loss of the last step, taken back through time: how strongly a small change of a layer's state at each step would still change it. Where the line falls to a hundredth, what lies further back is hardly learnt; "
                + "where it rises, updates are thrown about."),
        };
        foreach (LayerInspection layer in seen.Layers)
        {
            GradientReading g = layer.Gradient;
            if (g.State.Count > 1) parts.Add(new ReportChart(Gradient(layer, seen)));
            parts.Add(new ReportChartGrid([.. layer.Jacobians.Count > 0 ? [Jacobians(layer, seen.Unit)] : Array.Empty<LineChart>(), Whole(layer, seen.Unit)]));
            bool shorter = seen.Needs is { } need && !layer.IsReverse && g.State.Count > 1 && !g.ReachesStart && g.Reach < need.Steps;
            parts.Add(new ReportReading(ReadingOf(g, seen, layer) + (shorter ? $" Your {seen.Needs!.Value.Why} of {seen.Needs.Value.Steps} lies beyond." : ""), shorter && g.Flow == GradientFlow.Healthy ? Verdict.Warning : VerdictOf(g)));
        }
        return new ReportSection("3. Gradients through time", parts);
    }

    private static string ReadingOf(GradientReading g, Inspection seen, LayerInspection layer)
    {
        if (g.State.Count < 2) return "This layer's last state is all that the loss of the last step sees of it: see the whole loss.";
        string last = layer.Jacobians.Count == 0 ? "" : $" Over {layer.Jacobians[^1].Steps} steps the product of the recurrent Jacobians stretches what it stretches most to {NumberLabel.Of(layer.Jacobians[^1].Norm)} times, a factor of {NumberLabel.Of(layer.Jacobians[^1].Factor)} a step.";
        string clipped = seen.ClipFactor < 1 ? $" Clipping multiplies all of it by {NumberLabel.Of(seen.ClipFactor)}: the line sinks as a whole, its slope stays." : "";
        return g.Flow switch
        {
            GradientFlow.Exploding => $"Exploding: it grows to {NumberLabel.Of(g.Growth)} times on the way back.{last}{clipped}",
            GradientFlow.Vanishing => $"Vanishing: 1 % is left {g.Reach + 1} {seen.Unit}s back, a factor of {NumberLabel.Of(g.Factor)} a step.{last}{clipped}",
            _ => g.ReachesStart ? $"Healthy: it reaches the first step, {g.Reach} {seen.Unit}s back.{last}{clipped}" : $"Healthy: 1 % is left {g.Reach + 1} {seen.Unit}s back, a factor of {NumberLabel.Of(g.Factor)} a step.{last}{clipped}",
        };
    }

    private static ReportSection Memory(Inspection seen, MemoryReading memory)
    {
        GradientReading g = seen.Layers[0].Gradient;
        bool claims = !seen.Layers[0].IsReverse && g.State.Count > 1;
        double[] lags = [.. memory.Lags.Select(static l => (double)l)];
        var lines = new List<LineSeries> { new("measured: change of the output", Positions.At(lags), memory.Changes) { Tone = Tone.Blue, Markers = true } };
        if (claims) lines.Add(new LineSeries("the gradient's claim", Positions.From(0, g.State.Count), [.. g.State.Select(v => v / g.State[0])]) { Tone = Tone.Orange, Style = LineStyle.Dashed });
        string reading = $"Another input changes what the model gives by at least a hundredth of the largest change up to {memory.Horizon} {seen.Unit}s back{(memory.ReachesStart ? ", the first that it reads" : "")}.";
        if (claims)
            reading += memory.Horizon > 2 * Math.Max(1, g.Reach) ? $" Gradients reach {g.Reach}: the model uses more than it could still learn from there."
                : 2 * memory.Horizon < g.Reach ? $" Gradients reach {g.Reach}: the model could learn from further back than it looks; perhaps there is nothing to be learnt." : $" Gradients reach {g.Reach}: both say about the same.";
        return new ReportSection("4. Memory",
        [
            new ReportChart(new LineChart { Title = $"How far back an input of {seen.Layers[0].Name} matters", XLabel = $"{seen.Unit}s back from the last one read", YLabel = "share of the largest (first)", LogY = true, Lines = lines, Rules = [new ChartRule(MemoryReading.Forgotten, "1 %")] }),
            new ReportReading(reading, seen.Needs is { } need && !memory.ReachesStart && memory.Horizon < need.Steps ? Verdict.Warning : Verdict.None),
        ]);
    }

    private static StateStrip Strip(LayerNumbers of, int layer, string key, string title, float[] values, string unit)
    {
        int units = values.Length / Math.Max(1, of.Labels.Length);
        return new StateStrip(values, units, layer, key) { Title = title, XLabel = of.First > 1 ? $"{unit} (the last {of.Labels.Length})" : unit, Height = StateStrip.HeightFor(units) };
    }

    private static LineChart GateMeans(LayerInspection layer, string unit) => new()
    {
        Title = $"{layer.Name}: gates over time", XLabel = unit, YLabel = "mean over units and sequences", Width = 420, Height = 260,
        Lines = [.. layer.Gates.Select(static g => new LineSeries(g.Name, Positions.From(1, g.MeanByStep.Count), g.MeanByStep))],
    };

    private static LineChart Distribution(LayerInspection layer) => new()
    {
        Title = $"{layer.Name}: distribution", XLabel = "value of a gate", YLabel = "share of values", Width = 420, Height = 260, FromZero = true,
        Lines = [.. layer.Gates.Select(static g => new LineSeries(g.Name, Positions.At([.. g.Histogram.Select((_, i) => g.Range.Low + (i + 0.5) / g.Histogram.Count * (g.Range.High - g.Range.Low))]), g.Histogram))],
    };

    private static LineChart HalfLives(LayerInspection layer, GateReading keeping, string unit)
    {
        double[] sorted = [.. keeping.HalfLives.OrderDescending().Select(static v => Math.Min(v, 1e6))];
        return new LineChart
        {
            Title = $"{layer.Name}: how long each unit keeps half of what it holds", XLabel = "units, longest memory first", YLabel = $"half-life, {unit}s", LogY = true, Height = 240,
            Lines = [new LineSeries("half-life", Positions.From(1, sorted.Length), sorted) { Steps = true }], Rules = [new ChartRule(Math.Min(keeping.MedianHalfLife, 1e6), "middle unit")],
        };
    }

    private static ReportTable GateTable(LayerInspection layer, string unit) => new($"{layer.Name}: gates",
        [new TableColumn("Gate"), new TableColumn("Mean", IsNumber: true), new TableColumn("Shut", IsNumber: true), new TableColumn("Open", IsNumber: true), new TableColumn("Dead units", IsNumber: true), new TableColumn($"Half-life, {unit}s", IsNumber: true)],
        [.. layer.Gates.Select(static g => new TableRow([$"{g.Name}: {Words(g.Role)}", NumberLabel.Of(g.Mean), NumberLabel.Percent(g.SaturatedLow), NumberLabel.Percent(g.SaturatedHigh),
            g.Role == GateRole.Rectifier ? $"{g.Dead} of {g.Units}" : NumberLabel.Missing, g.HalfLives.Count == 0 ? NumberLabel.Missing : NumberLabel.Of(g.MedianHalfLife)]))]);

    private static string Words(GateRole role) => role switch
    {
        GateRole.Keep => "keeps", GateRole.Write => "writes", GateRole.Reset => "resets", GateRole.Output => "gives out", GateRole.Candidate => "candidate", _ => "the state",
    };

    private static LineChart Gradient(LayerInspection layer, Inspection seen)
    {
        GradientReading g = layer.Gradient;
        Positions back = Positions.From(0, g.State.Count);
        var lines = new List<LineSeries> { new("hidden state", back, g.Hidden) { Tone = Tone.Blue } };
        if (layer.CellStates.Length > 0) lines.Add(new LineSeries("hidden and cell state", back, g.State) { Tone = Tone.Green, Style = LineStyle.Dashed });
        if (seen.ClipFactor < 1) lines.Add(new LineSeries("hidden state, after clipping", back, [.. g.Hidden.Select(v => v * seen.ClipFactor)]) { Tone = Tone.Orange, Style = LineStyle.Dotted });
        return new LineChart
        {
            Title = $"{layer.Name}: gradient of the last step's loss", XLabel = $"{seen.Unit}s back from the last one", YLabel = "norm of dL/dh", LogY = true, Lines = lines,
            Rules = [new ChartRule(GradientReading.Gone * g.State[0], "1 % of the last step's")],
            Markers = [.. g.ReachesStart ? Array.Empty<ChartMarker>() : [new ChartMarker(g.Reach, $"reach {g.Reach}")], .. seen.Needs is { } need && need.Steps < g.State.Count && (g.ReachesStart || Math.Abs(need.Steps - g.Reach) > g.State.Count / 8) ? [new ChartMarker(need.Steps, need.Why)] : Array.Empty<ChartMarker>()],
        };
    }

    private static LineChart Jacobians(LayerInspection layer, string unit) => new()
    {
        Title = "Product of the recurrent Jacobians", XLabel = $"{unit}s between two states", YLabel = "largest singular value", LogY = true, Width = 420, Height = 260,
        Lines = [new LineSeries("largest singular value", Positions.At([.. layer.Jacobians.Select(static j => (double)j.Steps)]), [.. layer.Jacobians.Select(static j => j.Norm)]) { Markers = true }], Rules = [new ChartRule(1, "keeps")],
    };

    private static LineChart Whole(LayerInspection layer, string unit) => new()
    {
        Title = "Gradient of the whole loss", XLabel = layer.IsReverse ? $"{unit}, from the last" : unit, YLabel = "norm of dL/dh", LogY = true, Width = 420, Height = 260,
        Lines = [new LineSeries("whole loss", Positions.From(1, layer.Gradient.Whole.Count), layer.Gradient.Whole)],
    };

    private static Verdict VerdictOf(GradientReading g) => g.Flow switch { GradientFlow.Healthy => Verdict.Good, GradientFlow.Vanishing => Verdict.Warning, _ => Verdict.Bad };

    private static Verdict VerdictOf(FindingKind kind) => kind switch { FindingKind.Healthy => Verdict.Good, FindingKind.Warning => Verdict.Warning, FindingKind.Problem => Verdict.Bad, _ => Verdict.None };
}
