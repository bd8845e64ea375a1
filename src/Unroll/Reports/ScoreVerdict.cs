namespace Unroll.Reports;

/// <summary>Whether the model or a baseline has the lower error, by one measure.</summary>
/// <param name="Measure">The measure's name.</param>
/// <param name="Short">Its name over a figure.</param>
/// <param name="Model">The best model.</param>
/// <param name="ModelValue">Its error.</param>
/// <param name="Baseline">The best baseline.</param>
/// <param name="BaselineValue">Its error.</param>
internal sealed record ScoreVerdict(string Measure, string Short, ScoreRow Model, double ModelValue, ScoreRow Baseline, double BaselineValue)
{
    /// <summary>The measures that decide: of the point and of the whole distribution.</summary>
    private static readonly (string Name, string Short, Func<ScoreRow, double> Of)[] Measures =
        [("MASE", "MASE", static row => row.Mase), ("Weighted quantile loss", "Quantile loss", static row => row.WeightedQuantileLoss)];

    /// <summary>Whether the baseline has the lower error.</summary>
    public bool BaselineWins => BaselineValue < ModelValue;

    /// <summary>Whether the model has the lower error.</summary>
    public bool ModelWins => ModelValue < BaselineValue;

    /// <summary>A verdict for each measure that both a model and a baseline have; by MAE where there is no MASE, as for a constant series.</summary>
    public static IReadOnlyList<ScoreVerdict> Of(IReadOnlyList<ScoreRow> scores)
    {
        var verdicts = new List<ScoreVerdict>();
        foreach ((string name, string shortName, Func<ScoreRow, double> of) in Measures)
        {
            if ((By(scores, name, shortName, of) ?? (name == "MASE" ? By(scores, "MAE", "MAE", static row => row.Mae) : null)) is { } verdict)
            {
                verdicts.Add(verdict);
            }
        }

        return verdicts;
    }

    /// <summary>The verdicts in words; null where there are none.</summary>
    public static ReportNote? Note(IReadOnlyList<ScoreVerdict> verdicts)
    {
        if (verdicts.Count == 0)
        {
            return null;
        }

        int losses = verdicts.Count(static verdict => verdict.BaselineWins);
        int wins = verdicts.Count(static verdict => verdict.ModelWins);
        (string lead, Verdict tone) = losses == verdicts.Count ? ("A baseline wins in the backtest; it is also simpler.", Verdict.Bad)
            : losses > 0 ? ("In the backtest a baseline wins by one measure.", Verdict.Warning)
            : wins > 0 ? ("The model wins in the backtest.", Verdict.Good)
            : ("The model and the best baseline are level in the backtest.", Verdict.Warning);
        return new ReportNote(string.Join(' ', [lead, .. verdicts.Select(static verdict => verdict.Sentence())]), tone);
    }

    private static ScoreVerdict? By(IReadOnlyList<ScoreRow> scores, string name, string shortName, Func<ScoreRow, double> of)
    {
        ScoreRow[] known = [.. scores.Where(row => double.IsFinite(of(row)))];
        ScoreRow? model = known.Where(static row => row.IsModel).MinBy(of);
        ScoreRow? baseline = known.Where(static row => !row.IsModel).MinBy(of);
        return model is null || baseline is null ? null : new ScoreVerdict(name, shortName, model, of(model), baseline, of(baseline));
    }

    private string Sentence()
    {
        if (!ModelWins && !BaselineWins)
        {
            return $"{Measure}: {Model.Name} and {Baseline.Name} both {NumberLabel.Of(ModelValue)}.";
        }

        (ScoreRow winner, double low, ScoreRow loser, double high) = ModelWins ? (Model, ModelValue, Baseline, BaselineValue) : (Baseline, BaselineValue, Model, ModelValue);
        double lower = 1 - low / high;
        string by = lower >= 0.001 ? NumberLabel.Percent(lower) : "less than 0.1 %";
        return $"{Measure}: {winner.Name} {NumberLabel.Of(low)} against {NumberLabel.Of(high)} of {loser.Name} ({by} lower).";
    }
}
