using Unroll.Data;

namespace Unroll.Tasks.Forecasting;

/// <summary>Fills in what the options leave to be chosen, from the training data.</summary>
internal static class ForecastSetup
{
    /// <summary>Fewer values than this are little data: smaller networks, several of them.</summary>
    private const int LittleData = 5_000;

    /// <summary>Options with nothing left to choose, and a longer season where the data has one.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="set">The training data.</param>
    /// <exception cref="UnrollException">The options contradict each other or the data is too short.</exception>
    public static (ForecastOptions Options, int LongSeason) Resolve(ForecastOptions options, SeriesSet set)
    {
        foreach (Knob<ForecastOptions> knob in ForecastOptions.Knobs) knob.Write(options, knob.Read(options));         // each within its range
        int longest = set.Max(static s => s.Length), season = SeasonOf(options, set.Frequency, longest);
        long points = set.Sum(static s => (long)s.Length) * set.Targets.Count;
        int weekly = set.Frequency.Unit is FrequencyUnit.Minute or FrequencyUnit.Hour && season > 1 && season == set.Frequency.SeasonLength ? 7 * season : 0;
        int longSeason = weekly > 0 && longest >= 2 * weekly + options.Horizon ? weekly : 0;

        ForecastHead head = options.Head != ForecastHead.Auto ? options.Head : options.Mode == ForecastMode.Direct ? ForecastHead.Quantile : ForecastHead.StudentT;
        if (options.Mode == ForecastMode.Autoregressive && head is ForecastHead.Quantile or ForecastHead.Point)
            throw new UnrollException($"head '{options.Head.ToString().ToLowerInvariant()}' cannot be sampled step by step; use --mode direct, or --head normal, student-t or negative-binomial.");

        if (options.Network.Attention && options.Mode != ForecastMode.Direct) throw new UnrollException("attention is for direct forecasts, which have an encoder to look at; use --mode direct.");

        // Few seasons: read one, or its turns are learnt by heart; the change from season to season is read beside it.
        bool little = points < LittleData;
        int context = options.Context > 0 ? options.Context : little ? Math.Clamp(season, 8, 512) : Math.Clamp(Math.Max(2 * season, options.Horizon), 8, 512);
        int needed = Needed(season, options.Horizon);
        if (longest < needed)
            throw new UnrollException($"too short a history: horizon {options.Horizon} with season {season} needs at least {needed} steps to train on, the longest series '"
                + $"{set.First(s => s.Length == longest).Id}' has {longest}; give more data or a shorter horizon.");

        int hidden = options.Network.Hidden > 0 ? options.Network.Hidden : little ? 16 : points < 100_000 ? 48 : 64;
        int members = options.Members > 0 ? options.Members : little ? 5 : 1;
        int steps = options.Fit.Steps > 0 ? options.Fit.Steps : little ? 400 : (int)Math.Clamp(400 * Math.Pow(points / (double)LittleData, 0.5), 400, 3_000);
        return (options with { Season = season, Head = head, Context = context, Members = members, Network = options.Network with { Hidden = hidden }, Fit = options.Fit with { Steps = steps } }, longSeason);
    }

    /// <summary>The season's length: the one asked for, else the frequency's usual one where the data holds two of it.</summary>
    public static int SeasonOf(ForecastOptions options, Frequency frequency, int longest) =>
        options.Season > 0 ? options.Season : longest < 2 * frequency.SeasonLength + options.Horizon ? 1 : frequency.SeasonLength;

    /// <summary>The least history before an origin: one season and a step more, so that there is a change from season to season to measure.</summary>
    public static int LeastHistory(int season) => season + 1;

    /// <summary>The least number of steps to train on: one window.</summary>
    public static int Needed(int season, int horizon) => LeastHistory(season) + horizon;
}
