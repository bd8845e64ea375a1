using System.CommandLine;
using System.Diagnostics;
using Unroll.Data;
using Unroll.Data.Tokenizers;
using Unroll.Reports;
using Unroll.Tasks;
using Unroll.Tasks.Language;
using Unroll.Tasks.Vectors;
using Unroll.Training.Metrics;

namespace Unroll.Cli;

/// <summary><c>unroll train language --data FILE</c>: learn a text's tokens, train, measure, write a sample, report.</summary>
internal static class TrainLanguage
{
    private const int SampleLength = 200;

    public static Command Make()
    {
        var manner = new RunManner();
        var knobs = new KnobOptions<LanguageOptions>(LanguageOptions.Knobs);
        var data = new Option<string?>("--data") { Description = "The text file to train on (UTF-8, .gz too).", HelpName = "file" };
        var valid = new Option<string?>("--valid") { Description = "A text that is measured after each epoch; the last tenth of the training text when not given.", HelpName = "file" };
        var test = new Option<string?>("--test") { Description = "A text that is measured at the end.", HelpName = "file" };
        var vectors = new Option<string?>("--vectors") { Description = "Word vectors that the words' table begins with: a model folder, or a file (.txt, .vec, .bin).", HelpName = "path" };
        var language = new Command("language", "Learn a language model from a text file.") { data, valid, test, vectors };
        knobs.AddTo(language);
        manner.AddTo(language);
        language.SetAction(parsed =>
        {
            string file = parsed.GetValue(data) ?? throw new UnrollException("--data is missing: name the text file.");
            return Run(new LanguageRecipe(file, parsed.GetValue(valid), parsed.GetValue(test), knobs.Read(parsed, new LanguageOptions())) { Vectors = parsed.GetValue(vectors) }, parsed, manner);
        });
        return language;
    }

    public static int Run(LanguageRecipe recipe, ParseResult parsed, RunManner manner)
    {
        using var interruption = new Interruption();
        CancellationToken stop = interruption.Token;
        bool quiet = manner.Quiet(parsed);
        var clock = Stopwatch.StartNew();

        // Everything that can be wrong with the input shows before a folder is made.
        LanguageOptions options = recipe.Options;
        Tokenizer tokenizer = LanguageModel.TrainTokenizer(recipe.Data, options.Text, stop);
        foreach (string other in new[] { recipe.Valid, recipe.Test }.OfType<string>()) TextFile.Check(other, stop);
        WordVectors? vectors = recipe.Vectors is { } path ? WordVectors.Load(path) : null;
        if (vectors is not null) LanguageModel.CheckVectors(options, vectors);
        if (TrainVerb.Begin(recipe, $"{TrainVerb.BareName(recipe.Data)}-{options.Text.Unit.ToString().ToLowerInvariant()}", parsed, manner) is not { } folder) return Exit.Done;

        var progress = new ProgressLine(quiet);
        try
        {
            using TokenFile all = TokenFile.Of(recipe.Data, tokenizer, folder.Tokens("train"), stop);
            using TokenFile? given = recipe.Valid is { } v ? TokenFile.Of(v, tokenizer, folder.Tokens("valid"), stop) : null;
            using TokenFile? test = recipe.Test is { } t ? TokenFile.Of(t, tokenizer, folder.Tokens("test"), stop) : null;
            long held = given is null ? all.Count / 10 : 0;
            TokenFile train = held < 2 ? all : all.Part(0, all.Count - held, tokenizer);
            TokenFile? valid = given ?? (held < 2 ? null : all.Part(all.Count - held, held, tokenizer));
            if (!quiet) Console.Error.WriteLine($"{recipe.Data}: {ResultTable.Count(train.Count, "token")} to train on, {tokenizer.Count:N0} different ones{(given is null && valid is not null ? ", the last tenth held out" : "")}");

            if (vectors is not null && !quiet) Console.Error.WriteLine($"{recipe.Vectors}: vectors of {tokenizer.Vocabulary.Count(word => vectors.Find(word) >= 0):N0} of them");

            LanguageModel model = LanguageModel.Train(train, valid, tokenizer, options, manner.Run(parsed, folder), progress, stop, vectors);
            progress.Clear();
            (string Name, LanguageModelScore Score)[] scores =
            [
                .. new[] { ("validation", valid), ("test", test) }.Where(static s => s.Item2 is not null).Select(s => (s.Item1, model.Evaluate(s.Item2!, cancellation: stop))),
            ];
            string sample = string.Concat(model.Write("", new GenerateOptions { Length = SampleLength, TopP = 0.95, Temperature = 0.8, Seed = options.Fit.Seed }, stop));
            LanguageReport.Save(folder.Report, recipe, model, scores, sample, Excerpt(recipe.Test ?? recipe.Valid ?? recipe.Data));
            model.Save(folder.Path);
            folder.RemoveCheckpoints();
            if (scores.Length > 0) LanguageTable.Write(scores);
            if (!quiet) Console.WriteLine($"\nA sample:\n{sample.Trim()}");
            Console.WriteLine($"\n{folder.Path}: model ({ResultTable.Count(model.ParameterCount, "weight")}), tokenizer.json, report.html, recipe.yaml; {clock.Elapsed.TotalSeconds:F0} s");
            return Exit.Done;
        }
        catch (OperationCanceledException)
        {
            return TrainVerb.Stopped(folder, progress);
        }
        finally
        {
            if (folder.IsFinished) folder.RemoveTokens();
        }
    }

    // The first lines, for the report to show what surprises the model.
    private static string Excerpt(string path)
    {
        const int most = 1200;
        string text = TextFile.Pieces(path).First();
        if (text.Length <= most) return text;
        int end = text.LastIndexOf('\n', most);
        return text[..(end > 0 ? end : most)];
    }
}
