using Unroll.Data;
using Unroll.Tasks;
using Unroll.Tasks.Forecasting;

namespace Unroll.Tests.Tasks.Forecasting;

/// <summary>What the options and the data must be for a training, and what a user is told where they are not.</summary>
public class ForecastSetupTests
{
    private static SeriesSet Days(int length, string name = "value") => Sines.One(Sines.Wave(length, 400, 120, 0.2, 25, 1), name);

    private static SeriesSet Of(params (string Name, float[] Values)[] series) => SeriesSet.From(series.Select(static s => KeyValuePair.Create(s.Name, s.Values)), Sines.Start, Frequency.Daily);

    private static string Refused(Action action)
    {
        string message = Assert.Throws<UnrollException>(action).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    [Theory]
    [InlineData(ForecastMode.Direct, 1, 7, 9)]
    [InlineData(ForecastMode.Autoregressive, 1, 7, 9)]
    [InlineData(ForecastMode.Direct, 12, 7, 20)]
    [InlineData(ForecastMode.Autoregressive, 12, 7, 20)]
    [InlineData(ForecastMode.Direct, 5, 1, 7)]
    [InlineData(ForecastMode.Autoregressive, 5, 1, 7)]
    public void The_history_that_is_said_to_be_needed_is_enough_and_one_step_less_is_not(ForecastMode mode, int horizon, int season, int needed)
    {
        ForecastOptions options = Sines.Quick(mode, steps: 2) with { Horizon = horizon, Season = season };
        Sines.Finite(Forecaster.Train(Days(needed), options).Predict(Days(needed)));
        Assert.Equal($"too short a history: horizon {horizon} with season {season} needs at least {needed} steps to train on, the longest series 'value' has {needed - 1}; "
            + "give more data or a shorter horizon.", Refused(() => Forecaster.Train(Days(needed - 1), options)));

        ForecastSplit.Training(Days(needed), options, 0);
        Assert.Equal($"too short a history: horizon {horizon} with season {season} needs {needed} steps to train on, the longest series 'value' has {needed - 1}; "
            + "give more data or a shorter horizon.", Refused(() => ForecastSplit.Training(Days(needed - 1), options, 0)));
        Assert.Equal(needed, ForecastSplit.Training(Days(needed + 2 * horizon), options, 2 * horizon)[0].Length);
        Assert.Equal($"too short a history: horizon {horizon} with season {season} needs {needed} steps to train on and {2 * horizon} to test on, the longest series 'value' has "
            + $"{needed + 2 * horizon - 1}; give more data or a shorter horizon, or fewer windows.", Refused(() => ForecastSplit.Training(Days(needed + 2 * horizon - 1), options, 2 * horizon)));
        Assert.EndsWith("give more data or a shorter horizon.", Refused(() => ForecastSplit.Training(Days(needed + horizon - 1), options, horizon)));
    }

    [Theory]
    [InlineData("horizon", "0", "horizon must be 1 to 10000, got 0.")]
    [InlineData("horizon", "-3", "horizon must be 1 to 10000, got -3.")]
    [InlineData("horizon", "10001", "horizon must be 1 to 10000, got 10001.")]
    [InlineData("horizon", "2.5", "horizon must be a whole number, got '2.5'.")]
    [InlineData("horizon", "99999999999", "horizon must be a whole number, got '99999999999'.")]
    [InlineData("context", "-1", "context must be 0 to 100000, got -1.")]
    [InlineData("samples", "9", "samples must be 10 to 100000, got 9.")]
    [InlineData("layers", "0", "layers must be 1 to 8, got 0.")]
    [InlineData("dropout", "0.95", "dropout must be 0 to 0.9, got '0.95'.")]
    [InlineData("dropout", "NaN", "dropout must be 0 to 0.9, got 'NaN'.")]
    [InlineData("learning-rate", "0", "learning-rate must be 1E-07 to 1, got '0'.")]
    [InlineData("batch", "", "batch must be a whole number, got ''.")]
    [InlineData("cell", "lstn", "cell must be one of lstm, gru, rnn, got 'lstn'.")]
    [InlineData("head", "t", "head must be one of auto, quantile, normal, student-t, negative-binomial, point, got 't'.")]
    [InlineData("seed", "-1", "seed must be a whole number of at least 0, got '-1'.")]
    public void An_option_out_of_its_range_names_it(string knob, string text, string message) =>
        Assert.Equal(message, Refused(() => ForecastOptions.Knobs.Single(k => k.Name == knob).Write(Sines.Quick(), text)));

    [Fact]
    public void Options_are_checked_where_they_were_made_in_code_too()
    {
        Assert.Equal("horizon must be 1 to 10000, got 0.", Refused(() => Forecaster.Train(Days(60), Sines.Quick() with { Horizon = 0 })));
        Assert.Equal("horizon must be 1 to 10000, got 0.", Refused(() => ForecastSplit.Training(Days(60), Sines.Quick() with { Horizon = 0 }, 7)));
        Assert.Equal("layers must be 1 to 8, got 9.", Refused(() => Forecaster.Train(Days(60), Sines.Quick() with { Network = new NetworkOptions { Layers = 9 } })));
        Assert.Equal("dropout must be 0 to 0.9, got '1'.", Refused(() => Forecaster.Train(Days(60), Sines.Quick() with { Network = new NetworkOptions { Dropout = 1 } })));
    }

    [Fact]
    public void Every_knob_reads_what_it_wrote_and_changes_nothing_else()
    {
        ForecastOptions plain = new() { Horizon = 3 };
        Assert.Equal(ForecastOptions.Knobs.Count, ForecastOptions.Knobs.Select(static k => k.Name).Distinct().Count());
        foreach (Knob<ForecastOptions> knob in ForecastOptions.Knobs)
        {
            Assert.Equal(plain, knob.Write(plain, knob.Read(plain)));
            string other = knob.Choices?.First(c => c != knob.Read(plain)) ?? (knob.Name is "dropout" or "learning-rate" or "weight-decay" or "clip" ? "0.25" : "17");
            if (knob.Name == "layers") other = "2";
            ForecastOptions changed = knob.Write(plain, other);
            Assert.Equal(other, knob.Read(changed));
            Assert.All(ForecastOptions.Knobs.Where(k => k != knob), k => Assert.Equal(k.Read(plain), k.Read(changed)));
            Assert.EndsWith(".", knob.Help);
        }
    }

    [Fact]
    public void What_never_changes_or_is_not_there_is_refused()
    {
        float[] wave = Sines.Wave(60, 400, 120, 0.2, 25, 1), still = [.. Enumerable.Repeat(5f, 60)], late = [.. Enumerable.Range(0, 60).Select(t => t < 50 ? float.NaN : t)];
        ForecastOptions options = Sines.Quick();
        Assert.Equal("all values of 'value' are the same: there is nothing to learn.", Refused(() => ForecastSplit.Training(Of(("a", still), ("b", [.. still])), options, 7)));
        Assert.Equal("series 'b': all values of 'value' in the training part are missing; leave the series out or hold out less.", Refused(() => ForecastSplit.Training(Of(("a", wave), ("b", late)), options, 14)));

        // Constant is what changes only in the part that is held out; beside others a constant series is no error.
        float[] stirs = [.. still];
        stirs[^1] = 6;
        Assert.StartsWith("all values", Refused(() => ForecastSplit.Training(Of(("a", stirs)), options, 7)));
        SeriesSet training = ForecastSplit.Training(Of(("a", wave), ("b", still)), options, 7);
        Forecaster model = Forecaster.Train(training, options with { Fit = options.Fit with { Steps = 5 } });
        Sines.Finite(model.Predict(training));
        Assert.All(model.Predict(training)[1].Mean, static v => Assert.Equal(5, v, 0.1));
    }

    [Fact]
    public void Series_too_short_to_give_up_their_end_are_left_out_of_training()
    {
        SeriesSet set = Of(("long", Sines.Wave(60, 400, 120, 0.2, 25, 1)), ("short", [1, 2, 3, 4, 5, 6, 7]), ("brief", [1, 2, 3, 4, 5, 6, 7, 8]));
        SeriesSet training = ForecastSplit.Training(set, Sines.Quick(), 7);
        Assert.Equal([("long", 53), ("brief", 1)], training.Select(static s => (s.Id, s.Length)));
        Assert.Same(set, ForecastSplit.Training(set, Sines.Quick(), 0));
    }

    [Theory]
    [InlineData("transform 'log' needs values above 0", ForecastHead.Quantile, ForecastTransform.Log, 0f)]
    [InlineData("transform 'log' needs values above 0", ForecastHead.Normal, ForecastTransform.Log, -2f)]
    [InlineData("-2", ForecastHead.NegativeBinomial, ForecastTransform.Auto, -2f)]
    public void Values_that_a_transform_or_a_head_cannot_take_are_named(string said, ForecastHead head, ForecastTransform transform, float value)
    {
        float[] values = Sines.Wave(60, 400, 120, 0.2, 25, 1);
        values[30] = value;
        string message = Refused(() => Forecaster.Train(Sines.One(values, "units"), Sines.Quick(head: head) with { Transform = transform }));
        Assert.StartsWith("series 'units': ", message);
        Assert.Contains(said, message);
    }

    [Fact]
    public void What_is_left_to_be_chosen_follows_from_the_data()
    {
        ForecastOptions asked = new() { Horizon = 7 };
        (ForecastOptions little, int none) = ForecastSetup.Resolve(asked, Days(100));
        Assert.Equal((7, ForecastHead.Quantile, 8, 16, 5, 400, 0), (little.Season, little.Head, little.Context, little.Network.Hidden, little.Members, little.Fit.Steps, none));
        (ForecastOptions much, _) = ForecastSetup.Resolve(asked, Days(20_000));
        Assert.Equal((7, 14, 48, 1, 800), (much.Season, much.Context, much.Network.Hidden, much.Members, much.Fit.Steps));

        // A season that the data does not hold twice is none.
        Assert.Equal(1, ForecastSetup.Resolve(asked, Days(20)).Options.Season);
        Assert.Equal(7, ForecastSetup.Resolve(asked, Days(21)).Options.Season);

        // Hours have weeks beside days where there are two of them.
        SeriesSet Hours(int length) => SeriesSet.From(Sines.Wave(length, 400, 120, 0.2, 25, 1), Sines.Start, Frequency.Hourly);
        Assert.Equal((24, 0), (ForecastSetup.Resolve(asked, Hours(342)).Options.Season, ForecastSetup.Resolve(asked, Hours(342)).LongSeason));
        Assert.Equal(168, ForecastSetup.Resolve(asked, Hours(343)).LongSeason);

        // What was asked for stays.
        ForecastOptions own = Sines.Quick(ForecastMode.Autoregressive, ForecastHead.Normal) with { Season = 3 };
        Assert.Equal(own, ForecastSetup.Resolve(own, Days(20_000)).Options);
    }
}
