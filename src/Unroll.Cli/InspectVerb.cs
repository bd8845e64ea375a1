using System.CommandLine;
using System.Text;
using System.Text.Json;
using Unroll.Data;
using Unroll.Inspections;
using Unroll.Reports;
using Unroll.Tasks;
using Unroll.Tasks.Classification;
using Unroll.Tasks.Forecasting;
using Unroll.Tasks.Language;
using Unroll.Tasks.Tagging;
using Unroll.Tasks.Translation;

namespace Unroll.Cli;

/// <summary><c>unroll inspect MODEL --data FILE</c>: see a model at work.</summary>
internal static class InspectVerb
{
    private const string UsualPage = "inspection.html";

    public static Command Make()
    {
        var model = new Argument<string>("model") { Description = "The model folder." };
        var data = new Option<string?>("--data") { Description = "The file: a CSV with the columns of the training data for a forecaster, a text for a language model, pairs (or sources, with --target) for a translator, rows with labels for a classifier, sentences with tags for a tagger.", HelpName = "file" };
        var target = new Option<string?>("--target") { Description = "Translator: the references where --data names sources.", HelpName = "file" };
        var output = new Option<string>("--out") { Description = $"The HTML file to write. Default {UsualPage}.", HelpName = "file", DefaultValueFactory = static _ => UsualPage };
        var json = new Option<string?>("--json") { Description = "Write findings and figures as JSON too; - for standard output, which then shows nothing else.", HelpName = "file" };
        var example = new Option<int>("--example") { Description = "Which sequence of the batch is shown in full. Default 0, the first.", HelpName = "n", DefaultValueFactory = static _ => 0 };
        var batch = new Option<int>("--batch") { Description = "Most sequences side by side. Default 16.", HelpName = "n", DefaultValueFactory = static _ => 16 };
        var compare = new Option<bool>("--compare") { Description = "Show new plain, LSTM and GRU networks of the same size beside it, with each initialiser, before and after clipping." };
        Option<string?> column = TrainTagging.Column(), format = TrainTagging.Format();
        var verbose = new Option<bool>("--verbose") { Description = "Show details of errors." };
        var command = new Command("inspect", "See a model at work: its states, gates, gradients through time and memory, and in words what is healthy and what is not.") { model, data, target, output, json, example, batch, compare, column, format, verbose };
        command.SetAction(parsed =>
        {
            using var interruption = new Interruption();
            string folder = parsed.GetValue(model)!, page = parsed.GetValue(output)!;
            if (page.Length == 0) throw new UnrollException("--out is empty; name the HTML file to write.");
            if (parsed.GetValue(json) is { Length: 0 }) throw new UnrollException("--json is empty; name the JSON file to write, or - for standard output.");
            string task = ModelFolder.TaskOf(folder), file = parsed.GetValue(data) ?? throw new UnrollException("--data is missing: name the file.");
            if (task != TranslationRecipe.TaskName && parsed.GetValue(target) is not null) throw new UnrollException("--target is for translators.");
            if (task != TaggingRecipe.TaskName && (parsed.GetValue(column) ?? parsed.GetValue(format)) is not null) throw new UnrollException("--column and --format are for taggers.");
            var options = new InspectionOptions { Example = parsed.GetValue(example), Batch = parsed.GetValue(batch), Compare = parsed.GetValue(compare) };
            Inspection seen = task switch
            {
                LanguageRecipe.TaskName => Language(folder, file, options, interruption.Token),
                TranslationRecipe.TaskName => Inspection.Of(Translator.Load(folder), TrainTranslation.Read(file, parsed.GetValue(target), quiet: true, interruption.Token), options, interruption.Token),
                ClassificationRecipe.TaskName => Classification(folder, file, options, interruption.Token),
                TaggingRecipe.TaskName => Inspection.Of(Tagger.Load(folder), TrainTagging.Read(file, parsed.GetValue(column), TrainTagging.FormatOf(parsed, format), quiet: true, interruption.Token), options, interruption.Token),
                ForecastRecipe.TaskName => Forecast(folder, file, options, interruption.Token),
                _ => throw new UnrollException($"a model of the task '{task}' cannot be inspected."),
            };
            seen = seen.WithTraining(TrainingRecord.Read(folder));
            InspectionReport.Save(page, Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), seen);
            if (parsed.GetValue(json) is "-")
            {
                Console.Out.Write(Json(seen));
                return Exit.Done;
            }
            if (parsed.GetValue(json) is { } path) InspectionJson.Save(path, seen);
            foreach (Finding finding in seen.Findings) Console.WriteLine($"{Mark(finding.Kind),-8} {finding.Text}");
            Console.WriteLine($"wrote {page}{(parsed.GetValue(json) is { } other ? $", {other}" : "")}");
            return Exit.Done;
        });
        return command;
    }

    private static Inspection Forecast(string folder, string file, InspectionOptions options, CancellationToken stop)
    {
        Forecaster forecaster = Forecaster.Load(folder);
        return Inspection.Of(forecaster, SeriesSet.Read(file, forecaster.Layout, stop), options, stop);
    }

    private static Inspection Classification(string folder, string file, InspectionOptions options, CancellationToken stop)
    {
        Classifier classifier = Classifier.Load(folder);
        return Inspection.Of(classifier, PredictClassification.Read(classifier, file, labels: true, stop), options, stop);
    }

    private static Inspection Language(string folder, string file, InspectionOptions options, CancellationToken stop)
    {
        LanguageModel language = LanguageModel.Load(folder);
        string tokens = Path.Combine(Path.GetTempPath(), $"unroll-{Guid.NewGuid():N}.tokens");
        try
        {
            using TokenFile text = TokenFile.Of(file, language.Tokenizer, tokens, stop);
            return Inspection.Of(language, text, options, stop);
        }
        finally
        {
            File.Delete(tokens);
        }
    }

    private static string Json(Inspection seen)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" })) InspectionJson.Write(json, seen);
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static string Mark(FindingKind kind) => kind switch { FindingKind.Healthy => "healthy", FindingKind.Warning => "warning", FindingKind.Problem => "problem", _ => "note" };
}
