using System.CommandLine;
using Unroll.Tasks;

namespace Unroll.Cli;

/// <summary>A task's knobs as options of the command line.</summary>
/// <param name="knobs">The knobs.</param>
internal sealed class KnobOptions<TOptions>(IReadOnlyList<Knob<TOptions>> knobs)
{
    private readonly (Option<string?> Option, Knob<TOptions> Knob)[] all =
    [
        .. knobs.Select(static k => (new Option<string?>("--" + k.Name)
        {
            Description = k.Choices is null ? k.Help : $"{k.Help} One of {string.Join(", ", k.Choices)}.", HelpName = "value",
            // A flag may be given without a value.
            Arity = k.Choices is ["true", "false"] ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
        }, k)),
    ];

    public void AddTo(Command command)
    {
        foreach ((Option<string?> option, _) in all) command.Options.Add(option);
    }

    /// <summary>Whether an option was given.</summary>
    public bool Given(ParseResult parsed, string name) => all.Any(a => a.Knob.Name == name && parsed.GetResult(a.Option) is not null);

    /// <summary>The first option that was given, or nothing.</summary>
    public string? FirstGiven(ParseResult parsed) => all.FirstOrDefault(a => parsed.GetResult(a.Option) is not null).Option?.Name;

    /// <summary>The options as given, on top of others.</summary>
    /// <exception cref="UnrollException">A value is out of range; the message names the option.</exception>
    public TOptions Read(ParseResult parsed, TOptions options)
    {
        foreach ((Option<string?> option, Knob<TOptions> knob) in all)
        {
            if (parsed.GetResult(option) is not { } given) continue;
            try
            {
                options = knob.Write(options, given.Tokens.Count == 0 ? "true" : parsed.GetValue(option)!);
            }
            catch (UnrollException e)
            {
                throw new UnrollException("--" + e.Message, e);
            }
        }
        return options;
    }
}
