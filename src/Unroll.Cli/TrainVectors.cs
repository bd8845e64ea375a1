using System.CommandLine;
using System.Diagnostics;
using Unroll.Data;
using Unroll.Data.Tokenizers;
using Unroll.Reports;
using Unroll.Tasks;
using Unroll.Tasks.Vectors;

namespace Unroll.Cli;

/// <summary><c>unroll train vectors --data FILE</c>: learn a vector for each word of a text, show some, report.</summary>
internal static class TrainVectors
{
    public static Command Make()
    {
        var manner = new RunManner();
        var knobs = new KnobOptions<VectorOptions>(VectorOptions.Knobs);
        var data = new Option<string?>("--data") { Description = "The text file to train on (UTF-8, .gz too).", HelpName = "file" };
        var vectors = new Command("vectors", "Learn word vectors from a text file.") { data };
        knobs.AddTo(vectors);
        manner.AddTo(vectors);
        vectors.SetAction(parsed =>
        {
            string file = parsed.GetValue(data) ?? throw new UnrollException("--data is missing: name the text file.");
            return Run(new VectorsRecipe(file, knobs.Read(parsed, new VectorOptions())), parsed, manner);
        });
        return vectors;
    }

    public static int Run(VectorsRecipe recipe, ParseResult parsed, RunManner manner)
    {
        if (manner.Watch(parsed)) throw new UnrollException("--watch is for networks: word vectors have no steps to watch.");
        using var interruption = new Interruption();
        CancellationToken stop = interruption.Token;
        bool quiet = manner.Quiet(parsed);
        var clock = Stopwatch.StartNew();

        // Everything that can be wrong with the input shows before a folder is made.
        VectorOptions options = recipe.Options;
        options.Check();
        WordTokenizer tokenizer = WordVectors.TrainTokenizer(recipe.Data, options.Text, stop);
        if (TrainVerb.Begin(recipe, $"{TrainVerb.BareName(recipe.Data)}-vectors", parsed, manner) is not { } folder) return Exit.Done;

        var progress = new ProgressLine(quiet, "word");
        try
        {
            using TokenFile text = TokenFile.Of(recipe.Data, tokenizer, folder.Tokens("train"), stop);
            if (!quiet) Console.Error.WriteLine($"{recipe.Data}: {ResultTable.Count(text.Count, "token")}, {ResultTable.Count(tokenizer.Count - 2, "word")} that stand at least {ResultTable.Count(options.Text.LeastCount, "time")}");
            WordVectors vectors = WordVectors.Train(text, tokenizer, options, manner.Run(parsed, folder), progress, stop);
            progress.Clear();
            VectorsReport.Save(folder.Report, recipe, vectors);
            vectors.Save(folder.Path);
            folder.RemoveCheckpoints();
            if (!quiet)
            {
                Console.WriteLine("\nNeighbours of some words:");
                foreach (string word in vectors.Samples(VectorsReport.ShownWords))
                    Console.WriteLine($"  {word}: {string.Join(", ", vectors.Neighbours(word, VectorsReport.ShownNeighbours).Select(static n => n.Word))}");
            }
            Console.WriteLine($"\n{folder.Path}: {ResultTable.Count(vectors.Count, "vector")} of {vectors.Size} numbers, report.html, recipe.yaml; {clock.Elapsed.TotalSeconds:F0} s");
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
}
