namespace Unroll.Data;

/// <summary>What a file turned out to hold, and all that is needed to read another file the same way: a model keeps it beside its weights.</summary>
public sealed record SeriesLayout
{
    /// <summary>The schema with nothing left to find: time column, targets and frequency are set.</summary>
    public required SeriesSchema Schema { get; init; }

    /// <summary>The covariates known ahead, in the order of <see cref="Series.Known"/>.</summary>
    public IReadOnlyList<Covariate> Known { get; init; } = [];

    /// <summary>The covariates known up to the last target, in the order of <see cref="Series.Past"/>.</summary>
    public IReadOnlyList<Covariate> Past { get; init; } = [];

    /// <summary>The encodings of the columns that name the series, in the order of <see cref="Series.Codes"/>.</summary>
    public IReadOnlyList<CategoricalEncoding> SeriesColumns { get; init; } = [];
}
