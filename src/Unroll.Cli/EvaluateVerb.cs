using System.CommandLine;
using System.Globalization;
using Unroll.Data;
using Unroll.Tasks;
using Unroll.Tasks.Classification;
using Unroll.Tasks.Forecasting;
using Unroll.Tasks.Language;
using Unroll.Tasks.Tagging;
using Unroll.Tasks.Translation;

namespace Unroll.Cli;

/// <summary><c>unroll evaluate MODEL --data FILE</c>: how good a model is on other data.</summary>
internal static class EvaluateVerb
{
    public static Command Make()
    {
        var model = new Argument<string>("model") { Description = "The model folder." };
        var data = new Option<string[]>("--data") { Description = "The file: a CSV with the columns of the training data for a forecaster, one text or several for a language model, pairs (or sources, with --target) for a translator, sentences with tags for a tagger, rows with labels for a classifier.", HelpName = "file", AllowMultipleArgumentsPerToken = true };
        var windows = new Option<string>("--windows")
        {
            Description = "Forecaster: origins a series, the last one horizon before the end, the others a horizon apart before it.", HelpName = "n", DefaultValueFactory = static _ => "1",
        };
        var cache = Number("--cache", "Language model: remember so many of the text's last tokens (neural cache); 0 for none.", "0");
        var flatness = Number("--cache-flatness", "How sharply the cache prefers states like the present one. Default 0.3.", "0.3");
        var share = Number("--cache-share", "How much of the probability the cache gives, 0 to 1. Default 0.1.", "0.1");
        var target = new Option<string?>("--target") { Description = "Translator: the references where --data names sources.", HelpName = "file" };
        var decoding = new KnobOptions<DecodingOptions>(DecodingOptions.Knobs);
        Option<string?> bleu = BleuOption.Make(), column = TrainTagging.Column(), format = TrainTagging.Format();
        var verbose = new Option<bool>("--verbose") { Description = "Show details of errors." };
        var command = new Command("evaluate", "Measure a model: a forecaster beside naive, seasonal naive, drift, Naive2 and Theta on the same windows, a language model by its perplexity, a translator by BLEU and chrF, a tagger by accuracy or F1, a classifier by accuracy and the like.") { model, data, target, windows, cache, flatness, share, bleu, column, format, verbose };
        decoding.AddTo(command);
        command.SetAction(parsed =>
        {
            using var interruption = new Interruption();
            string folder = parsed.GetValue(model)!;
            string[] files = parsed.GetValue(data) is { Length: > 0 } given ? given : throw new UnrollException("--data is missing: name the file.");
            string task = ModelFolder.TaskOf(folder);
            if (task != TranslationRecipe.TaskName && (parsed.GetValue(target) is not null ? "--target" : decoding.FirstGiven(parsed)) is { } foreign) throw new UnrollException($"{foreign} is for translators.");
            if (task != TaggingRecipe.TaskName && (parsed.GetValue(column) ?? parsed.GetValue(format)) is not null) throw new UnrollException("--column and --format are for taggers.");
            switch (task)
            {
                case TaggingRecipe.TaskName:
                    Tagger tagger = Tagger.Load(folder);
                    TaggingTable.Write([.. files.Select(file => new TaggingResult(file, tagger.Evaluate(TrainTagging.Read(file, parsed.GetValue(column), TrainTagging.FormatOf(parsed, format), quiet: false, interruption.Token), interruption.Token), null))]);
                    break;
                case TranslationRecipe.TaskName:
                    DecodingOptions how = decoding.Read(parsed, new DecodingOptions());
                    if (how.Sample) how = how with { Beams = 1 };
                    how.Check();
                    if (files.Length > 1) throw new UnrollException($"a translator is measured on one file, got {files.Length}.");
                    TranslationTable.Write([(files[0], Translator.Load(folder).Evaluate(TrainTranslation.Read(files[0], parsed.GetValue(target), quiet: false, interruption.Token), how, BleuOption.Read(parsed, bleu), interruption.Token))],
                        samples: true);
                    break;
                case LanguageRecipe.TaskName: Language(folder, files, CacheOf(), interruption.Token); break;
                case ClassificationRecipe.TaskName: Classify(folder, files, interruption.Token); break;
                default: Forecast(folder, files, parsed.GetValue(windows)!, interruption.Token); break;
            }
            return Exit.Done;

            CacheOptions? CacheOf()
            {
                double size = Value(cache);
                if (size == 0) return null;
                var options = new CacheOptions(size is > 0 and <= int.MaxValue && size == Math.Floor(size) ? (int)size : -1, Value(flatness), Value(share));
                options.Check();
                return options;
            }

            double Value(Option<string> option) => double.TryParse(parsed.GetValue(option), NumberStyles.Float, CultureInfo.InvariantCulture, out double v)
                ? v
                : throw new UnrollException($"{option.Name} must be a number, got '{parsed.GetValue(option)}'.");
        });
        return command;
    }

    private static Option<string> Number(string name, string help, string usual) => new(name) { Description = help, HelpName = "n", DefaultValueFactory = _ => usual };

    private static void Forecast(string folder, string[] files, string windows, CancellationToken stop)
    {
        int origins = ForecastRecipe.Windowed(windows);
        if (origins == 0) throw new UnrollException("windows must be at least 1 to evaluate.");
        if (files.Length > 1) throw new UnrollException($"a forecaster is measured on one file, got {files.Length}.");
        Forecaster forecaster = Forecaster.Load(folder);
        SeriesSet set = SeriesSet.Read(files[0], forecaster.Layout, stop);
        ScoreTable.Write(forecaster.Backtest(set, origins, stop), forecaster.Options.Horizon);
    }

    private static void Classify(string folder, string[] files, CancellationToken stop)
    {
        Classifier classifier = Classifier.Load(folder);
        var scores = new List<(string, ClassificationScore)>();
        foreach (string file in files)
        {
            LabelledRows rows = PredictClassification.Read(classifier, file, labels: true, stop);
            ClassificationTable.Unlabelled(rows);
            scores.Add((file, classifier.Evaluate(rows, stop)));
        }
        ClassificationTable.Write(scores);
    }

    private static void Language(string folder, string[] files, CacheOptions? cache, CancellationToken stop)
    {
        LanguageModel model = LanguageModel.Load(folder);
        LanguageTable.Write([.. files.Select(file => (file, model.Evaluate(file, cache, stop)))]);
    }
}
