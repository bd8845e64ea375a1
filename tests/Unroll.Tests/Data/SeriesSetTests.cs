using Unroll.Data;

namespace Unroll.Tests.Data;

public sealed class SeriesSetTests : IDisposable
{
    private readonly DataFiles files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void The_airline_sample_needs_no_schema()
    {
        SeriesSet set = SeriesSet.Read(DataFiles.Sample("air-passengers.csv"));

        Series series = Assert.Single(set);
        Assert.Equal("passengers", series.Id);
        Assert.Equal(["passengers"], set.Targets);
        Assert.Equal("month", set.Layout.Schema.Time);
        Assert.Equal(Frequency.Monthly, set.Frequency);
        Assert.Equal((144, 1, 0, 0), (series.Length, series.TargetCount, series.KnownCount, series.PastCount));
        Assert.Equal((112f, 432f), (series.Target(0), series.Target(143)));
        Assert.Equal("1949-01", set.TimeFormat.Format(series.Start));
        Assert.Equal("1961-01", set.TimeFormat.Format(series.TimeAt(144)));
        Assert.True(series.Observed(143));
    }

    [Fact]
    public void The_stores_sample_is_four_series_with_gaps_and_covariates_ahead()
    {
        SeriesSet set = SeriesSet.Read(DataFiles.Sample("stores.csv"), new SeriesSchema { Targets = ["units"], SeriesColumns = ["store"], Known = ["price", "promo"] });

        Assert.Equal(["harbour", "market", "station", "university"], set.Select(series => series.Id));
        Assert.Equal([1, 2, 3, 4], set.Select(series => series.Codes[0]));
        Assert.Equal(Frequency.Daily, set.Frequency);
        Assert.All(set, series =>
        {
            Assert.Equal((400, 414), (series.Length, series.KnownLength));
            Assert.InRange(Enumerable.Range(0, 400).Count(row => !series.Observed(row)), 5, 20);
            Assert.False(series.Observed(207));                                     // Christmas: not in the file
            Assert.True(float.IsNaN(series.Known[207 * 2]));
            Assert.All(series.Known[(400 * 2)..].ToArray(), value => Assert.False(float.IsNaN(value)));
        });
        Assert.False(set.Layout.Known[1].IsCategorical);
    }

    [Fact]
    public void Rows_are_grouped_by_all_series_columns_and_sorted_by_time()
    {
        SeriesSet set = Read("""
            when,country,shop,y
            2020-01-03,de,a,3
            2020-01-01,fr,a,11
            2020-01-01,de,a,1
            2020-01-01,de,b,21
            2020-01-02,fr,a,12
            2020-01-02,de,b,22
            2020-01-02,de,a,2
            """, new SeriesSchema { SeriesColumns = ["country", "shop"] });

        Assert.Equal(["de/a", "fr/a", "de/b"], set.Select(series => series.Id));
        Assert.Equal([1, 2, 3], set[0].Targets.ToArray());
        Assert.Equal([11, 12], set[1].Targets.ToArray());
        Assert.Equal(["de", "b"], set[2].Keys);
        Assert.Equal([1, 2], set[2].Codes);
        Assert.Equal(["de", "fr"], set.Layout.SeriesColumns[0].Values);
    }

    [Fact]
    public void Gaps_in_time_become_missing_rows()
    {
        Series series = Read("t,y\n2020-02-26,1\n2020-02-27,2\n2020-03-01,3\n", new SeriesSchema { Time = "t" })[0];

        Assert.Equal([1, 2, float.NaN, float.NaN, 3], series.Targets.ToArray());
        Assert.Equal([true, true, false, false, true], Enumerable.Range(0, 5).Select(row => series.Observed(row)));
    }

