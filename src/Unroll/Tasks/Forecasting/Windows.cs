using Unroll.Tensors;

namespace Unroll.Tasks.Forecasting;

/// <summary>A window: a series and the first step of the horizon in it.</summary>
internal readonly record struct Window(TargetSeries Series, int Origin);

/// <summary>Cuts windows out of series and lays them out as the tensors that the network reads.</summary>
/// <param name="plan">What the network reads.</param>
/// <param name="context">C: steps of history.</param>
/// <param name="horizon">H: steps to forecast.</param>
/// <param name="count">True where the head is a count's.</param>
internal sealed class WindowCutter(FeaturePlan plan, int context, int horizon, bool count)
{
    /// <summary>C: steps of history that the network reads.</summary>
    public int Context => context;

    /// <summary>H: steps to forecast.</summary>
    public int Horizon => horizon;

    /// <summary>What the network reads.</summary>
    public FeaturePlan Plan => plan;

    /// <summary>The units of a window.</summary>
    public WindowScale Scale(Window w) => WindowScale.Of(w.Series, w.Origin, Math.Max(context, plan.Season), plan.Season, count);

    /// <summary>A batch's tensors. B windows; T is the horizon in direct mode, context and horizon in autoregressive mode.</summary>
    /// <param name="Context"><c>[C, B, EncoderWidth]</c>, direct mode only.</param>
    /// <param name="Steps"><c>[T, B, DecoderWidth or StepWidth]</c>.</param>
    /// <param name="Simple"><c>[T, B, anchors]</c>.</param>
    /// <param name="Target"><c>[T * B]</c>: in units of the spread from the level; for counts the data's own.</param>
    /// <param name="Unit"><c>[T * B]</c>: the spread.</param>
    /// <param name="Weight"><c>[T * B]</c>: 1 where observed.</param>
    /// <param name="Codes">[columns][B].</param>
    public readonly record struct Batch(Tensor? Context, Tensor Steps, Tensor Simple, Tensor Target, Tensor Unit, Tensor Weight, int[][] Codes);

    /// <summary>Lays windows out for the direct network.</summary>
    /// <param name="windows">B of them.</param>
    public Batch Direct(ReadOnlySpan<Window> windows)
    {
        int b = windows.Length, fe = plan.EncoderWidth, fd = plan.DecoderWidth, a = plan.DirectAnchors;
        Tensor encoded = Tensor.Empty([context, b, fe]), steps = Tensor.Empty([horizon, b, fd]), simple = Tensor.Empty([horizon, b, a]);
        Tensor target = Tensor.Empty([horizon * b]), unit = Tensor.Empty([horizon * b]), weight = Tensor.Empty([horizon * b]);
        for (int i = 0; i < b; i++)
        {
            (TargetSeries series, int origin) = windows[i];
            WindowScale scale = Scale(windows[i]);
            for (int c = 0; c < context; c++) plan.Encode(series, scale, origin - context + c, encoded.Data.Slice((c * b + i) * fe, fe));
            for (int h = 0; h < horizon; h++)
            {
                int row = h * b + i;
                plan.Decode(series, scale, origin, h, horizon, simple.Data.Slice(row * a, a), steps.Data.Slice(row * fd, fd));
                Aim(series, scale, origin + h, row, target.Data, unit.Data, weight.Data);
            }
        }
        return new Batch(encoded, steps, simple, target, unit, weight, Codes(windows));
    }

    /// <summary>Lays windows out for the autoregressive network: context and horizon in one walk, each step fed with the true values before it.</summary>
    /// <param name="windows">B of them.</param>
    /// <param name="ahead">Steps of the horizon to lay out: all while training, none to read the context only.</param>
    public Batch Walk(ReadOnlySpan<Window> windows, int ahead)
    {
        int b = windows.Length, f = plan.StepWidth, a = plan.StepAnchors, length = context + ahead;
        Tensor steps = Tensor.Empty([length, b, f]), simple = Tensor.Empty([length, b, a]);
        Tensor target = Tensor.Empty([length * b]), unit = Tensor.Empty([length * b]), weight = Tensor.Empty([length * b]);
        for (int i = 0; i < b; i++)
        {
            (TargetSeries series, int origin) = windows[i];
            WindowScale scale = Scale(windows[i]);
            for (int t = 0; t < length; t++)
            {
                int row = t * b + i, at = origin - context + t;
                plan.Step(series, series.Work, 0, scale, at, horizon, simple.Data.Slice(row * a, a), steps.Data.Slice(row * f, f));
                Aim(series, scale, at, row, target.Data, unit.Data, weight.Data);
            }
        }
        return new Batch(null, steps, simple, target, unit, weight, Codes(windows));
    }

    private void Aim(TargetSeries series, in WindowScale scale, int t, int row, Span<float> target, Span<float> unit, Span<float> weight)
    {
        float v = series.At(t);
        bool missing = float.IsNaN(v);
        target[row] = missing ? 0 : count ? v : (v - scale.Level) / scale.Spread;
        unit[row] = scale.Spread;
        weight[row] = missing ? 0 : 1;
    }

    private static int[][] Codes(ReadOnlySpan<Window> windows)
    {
        var codes = new int[windows.Length == 0 ? 0 : windows[0].Series.Categories.Length][];
        for (int c = 0; c < codes.Length; c++)
        {
            codes[c] = new int[windows.Length];
            for (int i = 0; i < windows.Length; i++) codes[c][i] = windows[i].Series.Categories[c];
        }
        return codes;
    }
}
