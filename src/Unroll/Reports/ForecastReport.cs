using System.Globalization;

namespace Unroll.Reports;

/// <summary>What a forecaster learned, how well it forecasts, and whether a baseline would do, as one HTML page (<see cref="HtmlReport"/>).</summary>
public static class ForecastReport
{
    /// <summary>A fan chart keeps so many times the forecast's length of history ...</summary>
    private const int TailHorizons = 5;

    /// <summary>... and no fewer observations than this.</summary>
    private const int TailLeast = 96;

    /// <summary>So few backtest windows have a picture of full size each.</summary>
    private const int FewWindows = 2;

    /// <summary>The report as a page.</summary>
    /// <param name="input">What to show; what is empty has no section.</param>
    /// <exception cref="ArgumentException">A trace has not one value a time.</exception>
    public static string Html(ForecastReportInput input) => Page(input).ToHtml();

    /// <summary>Writes the report to a file, whole or not at all.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="input">What to show.</param>
    /// <exception cref="ArgumentException">A trace has not one value a time.</exception>
    /// <exception cref="UnrollException">The file cannot be written.</exception>
    public static void Save(string path, ForecastReportInput input) => Page(input).Save(path);

    /// <summary>A forecast with its intervals behind the end of the history, as in the report. <see cref="Chart.SaveSvg"/> makes it a picture of its own.</summary>
    /// <param name="trace">The forecast. Of a long history the end is drawn: some five times the forecast's length, and at least 96 observations.</param>
    /// <param name="target">The unit or name of the values; null leaves it out.</param>
    /// <exception cref="ArgumentException">The trace has not one value a time.</exception>
    public static LineChart FanChart(ForecastTrace trace, string? target)
    {
        ArgumentNullException.ThrowIfNull(trace);
        return ForecastPicture.Of(trace.WithTail(TailHorizons, TailLeast), target);
    }

    private static HtmlReport Page(ForecastReportInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        IReadOnlyList<ScoreVerdict> verdicts = ScoreVerdict.Of(input.Scores);
        var notes = new List<ReportNote>();
        if (ScoreVerdict.Note(verdicts) is { } note)
        {
            notes.Add(note);
        }

        notes.AddRange(input.Notes);
        return new HtmlReport
        {
            Title = input.Title,
            Subtitle = input.Subtitle,
            Figures = [.. Figures(input.Scores, verdicts), .. input.Figures],
            Notes = notes,
            Sections = [.. Sections(input).Where(static section => section.Parts.Count > 0)],
        };
    }

    private static IEnumerable<ReportSection> Sections(ForecastReportInput input)
    {
        yield return new ReportSection("Forecast", Forecasts(input));
        yield return new ReportSection("Scores in the backtest", ScoreSection.Tables(input.Scores));
        yield return new ReportSection("Error by step ahead", ScoreSection.ByStep(input.Scores, input.Target) is { } chart ? [new ReportChart(chart)] : []);
        yield return new ReportSection("Backtest windows", Windows(input));
        yield return new ReportSection("Training", Training(input));
        yield return new ReportSection("Data", input.Data is { } data ? [new ReportTerms(Terms(data))] : []);
        yield return new ReportSection("Recipe", Recipe(input.Recipe));
    }

    private static IEnumerable<KeyFigure> Figures(IReadOnlyList<ScoreRow> scores, IReadOnlyList<ScoreVerdict> verdicts)
    {
        foreach (ScoreVerdict verdict in verdicts)
        {
            yield return new KeyFigure(
                verdict.Short,
                NumberLabel.Of(verdict.ModelValue),
                $"best baseline {NumberLabel.Of(verdict.BaselineValue)}",
                verdict.BaselineWins ? Verdict.Bad : verdict.ModelWins ? Verdict.Good : Verdict.None);
        }

        if (scores.FirstOrDefault(static row => row.IsModel)?.Intervals.LastOrDefault(static interval => double.IsFinite(interval.Coverage)) is { } widest)
        {
            yield return new KeyFigure($"{NumberLabel.Percent(widest.Level)} interval", NumberLabel.Percent(widest.Coverage), "of actuals within it");
        }
    }