    [Theory]
    [InlineData("NA")]
    [InlineData("nan")]
    [InlineData("NaN")]
    [InlineData("null")]
    [InlineData("N/A")]
    [InlineData("?")]
    [InlineData("")]
    [InlineData("\"\"")]
    public void Each_way_of_writing_missing_is_missing(string missing)
    {
        Series series = Read($"date,y\n2020-01-01,1\n2020-01-02,{missing}\n2020-01-03,3\n")[0];

        Assert.Equal([1, float.NaN, 3], series.Targets.ToArray());
    }

    [Fact]
    public void A_series_runs_from_its_first_to_its_last_observed_target()
    {
        Series series = Read("date,y\n2020-01-01,\n2020-01-02,2\n2020-01-03,\n2020-01-04,4\n2020-01-05,\n")[0];

        Assert.Equal("2020-01-02", series.Start.ToString());
        Assert.Equal([2, float.NaN, 4], series.Targets.ToArray());
        Assert.Equal(3, series.KnownLength);
    }

    [Fact]
    public void Rows_behind_the_last_target_hold_the_known_future_and_past_covariates_extend_the_past()
    {
        const string text = """
            date,y,promo,rain
            2020-01-01,1,0,5
            2020-01-02,2,1,6
            2020-01-03,,0,7
            2020-01-04,,1,
            2020-01-06,,0,
            """;

        Series known = Read(text, new SeriesSchema { Targets = ["y"], Known = ["promo"] })[0];
        Assert.Equal((2, 6), (known.Length, known.KnownLength));
        Assert.Equal([0, 1, 0, 1, float.NaN, 0], known.Known.ToArray());

        Series both = Read(text, new SeriesSchema { Targets = ["y"], Known = ["promo"], Past = ["rain"] })[0];
        Assert.Equal((3, 6), (both.Length, both.KnownLength));
        Assert.Equal([5, 6, 7], both.Past.ToArray());
        Assert.Equal([1, 2, float.NaN], both.Targets.ToArray());
    }

    [Fact]
    public void Several_targets_stand_side_by_side()
    {
        SeriesSet set = Read("date,a,b\n2020-01-01,1,10\n2020-01-02,,20\n2020-01-03,3,NA\n", new SeriesSchema { Targets = ["b", "a"] });

        Assert.Equal(2, set[0].TargetCount);
        Assert.Equal([10, 1, 20, float.NaN, float.NaN, 3], set[0].Targets.ToArray());
        Assert.Equal("file", set[0].Id);
        Assert.True(set[0].Observed(1, 0));
        Assert.False(set[0].Observed(1, 1));
    }

    [Fact]
    public void Covariates_that_are_no_numbers_are_encoded()
    {
        SeriesSet set = Read("date,y,wind,holiday\n2020-01-01,1,NW,0\n2020-01-02,2,cv,0\n2020-01-03,3,,1\n2020-01-05,3,NW,1\n", new SeriesSchema { Targets = ["y"], Known = ["holiday"], Past = ["wind"] });

        Covariate wind = set.Layout.Past[0];
        Assert.True(wind.IsCategorical);
        Assert.Equal(3, wind.Width);
        Assert.Equal(["NW", "cv"], wind.Encoding!.Values);
        Assert.Equal([1, 2, 0, 0, 1], set[0].Past.ToArray());                       // 0 for missing, and for the missing row
        Assert.Equal("cv", wind.Encoding.Decode(2));
        Assert.Equal(1, set.Layout.Known[0].Width);
        Assert.Equal([0, 0, 1, float.NaN, 1], set[0].Known.ToArray());
    }

    [Fact]
    public void Another_file_is_read_by_the_layout_of_the_first()
    {
        var schema = new SeriesSchema { Targets = ["y"], SeriesColumns = ["shop"], Past = ["wind"] };
        SeriesLayout layout = Read("date,shop,y,wind\n2020-01-01,a,1,N\n2020-01-02,a,2,S\n2020-01-01,b,1,N\n", schema).Layout;

        SeriesSet set = SeriesSet.Read(files.Write("new.csv", "wind,date,y,shop\nE,2021-01-01,5,c\nS,2021-01-02,6,c\nN,2021-01-05,7,b\n"), layout);

        Assert.Equal(["c", "b"], set.Select(series => series.Id));
        Assert.Equal([0, 2], set.Select(series => series.Codes[0]));                // c was not known
        Assert.Equal([0, 2], set[0].Past.ToArray());                                // nor was E
        Assert.Equal(Frequency.Daily, set.Frequency);
    }

