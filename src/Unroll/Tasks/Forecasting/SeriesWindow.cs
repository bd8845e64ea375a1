namespace Unroll.Tasks.Forecasting;

/// <summary>
/// How a window's numbers are made comparable: a level, the deviation round it (for what the network reads) and the usual seasonal change
/// (for what it gives), all from the history before the origin alone.
/// </summary>
/// <param name="Level">Mean of the last season's values.</param>
/// <param name="Deviation">Standard deviation of the context round its mean.</param>
/// <param name="Spread">Mean size of the change from season to season: the error that seasonal naive made lately.</param>
/// <param name="Drift">Mean change from season to season over the last season.</param>
internal readonly record struct WindowScale(float Level, float Deviation, float Spread, float Drift)
{
    /// <summary>The least unit of a window, as a share of the change that is usual in the whole history.</summary>
    private const double LeastShare = 0.1;

    /// <summary>Measures the history of a series before an origin.</summary>
    /// <param name="series">The series.</param>
    /// <param name="origin">The first step of the horizon.</param>
    /// <param name="context">Steps looked back.</param>
    /// <param name="season">Steps of a season.</param>
    /// <param name="count">True for counts: level 0 and one scale, the mean plus 1 (Salinas et al. 2017, section 3.3).</param>
    public static WindowScale Of(TargetSeries series, int origin, int context, int season, bool count)
    {
        // Where all of the context is missing, the stretch before the gap gives the units.
        int end = origin;
        while (end > 0 && float.IsNaN(series.At(end - 1))) end--;
        if (end > origin - context) end = origin;
        int from = Math.Max(0, end - context);
        double sum = 0, squares = 0, change = 0, drift = 0, last = 0, near = 0;
        int n = 0, changes = 0, drifts = 0, lasts = 0, nears = 0;
        float before = float.NaN;
        for (int t = from; t < end; t++)
        {
            float v = series.At(t);
            if (float.IsNaN(v)) continue;
            n++;
            sum += v;
            squares += (double)v * v;
            if (t >= end - season)
            {
                last += v;
                lasts++;
            }
            if (!float.IsNaN(before))
            {
                near += Math.Abs(v - before);
                nears++;
            }
            before = v;
            float then = series.At(t - season);
            if (float.IsNaN(then)) continue;
            change += Math.Abs(v - then);
            changes++;
            if (t < end - season) continue;
            drift += v - then;
            drifts++;
        }
        if (n == 0) return new WindowScale(0, 1, 1, 0);
        double mean = sum / n;
        if (count)
        {
            float scale = (float)(1 + mean);
            return new WindowScale(0, scale, scale, 0);
        }
        // A stretch in which a moving series stands still (a stuck sensor, a shop that is closed) gives no unit of its own: in it the next change would be a million units.
        double least = Math.Max(1e-6 * Math.Max(1e-6, Math.Abs(mean)), LeastShare * series.UsualChange(origin)), deviation = Math.Sqrt(Math.Max(0, squares / n - mean * mean));
        double spread = changes > 0 ? change / changes : nears > 0 ? near / nears : deviation;
        deviation = Math.Max(deviation, least);
        // A constant or exactly repeating history still needs a unit; a thousandth of its deviation keeps the numbers tame.
        spread = Math.Max(spread, Math.Max(1e-3 * deviation, least));
        return new WindowScale((float)(lasts > 0 ? last / lasts : mean), (float)deviation, (float)spread, (float)(drifts > 0 ? drift / drifts : 0));
    }
}

/// <summary>What a forecaster's network reads of a series: how many numbers a step, and how they are worked out.</summary>
/// <remarks>
/// Values are read as (u - level) / deviation, changes as differences over the spread; forecasts are given in units of the spread, round anchors:
/// simple forecasts such as last season's value, which the network weighs and corrects.
/// </remarks>
internal sealed class FeaturePlan
{
    private const float Limit = 8;                                                     // changes beyond are cut: a network saturates, a weight explodes

    /// <summary>Makes the plan.</summary>
    /// <param name="season">Steps of a season, 1 for none.</param>
    /// <param name="longSeason">A longer season (a week of hours), or 0 for none.</param>
    /// <param name="lags">The steps back that an autoregressive network reads.</param>
    /// <param name="known">Numbers a step known ahead.</param>
    /// <param name="past">Numbers a step known only behind.</param>
    public FeaturePlan(int season, int longSeason, int[] lags, int known, int past)
    {
        (Season, LongSeason, Lags, KnownWidth, PastWidth) = (season, longSeason, lags, known, past);
        DirectAnchors = 3 + (season > 1 ? 2 : 0) + (longSeason > 0 ? 2 : 0);
        StepAnchors = 2 + (season > 1 ? 2 : 0) + (longSeason > 0 ? 2 : 0);
    }

