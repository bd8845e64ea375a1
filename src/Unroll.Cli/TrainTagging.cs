using System.CommandLine;
using System.Diagnostics;
using Unroll.Data;
using Unroll.Reports;
using Unroll.Tasks;
using Unroll.Tasks.Tagging;
using Unroll.Tasks.Vectors;

namespace Unroll.Cli;

/// <summary><c>unroll train tag --data FILE</c>: learn a tag for each word, measure beside the most frequent tags, report.</summary>
internal static class TrainTagging
{
    private const int HeldShare = 10, MostHeld = 5000;

    public static Command Make()
    {
        var manner = new RunManner();
        var knobs = new KnobOptions<TaggingOptions>(TaggingOptions.Knobs);
        Option<string?> data = FileOption.Make("--data", "The sentences to train on: CoNLL-U, a word and its tag a line in columns, or JSON lines (UTF-8, .gz too)."), valid = FileOption.Make("--valid", "Sentences that are measured after each epoch; a tenth of the training sentences when not given.");
        Option<string?> test = FileOption.Make("--test", "Sentences that are measured at the end."), vectors = new("--vectors") { Description = "Word vectors that the words' table begins with: a model folder, or a file (.txt, .vec, .bin).", HelpName = "path" };
        Option<string?> column = Column(), format = Format();
        var tag = new Command("tag", "Learn a tag for each word of a sentence: parts of speech, names, phrases.") { data, valid, test, column, format, vectors };
        knobs.AddTo(tag);
        manner.AddTo(tag);
        tag.SetAction(parsed => Run(new TaggingRecipe(parsed.GetValue(data) ?? throw new UnrollException("--data is missing: name the file of sentences with tags."), knobs.Read(parsed, new TaggingOptions()))
        {
            Valid = parsed.GetValue(valid), Test = parsed.GetValue(test), Column = parsed.GetValue(column), Vectors = parsed.GetValue(vectors), Format = FormatOf(parsed, format),
        }, parsed, manner));
        return tag;
    }

    /// <summary>The option that names the column of the tags.</summary>
    public static Option<string?> Column() => new("--column") { Description = "Tagger: the column of the tags, a number from 1 on, or of CoNLL-U a name (upos, xpos, feats, lemma, deprel); the last (upos) when not given.", HelpName = "column" };

    /// <summary>The option that says how a file is written.</summary>
    public static Option<string?> Format() => new("--format") { Description = $"Tagger: how the file is written, one of {string.Join(", ", TaggingRecipe.Formats)}; found out when not given.", HelpName = "format" };

    /// <summary>What that option says.</summary>
    public static TaggedFormat? FormatOf(ParseResult parsed, Option<string?> format)
    {
        if (parsed.GetValue(format) is not { } name) return null;
        try
        {
            return TaggingRecipe.FormatOf(name);
        }
        catch (UnrollException e)
        {
            throw new UnrollException("--" + e.Message, e);
        }
    }

    public static int Run(TaggingRecipe recipe, ParseResult parsed, RunManner manner)
    {
        using var interruption = new Interruption();
        CancellationToken stop = interruption.Token;
        bool quiet = manner.Quiet(parsed);
        var clock = Stopwatch.StartNew();

        // Everything that can be wrong with the input shows before a folder is made.
        TaggingOptions options = recipe.Options;
        IReadOnlyList<TaggedSentence> train = Read(recipe.Data, recipe.Column, recipe.Format, quiet, stop), valid;
        if (recipe.Valid is { } v) valid = Read(v, recipe.Column, recipe.Format, quiet, stop);
        else
        {
            // Neighbours are alike, so those that are held out stand all over the file.
            int held = Math.Min(MostHeld, train.Count / HeldShare);
            int[] order = [.. Enumerable.Range(0, train.Count)];
            new RandomStream(options.Fit.Seed).Shuffle(order);
            HashSet<int> chosen = [.. order.Take(held)];
            (train, valid) = ([.. train.Where((_, i) => !chosen.Contains(i))], [.. train.Where((_, i) => chosen.Contains(i))]);
        }
        IReadOnlyList<TaggedSentence> test = recipe.Test is { } t ? Read(t, recipe.Column, recipe.Format, quiet, stop) : [];
        WordVectors? vectors = recipe.Vectors is { } path ? WordVectors.Load(path) : null;
        Tagger.Check(train, options, vectors);
        if (TrainVerb.Begin(recipe, $"{TrainVerb.BareName(recipe.Data)}-tag", parsed, manner) is not { } folder) return Exit.Done;

        var progress = new ProgressLine(quiet);
        try
        {
            if (!quiet) Console.Error.WriteLine($"{recipe.Data}: {ResultTable.Count(train.Count, "sentence")}, {ResultTable.Count(train.Sum(static s => s.Words.Count), "word")} to train on, {ResultTable.Count(valid.Count, "sentence")} held out");
            Tagger tagger = Tagger.Train(train, valid.Count > 0 ? valid : null, options, manner.Run(parsed, folder), progress, stop, vectors);
            progress.Clear();
            var simple = new FrequentTags(train);
            TaggingResult[] results =
            [
                .. new[] { ("validation", valid), ("test", test) }.Where(static s => s.Item2.Count > 0).Select(s => new TaggingResult(s.Item1, tagger.Evaluate(s.Item2, stop), tagger.Evaluate(simple, s.Item2))),
            ];
            TaggingReport.Save(folder.Report, recipe, tagger, results);
            tagger.Save(folder.Path);
            folder.RemoveCheckpoints();
            TaggingTable.Write(results);
            Console.WriteLine($"\n{folder.Path}: model ({ResultTable.Count(tagger.ParameterCount, "weight")}), tokenizer.json, report.html, recipe.yaml; {clock.Elapsed.TotalSeconds:F0} s");
            return Exit.Done;
        }
        catch (OperationCanceledException)
        {
            return TrainVerb.Stopped(folder, progress);
        }
    }

    /// <summary>Reads sentences with tags, and tells about what of them is left out.</summary>
    public static IReadOnlyList<TaggedSentence> Read(string path, string? column, TaggedFormat? format, bool quiet, CancellationToken stop)
    {
        TaggedText text = TaggedText.Read(path, tags: true, column, format, stop);
        if (text.Untagged.Count > 0 && !quiet) Console.Error.WriteLine($"{path}: {ResultTable.Count(text.Untagged.Count, "sentence")} with a word without a tag left out: {ResultTable.Lines(text.Untagged)}");
        if (text.Widened.Count > 0 && !quiet) Console.Error.WriteLine($"{path}: {ResultTable.Count(text.Widened.Count, "line")} with a span that begins or ends within a word, widened to whole words: {ResultTable.Lines(text.Widened)}");
        return text.Sentences;
    }
}