    private static IReadOnlyList<ReportPart> Forecasts(ForecastReportInput input)
    {
        var parts = new List<ReportPart>();
        ForecastTrace[] traces = [.. input.Forecasts.Where(static trace => trace.HasValues)];
        IReadOnlyList<(ForecastTrace Trace, string Why)> chosen = ForecastChoice.Forecasts(traces);
        if (chosen.Count < traces.Length)
        {
            parts.Add(new ReportText(string.Create(CultureInfo.InvariantCulture, $"{chosen.Count} of {traces.Length:N0} series.")));
        }

        foreach ((ForecastTrace trace, string why) in chosen)
        {
            LineChart fan = FanChart(trace, input.Target);
            parts.Add(new ReportChart(why.Length > 0 ? fan with { Title = $"{trace.Series} ({why})" } : fan));
            if (trace.WithTail(TailHorizons, TailLeast).History.Count < trace.History.Count)
            {
                parts.Add(new ReportChart(ForecastPicture.History(trace, input.Target)));
            }
        }

        return parts;
    }

    private static IReadOnlyList<ReportPart> Windows(ForecastReportInput input)
    {
        ForecastTrace[] windows = [.. input.Windows.Where(static trace => trace.HasValues)];
        IReadOnlyList<ForecastTrace> chosen = ForecastChoice.Spread(windows);
        if (chosen.Count == 0)
        {
            return [];
        }

        bool named = chosen.Select(static trace => trace.Series).Distinct().Skip(1).Any();
        string count = chosen.Count < windows.Length ? string.Create(CultureInfo.InvariantCulture, $"{chosen.Count} of {windows.Length:N0} windows, spread evenly. ") : "";
        LineChart[] charts = [.. chosen.Select(trace => ForecastPicture.Window(trace, named))];
        var text = new ReportText($"{count}Each forecast knew only what stands before the vertical line.{(string.IsNullOrEmpty(input.Target) ? "" : $" Vertical axes: {input.Target}.")}");
        if (charts.Length <= FewWindows)
        {
            return [text, .. charts.Select(static chart => new ReportChart(chart with { Width = LineChart.UsualWidth, Height = LineChart.UsualHeight, Legend = true }))];
        }

        return
        [
            text,
            new ReportChartGrid(charts) { Legend = charts.MaxBy(static chart => chart.Lines.Count + chart.Bands.Count) },
        ];
    }

    private static IReadOnlyList<ReportPart> Training(ForecastReportInput input)
    {
        var parts = new List<ReportPart>();
        if (TrainingCharts.Loss(input.Training, input.BestEpoch) is { } loss)
        {
            parts.Add(new ReportChart(loss));
        }

        IReadOnlyList<LineChart> small = TrainingCharts.Small(input.Training);
        if (small.Count > 0)
        {
            parts.Add(new ReportChartGrid(small));
        }

        return parts;
    }

    private static IReadOnlyList<(string Term, string Meaning)> Terms(DataSummary data)
    {
        var terms = new List<(string Term, string Meaning)>();
        Add("Source", data.Source);
        Add("Steps", NumberLabel.Fixed(data.Steps, 0));
        Add("Series", NumberLabel.Fixed(data.Series, 0));
        Add("First", data.First);
        Add("Last", data.Last);
        Add("Frequency", data.Frequency);
        Add("Missing targets", NumberLabel.Fixed(data.Missing, 0));
        Add("Known ahead", string.Join(", ", data.Known));
        Add("Known up to now", string.Join(", ", data.Past));
        return terms;

        void Add(string term, string meaning)
        {
            if (meaning.Length > 0)
            {
                terms.Add((term, meaning));
            }
        }
    }

    private static IReadOnlyList<ReportPart> Recipe(IReadOnlyList<RecipeLine> recipe)
    {
        if (recipe.Count == 0)
        {
            return [];
        }

        return
        [
            new ReportTable(
                "Every option of the run; defaults are dimmed.",
                [new TableColumn("Option"), new TableColumn("Value"), new TableColumn("What it does")],
                [.. recipe.Select(static line => new TableRow([line.Name, line.Value, line.Help], line.IsDefault ? TableEmphasis.Dimmed : TableEmphasis.Strong))]),
        ];
    }
}