    [Fact]
    public void A_file_of_another_frequency_than_the_layout_is_refused()
    {
        SeriesLayout layout = Read("date,y\n2020-01-01 00:00,1\n2020-01-01 01:00,2\n").Layout;

        Fails(() => SeriesSet.Read(files.Write("daily.csv", "date,y\n2020-01-01 00:00,1\n2020-01-02 00:00,1\n2020-01-03 00:00,1\n2020-01-04 00:00,1\n"), layout),
            "daily.csv: no two rows lie one step (hourly) apart");
        Fails(() => SeriesSet.Read(files.Write("half.csv", "date,y\n2020-01-01 00:00,1\n2020-01-01 00:30,1\n"), layout),
            "half.csv, line 3: 2020-01-01 00:30:00 is not a whole number of steps (hourly) after 2020-01-01 (line 2)");
    }

    [Theory]
    [InlineData("year,month,day,hour,y\n2020,2,28,23,1\n2020,2,29,0,2\n", "hourly", "2020-02-28 23:00:00")]
    [InlineData("No,y,hour,day,month,year\n1,10,23,28,2,2020\n2,11,0,29,2,2020\n", "hourly", "2020-02-28 23:00:00")]
    [InlineData("year,month,y\n2020,12,1\n2021,1,2\n", "monthly", "2020-12")]
    [InlineData("year,quarter,y\n2020,4,1\n2021,1,2\n", "quarterly", "2020-Q4")]
    [InlineData("year,y\n2019,1\n2020,2\n", "yearly", "2019")]
    [InlineData("month,y\n202011,1\n202012,2\n202101,3\n", "monthly", "202011")]
    [InlineData("date,y\n20191231,1\n20200101,2\n", "daily", "20191231")]
    [InlineData("step,y\n0,1\n1,2\n", "1", "0")]
    [InlineData("time,y\n100,1\n110,2\n120,2\n", "10", "100")]
    [InlineData("anything,y\n2020-W,1\n", null, "no column holds time stamps")]
    public void The_time_column_is_found(string text, string? frequency, string start)
    {
        var schema = new SeriesSchema { Targets = ["y"] };
        if (frequency is null)
        {
            Fails(() => Read(text, schema), start);
            return;
        }

        SeriesSet set = Read(text, schema);
        Assert.Equal(frequency, set.Frequency.ToString());
        Assert.Equal(start, set.TimeFormat.Format(set[0].Start));
    }

    [Theory]
    [InlineData("date,hour,y\n2020-02-28,23,1\n2020-02-28,24,2\n", "date,hour")]
    [InlineData("d,clock,y\n2020-02-28,23:00,1\n2020-02-29,0:00,2\n", "d, clock")]
    [InlineData("date,hour,minute,y\n2020-02-28,23,0,1\n2020-02-29,0,0,2\n", "date,hour,minute")]
    public void A_date_and_a_time_of_day_make_a_time_stamp(string text, string time)
    {
        SeriesSet set = Read(text, new SeriesSchema { Time = time, Targets = ["y"] });

        Assert.Equal(Frequency.Hourly, set.Frequency);
        Assert.Equal("2020-02-29 00:00:00", set.TimeFormat.Format(set[0].TimeAt(1)));
    }