    public int Season { get; }
    public int LongSeason { get; }
    public int[] Lags { get; }
    public int KnownWidth { get; }
    public int PastWidth { get; }

    /// <summary>Simple forecasts a step of the horizon, direct mode.</summary>
    public int DirectAnchors { get; }

    /// <summary>Simple forecasts a step, autoregressive mode.</summary>
    public int StepAnchors { get; }

    /// <summary>How far the simple forecasts are trusted before training, as logits: the seasonal ones first.</summary>
    public float[] DirectPrior()
    {
        var logits = new float[DirectAnchors];
        logits[0] = logits[1] = 2;
        if (LongSeason > 0) logits[^2] = 2;
        return logits;
    }

    /// <summary>The same for a step of the autoregressive network: the value a season ago carried on with the latest change, or the last value.</summary>
    public float[] StepPrior()
    {
        var logits = new float[StepAnchors];
        logits[Season > 1 ? 3 : 0] = 2;
        return logits;
    }

    /// <summary>Numbers a step of the encoder.</summary>
    public int EncoderWidth => 5 + KnownWidth + PastWidth;

    /// <summary>Numbers a step of the decoder.</summary>
    public int DecoderWidth => DirectAnchors + 3 + KnownWidth;

    /// <summary>Numbers a step of the autoregressive network.</summary>
    public int StepWidth => Lags.Length + 4 + KnownWidth + PastWidth;

    /// <summary>History before an origin that the plan can make use of.</summary>
    public int Reach => Math.Max(2 * LongSeason, Math.Max(2 * Season, Lags.Length == 0 ? 1 : Lags.Max()));

    /// <summary>One step of the encoder: the value, whether it is there, its seasonal and its last change, the window's unit, what is known and what is past.</summary>
    public void Encode(TargetSeries series, in WindowScale scale, int t, Span<float> row)
    {
        row.Clear();
        if (t < 0) return;                                                             // before the series began: all zero, not observed
        float v = series.At(t);
        if (!float.IsNaN(v))
        {
            row[0] = (v - scale.Level) / scale.Deviation;
            row[1] = 1;
            row[2] = Change(v, series.At(t - Season), scale);
            row[3] = Change(v, series.At(t - 1), scale);
        }
        row[4] = Unit(scale);
        series.Known.AsSpan(t * KnownWidth, KnownWidth).CopyTo(row[5..]);
        if (t < series.Length) series.Past.AsSpan(t * PastWidth, PastWidth).CopyTo(row[(5 + KnownWidth)..]);
    }

    /// <summary>One step of the decoder: the simple forecasts for it, how far ahead it is, the window's unit, what is known.</summary>
    /// <param name="series">The series.</param>
    /// <param name="scale">The window's units.</param>
    /// <param name="origin">The first step of the horizon.</param>
    /// <param name="ahead">0 for the first step of the horizon.</param>
    /// <param name="horizon">Steps of the horizon.</param>
    /// <param name="anchors">[<see cref="DirectAnchors"/>], in units of the spread from the level.</param>
    /// <param name="row">[<see cref="DecoderWidth"/>].</param>
    public void Decode(TargetSeries series, in WindowScale scale, int origin, int ahead, int horizon, Span<float> anchors, Span<float> row)
    {
        int t = origin + ahead, a = 0;
        float last = LastBefore(series, origin), naive = Seasonal(series, t, origin, Season, 0, last);
        int seasons = ahead / Season + 1;
        anchors[a++] = naive;
        anchors[a++] = naive + seasons * scale.Drift;
        anchors[a++] = last;
        if (Season > 1)
        {
            anchors[a++] = Seasonal(series, t, origin, Season, 1, naive);
            anchors[a++] = scale.Level;
        }
        if (LongSeason > 0)
        {
            float far = Seasonal(series, t, origin, LongSeason, 0, naive);
            anchors[a++] = far;
            anchors[a++] = Seasonal(series, t, origin, LongSeason, 1, far);
        }
        for (int i = 0; i < a; i++) anchors[i] = (anchors[i] - scale.Level) / scale.Spread;
        row[0] = anchors[0] * scale.Spread / scale.Deviation;
        for (int i = 1; i < a; i++) row[i] = Math.Clamp(anchors[i] - anchors[0], -Limit, Limit);
        row[a] = (ahead + 1f) / horizon;
        row[a + 1] = 1f / (ahead + 1);
        row[a + 2] = Unit(scale);
        series.Known.AsSpan(t * KnownWidth, KnownWidth).CopyTo(row[(a + 3)..]);
    }

