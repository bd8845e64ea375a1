using System.CommandLine;
using System.Diagnostics;
using Unroll.Data;
using Unroll.Reports;
using Unroll.Tasks;
using Unroll.Tasks.Classification;
using Unroll.Tasks.Vectors;

namespace Unroll.Cli;

/// <summary><c>unroll train classify --data ROWS</c>: learn labels of texts, series or sounds, measure, report.</summary>
internal static class TrainClassification
{
    private const int TestParts = 5;

    public static Command Make()
    {
        var manner = new RunManner();
        var knobs = new KnobOptions<ClassificationOptions>(ClassificationOptions.Knobs);
        var columns = new LabelledColumns();
        Option<string?> data = FileOption.Make("--data", "The rows to train on: CSV, TSV (.tsv, .tab, .txt), a JSON object a line (.jsonl), or a .ts file of the UCR and UEA archives.");
        Option<string?> valid = FileOption.Make("--valid", "Rows that are measured after each epoch; a tenth of the training rows when not given and there are at least 500."), test = FileOption.Make("--test", "Rows that are measured at the end; a fifth of the training rows when not given, or see --folds.");
        var folds = new Option<string?>("--folds") { Description = "Without --test: measure by a cross-validation of so many parts; 1 measures by no rows of their own. Default 0, a fifth held out.", HelpName = "n" };
        var vectors = new Option<string?>("--vectors") { Description = "Word vectors that the words' table begins with: a model folder, or a file (.txt, .vec, .bin).", HelpName = "path" };
        var classify = new Command("classify", "Learn labels of texts, series of numbers, or sounds.") { data, valid, test, folds, vectors };
        columns.AddTo(classify);
        knobs.AddTo(classify);
        manner.AddTo(classify);
        classify.SetAction(parsed =>
        {
            string file = parsed.GetValue(data) ?? throw new UnrollException("--data is missing: name the file of rows.");
            return Run(new ClassificationRecipe(file, columns.Layout(parsed), knobs.Read(parsed, new ClassificationOptions()))
            {
                Valid = parsed.GetValue(valid), Test = parsed.GetValue(test), Vectors = parsed.GetValue(vectors), Folds = parsed.GetValue(folds) is { } n ? FoldsOf(n) : 0,
            }, parsed, manner);
        });
        return classify;
    }

    public static int Run(ClassificationRecipe recipe, ParseResult parsed, RunManner manner)
    {
        using var interruption = new Interruption();
        CancellationToken stop = interruption.Token;
        bool quiet = manner.Quiet(parsed);
        var clock = Stopwatch.StartNew();

        // Everything that can be wrong with the input shows before a folder is made.
        recipe.Check();
        ClassificationOptions options = recipe.Options;
        ulong seed = options.Fit.Seed;
        LabelledRows Read(string path)
        {
            LabelledRows rows = LabelledRows.Read(path, recipe.Layout, labels: true, options.Series.Mel, stop);
            if (!quiet) ClassificationTable.Unlabelled(rows);
            return rows;
        }

        LabelledRows all = Read(recipe.Data), train = all;
        LabelledRows? valid = recipe.Valid is { } v ? Read(v) : null, test = recipe.Test is { } t ? Read(t) : null;
        WordVectors? vectors = recipe.Vectors is { } path ? WordVectors.Load(path) : null;
        Classifier.Check(all, options, vectors);
        if (test is null && recipe.Folds == 0) (train, test) = StratifiedSplit.Hold(all, TestParts, seed);
        if (recipe.Folds > 1) StratifiedSplit.Parts(all.Labelled, recipe.Folds, seed);
        if (valid is null) (train, valid) = Classifier.HoldForValidation(train, seed);
        Classifier.Check(train, options, vectors);
        if (TrainVerb.Begin(recipe, $"{TrainVerb.BareName(recipe.Data)}-classify", parsed, manner) is not { } folder) return Exit.Done;

        var progress = new ProgressLine(quiet);
        try
        {
            if (!quiet) Console.Error.WriteLine($"{recipe.Data}: {ResultTable.Count(train.Labelled.Count, "row")} to train on, {valid?.Labelled.Count ?? 0:N0} for validation, {test?.Labelled.Count ?? 0:N0} for the test");
            Classifier classifier = Classifier.Train(train, valid, options, manner.Run(parsed, folder), progress, stop, vectors);
            progress.Clear();
            if (classifier.Empty.Count > 0) Console.Error.WriteLine($"{recipe.Data}: {ResultTable.Count(classifier.Empty.Count, "row")} with nothing in it left out: {ClassificationTable.List(classifier.Empty)}");
            if (classifier.CutRows > 0) Console.Error.WriteLine($"{recipe.Data}: {ResultTable.Count(classifier.CutRows, "row")} of more than {options.Fit.Longest} steps cut off there; --longest sets the limit");
            var scores = new List<(string Name, ClassificationScore Score)>();
            if (valid is { Labelled.Count: > 0 }) scores.Add(("validation", classifier.Evaluate(valid, stop)));
            if (test is { Labelled.Count: > 0 }) scores.Add(("test", classifier.Evaluate(test, stop)));
            if (recipe.Folds > 1) scores.Add(($"{recipe.Folds} folds", Classifier.CrossValidate(all, options, recipe.Folds, progress, stop, vectors)));
            progress.Clear();
            IReadOnlyList<(string Name, ClassificationScore Score)> simple = recipe.Folds > 1 ? ClassificationBaselines.CrossValidate(all, options.Labels, recipe.Folds, seed, stop)
                : (test ?? valid) is { Labelled.Count: > 0 } measured ? ClassificationBaselines.Measure(train, measured, options.Labels, stop) : [];
            ClassificationReport.Save(folder.Report, recipe, classifier, scores, simple);
            classifier.Save(folder.Path);
            folder.RemoveCheckpoints();
            ClassificationTable.Write(scores, simple);
            Console.WriteLine($"\n{folder.Path}: model ({ResultTable.Count(classifier.ParameterCount, "weight")}), {(classifier.Tokenizer is null ? "" : "tokenizer.json, ")}report.html, recipe.yaml; {clock.Elapsed.TotalSeconds:F0} s");
            return Exit.Done;
        }
        catch (OperationCanceledException)
        {
            return TrainVerb.Stopped(folder, progress);
        }
    }

    private static int FoldsOf(string text)
    {
        try
        {
            return ClassificationRecipe.FoldsOf(text);
        }
        catch (UnrollException e)
        {
            throw new UnrollException("--" + e.Message, e);
        }
    }
}
