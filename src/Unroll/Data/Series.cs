namespace Unroll.Data;

/// <summary>One regular time series: targets with NaN where nothing was observed, and the covariates beside them. Immutable; a slice shares its memory.</summary>
/// <remarks>Rows stand one step of <see cref="Frequency"/> apart, from <see cref="Start"/> on. Row t of <see cref="Targets"/> is at <c>Targets[t * TargetCount ..]</c>, likewise for covariates.</remarks>
public sealed class Series
{
    private readonly ReadOnlyMemory<float> targets;
    private readonly ReadOnlyMemory<float> known;
    private readonly ReadOnlyMemory<float> past;

    // Where the file's series began: a slice counts from there, as a start on the 30th would be forgotten by a slice that starts in February.
    private readonly TimeStamp origin;
    private readonly long offset;

    /// <summary>A series over memory that nobody changes any more.</summary>
    /// <param name="id">What it is called.</param>
    /// <param name="start">The time of its first row.</param>
    /// <param name="frequency">The distance between two rows.</param>
    /// <param name="targets">[length, targetCount], NaN where nothing was observed.</param>
    /// <param name="targetCount">The number of targets, at least 1.</param>
    /// <param name="known">[knownLength, knownCount], knownLength at least length; NaN or code 0 where missing.</param>
    /// <param name="knownCount">The number of covariates known ahead.</param>
    /// <param name="past">[length, pastCount]; NaN or code 0 where missing.</param>
    /// <param name="pastCount">The number of covariates known up to the last target.</param>
    /// <param name="keys">The values of the columns that name the series.</param>
    /// <param name="codes">Their codes, one a key.</param>
    /// <exception cref="ArgumentException">The sizes do not fit together.</exception>
    public Series(string id, TimeStamp start, Frequency frequency, ReadOnlyMemory<float> targets, int targetCount = 1, ReadOnlyMemory<float> known = default, int knownCount = 0,
        ReadOnlyMemory<float> past = default, int pastCount = 0, IReadOnlyList<string>? keys = null, IReadOnlyList<int>? codes = null)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentOutOfRangeException.ThrowIfLessThan(targetCount, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(knownCount);
        ArgumentOutOfRangeException.ThrowIfNegative(pastCount);
        if (targets.Length % targetCount != 0)
        {
            throw new ArgumentException($"Series: targets must be rows of {targetCount}, got {targets.Length} values.", nameof(targets));
        }

        Length = targets.Length / targetCount;
        if (knownCount == 0 ? known.Length != 0 : known.Length % knownCount != 0 || known.Length / knownCount < Length)
        {
            throw new ArgumentException($"Series: known must be at least {Length} rows of {knownCount}, got {known.Length} values.", nameof(known));
        }

        if (past.Length != Length * pastCount)
        {
            throw new ArgumentException($"Series: past must be [{Length}, {pastCount}], got {past.Length} values.", nameof(past));
        }

        if ((keys?.Count ?? 0) != (codes?.Count ?? 0))
        {
            throw new ArgumentException($"Series: codes must be one a key, got {codes?.Count ?? 0} for {keys?.Count ?? 0} keys.", nameof(codes));
        }

        // An origin that the frequency cannot count from fails here, and not in the middle of a run.
        frequency.Advance(start, 0);
        Id = id;
        Start = start;
        Frequency = frequency;
        TargetCount = targetCount;
        KnownCount = knownCount;
        PastCount = pastCount;
        KnownLength = knownCount == 0 ? Length : known.Length / knownCount;
        Keys = keys ?? [];
        Codes = codes ?? [];
        this.targets = targets;
        this.known = known;
        this.past = past;
        origin = start;
    }