    [Theory]
    [InlineData("a,b,y\n1,2,3\n", "a,b", "file.csv, line 2, column 'a': '1' is not a time stamp")]
    [InlineData("year,day,y\n2020,2,3\n", "year,day", "do not make a time stamp")]
    [InlineData("month,day,y\n1,2,3\n", "month,day", "do not make a time stamp")]
    [InlineData("year,month,y\n2020,1,3\n2020,13,3\n", "year,month", "file.csv, line 3, column 'month': '13' is not a whole number from 1 to 12.")]
    [InlineData("year,month,day,y\n2021,2,28,1\n2021,2,29,3\n", "year,month,day", "file.csv, line 3: 2021-02 has no day 29.")]
    [InlineData("year,month,y\n2020,NA,3\n", "year,month", "file.csv, line 2, column 'month': the time is missing.")]
    [InlineData("date,clock,y\n2020-01-01,noon,3\n", "date,clock", "file.csv, line 2, column 'clock': 'noon' is not a time of day")]
    [InlineData("year,mnoth,y\n2020,1,3\n", "year,month", "file.csv: no column 'month'; did you mean 'mnoth'? The columns are year, mnoth, y.")]
    public void Bad_parts_of_a_time_stamp_say_where(string text, string time, string message) => Fails(() => Read(text, new SeriesSchema { Time = time, Targets = ["y"] }), message);

    [Fact]
    public void Names_decide_between_several_columns_of_dates()
    {
        const string text = "opened,date,y\n2019-01-01,2020-01-01,1\n2019-01-01,2020-01-02,2\n";
        Assert.Equal("date", Read(text).Layout.Schema.Time);
        Fails(() => Read(text.Replace("date", "sold")), "file.csv: several columns could be the time (opened, sold); name the time column with --time. Columns: opened, sold, y.");
    }

    [Theory]
    [InlineData("month,passengers\n1949-01,112\n", "passenger", "file.csv: no column 'passenger'; did you mean 'passengers'? The columns are month, passengers.")]
    [InlineData("date,a,b\n2020-01-01,1,2\n", null, "file.csv: several columns could be forecast (a, b); name one or more with --target.")]
    [InlineData("date,a,b\n2020-01-01,x,y\n", null, "file.csv: no numeric column is left to forecast; name one with --target. Columns: date, a, b.")]
    [InlineData("date\n2020-01-01\n", null, "no numeric column is left")]
    [InlineData("date,y\n2020-01-01,1\n", "date", "no column holds time stamps")]
    public void A_target_that_is_not_there_or_not_clear_says_so(string text, string? target, string message) =>
        Fails(() => Read(text, new SeriesSchema { Targets = target is null ? [] : [target] }), message);

    [Fact]
    public void A_column_has_one_role() => Fails(() => Read("date,y\n2020-01-01,1\n", new SeriesSchema { Targets = ["y"], Known = ["y"] }), "file.csv: column 'y' is named twice among");

