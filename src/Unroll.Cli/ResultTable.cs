using System.Globalization;
using Spectre.Console;

namespace Unroll.Cli;

/// <summary>Tables of figures: with rules and colours on a terminal, plain characters elsewhere.</summary>
internal static class ResultTable
{
    private const int PlainWidth = 160, ShownLines = 8;

    /// <summary>A table whose first column names the row; figures stand to the right.</summary>
    public static Table Begin(IEnumerable<string> columns)
    {
        var table = new Table { Border = Console.IsOutputRedirected ? TableBorder.Ascii : TableBorder.Rounded };
        table.AddColumn("");
        foreach (string column in columns) table.AddColumn(new TableColumn(column).RightAligned());
        return table;
    }

    /// <summary>Writes a table to standard output.</summary>
    public static void Write(Table table)
    {
        bool plain = Console.IsOutputRedirected;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Out), Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect, ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        if (plain) console.Profile.Width = PlainWidth;
        console.Write(table);
    }

    /// <summary>The first of some lines of a file: line 3, 8, 12.</summary>
    public static string Lines(IReadOnlyList<int> lines) => $"line {string.Join(", ", lines.Take(ShownLines))}{(lines.Count > ShownLines ? " ..." : "")}";

    /// <summary>A number of things in words: 1 window, 1,200 windows.</summary>
    public static string Count(long n, string one, string? many = null) => $"{n.ToString("N0", CultureInfo.InvariantCulture)} {(n == 1 ? one : many ?? one + "s")}";
}
