using Unroll.Tests.Data;
using Unroll.Tests.Formats;

namespace Unroll.Tests.Cli;

/// <summary>Model folders that are none or are damaged, and data that does not fit a model.</summary>
public sealed class BadModelTests(BadModelTests.Models models) : IClassFixture<BadModelTests.Models>
{
    /// <summary>A folder with two sound models, many damaged copies, and data.</summary>
    public sealed class Models : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public Models()
        {
            File.Copy(DataFiles.Sample("air-passengers.csv"), folder["air.csv"]);
            File.Copy(DataFiles.Sample("stores.csv"), folder["stores.csv"]);
            string[] air = File.ReadAllLines(folder["air.csv"]), stores = File.ReadAllLines(folder["stores.csv"]);
            File.WriteAllLines(folder["short.csv"], air[..20]);
            File.WriteAllLines(folder["nopromo.csv"], stores.Select(static line => line[..line.LastIndexOf(',')]));
            File.WriteAllLines(folder["badpromo.csv"], [.. stores[..100], stores[100].TrimEnd('0', '1') + "yes", .. stores[101..]]);
            File.WriteAllLines(folder["today.csv"], stores.Where(static line => line.Split(',')[2].Length > 0));
            const string tiny = "--steps 5 --members 1 --hidden 4 --threads 1 --quiet";
            CommandLine.Succeed(folder.Path, CommandLine.Split($"train forecast --data air.csv --horizon 12 --out air {tiny}"));
            CommandLine.Succeed(folder.Path, CommandLine.Split($"train forecast --data stores.csv --target units --series store --known promo --horizon 7 --out stores {tiny}"));
            Spoil("truncated", "model.safetensors", static bytes => bytes[..1000]);
            Spoil("emptied", "model.safetensors", static _ => []);
            Spoil("flipped", "model.safetensors", static bytes => [.. bytes[..^9], (byte)(bytes[^9] ^ 1), .. bytes[^8..]]);
            Spoil("header", "model.safetensors", static bytes => [0xff, 0xff, 0xff, 0xff, 0xff, .. bytes[5..]]);
            Spoil("nojson", "config.json", static bytes => bytes[..^20]);
            Spoil("othertask", "config.json", static bytes => Replace(bytes, "\"task\": \"forecast\"", "\"task\": \"fishing\""));
            Spoil("newer", "config.json", static bytes => Replace(bytes, "\"format\": 1", "\"format\": 99"));
            Spoil("sizes", "config.json", static bytes => Replace(bytes, "\"hidden\": \"4\"", "\"hidden\": \"8\""));
            Spoil("range", "config.json", static bytes => Replace(bytes, "\"layers\": \"1\"", "\"layers\": \"0\""));
            Spoil("weightless", "model.safetensors", null);
            Spoil("configless", "config.json", null);
        }

        public string Path => folder.Path;

        public void Dispose() => folder.Dispose();

        private void Spoil(string name, string file, Func<byte[], byte[]>? change)
        {
            Directory.CreateDirectory(folder[name]);
            foreach (string part in new[] { "config.json", "model.safetensors" }) File.Copy(folder[$"air/{part}"], folder[$"{name}/{part}"]);
            string path = folder[$"{name}/{file}"];
            if (change is null) File.Delete(path);
            else File.WriteAllBytes(path, change(File.ReadAllBytes(path)));
        }