    [Theory]
    [InlineData("date,y\n2020-01-01,1\n2020-01-02,1x\n", "file.csv, line 3, column 'y': '1x' is not a number; leave the field empty (or NA)")]
    [InlineData("date,y\n2020-01-01,1\n2020-01-02,\"1,234\"\n", "file.csv, line 3, column 'y': '1,234' is not a number; thousands separators are not accepted")]
    [InlineData("date,y\n2020-01-01,inf\n2020-01-02,1\n", "file.csv, line 2, column 'y': 'inf' is not finite")]
    [InlineData("date,y\n2020-01-01,1\n2020-01-02,-Infinity\n", "'-Infinity' is not finite")]
    [InlineData("date,y\n2020-01-01,1\n2020-01-02,1e40\n", "'1e40' is too large")]
    [InlineData("date,y\n2020-01-01,1\n2020-01-02,1e999\n", "'1e999' is too large")]
    [InlineData("date,y\n2020-01-01,1\n03/04/2020,2\n2020-01-03,1\n", "file.csv, line 3, column 'date': '03/04/2020' is not a time stamp; expected 2020-01-31")]
    [InlineData("date,y\n2020-01-01,1\n03/04/2020,2\n2020-01-03,1\n", "(year first: day and month cannot be told apart)")]
    [InlineData("date,y\n2020-01-01,1\n,2\n2020-01-03,1\n", "file.csv, line 3, column 'date': the time is missing.")]
    [InlineData("date,y\n2020-01-01,1\n2020-02,2\n", "file.csv, line 3, column 'date': '2020-02' is written differently from '2020-01-01' in line 2")]
    [InlineData("date,y\n2020-01-01 00:00Z,1\n2020-01-01 01:00,2\n", "is written differently")]
    [InlineData("date,y\n2020-01-02,1\n2020-01-01,2\n\n2020-01-02,3\n", "file.csv, lines 2 and 5: two rows are for 2020-01-02; remove one, or name the columns that tell series apart with --series.")]
    [InlineData("date,y\n2021-10-31 02:00,1\n2021-10-31 02:00,2\n", "are for 2021-10-31 02:00:00; remove one, or write times with their offset from UTC if the clock was put back, or name the columns")]
    [InlineData("date,y\n2020-01-01,1\n", "file.csv: too few rows to infer the frequency from; give it with --frequency.")]
    [InlineData("date,y\n2020-01-01 00:00,1\n2020-01-01 01:00,1\n2020-01-01 02:00,1\n2020-01-01 02:50,1\n", "file.csv, line 5: 2020-01-01 02:50:00 breaks the regular spacing: it follows 2020-01-01 02:00:00 (line 4), but most rows lie 1 hour apart")]
    [InlineData("date,y\n2020-01-01,\n2020-01-02,NA\n", "file.csv: column 'y' holds no values to learn from; all are missing.")]
    [InlineData("date,y\n2020-01-01,1\n2020-01-02,1\n9020-01-03,1\n", "file.csv, line 4: 9020-01-03 lies 2556698 steps (daily) behind the row before it; is it mistyped?")]
    public void Bad_fields_say_file_line_column_and_text(string text, string message) => Fails(() => Read(text, new SeriesSchema { Targets = ["y"] }), message);

    [Fact]
    public void Errors_of_many_series_name_the_series()
    {
        var schema = new SeriesSchema { Targets = ["y"], SeriesColumns = ["s"] };
        Fails(() => Read("date,s,y\n2020-01-01,a,1\n2020-01-02,a,1\n2020-01-01,b,\n2020-01-02,b,NA\n", schema), "file.csv: series 'b' (from line 4) has no observed target; all are missing.");
        Fails(() => Read("date,s,y\n2020-01-01,a,1\n2020-01-01,b,1\n2020-01-01,a,1\n", schema), "file.csv, lines 2 and 4: two rows of series 'a' are for 2020-01-01; remove one.");
        Fails(() => Read("date,s,y\n2020-01-01,a,1\n2020-01-02, ,1\n", schema), "file.csv, line 3, column 's': the name of the series is missing.");
    }

    [Fact]
    public void A_covariate_that_is_almost_numeric_names_the_odd_field()
    {
        var schema = new SeriesSchema { Targets = ["y"], Known = ["x"] };
        Fails(() => Read("date,y,x\n2020-01-01,1,1\n2020-01-02,1,o\n2020-01-03,1,2\n", schema), "file.csv, line 3, column 'x': 'o' is not a number");
        Fails(() => Read("date,y,x\n2020-01-01,1,\n2020-01-02,1,\n", schema), "file.csv: column 'x' holds no values; leave it out.");
    }

