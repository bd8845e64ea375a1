using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Forecasting;

/// <summary>A quantile forecast of one window in the data's own unit.</summary>
/// <param name="Mean">[H].</param>
/// <param name="Quantiles">[H, levels].</param>
internal readonly record struct WindowForecast(double[] Mean, double[] Quantiles);

/// <summary>
/// One or several networks of one make and different first weights, trained side by side on windows of their own; their forecasts are averaged
/// (quantile by quantile) or, where they are sampled, their samples pooled.
/// </summary>
internal sealed partial class ForecastEnsemble : Module
{
    private const int RowsAtOnce = 2048;
    private const float ForgetRate = 0.2f;

    private readonly ForecastNetwork[] members;
    private readonly WindowCutter cutter;
    private readonly Head head;
    private readonly ForecastMode mode;

    /// <summary>For a point head: what its errors on training windows were, [H, levels], in units of the spread.</summary>
    private readonly Tensor? errors;

    public ForecastEnsemble(WindowCutter cutter, ForecastOptions options, ForecastHead kind, float[] levels, IReadOnlyList<int> categories)
    {
        this.cutter = cutter;
        mode = options.Mode;
        head = Head.Of(kind, levels);
        members = new ForecastNetwork[options.Members];
        for (int m = 0; m < members.Length; m++) members[m] = Child($"member{m}", new ForecastNetwork(cutter.Plan, options.Network, mode, head.Width, categories));
        if (kind == ForecastHead.Point) errors = Param("errors", [cutter.Horizon, levels.Length], Init.Zero);
    }

    /// <summary>How many networks there are.</summary>
    public int Members => members.Length;

    /// <summary>Mean loss of one network over a batch of windows, on the open tape.</summary>
    /// <param name="member">Which network.</param>
    /// <param name="windows">The batch.</param>
    /// <param name="random">Where dropout draws from; none while validating.</param>
    public Tensor Loss(int member, ReadOnlySpan<Window> windows, RandomStream? random)
    {
        ForecastNetwork network = members[member];
        if (mode == ForecastMode.Direct)
        {
            WindowCutter.Batch batch = cutter.Direct(windows);
            Forget(batch.Codes, random);
            (Tensor raw, Tensor location) = network.Direct(batch.Context!.Value, batch.Steps, batch.Simple, network.Embed(batch.Codes), random);
            return head.Loss(raw, location, batch.Target, batch.Unit, batch.Weight);
        }
        else
        {
            WindowCutter.Batch batch = cutter.Walk(windows, cutter.Horizon);
            Forget(batch.Codes, random);
            (Tensor raw, Tensor location, _) = network.Walk(batch.Steps, batch.Simple, network.Embed(batch.Codes), null, random);
            return head.Loss(raw, location, batch.Target, batch.Unit, batch.Weight);
        }
    }

    /// <summary>Forecasts windows.</summary>
    /// <param name="windows">Any number.</param>
    /// <param name="levels">Rising quantile levels.</param>
    /// <param name="samples">Sampled paths a window, autoregressive mode only.</param>
    /// <param name="seed">What sampling follows from.</param>
    /// <param name="tape">Whose threads and memory to use.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public WindowForecast[] Forecast(ReadOnlySpan<Window> windows, float[] levels, int samples, ulong seed, Tape tape, CancellationToken cancellation = default)
    {
        var all = new WindowForecast[windows.Length];
        int batch = Math.Max(1, mode == ForecastMode.Direct ? RowsAtOnce / 8 : RowsAtOnce / samples);
        for (int at = 0; at < windows.Length; at += batch)
        {
            cancellation.ThrowIfCancellationRequested();
            int n = Math.Min(batch, windows.Length - at);
            if (mode == ForecastMode.Direct) Direct(windows.Slice(at, n), levels, tape, all.AsSpan(at, n));
            else Sampled(windows.Slice(at, n), levels, samples, seed, tape, all.AsSpan(at, n));
        }
        return all;
    }

