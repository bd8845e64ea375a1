using Unroll.Data;
using Unroll.Formats;
using Unroll.Tasks;
using Unroll.Tasks.Forecasting;
using Unroll.Tests.Formats;

namespace Unroll.Tests.Tasks.Forecasting;

public sealed class ForecastRecipeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static readonly ForecastOptions Odd = new()
    {
        Horizon = 9, Context = 77, Season = 11, Mode = ForecastMode.Autoregressive, Head = ForecastHead.NegativeBinomial, Transform = ForecastTransform.None, Samples = 33, Members = 4,
        Network = new NetworkOptions { Cell = CellKind.Gru, Layers = 3, Hidden = 21, Dropout = 0.1 + 0.2 },
        Fit = new FitOptions { Steps = 1234, Batch = 7, LearningRate = 1.0 / 3, WeightDecay = 1e-5, Clip = 2.5, Patience = 6, Seed = ulong.MaxValue, Threads = 2 },
    };

    public static TheoryData<ForecastRecipe> Recipes => new()
    {
        new ForecastRecipe("sales.csv", new SeriesSchema(), new ForecastOptions { Horizon = 12 }),
        new ForecastRecipe("a b/ü: #1 \"x\".csv", new SeriesSchema
        {
            Time = "year,month", Targets = ["units", "null", "true", "- x"], SeriesColumns = ["store", "12"], Known = ["pri\"ce", "#promo"], Past = ["it's", " wide "], Frequency = Frequency.Parse("2 weeks"),
            Csv = new CsvOptions { Separator = '\t', DecimalComma = true },
        }, Odd, 17),
        new ForecastRecipe("0", new SeriesSchema { Time = "null", Targets = ["~"], Csv = new CsvOptions { Separator = ':' } }, Odd with { Head = ForecastHead.Auto }, 0),
        new ForecastRecipe("no", new SeriesSchema { Csv = new CsvOptions { Separator = '#' } }, Odd, ForecastRecipe.MostWindows),
    };

    [Theory]
    [MemberData(nameof(Recipes))]
    public void What_was_written_is_read_back_the_same(ForecastRecipe recipe)
    {
        recipe.Write(folder["recipe.yaml"]);
        var read = (ForecastRecipe)Recipe.Read(folder["recipe.yaml"]);
        Assert.Equal((recipe.Data, recipe.Options, recipe.Windows), (read.Data, read.Options, read.Windows));
        Assert.Equal((recipe.Schema.Time, recipe.Schema.Frequency, recipe.Schema.Csv), (read.Schema.Time, read.Schema.Frequency, read.Schema.Csv));
        Assert.Equal(recipe.Schema.Targets, read.Schema.Targets);
        Assert.Equal(recipe.Schema.SeriesColumns, read.Schema.SeriesColumns);
        Assert.Equal(recipe.Schema.Known, read.Schema.Known);
        Assert.Equal(recipe.Schema.Past, read.Schema.Past);
        string first = File.ReadAllText(folder["recipe.yaml"]);
        read.Write(folder["again.yaml"]);
        Assert.Equal(first, File.ReadAllText(folder["again.yaml"]));
    }

    [Fact]
    public void Every_key_is_written_with_its_help_and_a_short_recipe_takes_the_defaults()
    {
        new ForecastRecipe("sales.csv", new SeriesSchema(), new ForecastOptions { Horizon = 12 }).Write(folder["full.yaml"]);
        RecipeDocument full = RecipeDocument.Read(folder["full.yaml"]);
        Assert.Equal(["task", "data", "time", "target", "series", "known", "past", "frequency", "separator", "decimal-comma", "windows", .. ForecastOptions.Knobs.Select(static k => k.Name)],
            full.Entries.Select(static e => e.Name));
        string text = File.ReadAllText(folder["full.yaml"]);
        Assert.All(ForecastOptions.Knobs, k => Assert.Contains(k.Help, text));

        ForecastRecipe brief = Read("task: forecast\ndata: sales.csv\nhorizon: 12\ntarget: units\n");
        Assert.Equal((new ForecastOptions { Horizon = 12 }, 1, new CsvOptions()), (brief.Options, brief.Windows, brief.Schema.Csv));
        Assert.Equal(["units"], brief.Schema.Targets);
        Assert.Null(brief.Schema.Time);
    }

    private ForecastRecipe Read(string text)
    {
        File.WriteAllText(folder["r.yaml"], text);
        return (ForecastRecipe)Recipe.Read(folder["r.yaml"]);
    }

    [Theory]
    [InlineData("task: forecast\ndata: a.csv\nhorizon: 3\nhorizont: 4\n", ":4:1: unknown key 'horizont'; did you mean 'horizon'?")]
    [InlineData("task: forecast\ndata: a.csv\nhorizon: 3\nlearning_rate: 4\n", ":4:1: unknown key 'learning_rate'; did you mean 'learning-rate'?")]
    [InlineData("data: a.csv\nhorizon: 3\n", ": the key 'task' is missing; it must be 'forecast', 'classify', 'tag', 'language', 'translate' or 'vectors'.")]
    [InlineData("task: fishing\ndata: a.csv\nhorizon: 3\n", ":1:1: 'task': must be 'forecast', 'classify', 'tag', 'language', 'translate' or 'vectors', got 'fishing'")]
    [InlineData("task: forecast\nhorizon: 3\n", ": the key 'data' is missing; it names the CSV file.")]
    [InlineData("task: forecast\ndata: a.csv\n", ": the key 'horizon' is missing; it says how many steps to forecast.")]
    [InlineData("task: forecast\ndata: a.csv\nhorizon: 0\n", ":3:10: 'horizon': horizon must be 1 to 10000, got 0.")]
    [InlineData("task: forecast\ndata: a.csv\nhorizon: twelve\n", ":3:10: 'horizon': horizon must be a whole number, got 'twelve'.")]
    [InlineData("task: forecast\ndata: a.csv\nhorizon: 3\nhorizon: 4\n", ":4:1: the key 'horizon' stands twice")]
    [InlineData("task: forecast\ndata: a.csv\nhorizon: 3\ncell: lstn\n", ":4:7: 'cell': cell must be one of lstm, gru, rnn, got 'lstn'.")]
    [InlineData("task: forecast\ndata: a.csv\nhorizon: 3\nwindows: 1001\n", ":4:10: 'windows': windows must be 0 to 1000, got '1001'.")]
    [InlineData("task: forecast\ndata: a.csv\nhorizon: 3\nfrequency: sometimes\n", ":4:12: 'frequency': ")]
    [InlineData("task: forecast\ndata: a.csv\nhorizon: 3\nseparator: ab\n", ":4:12: 'separator': separator must be one character or 'tab', got 'ab'.")]
    [InlineData("task: forecast\ndata: a.csv\nhorizon: 3\ndecimal-comma: yes\n", ":4:16: 'decimal-comma': must be true or false, got 'yes'.")]
    [InlineData("task: forecast\ndata: a.csv\nhorizon: [3, 4]\n", ":3:1: 'horizon': one value is wanted, got a list")]
    [InlineData("task: forecast\ndata: a.csv\nhorizon:\n", ":3:9: 'horizon': horizon must be a whole number, got")]
    public void What_is_wrong_is_said_with_its_line(string text, string message)
    {
        UnrollException e = Assert.Throws<UnrollException>(() => Read(text));
        Assert.StartsWith(folder["r.yaml"] + message, e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Data_is_looked_for_in_the_current_folder_and_then_beside_the_recipe()
    {
        Assert.Equal("sales-that-are-nowhere.csv", Read("task: forecast\ndata: sales-that-are-nowhere.csv\nhorizon: 3\n").Data);
        File.WriteAllText(folder["sales-beside.csv"], "t,v\n1,2\n");
        Assert.Equal(folder["sales-beside.csv"], Read("task: forecast\ndata: sales-beside.csv\nhorizon: 3\n").Data);
        Assert.Equal("/nowhere/sales.csv", Read("task: forecast\ndata: /nowhere/sales.csv\nhorizon: 3\n").Data);
    }
}
