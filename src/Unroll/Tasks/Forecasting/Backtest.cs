using Unroll.Data;
using Unroll.Training.Metrics;

namespace Unroll.Tasks.Forecasting;

/// <summary>What a method scored over all windows of a backtest.</summary>
/// <param name="Name">The method.</param>
/// <param name="Score">Its score.</param>
/// <param name="Owa">Overall weighted average against Naive2 on the same windows.</param>
public sealed record MethodScore(string Name, ForecastScore Score, double Owa);

/// <summary>One window of a backtest: the forecast from one origin and what came.</summary>
/// <param name="Forecast">The model's forecast.</param>
/// <param name="Actual">[H]: what came, NaN where missing.</param>
/// <param name="Source">The series.</param>
/// <param name="Target">Which of its targets.</param>
/// <param name="Origin">The first row that was forecast; what stands before it was known.</param>
public sealed record BacktestWindow(SeriesForecast Forecast, IReadOnlyList<double> Actual, Series Source, int Target, int Origin);

/// <summary>A rolling-origin backtest: forecasts from several origins, each from nothing but what was known there, beside simple methods on the same windows.</summary>
/// <param name="Methods">The model first, then the baselines.</param>
/// <param name="Windows">The model's windows, series by series.</param>
/// <param name="Origins">How many origins a series.</param>
/// <param name="Seen">Windows with a step that the model was trained on: where there are any, its scores flatter it.</param>
/// <param name="Omitted">Windows that were asked for and left out: too little history stands before them, or none of its values is known.</param>
public sealed record Backtest(IReadOnlyList<MethodScore> Methods, IReadOnlyList<BacktestWindow> Windows, int Origins, int Seen, int Omitted = 0)
{
    /// <summary>The model's own row.</summary>
    public MethodScore Model => Methods[0];

    /// <summary>Says when windows were trained on; null where none was.</summary>
    public string? Caution => Seen == 0 ? null : FormattableString.Invariant($"{Seen} of {Windows.Count} windows hold data that the model was trained on, which flatters it");

    /// <summary>Says when fewer windows were scored than asked for; null where all were.</summary>
    public string? Omission => Omitted == 0 ? null : FormattableString.Invariant($"{Omitted} of {Omitted + Windows.Count} windows left out: too little history stands before them");

    /// <summary>What a reader of the scores must know, a sentence each: windows that were left out or trained on, and each measure on which a baseline was better than the model.</summary>
    public IReadOnlyList<string> Findings()
    {
        var said = new List<string>();
        if (Omission is not null) said.Add(Omission);
        if (Caution is not null) said.Add(Caution);
        Compare("MASE", static m => m.Score.Mase);
        Compare("sMAPE", static m => m.Score.Smape);
        Compare("weighted quantile loss", static m => m.Score.WeightedQuantileLoss);
        Compare("RMSE", static m => m.Score.Rmse);
        return said;

        void Compare(string measure, Func<MethodScore, double> of)
        {
            MethodScore best = Methods.Skip(1).Where(m => !double.IsNaN(of(m))).MinBy(of) ?? Model;
            if (of(best) < of(Model)) said.Add(FormattableString.Invariant($"{best.Name} is better on {measure}: {of(best):G4} against {of(Model):G4}"));
        }
    }
}