        private static byte[] Replace(byte[] bytes, string old, string now)
        {
            string text = System.Text.Encoding.UTF8.GetString(bytes);
            Assert.Contains(old, text);
            return System.Text.Encoding.UTF8.GetBytes(text.Replace(old, now));
        }
    }

    [Theory]
    [InlineData("nowhere", "no model folder 'nowhere'")]
    [InlineData("''", "no model folder ''")]
    [InlineData("air.csv", "no model folder 'air.csv'")]
    [InlineData(".", "'.' is not a model folder: it has no config.json")]
    [InlineData("configless", "'configless' is not a model folder: it has no config.json")]
    [InlineData("weightless", "'weightless' is not complete: model.safetensors is missing")]
    [InlineData("truncated", "truncated/model.safetensors: damaged")]
    [InlineData("emptied", "emptied/model.safetensors: damaged")]
    [InlineData("flipped", "flipped/model.safetensors: damaged")]
    [InlineData("header", "header/model.safetensors: damaged")]
    [InlineData("nojson", "nojson/config.json:|not valid JSON")]
    [InlineData("othertask", "othertask/config.json|must be 'forecast', got 'fishing'")]
    [InlineData("newer", "newer/config.json|99|use a newer version of Unroll")]
    [InlineData("sizes", "sizes/model.safetensors does not fit config.json|must be [32, 7], got [16, 7]")]
    [InlineData("range", "range/config.json: layers must be 1 to 8, got 0")]
    public void Folders_that_are_no_sound_model(string folder, string words)
    {
        words = words.Replace('/', Path.DirectorySeparatorChar);
        Refusal.Wanted(models.Path, $"predict {folder} --data air.csv", words);
        Refusal.Wanted(models.Path, $"evaluate {folder} --data air.csv", words);
    }

    [Theory]
    [InlineData("predict air --data stores.csv", "stores.csv: no column 'passengers'; the columns are date, store, units, price, promo.")]
    [InlineData("evaluate air --data stores.csv", "stores.csv: no column 'passengers'; the columns are date, store, units, price, promo.")]
    [InlineData("predict stores --data nopromo.csv", "nopromo.csv: no column 'promo'; the columns are date, store, units, price.")]
    [InlineData("predict stores --data badpromo.csv", "badpromo.csv, line 101, column 'promo': 'yes' is not a number")]
    [InlineData("predict stores --data today.csv", "'promo' must be known 7 steps behind the last target, the file has 0; add rows for them with the target left empty")]
    [InlineData("predict air --data nope.csv", "nope.csv: no such file")]
    [InlineData("evaluate air --data short.csv", "too short a history to evaluate: a window of 12 steps needs at least 25 steps, the longest series has 19.")]
    [InlineData("evaluate air --data short.csv --windows 5", "too short a history to evaluate: a window of 12 steps needs at least 25 steps, the longest series has 19.")]
    [InlineData("evaluate air --data air.csv --windows 0", "windows must be at least 1")]
    [InlineData("evaluate air --data air.csv --windows x", "windows must be 0 to 1000, got 'x'")]
    [InlineData("evaluate air --data air.csv --windows 1001", "windows must be 0 to 1000, got '1001'")]
    [InlineData("evaluate air", "--data is missing")]
    [InlineData("predict air", "--data is missing")]
    [InlineData("predict air --data air.csv --out ''", "--out is empty")]
    [InlineData("predict air --data air.csv --out air", "cannot write 'air': it is a folder")]
    [InlineData("predict air --data air.csv --out nowhere/forecast.csv", "cannot write 'nowhere/forecast.csv'|does not exist")]
    [InlineData("predict air --data air.csv --horizon 3", "unknown option '--horizon'")]
    public void Data_and_options_that_do_not_fit_a_model(string arguments, string words) => Refusal.Wanted(models.Path, arguments, words);

    [Theory]
    [InlineData("--data absent.csv --horizon 12", "no such file")]
    [InlineData("--data air.csv --horizon 200", "too short a history")]
    [InlineData("--data today.csv --target units --series store --horizon 7 --transform log --known promo,prices", "no column 'prices'")]
    [InlineData("--data air.csv --horizon 12 --head negative-binomial --mode direct --layers 20", "--layers must be 1 to 8")]
    [InlineData("--data air.csv --horizon 12 --steps 5 --members 1 --hidden 8 --threads 1 --resume", "cannot resume 'air': its hidden is 4, not 8")]
    public void A_command_that_fails_leaves_an_earlier_run_in_its_folder_as_it_was(string arguments, string words) =>
        Refusal.Wanted(models.Path, $"train forecast {arguments} --out air", words);
}
