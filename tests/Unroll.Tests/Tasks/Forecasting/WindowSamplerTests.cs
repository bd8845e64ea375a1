using Unroll.Tasks.Forecasting;

namespace Unroll.Tests.Tasks.Forecasting;

public class WindowSamplerTests
{
    private const int Season = 7, Horizon = 5, Least = Season + 1;

    private static TargetSeries Of(float[] values, string name = "s") => new()
    {
        Name = name, Values = values, Known = [], KnownWidth = 0, Past = [], PastWidth = 0, Categories = [], Key = 1, Log = false, NonNegative = false,
    };

    private static TargetSeries Of(int length, string name = "s") => Of([.. Enumerable.Range(0, length).Select(static t => (float)t)], name);

    private static Window[] Drawn(WindowSampler sampler, int count, ulong seed = 3)
    {
        var windows = new Window[count];
        sampler.Draw(new RandomStream(seed), windows);
        return windows;
    }

    [Theory]
    [InlineData(13)]                        // one origin
    [InlineData(14)]
    [InlineData(40)]
    [InlineData(200)]
    public void Every_origin_with_a_season_before_it_and_a_horizon_behind_it_is_drawn_and_no_other(int length)
    {
        var sampler = new WindowSampler([Of(length)], Season, Horizon, hold: false);
        Assert.Empty(sampler.Validation);
        Assert.Equal(Enumerable.Range(Least, length - Horizon - Least + 1), Drawn(sampler, 100 * length).Select(static w => w.Origin).Distinct().Order());
    }

    [Fact]
    public void The_same_stream_draws_the_same_windows()
    {
        var sampler = new WindowSampler([Of(60, "a"), Of(90, "b")], Season, Horizon, hold: true);
        Assert.Equal(Drawn(sampler, 50), Drawn(sampler, 50));
        Assert.NotEqual(Drawn(sampler, 50), Drawn(sampler, 50, seed: 4));
    }

    [Theory]
    [InlineData(33, 1)]                     // the shortest that can give up a horizon: three more remain
    [InlineData(60, 1)]
    [InlineData(100, 2)]
    [InlineData(500, 10)]
    public void The_last_tenth_is_kept_for_validation_and_never_drawn(int length, int held)
    {
        var sampler = new WindowSampler([Of(length)], Season, Horizon, hold: true);
        Assert.Equal(Enumerable.Range(0, held).Select(i => length - (held - i) * Horizon), sampler.Validation.Select(static w => w.Origin));
        Window[] drawn = Drawn(sampler, 50 * length);
        Assert.Equal(Enumerable.Range(Least, length - (held + 1) * Horizon - Least + 1), drawn.Select(static w => w.Origin).Distinct().Order());
        Assert.All(sampler.Spread(1000), w => Assert.True(w.Origin + Horizon <= length - held * Horizon));
    }

    [Fact]
    public void A_short_series_keeps_nothing_and_a_shorter_one_gives_no_window()
    {
        var sampler = new WindowSampler([Of(32, "short"), Of(12, "shorter"), Of(100, "long")], Season, Horizon, hold: true);
        Assert.All(sampler.Validation, static w => Assert.Equal("long", w.Series.Name));
        Assert.Equal(["long", "short"], Drawn(sampler, 500).Select(static w => w.Series.Name).Distinct().Order());
    }

    [Theory]
    [InlineData(1900, 2000, 1)]             // nearly all of it is one season: a tenth for validation would leave no window to train on
    [InlineData(1440, 1700, 7)]
    [InlineData(95, 2000, 1)]
    [InlineData(80, 104, 4)]
    public void Some_windows_to_train_on_are_always_left(int season, int length, int horizon)
    {
        var sampler = new WindowSampler([Of(length)], season, horizon, hold: true);
        Assert.NotEmpty(sampler.Validation);
        int[] origins = [.. Drawn(sampler, 2000).Select(static w => w.Origin)];
        int end = sampler.Validation[0].Origin;
        Assert.All(origins, o => Assert.InRange(o, season + 1, end - horizon));
        Assert.True(origins.Distinct().Count() > 2 * horizon);
    }

    [Fact]
    public void Long_series_are_drawn_by_the_root_of_their_windows()
    {
        // 4 and 400 origins: a ratio of 10, not of 1 or 100
        var sampler = new WindowSampler([Of(Least + Horizon + 3, "few"), Of(Least + Horizon + 399, "many")], Season, Horizon, hold: false);
        Window[] drawn = Drawn(sampler, 11_000);
        Assert.InRange(drawn.Count(static w => w.Series.Name == "few"), 900, 1100);
    }

    [Fact]
    public void Windows_in_which_nothing_is_observed_are_left_out()
    {
        float[] values = [.. Enumerable.Range(0, 100).Select(static t => t is >= 40 and < 60 ? float.NaN : t)];
        int[] origins = [.. Drawn(new WindowSampler([Of(values)], Season, Horizon, hold: false), 5000).Select(static w => w.Origin).Distinct().Order()];

        // The last five values before the origin, or the five behind it, lie within the gap.
        Assert.DoesNotContain(origins, static o => o is >= 45 and <= 60 or >= 40 and <= 55);
        Assert.Contains(39, origins);
        Assert.Contains(61, origins);

        float[] late = [.. Enumerable.Range(0, 100).Select(static t => t < 95 ? t : float.NaN)];
        Assert.DoesNotContain(new WindowSampler([Of(late)], Season, Horizon, hold: true).Validation, static w => w.Origin == 95);
    }

    [Fact]
    public void Windows_before_which_nothing_ever_changed_are_left_out()
    {
        float[] values = [.. Enumerable.Range(0, 100).Select(static t => t < 40 ? 3f : t)];
        Assert.Equal(41, Drawn(new WindowSampler([Of(values)], Season, Horizon, hold: false), 5000).Min(static w => w.Origin));
        float[] late = [.. Enumerable.Range(0, 100).Select(static t => t < 97 ? 3f : t)];
        Assert.Empty(new WindowSampler([Of(late)], Season, Horizon, hold: true).Validation);
        Assert.Equal(0, Of(late).UsualChange(97));
        Assert.Equal(94 / 97.0, Of(late).UsualChange(98), 1e-12);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(88)]
    [InlineData(87)]
    [InlineData(50)]
    [InlineData(3)]
    [InlineData(1)]
    public void Spread_takes_at_most_as_many_as_asked_evenly(int most)
    {
        int[] origins = [.. new WindowSampler([Of(100)], Season, Horizon, hold: false).Spread(most).Select(static w => w.Origin)];
        Assert.InRange(origins.Length, Math.Min(most, 88) / 2 + 1 - (most == 1 ? 0 : 1), most);
        Assert.Equal(Least, origins[0]);
        int[] steps = [.. origins.Skip(1).Select((o, i) => o - origins[i]).Distinct()];
        Assert.True(steps.Length <= 1);
    }

    [Fact]
    public void Many_validation_windows_are_thinned()
    {
        var sampler = new WindowSampler([.. Enumerable.Range(0, 1200).Select(static i => Of(40, $"s{i}"))], Season, Horizon, hold: true);
        Assert.InRange(sampler.Validation.Length, 256, 512);
        Assert.Equal(sampler.Validation.Length, sampler.Validation.Select(static w => w.Series.Name).Distinct().Count());
    }
}
