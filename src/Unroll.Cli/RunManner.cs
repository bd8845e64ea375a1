using System.CommandLine;
using Unroll.Tasks;

namespace Unroll.Cli;

/// <summary>The options of every training run: where it goes and how it talks.</summary>
internal sealed class RunManner
{
    private readonly Option<string?> output = new("--out") { Description = "The run's folder; a new one below runs/ when not given.", HelpName = "folder" };
    private readonly Option<bool> resume = new("--resume") { Description = "Go on with an interrupted run, to the same bits as an unbroken one." };
    private readonly Option<bool> watch = new("--watch") { Description = "Write what every twentieth step does to each weight into watch.jsonl, for unroll inspect to draw." };
    private readonly Option<bool> quiet = new("--quiet") { Description = "Show results only." };
    private readonly Option<bool> verbose = new("--verbose") { Description = "Show details of errors." };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { output, resume, watch, quiet, verbose }) command.Options.Add(option);
    }

    /// <summary>The folder asked for, or nothing.</summary>
    public string? Out(ParseResult parsed) => parsed.GetValue(output);

    public bool Resume(ParseResult parsed) => parsed.GetValue(resume);

    public bool Watch(ParseResult parsed) => parsed.GetValue(watch);

    /// <summary>The run in a folder.</summary>
    public TrainingRun Run(ParseResult parsed, RunFolder folder) => new(folder.Path, Resume(parsed), Watch(parsed));

    public bool Quiet(ParseResult parsed) => parsed.GetValue(quiet);
}
