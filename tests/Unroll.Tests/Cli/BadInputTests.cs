using System.Globalization;
using Unroll.Tests.Data;
using Unroll.Tests.Formats;

namespace Unroll.Tests.Cli;

/// <summary>Data, options and recipes that cannot be used.</summary>
public sealed class BadInputTests(BadInputTests.Files files) : IClassFixture<BadInputTests.Files>
{
    private const string Train = "train forecast --steps 5 --members 1 --hidden 4 ";

    /// <summary>A folder of files that are wrong in one way each.</summary>
    public sealed class Files : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public Files()
        {
            File.Copy(DataFiles.Sample("air-passengers.csv"), folder["air.csv"]);
            File.Copy(DataFiles.Sample("stores.csv"), folder["stores.csv"]);
            File.WriteAllText(folder["empty.csv"], "");
            File.WriteAllText(folder["header.csv"], "date,x\n");
            File.WriteAllText(folder["noheader.csv"], "2020-01-01,1\n2020-01-02,2\n");
            File.WriteAllText(folder["ragged.csv"], "date,x\n2020-01-01,1\n2020-01-02,2,3\n");
            File.WriteAllBytes(folder["binary.csv"], [.. Enumerable.Range(0, 2000).Select(static i => (byte)(i * 37))]);
            File.WriteAllBytes(folder["cut.csv.gz"], DataFiles.Gzip(Daily())[..60]);
            File.WriteAllText(folder["badtime.csv"], Daily((12, "2020-13-45,10")));
            File.WriteAllText(folder["badnumber.csv"], Daily((12, "2020-01-11,twelve")));
            File.WriteAllText(folder["infinite.csv"], Daily((12, "2020-01-11,inf")));
            File.WriteAllText(folder["huge.csv"], Daily((12, "2020-01-11,1e300")));
            File.WriteAllText(folder["twice.csv"], Daily((12, "2020-01-10,10")));
            File.WriteAllText(folder["missing.csv"], Each(static _ => ""));
            File.WriteAllText(folder["constant.csv"], Each(static _ => "5"));
            File.WriteAllText(folder["late.csv"], Each(static i => i < 37 ? "" : $"{i}"));
            File.WriteAllText(folder["late-too.csv"], Each(static i => i < 37 ? $"{i}," : $"{i},{i}").Replace("date,x", "date,x,y"));
            File.WriteAllText(folder["negative.csv"], Each(static i => $"{i - 3}"));
            File.WriteAllText(folder["negative-late.csv"], Each(static i => $"{37 - i}"));
            File.WriteAllText(folder["good.csv"], Daily());
            File.WriteAllText(folder["unknown.yaml"], "task: forecast\ndata: air.csv\nhorizon: 3\nhiden: 9\n");
            File.WriteAllText(folder["twice.yaml"], "task: forecast\ndata: air.csv\nhorizon: 3\nhorizon: 4\n");
            File.WriteAllText(folder["notyaml.yaml"], "task: [forecast\n");
            File.WriteAllText(folder["range.yaml"], "task: forecast\ndata: air.csv\nhorizon: 3\nlayers: 99\n");
            File.WriteAllText(folder["word.yaml"], "task: forecast\ndata: air.csv\nhorizon: 3\ncell: lstn\n");
            File.WriteAllText(folder["task.yaml"], "task: fishing\ndata: air.csv\nhorizon: 3\n");
            File.WriteAllText(folder["nodata.yaml"], "task: forecast\nhorizon: 3\n");
            File.WriteAllText(folder["nohorizon.yaml"], "task: forecast\ndata: air.csv\n");
            File.WriteAllText(folder["absent.yaml"], "task: forecast\ndata: absent.csv\nhorizon: 3\n");
            File.WriteAllText(folder["empty.yaml"], "");
            Directory.CreateDirectory(folder["full"]);
            File.WriteAllText(folder["full/letter.txt"], "keep me");
        }

        public string Path => folder.Path;

        public void Dispose() => folder.Dispose();

        private static string Daily(params (int Line, string Text)[] instead)
        {
            string[] lines = Each(static i => $"{i + i % 7}").Split('\n');
            foreach ((int line, string text) in instead) lines[line - 1] = text;
            return string.Join('\n', lines);
        }

