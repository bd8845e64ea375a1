using System.CommandLine;
using Unroll.Data;
using Unroll.Tasks;
using Unroll.Tasks.Classification;
using Unroll.Tasks.Forecasting;
using Unroll.Tasks.Language;
using Unroll.Tasks.Tagging;
using Unroll.Tasks.Translation;

namespace Unroll.Cli;

/// <summary><c>unroll predict MODEL --data FILE</c>: what a model makes of data.</summary>
internal static class PredictVerb
{
    public static Command Make()
    {
        var model = new Argument<string>("model") { Description = "The model folder." };
        var data = new Option<string?>("--data") { Description = "The file: a CSV with the columns of the training data for a forecaster, a text for a language model, a sentence a line for a translator, sentences with or without tags for a tagger, the rows for a classifier.", HelpName = "file" };
        var output = new Option<string?>("--out") { Description = "The CSV file to write: of a forecast time, series, mean, p05 to p95 (forecast.csv when not given), of a text a score a line (scores.csv); or the text file of translations (translations.txt), of several a sentence a TSV file; for a tagger the file with its tags (tagged.txt, or the ending of --data), for a classifier row, label and probabilities (labels.csv); - for standard output.", HelpName = "file" };
        var complete = new Option<string?>("--complete") { Description = "Language model: show the likeliest tokens behind this text.", HelpName = "text" };
        var top = new Option<int>("--top") { Description = "How many of them. Default 10.", HelpName = "n", DefaultValueFactory = static _ => 10 };
        var sentence = new Option<string?>("--text") { Description = "Show the translation of this text, its label, or the tags of its words.", HelpName = "text" };
        var stream = new Option<bool>("--stream") { Description = "Classifier, tagger: read standard input as it comes and answer each line at once: a text or a sentence a line, or a step of a series (numbers divided by commas; an empty line begins anew)." };
        Option<string?> column = TrainTagging.Column(), format = TrainTagging.Format();
        var decoding = new KnobOptions<DecodingOptions>(DecodingOptions.Knobs);
        var verbose = new Option<bool>("--verbose") { Description = "Show details of errors." };
        var command = new Command("predict", "Forecast what comes behind the last value of each series; score each line of a text, or complete one; translate; label; tag words.") { model, data, output, sentence, stream, complete, top, column, format, verbose };
        decoding.AddTo(command);
        command.SetAction(parsed =>
        {
            using var interruption = new Interruption();
            string folder = parsed.GetValue(model)!;
            string? path = parsed.GetValue(output);
            if (path is { Length: 0 }) throw new UnrollException("--out is empty; name the CSV file to write, or - for standard output.");
            string task = ModelFolder.TaskOf(folder);
            bool language = task == LanguageRecipe.TaskName, translation = task == TranslationRecipe.TaskName, tagging = task == TaggingRecipe.TaskName, labels = task == ClassificationRecipe.TaskName;
            if (!translation && decoding.FirstGiven(parsed) is { } foreign) throw new UnrollException($"{foreign} is for translators.");
            if (!translation && !tagging && !labels && parsed.GetValue(sentence) is not null) throw new UnrollException("--text is for translators, classifiers and taggers.");
            if (!tagging && !labels && parsed.GetValue(stream)) throw new UnrollException("--stream is for classifiers and taggers.");
            if (!tagging && (parsed.GetValue(column) ?? parsed.GetValue(format)) is not null) throw new UnrollException("--column and --format are for taggers.");
            if (parsed.GetValue(complete) is { } text)
            {
                if (!language) throw new UnrollException("--complete is for language models.");
                if (parsed.GetValue(top) < 1) throw new UnrollException($"--top must be at least 1, got {parsed.GetValue(top)}.");
                LanguageModel loaded = LanguageModel.Load(folder);
                Complaint.OfPrompt(loaded, text);
                foreach (Continuation c in loaded.Complete(text, parsed.GetValue(top))) Console.WriteLine(FormattableString.Invariant($"{c.Probability:F4}  {ShownText.Of(c.Text)}"));
                return Exit.Done;
            }
            if (tagging)
            {
                PredictTagging.Run(folder, parsed.GetValue(data), parsed.GetValue(sentence), parsed.GetValue(stream), path, parsed.GetValue(column), TrainTagging.FormatOf(parsed, format), interruption.Token);
                return Exit.Done;
            }
            if (labels)
            {
                PredictClassification.Run(folder, parsed.GetValue(data), parsed.GetValue(sentence), parsed.GetValue(stream), path, interruption.Token);
                return Exit.Done;
            }
            if (translation)
            {
                Translate(folder, parsed.GetValue(data), parsed.GetValue(sentence), path, decoding.Read(parsed, new DecodingOptions()), interruption.Token);
                return Exit.Done;
            }
            string file = parsed.GetValue(data) ?? throw new UnrollException("--data is missing: name the file.");
            if (language) Score(folder, file, path ?? "scores.csv", interruption.Token);
            else Forecast(folder, file, path ?? "forecast.csv", interruption.Token);
            return Exit.Done;
        });
        return command;
    }

    private static void Forecast(string folder, string file, string path, CancellationToken stop)
    {
        Forecaster forecaster = Forecaster.Load(folder);
        SeriesSet set = SeriesSet.Read(file, forecaster.Layout, stop);
        IReadOnlyList<SeriesForecast> forecasts = forecaster.Predict(set, stop);
        ForecastCsv.Write(path, forecasts, set.TimeFormat);
        if (path != "-") Console.WriteLine($"wrote {path}: {ResultTable.Count(forecasts.Count, "series", "series")}, {forecaster.Options.Horizon} steps each");
    }

    private static void Score(string folder, string file, string path, CancellationToken stop)
    {
        int lines = LineScoreCsv.Write(path, LanguageModel.Load(folder), TextFile.Lines(file, stop));
        if (path != "-") Console.WriteLine($"wrote {path}: {ResultTable.Count(lines, "line")}");
    }

    private static void Translate(string folder, string? file, string? text, string? path, DecodingOptions options, CancellationToken stop)
    {
        if (options.Sample) options = options with { Beams = 1 };
        options.Check();
        if (file is null && text is null) throw new UnrollException("--text or --data is missing: give a text, or name a file of one sentence a line.");
        if (file is not null && text is not null) throw new UnrollException("--text and --data exclude each other.");
        Translator translator = Translator.Load(folder);
        IReadOnlyList<TranslatedSentence> translated = translator.Translate(text is not null ? [text] : [.. TextFile.Lines(file!, stop)], options, stop);
        foreach ((int line, TranslatedSentence s) in translated.Select(static (s, i) => (i + 1, s)))
        {
            string where = file is null ? "the text" : $"{file}, line {line}";
            if (s.Cut > 0) Complaint.Write($"{where}: longer than the model was trained for: the last {ResultTable.Count(s.Cut, "token")} not read");
            if (s.Unknown.Count > 0 && file is null) Complaint.Write($"the model does not know {ShownText.List(s.Unknown)}");
            if (!s.Best.Ended) Complaint.Write($"{where}: the translation did not end and was cut off");
        }
        if (text is not null)
        {
            foreach (TranslatedText t in translated[0].Translations) Console.WriteLine(options.Alternatives == 1 ? t.Text : FormattableString.Invariant($"{t.Score:F4}  {t.Text}"));
            return;
        }
        TranslationFile.Write(path ?? "translations.txt", translated, options.Alternatives > 1);
        if (path != "-") Console.WriteLine($"wrote {path ?? "translations.txt"}: {ResultTable.Count(translated.Count, "sentence")}");
    }
}
