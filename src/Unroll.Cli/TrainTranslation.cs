using System.CommandLine;
using System.Diagnostics;
using Unroll.Data;
using Unroll.Reports;
using Unroll.Tasks;
using Unroll.Tasks.Translation;

namespace Unroll.Cli;

/// <summary><c>unroll train translate --data PAIRS</c>: learn to turn one side of pairs into the other, measure, report.</summary>
internal static class TrainTranslation
{
    private const int HeldShare = 20, MostHeld = 2000;

    public static Command Make()
    {
        var manner = new RunManner();
        var knobs = new KnobOptions<TranslationOptions>(TranslationOptions.Knobs);
        Option<string?> data = FileOption.Make("--data", "The pairs to train on, SOURCE TAB TARGET a line (UTF-8, .gz too)."), source = FileOption.Make("--source", "The sources where they stand in a file of their own.");
        Option<string?> target = FileOption.Make("--target", "Their targets: line n belongs to line n of the sources.");
        Option<string?> valid = FileOption.Make("--valid", "Pairs (or sources, with --valid-target) that are measured after each epoch; a twentieth of the training pairs when not given.");
        Option<string?> validTarget = FileOption.Make("--valid-target", "The targets of --valid."), test = FileOption.Make("--test", "Pairs (or sources, with --test-target) that are translated at the end."), testTarget = FileOption.Make("--test-target", "The targets of --test.");
        Option<string?> bleu = BleuOption.Make();
        var translate = new Command("translate", "Learn to turn one side of pairs of lines into the other.") { data, source, target, valid, validTarget, test, testTarget, bleu };
        knobs.AddTo(translate);
        manner.AddTo(translate);
        translate.SetAction(parsed =>
        {
            string? pairs = parsed.GetValue(data), sources = parsed.GetValue(source), targets = parsed.GetValue(target);
            if (pairs is null && sources is null) throw new UnrollException("--data is missing: name the file of pairs, or the two files by --source and --target.");
            if (pairs is not null && sources is not null) throw new UnrollException("--data and --source exclude each other: pairs stand in one file or in two.");
            if (sources is null != targets is null) throw new UnrollException($"--source and --target go together: {(sources is null ? "--source" : "--target")} is missing.");
            if (parsed.GetValue(validTarget) is not null && parsed.GetValue(valid) is null) throw new UnrollException("--valid-target goes with --valid, which is missing.");
            if (parsed.GetValue(testTarget) is not null && parsed.GetValue(test) is null) throw new UnrollException("--test-target goes with --test, which is missing.");
            return Run(new TranslationRecipe(pairs ?? sources!, targets, knobs.Read(parsed, new TranslationOptions()))
            {
                Valid = parsed.GetValue(valid), ValidTarget = parsed.GetValue(validTarget), Test = parsed.GetValue(test), TestTarget = parsed.GetValue(testTarget),
                BleuTokenizer = BleuOption.Read(parsed, bleu),
            }, parsed, manner);
        });
        return translate;
    }

    public static int Run(TranslationRecipe recipe, ParseResult parsed, RunManner manner)
    {
        using var interruption = new Interruption();
        CancellationToken stop = interruption.Token;
        bool quiet = manner.Quiet(parsed);
        var clock = Stopwatch.StartNew();

        // Everything that can be wrong with the input shows before a folder is made.
        TranslationOptions options = recipe.Options;
        IReadOnlyList<SentencePair> train = Read(recipe.Data, recipe.Target, quiet, stop), valid;
        if (recipe.Valid is { } v) valid = Read(v, recipe.ValidTarget, quiet, stop);
        else
        {
            int held = Math.Min(MostHeld, train.Count / HeldShare);
            (train, valid) = ([.. train.Take(train.Count - held)], [.. train.Skip(train.Count - held)]);
        }
        IReadOnlyList<SentencePair> test = recipe.Test is { } t ? Read(t, recipe.TestTarget, quiet, stop) : [];
        options.Check();
        if (TrainVerb.Begin(recipe, $"{TrainVerb.BareName(recipe.Data)}-translate", parsed, manner) is not { } folder) return Exit.Done;

        var progress = new ProgressLine(quiet);
        try
        {
            if (!quiet) Console.Error.WriteLine($"{recipe.Data}: {ResultTable.Count(train.Count, "pair")} to train on, {valid.Count:N0} held out");
            Translator translator = Translator.Train(train, valid.Count > 0 ? valid : null, options, manner.Run(parsed, folder), progress, stop);
            progress.Clear();
            if (translator.TooLong.Count > 0)
                Console.Error.WriteLine($"{recipe.Data}: {ResultTable.Count(translator.TooLong.Count, "pair")} of more than {options.Fit.Longest} tokens left out: {ResultTable.Lines(translator.TooLong)}; --longest sets the limit");
            (string Name, TranslationScore Score)[] scores =
            [
                .. new[] { ("validation", valid), ("test", test) }.Where(static s => s.Item2.Count > 0).Select(s => (s.Item1, translator.Evaluate(s.Item2, tokenizer: recipe.BleuTokenizer, cancellation: stop))),
            ];
            TranslationReport.Save(folder.Report, recipe, translator, scores);
            translator.Save(folder.Path);
            folder.RemoveCheckpoints();
            TranslationTable.Write(scores, samples: !quiet);
            Console.WriteLine($"\n{folder.Path}: model ({ResultTable.Count(translator.ParameterCount, "weight")}), tokenizer.json, report.html, recipe.yaml; {clock.Elapsed.TotalSeconds:F0} s");
            return Exit.Done;
        }
        catch (OperationCanceledException)
        {
            return TrainVerb.Stopped(folder, progress);
        }
    }

    /// <summary>Reads pairs from one file or two, and tells about lines that are none.</summary>
    public static IReadOnlyList<SentencePair> Read(string data, string? target, bool quiet, CancellationToken stop)
    {
        SentencePairs pairs = target is null ? SentencePairs.Read(data, stop) : SentencePairs.Read(data, target, stop);
        if (pairs.Empty.Count > 0 && !quiet) Console.Error.WriteLine($"{data}: {ResultTable.Count(pairs.Empty.Count, "line")} with an empty side left out: {ResultTable.Lines(pairs.Empty)}");
        return pairs.Pairs;
    }
}
