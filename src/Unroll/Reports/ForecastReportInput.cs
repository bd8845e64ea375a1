using Unroll.Training.Metrics;

namespace Unroll.Reports;

/// <summary>Everything that a <see cref="ForecastReport"/> shows, as plain values. What is left empty has no section.</summary>
public sealed record ForecastReportInput
{
    /// <summary>The heading, such as the file's or the target's name.</summary>
    public required string Title { get; init; }

    /// <summary>One line under the heading, such as the cell, the horizon and the date of the run.</summary>
    public string? Subtitle { get; init; }

    /// <summary>The unit or name of the target, for axes; null leaves it out.</summary>
    public string? Target { get; init; }

    /// <summary>What the data is.</summary>
    public DataSummary? Data { get; init; }

    /// <summary>Forecasts past the end of the data, one a series. Three at most are drawn: the largest series, that of median error, that of the worst.</summary>
    public IReadOnlyList<ForecastTrace> Forecasts { get; init; } = [];

    /// <summary>The backtest's windows with their actuals. Twelve at most are drawn, spread evenly.</summary>
    public IReadOnlyList<ForecastTrace> Windows { get; init; } = [];

    /// <summary>The model and the baselines on the same windows, in the order to list them.</summary>
    public IReadOnlyList<ScoreRow> Scores { get; init; } = [];

    /// <summary>Training, epoch by epoch.</summary>
    public IReadOnlyList<TrainingPoint> Training { get; init; } = [];

    /// <summary>The epoch whose weights were kept; null when not known.</summary>
    public double? BestEpoch { get; init; }

    /// <summary>Every option of the run.</summary>
    public IReadOnlyList<RecipeLine> Recipe { get; init; } = [];

    /// <summary>Further figures for the summary, such as the number of weights and the training time.</summary>
    public IReadOnlyList<KeyFigure> Figures { get; init; } = [];

    /// <summary>What the reader must know. That a baseline wins is said by itself, from <see cref="Scores"/>.</summary>
    public IReadOnlyList<ReportNote> Notes { get; init; } = [];
}

/// <summary>What a method scored in a backtest. A measure that is NaN was not measured.</summary>
/// <param name="Name">The method's name.</param>
/// <param name="IsModel">Whether this is the model and not a baseline.</param>
public sealed record ScoreRow(string Name, bool IsModel = false)
{
    /// <summary>Mean absolute error, unit of the target.</summary>
    public double Mae { get; init; } = double.NaN;

    /// <summary>Root of the mean squared error, unit of the target.</summary>
    public double Rmse { get; init; } = double.NaN;

    /// <summary>Mean absolute percentage error, percent.</summary>
    public double Mape { get; init; } = double.NaN;

    /// <summary>Symmetric mean absolute percentage error, percent.</summary>
    public double Smape { get; init; } = double.NaN;

    /// <summary>Mean absolute scaled error.</summary>
    public double Mase { get; init; } = double.NaN;

    /// <summary>Overall weighted average against Naive2.</summary>
    public double Owa { get; init; } = double.NaN;

    /// <summary>Mean weighted quantile loss.</summary>
    public double WeightedQuantileLoss { get; init; } = double.NaN;

    /// <summary>Coverage and width of central intervals; empty for a point forecast.</summary>
    public IReadOnlyList<IntervalCoverage> Intervals { get; init; } = [];

    /// <summary>Error of each step ahead, the first one step ahead; all methods by one measure, MAE unless said otherwise; empty when not measured.</summary>
    public IReadOnlyList<double> ErrorByStep { get; init; } = [];
}

/// <summary>One epoch of training. A figure that is NaN was not measured.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="TrainingLoss">Mean loss over the epoch's batches.</param>
/// <param name="ValidationLoss">Loss on what training does not see.</param>
/// <param name="LearningRate">The learning rate at the epoch's end.</param>
/// <param name="GradientNorm">Norm of the gradient before clipping, mean over the epoch.</param>
public sealed record TrainingPoint(double Epoch, double TrainingLoss, double ValidationLoss = double.NaN, double LearningRate = double.NaN, double GradientNorm = double.NaN);

/// <summary>One option of the run.</summary>
/// <param name="Name">Its name, as in the recipe.</param>
/// <param name="Value">Its value, as in the recipe.</param>
/// <param name="Help">What it does, in one line; may be empty.</param>
/// <param name="IsDefault">Whether nobody asked for this value.</param>
public sealed record RecipeLine(string Name, string Value, string Help = "", bool IsDefault = false);

/// <summary>What the data is.</summary>
public sealed record DataSummary
{
    /// <summary>Where it came from, such as the file's name.</summary>
    public string Source { get; init; } = "";

    /// <summary>The number of time steps over all series, gaps that were filled included.</summary>
    public required long Steps { get; init; }

    /// <summary>The number of series.</summary>
    public int Series { get; init; } = 1;

    /// <summary>The first time, as text; empty when not known.</summary>
    public string First { get; init; } = "";

    /// <summary>The last time, as text; empty when not known.</summary>
    public string Last { get; init; } = "";

    /// <summary>The distance of two rows, as text; empty when not known.</summary>
    public string Frequency { get; init; } = "";

    /// <summary>The number of targets missing, gaps in time included.</summary>
    public long Missing { get; init; }

    /// <summary>Names of covariates known ahead.</summary>
    public IReadOnlyList<string> Known { get; init; } = [];

    /// <summary>Names of covariates known up to the last target.</summary>
    public IReadOnlyList<string> Past { get; init; } = [];
}