    [Fact]
    public void A_given_frequency_is_kept_to()
    {
        const string text = "date,y\n2020-01-01,1\n2020-01-03,2\n2020-01-05,3\n";
        Assert.Equal(5, Read(text, new SeriesSchema { Frequency = Frequency.Daily })[0].Length);
        Assert.Equal(3, Read(text)[0].Length);
        Assert.Equal(1, Read("date,y\n2020-01-01,1\n", new SeriesSchema { Frequency = Frequency.Daily })[0].Length);
        Fails(() => Read(text, new SeriesSchema { Frequency = Frequency.Weekly }), "file.csv, line 3: 2020-01-03 is not a whole number of steps (weekly) after 2020-01-01 (line 2)");
        Fails(() => Read(text, new SeriesSchema { Frequency = Frequency.Monthly }), "file.csv, lines 2 and 3: 2020-01-01 and 2020-01-03 fall into one step (monthly)");
        Fails(() => Read(text, new SeriesSchema { Frequency = default(Frequency) }), "file.csv: the frequency '1' does not fit the time column 'date', which holds dates.");
        Fails(() => Read("t,y\n1,1\n2,1\n", new SeriesSchema { Frequency = Frequency.Daily }), "holds whole numbers and no dates");
        Fails(() => Read("date,y\n2020-01-03,1\n2020-01-04,1\n", new SeriesSchema { Frequency = Frequency.Parse("B") }), "file.csv, line 3: 2020-01-04 is a Saturday, which the frequency business-daily leaves out");
        Assert.Equal("1990", Read("t,y\n1990,1\n1991,1\n", new SeriesSchema { Frequency = default(Frequency) })[0].Start.ToString());
        Assert.Equal(TimeStamp.At(1990), Read("t,y\n1990,1\n1991,1\n", new SeriesSchema { Frequency = default(Frequency) })[0].Start);
    }

    [Fact]
    public void Ends_of_months_stay_ends_of_months()
    {
        SeriesSet set = Read("date,y\n2019-11-30,1\n2019-12-31,2\n2020-01-31,3\n");
        Assert.Equal("ME", set.Frequency.ToString());
        Assert.Equal("2020-02-29", set.TimeFormat.Format(set[0].TimeAt(3)));
        Assert.Equal("ME", Read("date,y\n2019-11-30,1\n2019-12-31,2\n", new SeriesSchema { Frequency = Frequency.Monthly }).Frequency.ToString());
    }

    [Fact]
    public void Decimal_commas_are_read_when_asked_for()
    {
        const string text = "Datum;Wert\n2020-01-01;1,5\n2020-01-02;-2,25e1\n";
        Assert.Equal([1.5f, -22.5f], Read(text, new SeriesSchema { Csv = new CsvOptions { DecimalComma = true } })[0].Targets.ToArray());
        Fails(() => Read(text), "file.csv, line 2, column 'Wert': '1,5' is not a number; thousands separators are not accepted, and a decimal comma must be asked for (--decimal-comma).");
        Fails(() => Read(text.Replace("1,5", "1.5"), new SeriesSchema { Csv = new CsvOptions { DecimalComma = true } }), "'1.5' is not a number; decimal commas were asked for");
        Assert.Equal([1.5f, 2.5f], Read("date,y\n2020-01-01,\"1,5\"\n2020-01-02,\"2,5\"\n", new SeriesSchema { Csv = new CsvOptions { DecimalComma = true } })[0].Targets.ToArray());
    }

    [Fact]
    public void Offsets_that_change_become_utc_without_a_gap()
    {
        // Berlin, 2021-03-28: the clock jumped from 02:00+01:00 to 03:00+02:00.
        SeriesSet set = Read("time,y\n2021-03-28T01:00+01:00,1\n2021-03-28T03:00+02:00,2\n2021-03-28T04:00+02:00,3\n");
        Assert.Equal([1, 2, 3], set[0].Targets.ToArray());
        Assert.Equal("2021-03-28T03:00Z", set.TimeFormat.Format(set[0].TimeAt(3)));
        Assert.Equal("2021-03-28T03:00+01:00", Read("time,y\n2021-03-28T01:00+01:00,1\n2021-03-28T02:00+01:00,2\n") is var fixedOffset ? fixedOffset.TimeFormat.Format(fixedOffset[0].TimeAt(2)) : null);
    }