    /// <summary>Measures a point head's errors on windows whose outcome is known, step by step, as the spread of its forecasts.</summary>
    public void MeasureErrors(ReadOnlySpan<Window> windows, float[] levels, Tape tape)
    {
        if (errors is not { } kept) return;
        kept.Data.Clear();
        int horizon = cutter.Horizon;
        var found = new List<float>[horizon];
        for (int h = 0; h < horizon; h++) found[h] = [];
        float[] half = [0.5f];
        WindowForecast[] forecasts = Forecast(windows, half, 0, 0, tape);
        for (int i = 0; i < forecasts.Length; i++)
        {
            (TargetSeries series, int origin) = windows[i];
            WindowScale scale = cutter.Scale(windows[i]);
            for (int h = 0; h < horizon; h++)
            {
                float v = series.At(origin + h);
                if (!float.IsNaN(v)) found[h].Add((v - (float)series.Enter(forecasts[i].Mean[h])) / scale.Spread);
            }
        }
        for (int h = 0; h < horizon; h++)
        {
            found[h].Sort();
            for (int q = 0; q < levels.Length; q++) kept.Data[h * levels.Length + q] = found[h].Count == 0 ? 0 : (float)Interpolate(found[h], levels[q]);
        }
    }

    private void Direct(ReadOnlySpan<Window> windows, float[] levels, Tape tape, Span<WindowForecast> results)
    {
        int n = windows.Length, horizon = cutter.Horizon, q = levels.Length;
        for (int i = 0; i < n; i++) results[i] = new WindowForecast(new double[horizon], new double[horizon * q]);
        Span<double> quantiles = stackalloc double[q];
        foreach (ForecastNetwork network in members)
        {
            using Tape.Step step = tape.Open(record: false);
            WindowCutter.Batch batch = cutter.Direct(windows);
            (Tensor raw, Tensor location) = network.Direct(batch.Context!.Value, batch.Steps, batch.Simple, network.Embed(batch.Codes), null);
            for (int i = 0; i < n; i++)
            {
                WindowScale scale = cutter.Scale(windows[i]);
                for (int h = 0; h < horizon; h++)
                {
                    int row = h * n + i;
                    double mean = head.Describe(raw.Data.Slice(row * head.Width, head.Width), location.Data[row], scale.Spread, levels, quantiles);
                    results[i].Mean[h] += mean / members.Length;
                    for (int k = 0; k < q; k++) results[i].Quantiles[h * q + k] += quantiles[k] / members.Length;
                }
            }
        }
        for (int i = 0; i < n; i++)
        {
            TargetSeries series = windows[i].Series;
            WindowScale scale = cutter.Scale(windows[i]);
            for (int h = 0; h < horizon; h++)
            {
                Span<double> own = results[i].Quantiles.AsSpan(h * q, q);
                for (int k = 0; k < q; k++)
                {
                    double offset = errors is { } kept && kept.Shape[1] == q ? kept.Data[h * q + k] : 0;
                    own[k] = series.Restore(scale.Level + scale.Spread * (own[k] + offset));
                }
                results[i].Mean[h] = series.Log ? MeanOf(levels, own) : series.Restore(scale.Level + scale.Spread * results[i].Mean[h]);
            }
        }
    }