    /// <summary>One step of the autoregressive network: lagged values, the last change, the window's unit, what is known, what was past a horizon ago.</summary>
    /// <param name="series">The series.</param>
    /// <param name="history">Values in the network's space from step <paramref name="first"/> on, NaN where missing; sampled ones behind the origin.</param>
    /// <param name="first">The step that <paramref name="history"/> starts with.</param>
    /// <param name="scale">The window's units.</param>
    /// <param name="t">The step to forecast.</param>
    /// <param name="horizon">Steps of the horizon: what is past is read this far back, so that it is there at forecast time.</param>
    /// <param name="anchors">[<see cref="StepAnchors"/>], in units of the spread from the level.</param>
    /// <param name="row">[<see cref="StepWidth"/>].</param>
    public void Step(TargetSeries series, ReadOnlySpan<float> history, int first, in WindowScale scale, int t, int horizon, Span<float> anchors, Span<float> row)
    {
        int w = 0, h = t - first;                                                      // t, counted from where the history starts
        float last = At(history, h - 1), season = At(history, h - Season);
        if (float.IsNaN(season)) season = At(history, h - 2 * Season);
        if (float.IsNaN(last)) last = float.IsNaN(season) ? scale.Level : season;
        if (float.IsNaN(season)) season = last;
        foreach (int lag in Lags)
        {
            float v = At(history, h - lag);
            row[w++] = float.IsNaN(v) ? 0 : (v - scale.Level) / scale.Deviation;
        }
        row[w++] = float.IsNaN(At(history, h - 1)) ? 0 : 1;
        row[w++] = Change(last, At(history, h - 1 - Season), scale);
        row[w++] = Change(last, At(history, h - 2), scale);
        row[w++] = Unit(scale);
        if (t >= 0) series.Known.AsSpan(t * KnownWidth, KnownWidth).CopyTo(row[w..]);
        else row.Slice(w, KnownWidth).Clear();
        w += KnownWidth;
        int behind = t - horizon;
        if (behind >= 0 && behind < series.Length) series.Past.AsSpan(behind * PastWidth, PastWidth).CopyTo(row[w..]);
        else row.Slice(w, PastWidth).Clear();

        int a = 0;
        anchors[a++] = last;
        anchors[a++] = scale.Level;
        if (Season > 1)
        {
            float before = At(history, h - 1 - Season);
            anchors[a++] = season;
            anchors[a++] = float.IsNaN(before) ? season : season + last - before;      // the seasonal change carried on: the airline model without its noise terms
        }
        if (LongSeason > 0)
        {
            float far = At(history, h - LongSeason), before = At(history, h - 1 - LongSeason);
            anchors[a++] = float.IsNaN(far) ? season : far;
            anchors[a++] = float.IsNaN(far) || float.IsNaN(before) ? season : far + last - before;
        }
        for (int i = 0; i < a; i++) anchors[i] = (anchors[i] - scale.Level) / scale.Spread;
    }

    private static float At(ReadOnlySpan<float> history, int t) => (uint)t < (uint)history.Length ? history[t] : float.NaN;

    private static float Change(float now, float then, in WindowScale scale) => float.IsNaN(then) ? 0 : Math.Clamp((now - then) / scale.Spread, -Limit, Limit);

    // How noisy the series is beside how much it moves, on a tame scale.
    private static float Unit(in WindowScale scale) => Math.Clamp(MathF.Log(scale.Spread / scale.Deviation) / 4, -2, 2);

    private static float LastBefore(TargetSeries series, int origin)
    {
        for (int t = origin - 1; t >= 0; t--)
        {
            float v = series.At(t);
            if (!float.IsNaN(v)) return v;
        }
        return 0;
    }

    // The last value before the origin at the same place of the season, some seasons further back where it is missing.
    private static float Seasonal(TargetSeries series, int t, int origin, int season, int further, float otherwise)
    {
        int at = t - season * ((t - origin) / season + 1 + further);
        for (int tries = 0; tries < 3 && at >= 0; tries++, at -= season)
        {
            float v = series.At(at);
            if (!float.IsNaN(v)) return v;
        }
        return otherwise;
    }
}