    [Fact]
    public void Slices_hold_out_rows_but_keep_what_is_known_ahead()
    {
        SeriesSet set = Read("date,y,k,p\n2020-01-30,1,10,100\n2020-02-29,2,20,200\n2020-03-30,3,30,300\n2020-04-30,4,40,400\n2020-05-30,,50,\n", new SeriesSchema { Targets = ["y"], Known = ["k"], Past = ["p"] });

        Series history = set.WithoutLast(2)[0];
        Assert.Equal([1, 2], history.Targets.ToArray());
        Assert.Equal([10, 20, 30, 40, 50], history.Known.ToArray());
        Assert.Equal([100, 200], history.Past.ToArray());
        Series held = set.Tail(3)[0];
        Assert.Equal([2, 3, 4], held.Targets.ToArray());
        Assert.Equal([20, 30, 40, 50], held.Known.ToArray());
        Assert.Equal("2020-02-29", held.Start.ToString());
        Assert.Equal("2020-03-30", held.TimeAt(1).ToString());                      // the 30th is not forgotten by a slice that starts on the 29th
        Assert.Equal("2020-04-30", held.Slice(1, 3).TimeAt(1).ToString());
        Assert.Equal(0, set[0].Slice(2, 2).Length);
        Fails(() => set.WithoutLast(4), "Series 'y' has 4 rows; more than 4 are needed to hold out 4.");
        Assert.Throws<ArgumentOutOfRangeException>(() => set[0].Slice(2, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => set[0].Target(4));
    }

    [Fact]
    public void Values_at_hand_become_series()
    {
        SeriesSet one = SeriesSet.From([1, float.NaN, 3], new DateTime(2020, 1, 31), Frequency.Monthly, "sales");
        Assert.Equal("sales", one[0].Id);
        Assert.Equal("2020-02-29", one[0].TimeAt(1).ToString());
        Assert.Equal("2020-03-31", one.TimeFormat.Format(one[0].TimeAt(2)));

        SeriesSet two = SeriesSet.From([KeyValuePair.Create<string, float[]>("H1", [1, 2]), KeyValuePair.Create<string, float[]>("H2", [3])], new DateTime(2020, 1, 1), Frequency.Hourly);
        Assert.Equal(["H1", "H2"], two.Select(series => series.Id));
        Assert.Equal(2, two[1].Codes[0]);
        Assert.Equal(2, SeriesSet.From([1, 2], TimeStamp.At(0), default)[0].Length);
        Fails(() => SeriesSet.From([1, float.PositiveInfinity], TimeStamp.At(0), default), "value 1 is infinite");
        Fails(() => SeriesSet.From([float.NaN], TimeStamp.At(0), default), "has no observed value");
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        SeriesSet set = SeriesSet.Read(DataFiles.Sample("stores.csv"), new SeriesSchema { Targets = ["units"], SeriesColumns = ["store"], Known = ["price", "promo"] });
        using var writer = new StringWriter();
        SeriesCsv.Write(writer, set);

        SeriesSet again = SeriesSet.Read(files.Write("again.csv", writer.ToString()), set.Layout);

        Assert.Equal(set.Count, again.Count);
        Assert.All(set.Zip(again), pair =>
        {
            Assert.Equal(pair.First.ToString(), pair.Second.ToString());
            Assert.Equal(pair.First.Targets.ToArray(), pair.Second.Targets.ToArray());
            Assert.Equal(pair.First.Known.ToArray(), pair.Second.Known.ToArray());
        });
    }

    [Fact]
    public void Written_fields_are_quoted_where_needed()
    {
        using var writer = new StringWriter();
        var csv = new SeriesCsv(writer);
        csv.Field("a,b").Field("say \"hi\"").Field("two\nlines").Field(" space").Field("").Field("plain").EndRow();
        csv.Field(1.5f).Field(float.NaN).Field(-3e-20f).Field(0.1f).EndRow();

        Assert.Equal("\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\" space\",,plain\n1.5,,-3E-20,0.1\n", writer.ToString());
    }

    private static SeriesSet Read(string text, SeriesSchema? schema = null) => SeriesSet.Read(new StringReader(text), "file.csv", schema);

    private static void Fails(Action action, string message)
    {
        UnrollException error = Assert.Throws<UnrollException>(action);
        Assert.Contains(message, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }
}