    private void Sampled(ReadOnlySpan<Window> windows, float[] levels, int samples, ulong seed, Tape tape, Span<WindowForecast> results)
    {
        int n = windows.Length, horizon = cutter.Horizon, perMember = (samples + members.Length - 1) / members.Length, rows = n * perMember;
        int reach = cutter.Plan.Reach + 2, f = cutter.Plan.StepWidth, a = cutter.Plan.StepAnchors;
        var draws = new float[n][];                                                    // [H, samples] in the network's space
        for (int i = 0; i < n; i++) draws[i] = new float[horizon * perMember * members.Length];
        var scales = new WindowScale[n];
        for (int i = 0; i < n; i++) scales[i] = cutter.Scale(windows[i]);

        for (int m = 0; m < members.Length; m++)
        {
            ForecastNetwork network = members[m];
            RecurrentState state;
            using (tape.Open(record: false))
            {
                WindowCutter.Batch batch = cutter.Walk(windows, 0);
                (_, _, RecurrentState after) = network.Walk(batch.Steps, batch.Simple, network.Embed(batch.Codes), null, null);
                state = Repeat(after, perMember).Keep();
            }
            var randoms = new RandomStream[rows];
            var histories = new float[rows][];
            var codes = new int[windows[0].Series.Categories.Length][];
            for (int c = 0; c < codes.Length; c++) codes[c] = new int[rows];
            for (int r = 0; r < rows; r++)
            {
                (TargetSeries series, int origin) = windows[r / perMember];
                for (int c = 0; c < codes.Length; c++) codes[c][r] = series.Categories[c];
                randoms[r] = new RandomStream(seed).Split(series.Key).Split((ulong)origin).Split((ulong)(m * perMember + r % perMember));
                histories[r] = new float[reach + horizon];
                for (int t = 0; t < reach; t++) histories[r][t] = series.At(origin - reach + t);
            }
            for (int h = 0; h < horizon; h++)
            {
                using Tape.Step step = tape.Open(record: false);
                Tensor steps = Tensor.Empty([1, rows, f]), simple = Tensor.Empty([1, rows, a]);
                for (int r = 0; r < rows; r++)
                {
                    (TargetSeries series, int origin) = windows[r / perMember];
                    cutter.Plan.Step(series, histories[r].AsSpan(0, reach + h), origin - reach, scales[r / perMember], origin + h, horizon, simple.Data.Slice(r * a, a), steps.Data.Slice(r * f, f));
                }
                (Tensor raw, Tensor location, RecurrentState after) = network.Walk(steps, simple, network.Embed(codes), state, null);
                for (int r = 0; r < rows; r++)
                {
                    WindowScale scale = scales[r / perMember];
                    double draw = head.Sample(raw.Data.Slice(r * head.Width, head.Width), location.Data[r], scale.Spread, randoms[r]);
                    // A path that runs away would feed on itself: twenty deviations from the level are no forecast any more.
                    float v = Math.Clamp((float)(scale.Level + scale.Spread * draw), scale.Level - 20 * scale.Deviation, scale.Level + 20 * scale.Deviation);
                    histories[r][reach + h] = v;
                    draws[r / perMember][h * perMember * members.Length + m * perMember + r % perMember] = v;
                }
                state = after.Keep();
            }
        }

        int all = perMember * members.Length;
        for (int i = 0; i < n; i++)
        {
            TargetSeries series = windows[i].Series;
            results[i] = new WindowForecast(new double[horizon], new double[horizon * levels.Length]);
            for (int h = 0; h < horizon; h++)
            {
                float[] path = draws[i].AsSpan(h * all, all).ToArray();
                Array.Sort(path);
                Span<double> own = results[i].Quantiles.AsSpan(h * levels.Length, levels.Length);
                for (int k = 0; k < own.Length; k++) own[k] = series.Restore(Interpolate(path, levels[k]));
                if (series.Log) results[i].Mean[h] = MeanOf(levels, own);
                else foreach (float v in path) results[i].Mean[h] += series.Restore(v) / all;
            }
        }
    }

    // The mean of a series whose logarithm is forecast, each quantile standing for the probability nearest to it. The exponential of a mean would be the median, and the mean of
    // exponentials that of its few largest: where the logarithm follows Student's t it has no limit.
    private static double MeanOf(float[] levels, ReadOnlySpan<double> quantiles)
    {
        double mean = 0, from = 0;
        for (int k = 0; k < levels.Length; k++)
        {
            double to = k + 1 < levels.Length ? 0.5 * (levels[k] + levels[k + 1]) : 1;
            mean += (to - from) * quantiles[k];
            from = to;
        }
        return mean;
    }

    // Now and then a window's series is unknown: the code 0 learns what holds for all, and no series is learnt by heart alone.
    private static void Forget(int[][] codes, RandomStream? random)
    {
        if (random is null || codes.Length == 0) return;
        for (int i = 0; i < codes[0].Length; i++)
            if (random.NextSingle() < ForgetRate)
                foreach (int[] column in codes) column[i] = 0;
    }

    // [L, B, H] -> [L, B * times, H], each row as often as it is sampled
    private static RecurrentState Repeat(RecurrentState state, int times)
    {
        return new RecurrentState(Rows(state.Hidden), state.Cell is { } cell ? Rows(cell) : null);

        Tensor Rows(Tensor x)
        {
            int layers = x.Shape[0], batch = x.Shape[1], size = x.Shape[2];
            Tensor y = Tensor.Empty([layers, batch * times, size]);
            for (int row = 0; row < layers * batch; row++)
                for (int k = 0; k < times; k++) x.Data.Slice(row * size, size).CopyTo(y.Data.Slice((row * times + k) * size, size));
            return y;
        }
    }

    // The quantile of sorted numbers, linear between them (Hyndman and Fan 1996, type 7).
    private static double Interpolate(IReadOnlyList<float> sorted, double level)
    {
        double at = level * (sorted.Count - 1);
        int below = (int)at;
        return below + 1 >= sorted.Count ? sorted[^1] : sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]);
    }
}
