using System.CommandLine;
using Unroll.Data;

namespace Unroll.Cli;

/// <summary>The options that say which columns of a file hold what is classified, and its label.</summary>
internal sealed class LabelledColumns
{
    private readonly Option<string?> text = Column("--text", "The column of texts."), audio = Column("--audio", "The column that names WAV files (16-bit PCM), relative to the file's folder.");
    private readonly Option<string?> time = Column("--time", "The column of a step's time; the file's order when not given."), label = Column("--label", "The column of labels.");
    private readonly Option<string[]> series = Columns("--series", "The columns that name the series of a row, in a file of a step a row.");
    private readonly Option<string[]> target = Columns("--target", "The columns of numbers: a step's, or beside a text or sound a row's; joined by commas.");
    private readonly Option<bool> noHeader = new("--no-header") { Description = "The file has no header: its columns are called 1, 2, 3 ... Of two columns the first is the text and the second the label when nothing else is said." };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { text, audio, series, time, target, label, noHeader }) command.Options.Add(option);
    }

    public LabelledLayout Layout(ParseResult parsed)
    {
        var layout = new LabelledLayout
        {
            Text = parsed.GetValue(text), Audio = parsed.GetValue(audio), Series = Names(parsed, series), Time = parsed.GetValue(time), Targets = Names(parsed, target), Label = parsed.GetValue(label), NoHeader = parsed.GetValue(noHeader),
        };
        return layout.NoHeader && layout is { Text: null, Audio: null, Label: null, Series.Count: 0, Targets.Count: 0 } ? layout with { Text = "1", Label = "2" } : layout;
    }

    private static Option<string?> Column(string name, string help) => new(name) { Description = help, HelpName = "column" };

    private static Option<string[]> Columns(string name, string help) => new(name) { Description = help, HelpName = "columns" };

    private static string[] Names(ParseResult parsed, Option<string[]> option) =>
        [.. (parsed.GetValue(option) ?? []).SelectMany(static t => t.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
}
