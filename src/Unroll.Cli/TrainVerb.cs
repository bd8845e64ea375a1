using System.CommandLine;
using Unroll.Data;
using Unroll.Tasks;
using Unroll.Tasks.Classification;
using Unroll.Tasks.Forecasting;
using Unroll.Tasks.Language;
using Unroll.Tasks.Tagging;
using Unroll.Tasks.Translation;
using Unroll.Tasks.Vectors;

namespace Unroll.Cli;

/// <summary><c>unroll train TASK ...</c> and <c>unroll train RECIPE</c>.</summary>
internal static class TrainVerb
{
    public static Command Make()
    {
        var manner = new RunManner();
        var recipe = new Argument<string?>("recipe") { Description = $"A recipe.yaml to run again; or the task: {Recipe.OneOf()}.", Arity = ArgumentArity.ZeroOrOne };
        var train = new Command("train", "Train a model: 'unroll train forecast --data FILE --horizon N', 'unroll train classify --data FILE', 'unroll train tag --data FILE', 'unroll train language --data FILE', 'unroll train translate --data FILE', 'unroll train vectors --data FILE', or 'unroll train RECIPE.yaml'.") { recipe };
        manner.AddTo(train);
        train.Subcommands.Add(TrainForecast.Make());
        train.Subcommands.Add(TrainLanguage.Make());
        train.Subcommands.Add(TrainTagging.Make());
        train.Subcommands.Add(TrainTranslation.Make());
        train.Subcommands.Add(TrainClassification.Make());
        train.Subcommands.Add(TrainVectors.Make());
        train.SetAction(parsed =>
        {
            string path = parsed.GetValue(recipe) ?? throw new UnrollException($"what to train? 'unroll train {ForecastRecipe.TaskName} --data FILE --horizon N', {string.Join(", ", Recipe.Tasks.Where(static t => t != ForecastRecipe.TaskName).Select(static t => $"'unroll train {t} --data FILE'"))}, or 'unroll train RECIPE.yaml'.");
            if (!File.Exists(path))
                throw new UnrollException($"no recipe '{path}'{(NearestNames.Question(path, Recipe.Tasks) is { Length: > 0 } question ? $"{question} Give" : "; give")} the path of a YAML recipe, or the task: unroll train {Recipe.OneOf()}.");
            return Recipe.Read(path) switch
            {
                ForecastRecipe forecast => TrainForecast.Run(forecast, parsed, manner),
                LanguageRecipe language => TrainLanguage.Run(language, parsed, manner),
                TaggingRecipe tagging => TrainTagging.Run(tagging, parsed, manner),
                TranslationRecipe translation => TrainTranslation.Run(translation, parsed, manner),
                ClassificationRecipe classification => TrainClassification.Run(classification, parsed, manner),
                VectorsRecipe vectors => TrainVectors.Run(vectors, parsed, manner),
                var other => throw new InvalidOperationException($"no verb trains a {other.GetType().Name}"),
            };
        });
        return train;
    }

    /// <summary>The folder of a run, made and begun, or found where it goes on; nothing where it is done already.</summary>
    /// <param name="recipe">The run.</param>
    /// <param name="name">What the folder is called below runs/ where none was asked for.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="manner">Its options.</param>
    public static RunFolder? Begin(Recipe recipe, string name, ParseResult parsed, RunManner manner)
    {
        RunFolder folder = RunFolder.Choose(manner.Out(parsed), name, manner.Resume(parsed));
        if (manner.Resume(parsed)) folder.CheckSame(recipe);
        else folder.Begin(recipe);
        if (!manner.Resume(parsed) || !folder.IsFinished) return folder;
        Console.WriteLine($"{folder.Path} is finished: nothing to resume");
        return null;
    }

    /// <summary>Says how an interrupted run goes on.</summary>
    public static int Stopped(RunFolder folder, ProgressLine progress)
    {
        progress.Clear();
        Console.Error.WriteLine($"unroll: stopped; {(folder.HasCheckpoint ? "a checkpoint is saved" : "no step was trained yet")}. Go on with: unroll train {Typed(folder.RecipeFile)} --resume --out {Typed(folder.Path)}");
        return Exit.Stopped;
    }

    /// <summary>A file's name without what says its kind.</summary>
    public static string BareName(string path)
    {
        string name = Path.GetFileName(path);
        foreach (string ending in new[] { ".gz", ".csv", ".tsv", ".txt", ".md", ".conllu", ".conll", ".jsonl", ".ts" })
            if (name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) name = name[..^ending.Length];
        return name;
    }

    /// <summary>A path as it is typed in a shell.</summary>
    private static string Typed(string path) => path.Contains(' ') ? $"\"{path}\"" : path;
}
