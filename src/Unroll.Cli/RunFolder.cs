using Unroll.Formats;
using Unroll.Tasks;

namespace Unroll.Cli;

/// <summary>The folder of a training run: what it holds, and when it may be written.</summary>
/// <param name="path">The folder.</param>
internal sealed class RunFolder(string path)
{
    public string Path { get; } = path;

    public string RecipeFile => In("recipe.yaml");
    public string Forecast => In("forecast.csv");
    public string Report => In("report.html");

    /// <summary>The folder of a run: the one asked for, or runs/NAME with a number behind where that is taken.</summary>
    /// <param name="asked">What --out said, or nothing.</param>
    /// <param name="name">What it is called below runs/.</param>
    /// <param name="resume">True takes the newest of these folders that exists.</param>
    /// <exception cref="UnrollException">The folder asked for holds something else, or there is no run to resume.</exception>
    public static RunFolder Choose(string? asked, string name, bool resume)
    {
        string first = System.IO.Path.Combine("runs", name);
        if (resume)
        {
            string last = asked ?? first;
            for (int i = 2; asked is null && Directory.Exists($"{first}-{i}"); i++) last = $"{first}-{i}";
            if (!File.Exists(System.IO.Path.Combine(last, "recipe.yaml"))) throw new UnrollException($"nothing to resume in '{last}'; leave --resume out to start, or name the run's folder with --out.");
            return new RunFolder(last);
        }
        if (asked is not null)
        {
            if (asked.Length == 0) throw new UnrollException("--out is empty; name a folder.");
            if (File.Exists(asked)) throw new UnrollException($"--out '{asked}' is a file; name a folder.");
            if (Directory.Exists(asked) && Directory.EnumerateFileSystemEntries(asked).Any() && !File.Exists(System.IO.Path.Combine(asked, "recipe.yaml")))
                throw new UnrollException($"--out '{asked}' holds other files; name a new folder.");
            return new RunFolder(asked);
        }
        string free = first;
        for (int i = 2; Directory.Exists(free) || File.Exists(free); i++) free = $"{first}-{i}";
        return new RunFolder(free);
    }

    /// <summary>Whether the run is done: config.json is the last file that it writes.</summary>
    public bool IsFinished => File.Exists(In("config.json"));

    /// <summary>Makes the folder and writes the recipe into it. An older run's results go first, config.json before all others, so that the folder is no model until it is the new one.</summary>
    public void Begin(Recipe recipe)
    {
        try
        {
            Directory.CreateDirectory(Path);
            foreach (string file in new[] { "config.json", "model.safetensors", "forecast.csv", "report.html", "metrics.jsonl", "tokenizer.json", "target-tokenizer.json", "vocabulary.txt", "recipe.yaml" }) File.Delete(In(file));
            RemoveCheckpoints();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnrollException($"cannot write in the folder '{Path}': {e.Message}", e);
        }
        recipe.Write(RecipeFile);
    }

    /// <summary>Where the tokens of a text are kept while a run lasts.</summary>
    public string Tokens(string name)
    {
        Directory.CreateDirectory(In("tokens"));
        return System.IO.Path.Combine(In("tokens"), $"{name}.tokens");
    }

    /// <summary>Takes away the tokens.</summary>
    public void RemoveTokens()
    {
        if (Directory.Exists(In("tokens"))) Directory.Delete(In("tokens"), recursive: true);
    }

    /// <summary>Whether there is a checkpoint to go on from.</summary>
    public bool HasCheckpoint => Directory.Exists(In("checkpoints")) && Directory.EnumerateFiles(In("checkpoints"), "*.safetensors").Any();

    /// <summary>Takes away the checkpoints, which a finished run has no use for.</summary>
    public void RemoveCheckpoints()
    {
        if (Directory.Exists(In("checkpoints"))) Directory.Delete(In("checkpoints"), recursive: true);
    }

    /// <summary>Makes sure that a resumed run is the one that was begun.</summary>
    /// <exception cref="UnrollException">A key differs; the message names it.</exception>
    public void CheckSame(Recipe recipe)
    {
        RecipeDocument begun = RecipeDocument.Read(RecipeFile);
        foreach (RecipeEntry now in recipe.Entries())
        {
            if (now.Key == "threads") continue;                                        // does not change a bit
            string was = Spell(begun.Find(now.Name)), wanted = Spell(now);
            if (was != wanted) throw new UnrollException($"cannot resume '{Path}': its {now.Name} is {was}, not {wanted}; give the same options, or leave --resume out to start anew.");
        }
    }

    private static string Spell(RecipeEntry? entry) => entry is null ? "(not set)" : entry.IsList ? $"[{string.Join(", ", entry.Values.Select(static v => v.Text))}]" : entry.Value.IsNull ? "null" : entry.Value.Text;

    private string In(string file) => System.IO.Path.Combine(Path, file);
}