    private Series(Series whole, int from, int to)
    {
        Id = whole.Id;
        Keys = whole.Keys;
        Codes = whole.Codes;
        Frequency = whole.Frequency;
        TargetCount = whole.TargetCount;
        KnownCount = whole.KnownCount;
        PastCount = whole.PastCount;
        origin = whole.origin;
        offset = whole.offset + from;
        Start = whole.TimeAt(from);
        Length = to - from;
        KnownLength = KnownCount == 0 ? Length : whole.KnownLength - from;
        targets = whole.targets[(from * TargetCount)..(to * TargetCount)];
        known = whole.known[(from * KnownCount)..];
        past = whole.past[(from * PastCount)..(to * PastCount)];
    }

    /// <summary>What the series is called: the values of its series columns joined by <c>/</c>, or the target's name.</summary>
    public string Id { get; }

    /// <summary>The values of the columns that name the series; none in a file of one series.</summary>
    public IReadOnlyList<string> Keys { get; }

    /// <summary>The codes of <see cref="Keys"/> by <see cref="SeriesLayout.SeriesColumns"/>, 0 for a value unknown to them.</summary>
    public IReadOnlyList<int> Codes { get; }

    /// <summary>The time of the first row.</summary>
    public TimeStamp Start { get; }

    /// <summary>The distance between two rows.</summary>
    public Frequency Frequency { get; }

    /// <summary>The number of rows up to the last observed target.</summary>
    public int Length { get; }

    /// <summary>The number of targets.</summary>
    public int TargetCount { get; }

    /// <summary>The number of covariates known ahead.</summary>
    public int KnownCount { get; }

    /// <summary>The number of covariates known up to the last target.</summary>
    public int PastCount { get; }

    /// <summary>The number of rows of <see cref="Known"/>: <see cref="Length"/>, plus the future rows that are known.</summary>
    public int KnownLength { get; }

    /// <summary>The targets, [Length, TargetCount]; NaN where nothing was observed.</summary>
    public ReadOnlySpan<float> Targets => targets.Span;

    /// <summary>The covariates known ahead, [KnownLength, KnownCount]; numbers (NaN for missing) or codes (0 for missing).</summary>
    public ReadOnlySpan<float> Known => known.Span;

    /// <summary>The covariates known up to the last target, [Length, PastCount]; numbers (NaN for missing) or codes (0 for missing).</summary>
    public ReadOnlySpan<float> Past => past.Span;

    /// <summary>The value of a target, NaN where nothing was observed.</summary>
    /// <param name="row">The row, 0 to Length - 1.</param>
    /// <param name="target">The target, 0 to TargetCount - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such row or target.</exception>
    public float Target(int row, int target = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Length);
        ArgumentOutOfRangeException.ThrowIfNegative(target);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(target, TargetCount);
        return targets.Span[row * TargetCount + target];
    }

    /// <summary>Whether a target was observed.</summary>
    /// <param name="row">The row, 0 to Length - 1.</param>
    /// <param name="target">The target, 0 to TargetCount - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such row or target.</exception>
    public bool Observed(int row, int target = 0) => !float.IsNaN(Target(row, target));

    /// <summary>The time of a row, also of rows before the first and behind the last.</summary>
    public TimeStamp TimeAt(long row) => Frequency.Advance(origin, offset + row);

    /// <summary>The rows from one up to, not including, another. Covariates known ahead are kept as far as they are known, also behind the cut.</summary>
    /// <param name="from">The first row, 0 to <paramref name="to"/>.</param>
    /// <param name="to">The row behind the last, up to Length.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rows are not within the series.</exception>
    public Series Slice(int from, int to)
    {
        if (from < 0 || to < from || to > Length)
        {
            throw new ArgumentOutOfRangeException(nameof(to), to, $"Series.Slice: need 0 <= from <= to <= {Length}, got {from} to {to}.");
        }

        return new Series(this, from, to);
    }

    /// <summary>The name and the extent: <c>passengers: 144 rows, monthly from 1949-01-01</c>.</summary>
    public override string ToString() => $"{Id}: {Length} rows, {Frequency} from {Start}";
}
