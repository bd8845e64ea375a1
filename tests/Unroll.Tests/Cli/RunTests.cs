using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Unroll.Tests.Data;
using Unroll.Tests.Formats;

namespace Unroll.Tests.Cli;

/// <summary>Training, evaluating and forecasting by command, with settings as small as they go.</summary>
public sealed partial class RunTests(RunTests.Run run) : IClassFixture<RunTests.Run>
{
    private const string Tiny = "train forecast --data air.csv --horizon 12 --steps 100 --batch 64 --members 2 --hidden 16";

    private static readonly string[] Files = ["config.json", "forecast.csv", "metrics.jsonl", "model.safetensors", "recipe.yaml", "report.html"];

    /// <summary>A folder with a finished run on one thread, and what the run said.</summary>
    public sealed class Run : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public Run()
        {
            File.Copy(DataFiles.Sample("air-passengers.csv"), folder["air.csv"]);
            Said = CommandLine.Succeed(folder.Path, CommandLine.Split(Tiny + " --threads 1 --out whole"));
        }

        internal CommandLine.Outcome Said { get; }

        public string Path => folder.Path;

        public string this[string name] => folder[name];

        public void Dispose() => folder.Dispose();
    }

    [Fact]
    public void A_run_writes_all_its_files_and_nothing_else()
    {
        Assert.Equal(Files, Names(run["whole"]));
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(run["whole/config.json"]));
        Assert.Equal("forecast", config.RootElement.GetProperty("task").GetString());
        string[] metrics = File.ReadAllLines(run["whole/metrics.jsonl"]);
        Assert.Equal(2, metrics.Length);
        for (int i = 0; i < metrics.Length; i++)
        {
            using JsonDocument line = JsonDocument.Parse(metrics[i]);
            Assert.Equal(i + 1, line.RootElement.GetProperty("epoch").GetInt32());
            Assert.True(double.IsFinite(line.RootElement.GetProperty("training_loss").GetDouble()));
        }
        string report = File.ReadAllText(run["whole/report.html"]);
        Assert.StartsWith("<!doctype html>", report, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("<svg", report);
        Assert.Contains("horizon: 12\n", File.ReadAllText(run["whole/recipe.yaml"]));
    }

    [Fact]
    public void The_forecast_has_its_columns_and_ordered_quantiles()
    {
        string[] lines = File.ReadAllLines(run["whole/forecast.csv"]);
        Assert.Equal("time,series,mean,p05,p10,p25,p50,p75,p90,p95", lines[0]);
        Assert.Equal(13, lines.Length);
        for (int h = 1; h <= 12; h++)
        {
            string[] fields = lines[h].Split(',');
            Assert.Equal($"1961-{h:00}", fields[0]);
            Assert.Equal("passengers", fields[1]);
            double[] numbers = [.. fields[2..].Select(static f => double.Parse(f, CultureInfo.InvariantCulture))];
            Assert.All(numbers, static n => Assert.InRange(n, 200, 1000));
            Assert.Equal(numbers[1..].Order(), numbers[1..]);
        }
    }

    [Theory]
    [InlineData("2")]
    [InlineData("3")]
    public void The_bits_do_not_depend_on_the_threads(string threads)
    {
        CommandLine.Succeed(run.Path, [.. CommandLine.Split(Tiny), "--quiet", "--threads", threads, "--out", $"threads{threads}"]);
        SameBits($"threads{threads}");
    }

    [Fact]
    public void The_recipe_of_a_run_gives_the_same_bits_again()
    {
        CommandLine.Succeed(run.Path, CommandLine.Split("train whole/recipe.yaml --quiet --out again"));
        SameBits("again");
        Assert.Equal(File.ReadAllText(run["whole/recipe.yaml"]), File.ReadAllText(run["again/recipe.yaml"]));
    }

    [Fact]
    public void Another_seed_gives_other_bits()
    {
        CommandLine.Succeed(run.Path, CommandLine.Split(Tiny + " --quiet --seed 2 --out seed2"));
        Assert.NotEqual(CommandLine.Checksum(run["whole/model.safetensors"]), CommandLine.Checksum(run["seed2/model.safetensors"]));
    }

    [Fact]
    public void A_run_into_the_folder_of_an_earlier_one_replaces_it()
    {
        CommandLine.Succeed(run.Path, CommandLine.Split(Tiny + " --quiet --seed 3 --out replaced"));
        CommandLine.Succeed(run.Path, CommandLine.Split(Tiny + " --quiet --out replaced"));
        Assert.Equal(Files, Names(run["replaced"]));
        SameBits("replaced");
    }

    [Fact]
    public void Without_a_folder_each_run_takes_a_new_one_below_runs()
    {
        using var folder = new TemporaryFolder();
        File.Copy(run["air.csv"], folder["air.csv"]);
        for (int i = 0; i < 2; i++) CommandLine.Succeed(folder.Path, CommandLine.Split("train forecast --data air.csv --horizon 3 --steps 5 --members 1 --hidden 4 --quiet"));
        Assert.Equal(["air-3", "air-3-2"], Names(folder["runs"]));
        Assert.Equal(CommandLine.Checksum(folder["runs/air-3/model.safetensors"]), CommandLine.Checksum(folder["runs/air-3-2/model.safetensors"]));
    }

    [Fact]
    public void Predict_gives_the_forecast_of_the_run_in_a_file_or_on_standard_output()
    {
        string expected = File.ReadAllText(run["whole/forecast.csv"]);
        CommandLine.Outcome file = CommandLine.Succeed(run.Path, CommandLine.Split("predict whole --data air.csv --out said.csv"));
        Assert.Equal(expected, File.ReadAllText(run["said.csv"]));
        Assert.Equal($"wrote said.csv: 1 series, 12 steps each{Environment.NewLine}", file.Out);
        Assert.Equal("", file.Error);
        CommandLine.Outcome stream = CommandLine.Succeed(run.Path, CommandLine.Split("predict whole --data air.csv --out -"));
        Assert.Equal((expected, ""), (stream.Out, stream.Error));
    }

    [Fact]
    public void Evaluate_gives_the_table_of_the_run()
    {
        CommandLine.Outcome outcome = CommandLine.Succeed(run.Path, CommandLine.Split("evaluate whole --data air.csv"));
        Assert.Equal("", outcome.Error);
        string table = Table(outcome.Out);
        Assert.Equal(Table(run.Said.Out), table);
        Assert.Contains("Backtest: 1 window of 12 steps over 1 series", table);
        foreach (string method in new[] { "Unroll", "Naive", "Seasonal naive", "Drift", "Naive2", "Theta" }) Assert.Matches($@"\| {method} +\| +[0-9]", table);
        foreach (string measure in new[] { "MAE", "RMSE", "MAPE %", "sMAPE %", "MASE", "OWA", "wQL", "50 %: inside", "80 %: inside", "95 %: inside" }) Assert.Contains(measure, table);
        Assert.DoesNotContain("left out", outcome.Out);
    }

    [Fact]
    public void Evaluate_says_when_fewer_windows_fit_than_were_asked_for()
    {
        // 144 months, 12 a window, and a season and a month before the first: ten fit.
        CommandLine.Outcome all = CommandLine.Succeed(run.Path, CommandLine.Split("evaluate whole --data air.csv --windows 10"));
        Assert.Contains("Backtest: 10 windows of 12 steps", all.Out);
        Assert.DoesNotContain("left out", all.Out);
        CommandLine.Outcome fewer = CommandLine.Succeed(run.Path, CommandLine.Split("evaluate whole --data air.csv --windows 50"));
        Assert.Contains("Backtest: 10 windows of 12 steps", fewer.Out);
        Assert.Contains("Note: 40 of 50 windows left out: too little history stands before them.", fewer.Out);
        Assert.Equal(Table(all.Out)[..200], Table(fewer.Out)[..200]);
    }

    [Fact]
    public void Evaluate_says_when_windows_were_trained_on()
    {
        Assert.DoesNotContain("was trained on", CommandLine.Succeed(run.Path, CommandLine.Split("evaluate whole --data air.csv")).Out);
        Assert.Contains("Note: 1 of 2 windows hold data that the model was trained on", CommandLine.Succeed(run.Path, CommandLine.Split("evaluate whole --data air.csv --windows 2")).Out);
    }

    [Fact]
    public void Progress_through_a_pipe_is_plain_lines_on_standard_error()
    {
        Assert.StartsWith("air.csv: 1 series monthly, 144 steps, forecasting passengers", run.Said.Error);
        string[] lines = run.Said.ErrorLines[1..];
        Assert.NotEmpty(lines);
        Assert.All(lines, static line => Assert.Matches(ProgressLine(), line.TrimEnd('\r')));
        Assert.StartsWith("epoch 2/2  step 100/100 ", lines[^1]);
        foreach (string said in new[] { run.Said.Out, run.Said.Error.ReplaceLineEndings("\n") })
        {
            Assert.DoesNotContain('\u001b', said);
            Assert.DoesNotContain('\b', said);
        }
        Assert.DoesNotContain('\r', run.Said.Error.ReplaceLineEndings("\n"));
        Assert.DoesNotContain("epoch", run.Said.Out);
    }

    [Fact]
    public void Quiet_shows_results_only()
    {
        CommandLine.Outcome outcome = CommandLine.Succeed(run.Path, CommandLine.Split(Tiny + " --quiet --out quiet"));
        Assert.Equal("", outcome.Error);
        Assert.Equal(Table(run.Said.Out), Table(outcome.Out));
        Assert.Contains("quiet: model (", outcome.Out);
    }

    [Fact]
    public void A_finished_run_has_nothing_to_resume_and_stays_as_it_is()
    {
        string[] before = CommandLine.Listing(run["whole"]);
        CommandLine.Outcome outcome = CommandLine.Succeed(run.Path, CommandLine.Split("train whole/recipe.yaml --resume --out whole"));
        Assert.Equal($"whole is finished: nothing to resume{Environment.NewLine}", outcome.Out);
        Assert.Equal(before, CommandLine.Listing(run["whole"]));
    }

    [Fact]
    public void Covariates_that_end_with_the_data_leave_a_model_without_a_forecast()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder["today.csv"], File.ReadLines(DataFiles.Sample("stores.csv")).Where(static line => line.Split(',')[2].Length > 0));
        CommandLine.Outcome outcome = CommandLine.Succeed(folder.Path,
            CommandLine.Split("train forecast --data today.csv --target units --series store --known promo --horizon 7 --steps 5 --hidden 4 --quiet --out stores"));
        Assert.Contains("unroll: no forecast was written: series 'harbour': 'promo' must be known 7 steps behind the last target", Assert.Single(outcome.ErrorLines));
        Assert.Equal(Files.Except(["forecast.csv"]), Names(folder["stores"]));
    }

    [Theory]
    [InlineData("", "unroll train forecast --data sales.csv")]
    [InlineData("--help", "unroll train forecast --data sales.csv")]
    [InlineData("train --help", "unroll train")]
    [InlineData("train forecast --help", "--horizon")]
    [InlineData("evaluate --help", "--windows")]
    [InlineData("predict --help", "p05 to p95")]
    public void Help_is_no_error(string arguments, string words)
    {
        CommandLine.Outcome outcome = CommandLine.Succeed(run.Path, CommandLine.Split(arguments));
        Assert.Contains(words, outcome.Out);
        Assert.DoesNotContain("Unroll.Cli", outcome.Out);
        Assert.Equal("", outcome.Error);
    }

    [GeneratedRegex(@"^epoch \d/2  step \d+/100  [0-9.]+ steps/s  loss [0-9.]+(  validation [0-9.]+)?  left \d+:\d\d$")]
    private static partial Regex ProgressLine();

    private void SameBits(string name)
    {
        foreach (string file in new[] { "model.safetensors", "forecast.csv" }) Assert.Equal(CommandLine.Checksum(run[$"whole/{file}"]), CommandLine.Checksum(run[$"{name}/{file}"]));
    }

    private static string[] Names(string folder) => [.. Directory.EnumerateFileSystemEntries(folder).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    /// <summary>The backtest's tables and notes, which end with an empty line or with all that was said.</summary>
    private static string Table(string said) => said[said.IndexOf("Backtest:", StringComparison.Ordinal)..].ReplaceLineEndings("\n").Split("\n\n")[0].TrimEnd();
}