        private static string Each(Func<int, string> value) =>
            "date,x\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{new DateOnly(2020, 1, 1).AddDays(i).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)},{value(i)}\n"));
    }

    [Theory]
    [InlineData("--data nope.csv --horizon 3", "nope.csv: no such file")]
    [InlineData("--data godo.csv --horizon 3", "godo.csv: no such file|did you mean 'good.csv'?")]
    [InlineData("--data nowhere/nope.csv --horizon 3", "nowhere/nope.csv|no such")]
    [InlineData("--data full --horizon 3", "full: this is a folder; a CSV file is needed")]
    [InlineData("--data empty.csv --horizon 3", "empty.csv: the file is empty")]
    [InlineData("--data header.csv --horizon 3", "header.csv: the file has a header but no rows")]
    [InlineData("--data noheader.csv --horizon 3", "noheader.csv, line 1|a header with the names of the columns is needed")]
    [InlineData("--data ragged.csv --horizon 3", "ragged.csv, line 3: expected 2 fields as in the header, found 3")]
    [InlineData("--data binary.csv --horizon 3", "binary.csv, line 1: byte 0x94 is not UTF-8 text")]
    [InlineData("--data cut.csv.gz --horizon 3", "cut.csv.gz: the gzip data is damaged or cut short")]
    [InlineData("--data badtime.csv --horizon 3", "badtime.csv, line 12, column 'date': '2020-13-45' is not a time stamp")]
    [InlineData("--data badnumber.csv --horizon 3", "badnumber.csv, line 12, column 'x': 'twelve' is not a number")]
    [InlineData("--data infinite.csv --horizon 3", "infinite.csv, line 12, column 'x': 'inf' is not finite")]
    [InlineData("--data huge.csv --horizon 3", "huge.csv, line 12, column 'x': '1e300'")]
    [InlineData("--data twice.csv --horizon 3", "twice.csv, lines 11 and 12: two rows are for 2020-01-10|--series")]
    [InlineData("--data missing.csv --horizon 3", "missing.csv: column 'x' holds no values to learn from")]
    [InlineData("--data late.csv --horizon 3", "too short a history|has 3")]
    [InlineData("--data late-too.csv --horizon 3 --target x,y", "all values of 'y' in the training part are missing")]
    [InlineData("--data constant.csv --horizon 3", "all values of 'x' are the same: there is nothing to learn")]
    [InlineData("--data negative.csv --horizon 3 --transform log", "series 'x': transform 'log' needs values above 0, but there is -3")]
    [InlineData("--data negative-late.csv --horizon 3 --transform log", "transform 'log' needs values above 0, but there is -2")]
    [InlineData("--data negative.csv --horizon 3 --head negative-binomial", "series 'x': the negative-binomial head forecasts counts, but there is a value of -3")]
    [InlineData("--data air.csv --horizon 100", "too short a history: horizon 100|to train on and 100 to test on|has 144")]
    [InlineData("--data air.csv --horizon 12 --windows 500", "too short a history|6000 to test on|has 144|or fewer windows")]
    public void Data_that_cannot_be_used(string arguments, string words) => Refusal.Wanted(files.Path, Train + arguments, words);

    [Theory]
    [InlineData("--data air.csv --horizon 3 --target pasengers", "air.csv: no column 'pasengers'; did you mean 'passengers'? The columns are month, passengers.")]
    [InlineData("--data air.csv --horizon 3 --target temperature", "air.csv: no column 'temperature'; the columns are month, passengers.")]
    [InlineData("--data air.csv --horizon 3 --time mnth", "no column 'mnth'; did you mean 'month'?")]
    [InlineData("--data air.csv --horizon 3 --time passengers", "two rows are for 118")]
    [InlineData("--data air.csv --horizon 3 --target month", "no column holds time stamps|--time")]
    [InlineData("--data stores.csv --horizon 3", "several columns could be forecast (units, price, promo)|--target")]
    [InlineData("--data stores.csv --horizon 3 --target units", "stores.csv, lines|two rows are for|--series")]
    [InlineData("--data stores.csv --horizon 3 --target units --series stor", "no column 'stor'; did you mean 'store'?")]
    [InlineData("--data stores.csv --horizon 3 --target units --series store --known promo,pric", "no column 'pric'; did you mean 'price'?")]
    [InlineData("--data stores.csv --horizon 3 --target units --series store --known promo --past promo", "column 'promo' is named twice")]
    [InlineData("--data air.csv --horizon 3 --frequency fortnightish", "'fortnightish' is not a frequency; expected hourly")]
    [InlineData("--data air.csv --horizon 3 --separator ab", "separator must be one character or 'tab', got 'ab'")]
    public void Columns_that_are_not_there_or_not_clear(string arguments, string words) => Refusal.Wanted(files.Path, Train + arguments, words);

    [Theory]
    [InlineData("train forecast --data air.csv", "--horizon is missing")]
    [InlineData("train forecast --horizon 3", "--data is missing")]
    [InlineData("train forecast --data air.csv --horizon 0", "--horizon must be 1 to 10000, got 0")]
    [InlineData("train forecast --data air.csv --horizon 10001", "--horizon must be 1 to 10000, got 10001")]
    [InlineData("train forecast --data air.csv --horizon 99999999999999999999", "--horizon must be a whole number, got '99999999999999999999'")]
    [InlineData("train forecast --data air.csv --horizon abc", "--horizon|'abc'")]
    [InlineData("train forecast --data air.csv --horizon", "--horizon")]
    [InlineData("train forecast --data air.csv --horizon 3 --hidden 99999", "--hidden must be 0 to 4096, got 99999")]
    [InlineData("train forecast --data air.csv --horizon 3 --hidden -1", "--hidden must be 0 to 4096, got -1")]
    [InlineData("train forecast --data air.csv --horizon 3 --layers 0", "--layers must be 1 to 8, got 0")]
    [InlineData("train forecast --data air.csv --horizon 3 --layers 9", "--layers must be 1 to 8, got 9")]
    [InlineData("train forecast --data air.csv --horizon 3 --batch 0", "--batch must be 1 to 4096, got 0")]
    [InlineData("train forecast --data air.csv --horizon 3 --members 101", "--members must be 0 to 100, got 101")]
    [InlineData("train forecast --data air.csv --horizon 3 --samples 1", "--samples must be 10 to 100000, got 1")]
    [InlineData("train forecast --data air.csv --horizon 3 --dropout 1", "--dropout must be 0 to 0.9, got '1'")]
    [InlineData("train forecast --data air.csv --horizon 3 --learning-rate nan", "--learning-rate|'nan'")]
    [InlineData("train forecast --data air.csv --horizon 3 --seed -1", "--seed must be a whole number of at least 0, got '-1'")]
    [InlineData("train forecast --data air.csv --horizon 3 --threads -1", "--threads must be 0 to 1024, got -1")]
    [InlineData("train forecast --data air.csv --horizon 3 --windows -1", "windows must be 0 to 1000, got '-1'")]
    [InlineData("train forecast --data air.csv --horizon 3 --cell lstn", "--cell must be one of lstm, gru, rnn, got 'lstn'")]
    [InlineData("train forecast --data air.csv --horizon 3 --head quantil", "--head must be one of|'quantil'")]
    [InlineData("train forecast --data air.csv --horizon 3 --mode autoregressive --head quantile", "head 'quantile' cannot be sampled step by step")]
    [InlineData("train forecast --data air.csv --horizon 3 --hiden 9", "unknown option '--hiden'; did you mean '--hidden'?")]
    [InlineData("train forecast --data air.csv --horizon 3 --horizon 4", "--horizon")]
    [InlineData("train forecast --data air.csv --horizon 3 --out ''", "--out is empty")]
    [InlineData("train forecast --data air.csv --horizon 3 --out air.csv", "--out 'air.csv' is a file; name a folder")]
    [InlineData("train forecast --data air.csv --horizon 3 --out air.csv/run", "air.csv/run")]
    [InlineData("train forecast --data air.csv --horizon 3 --out full", "--out 'full' holds other files; name a new folder")]
    [InlineData("train forecast --data air.csv --horizon 3 --resume", "nothing to resume in 'runs/air-3'")]
    [InlineData("train forecast --data air.csv --horizon 3 --out full --resume", "nothing to resume in 'full'")]
    [InlineData("train forecast air.csv --horizon 3", "unknown argument 'air.csv'")]
    [InlineData("train", "what to train?")]
    [InlineData("train forcast", "no recipe 'forcast'; did you mean 'forecast'? Give the path")]
    [InlineData("train forcast --data air.csv --horizon 3", "unknown command 'forcast'; did you mean 'forecast'?")]
    [InlineData("train full", "no recipe 'full'; give the path")]
    [InlineData("tarin forecast", "unknown command 'tarin'; did you mean 'train'?")]
    [InlineData("evaluate", "argument missing|'evaluate'")]
    [InlineData("predict", "argument missing|'predict'")]
    public void Command_lines_that_cannot_be_followed(string arguments, string words) => Refusal.Wanted(files.Path, arguments, words.Replace('/', Path.DirectorySeparatorChar));

    [Theory]
    [InlineData("unknown.yaml", "unknown.yaml:4:1: unknown key 'hiden'; did you mean 'hidden'?")]
    [InlineData("twice.yaml", "twice.yaml:4:1|'horizon'")]
    [InlineData("notyaml.yaml", "notyaml.yaml:|not valid YAML")]
    [InlineData("range.yaml", "range.yaml:4:9|must be 1 to 8, got 99")]
    [InlineData("word.yaml", "word.yaml:4:7|must be one of lstm, gru, rnn, got 'lstn'")]
    [InlineData("task.yaml", "task.yaml:1:|must be 'forecast', 'classify', 'tag', 'language', 'translate' or 'vectors', got 'fishing'")]
    [InlineData("nodata.yaml", "nodata.yaml: the key 'data' is missing")]
    [InlineData("nohorizon.yaml", "nohorizon.yaml: the key 'horizon' is missing")]
    [InlineData("absent.yaml", "absent.csv: no such file")]
    [InlineData("empty.yaml", "empty.yaml: the key 'task' is missing")]
    [InlineData("nowhere.yaml", "no recipe 'nowhere.yaml'")]
    [InlineData("air.csv", "air.csv:1:1|a recipe is made of lines 'key: value'")]
    public void Recipes_that_cannot_be_run(string recipe, string words) => Refusal.Wanted(files.Path, $"train {recipe}", words);

    [Fact]
    public void Details_come_only_where_they_are_asked_for()
    {
        CommandLine.Outcome outcome = CommandLine.Run(files.Path, CommandLine.Split(Train + "--data badnumber.csv --horizon 3 --verbose"));
        Assert.Equal(2, outcome.Code);
        Assert.StartsWith("unroll: badnumber.csv, line 12", outcome.ErrorLines[0]);
        Assert.Contains("   at ", outcome.Error);
    }
}
