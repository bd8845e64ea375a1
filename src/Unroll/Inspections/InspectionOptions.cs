namespace Unroll.Inspections;

/// <summary>How a model is inspected.</summary>
public sealed record InspectionOptions
{
    /// <summary>Which sequence of the batch is shown in full; 0, the default, for the first.</summary>
    public int Example { get; init; }

    /// <summary>Most sequences side by side, at least 1. Default 16.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Most rounds of the power iteration for each product of Jacobians, at least 1. Default 4: never too large, and too small where the largest singular values are nearly alike, in new layers of 64 and 200 units by 0.08 of the logarithm on average and 0.33 at most.</summary>
    public int Rounds { get; init; } = 4;

    /// <summary>True takes every cell in its composed form, put together from small operations, in place of the fused kernels: slower, the same to 1e-4. Default false.</summary>
    public bool Composed { get; init; }

    /// <summary>Most lags at which the memory is measured, 2 to 256. Default 16.</summary>
    public int Lags { get; init; } = 16;

    /// <summary>True looks at new networks of the first recurrent layer's size beside it: plain, LSTM and GRU with each initialiser (<see cref="CellComparison"/>). Default false.</summary>
    public bool Compare { get; init; }

    /// <summary>What the inputs that take another's place are drawn from. Default 1.</summary>
    public ulong Seed { get; init; } = 1;

    internal void Check()
    {
        if (Example < 0) throw new UnrollException($"example must be at least 0, got {Example}.");
        if (Batch < 1) throw new UnrollException($"batch must be at least 1, got {Batch}.");
        if (Rounds < 1) throw new UnrollException($"rounds must be at least 1, got {Rounds}.");
        if (Lags is < 2 or > 256) throw new UnrollException($"lags must be 2 to 256, got {Lags}.");
    }
}
