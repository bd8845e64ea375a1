using System.Text;
using Unroll.Data;
using Unroll.Tasks.Forecasting;
using Unroll.Tests.Formats;

namespace Unroll.Tests.Tasks.Forecasting;

/// <summary>A model folder holds everything, and a damaged one is told as such.</summary>
public sealed class ForecasterFilesTests : IDisposable
{
    private const int Length = 90;

    private static readonly Lazy<Forecaster> Trained = new(() => Forecaster.Train(new Covered(Length).Set(), Sines.Quick(steps: 5)));

    private readonly TemporaryFolder folder = new();

    public ForecasterFilesTests() => Trained.Value.Save(folder["m"]);

    private string Config => Path.Combine(folder["m"], "config.json");

    private string Weights => Path.Combine(folder["m"], "model.safetensors");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Columns_categories_and_scales_come_back()
    {
        Forecaster loaded = Forecaster.Load(folder["m"]);
        SeriesLayout before = Trained.Value.Layout, after = loaded.Layout;
        Assert.Equal(before.Known.Select(static c => c.Name), after.Known.Select(static c => c.Name));
        Assert.Equal(before.Past.Select(static c => (c.Name, c.Width)), after.Past.Select(static c => (c.Name, c.Width)));
        Assert.Equal(before.Known[1].Encoding!.Values, after.Known[1].Encoding!.Values);
        Assert.Equal(before.SeriesColumns[0].Values, after.SeriesColumns[0].Values);
        Assert.Equal(before.Schema.Frequency, after.Schema.Frequency);
        Sines.Same(Trained.Value.Predict(new Covered(Length).Set()), loaded.Predict(new Covered(Length).Set()));
        byte[] first = File.ReadAllBytes(Config);
        loaded.Save(folder["again"]);
        Assert.Equal(first, File.ReadAllBytes(Path.Combine(folder["again"], "config.json")));
        Assert.Equal(File.ReadAllBytes(Weights), File.ReadAllBytes(Path.Combine(folder["again"], "model.safetensors")));
    }

    [Fact]
    public void Saving_leaves_other_files_alone_and_replaces_an_older_model()
    {
        File.WriteAllText(Path.Combine(folder["m"], "recipe.yaml"), "task: forecast\n");
        Forecaster other = Forecaster.Train(new Covered(Length).Set(), Sines.Quick(ForecastMode.Autoregressive, steps: 3));
        other.Save(folder["m"]);
        Assert.Equal(["config.json", "model.safetensors", "recipe.yaml"], Directory.EnumerateFiles(folder["m"]).Select(static f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
        Sines.Same(other.Predict(new Covered(Length).Set()), Forecaster.Load(folder["m"]).Predict(new Covered(Length).Set()));
    }

    [Fact]
    public void What_is_no_model_is_said_to_be_none()
    {
        Assert.Equal($"no model folder '{folder["none"]}'.", Refused(folder["none"]));
        Directory.CreateDirectory(folder["empty"]);
        Assert.Equal($"'{folder["empty"]}' is not a model folder: it has no config.json.", Refused(folder["empty"]));
        byte[] weights = File.ReadAllBytes(Weights);
        weights[^1] ^= 1;
        File.WriteAllBytes(Weights, weights);
        Assert.Equal($"{Weights}: damaged: the file is not the one that config.json was saved with; train again or restore the folder.", Refused(folder["m"]));
        File.Delete(Weights);
        Assert.Equal($"'{folder["m"]}' is not complete: model.safetensors is missing.", Refused(folder["m"]));
        File.WriteAllText(folder["file"], "");
        Assert.StartsWith($"cannot make the folder '{folder["file"]}'", Assert.Throws<UnrollException>(() => Trained.Value.Save(folder["file"])).Message);
    }

    [Theory]
    [InlineData("\"forecast\"", "\"classify\"", "must be 'forecast', got 'classify'")]
    [InlineData("\"format\": 1", "\"format\": 2", "use a newer version of Unroll")]
    [InlineData("\"hidden\": \"12\"", "\"hidden\": \"4096\"", "sizes of the network do not fit")]
    [InlineData("\"hidden\": \"12\"", "\"hidden\": \"11\"", "")]
    [InlineData("\"cell\": \"lstm\"", "\"cell\": \"gru\"", "")]
    [InlineData("\"horizon\": \"7\"", "\"horizon\": \"0\"", "horizon must be 1 to 10000")]
    [InlineData("\"season\": \"7\"", "\"season\": \"0\"", "")]
    [InlineData("\"deviation\"", "\"deviatoin\"", "deviation")]
    [InlineData("\"sale\"", "\"plain\"", "stands twice")]
    public void A_config_that_was_changed_is_refused(string from, string to, string message)
    {
        string text = File.ReadAllText(Config);
        Assert.Contains(from, text);
        File.WriteAllText(Config, text.Replace(from, to));
        Assert.Contains(message, Refused(folder["m"]));
    }

    [Fact]
    public void Damaged_configs_end_in_an_error_of_one_line_or_a_model_that_works()
    {
        byte[] original = File.ReadAllBytes(Config);
        string[] words =
        [
            "\"", "{", "}", "[", "]", ",", ":", "0", "1", "-1", "7", "12", "1e9", "2147483647", "99999", "null", "true", "\"hourly\"", "\"daily\"", "\"step\"", "\"yearly\"", "\"\"", "\"NaN\"", "lstm", "gru", "direct",
            "autoregressive", "quantile", "point", "student-t", "negative-binomial", "auto", "log", "none", "\"season\"", "\"context\"", "\"hidden\"", "\"layers\"", "\"members\"", "\"known\"", "\"past\"", "\"values\"",
            "\"mean\"", "\"deviation\"", "\"calendar\"", "day_of_week_sin", "month_of_year_cos", "\"targets\"", "2023-04-01", "\"long-season\": 0", "\"long-season\": 168",
        ];
        var random = new Random(5);
        int loaded = 0;
        SeriesSet set = new Covered(Length).Set();
        for (int i = 0; i < 1500; i++)
        {
            byte[] bytes = Mutation.Of(original, words, random);
            File.WriteAllBytes(Config, bytes);
            try
            {
                Forecaster model = Forecaster.Load(folder["m"]);
                loaded++;
                if (model.Options.Horizon <= 100 && model.Options.Context <= 1000) model.Predict(set);
            }
            catch (UnrollException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
            catch (Exception e)
            {
                Assert.Fail($"{i}: {e.GetType().Name}: {e.Message}\n{e.StackTrace}\n{Encoding.UTF8.GetString(bytes)}");
            }
        }
        Assert.InRange(loaded, 1, 1499);
    }

    private static string Refused(string path)
    {
        string message = Assert.Throws<UnrollException>(() => Forecaster.Load(path)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
