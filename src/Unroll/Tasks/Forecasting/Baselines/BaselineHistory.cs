namespace Unroll.Tasks.Forecasting.Baselines;

/// <summary>A history made whole: no value missing, and a note of which were observed.</summary>
internal sealed class BaselineHistory
{
    private readonly double[] values;
    private readonly bool[] observed;

    private BaselineHistory(double[] values, bool[] observed)
    {
        this.values = values;
        this.observed = observed;
    }

    /// <summary>The values from the first observed one on; gaps interpolated linearly, the end held.</summary>
    public ReadOnlySpan<double> Values => values;

    /// <summary>Whether each of <see cref="Values"/> was observed.</summary>
    public ReadOnlySpan<bool> Observed => observed;

    /// <summary>The number of values; 0 when none was observed.</summary>
    public int Length => values.Length;

    /// <summary>0 when no value was ever negative, else minus infinity: what a forecast that could go astray is cut off at.</summary>
    public double Floor
    {
        get
        {
            foreach (double value in values)
            {
                if (value < 0)
                {
                    return double.NegativeInfinity;
                }
            }

            return 0;
        }
    }

    /// <summary>Checks the arguments that all baselines share and fills the gaps.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The horizon or the season is below 1.</exception>
    public static BaselineHistory Of(ReadOnlySpan<double> history, int horizon, int season)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(horizon, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(season, 1);
        int first = 0;
        while (first < history.Length && double.IsNaN(history[first]))
        {
            first++;
        }

        double[] values = history[first..].ToArray();
        bool[] observed = Array.ConvertAll(values, value => !double.IsNaN(value));
        int last = 0;
        for (int t = 1; t < values.Length; t++)
        {
            if (!observed[t])
            {
                continue;
            }

            for (int gap = last + 1; gap < t; gap++)
            {
                values[gap] = values[last] + (values[t] - values[last]) * (gap - last) / (t - last);
            }

            last = t;
        }

        values.AsSpan(Math.Min(last, values.Length)..).Fill(values.Length == 0 ? double.NaN : values[last]);
        return new BaselineHistory(values, observed);
    }

    /// <summary>
    /// The standard deviation of the one-step errors y(t) - forecast(t), sqrt(sum e^2 / (n - parameters)) over the n steps from <paramref name="start"/> on
    /// that were observed (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, section 5.5). 0 when no such step exists; never
    /// divided by less than 1.
    /// </summary>
    /// <param name="fitted">What the method would have forecast for each value, as long as the history; not read before <paramref name="start"/>.</param>
    /// <param name="start">The first step that could be forecast.</param>
    /// <param name="parameters">The number of parameters that were estimated.</param>
    public double ResidualDeviation(ReadOnlySpan<double> fitted, int start, int parameters) => ResidualDeviation(values, fitted, start, parameters);

    /// <summary>The same for the history transformed, as by a seasonal adjustment.</summary>
    public double ResidualDeviation(ReadOnlySpan<double> transformed, ReadOnlySpan<double> fitted, int start, int parameters)
    {
        double sum = 0;
        int count = 0;
        for (int t = start; t < transformed.Length; t++)
        {
            if (observed[t])
            {
                double error = transformed[t] - fitted[t];
                sum += error * error;
                count++;
            }
        }

        return count == 0 ? 0 : Math.Sqrt(sum / Math.Max(1, count - parameters));
    }

    /// <summary>The values shifted by a lag: what a (seasonal) naive method forecasts for each value; the first <paramref name="lag"/> are 0.</summary>
    public static double[] Lagged(ReadOnlySpan<double> values, int lag)
    {
        double[] lagged = new double[values.Length];
        if (values.Length > lag)
        {
            values[..^lag].CopyTo(lagged.AsSpan(lag));
        }

        return lagged;
    }

    /// <summary>The forecast of a history without any observed value.</summary>
    public static BaselineForecast Unknown(int horizon)
    {
        double[] mean = new double[horizon];
        double[] deviation = new double[horizon];
        mean.AsSpan().Fill(double.NaN);
        deviation.AsSpan().Fill(double.NaN);
        return new BaselineForecast(mean, deviation);
    }
}
