using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Unroll.Data;
using Unroll.Data.Tokenizers;
using Unroll.Tasks.Language;

namespace Unroll.Cli;

/// <summary>The program's exit codes.</summary>
internal static class Exit
{
    public const int Done = 0;
    public const int BadInput = 2;
    public const int InternalError = 70;
    public const int Stopped = 130;
}

/// <summary>What the program says when it cannot do what was asked: one line.</summary>
internal static class Complaint
{
    /// <summary>Writes a line to standard error, with the details below it only where they are asked for.</summary>
    public static void Write(string message, Exception? details = null)
    {
        Console.Error.WriteLine($"unroll: {message.ReplaceLineEndings(" ")}");
        if (details is not null) Console.Error.WriteLine(details);
    }

    /// <summary>Says what of a prompt the model does not know, where there is any, and how much of it the model sees where it is too long: it goes on with the rest.</summary>
    public static void OfPrompt(LanguageModel model, string prompt)
    {
        Tokenizer tokenizer = model.Tokenizer;
        if (model.Context is { } most && tokenizer.Encode(prompt).Length is var given && given > most) Write($"the prompt has {given} tokens; the model sees the last {most} at most");
        IReadOnlyList<string> unknown = tokenizer.UnknownIn(prompt);
        if (unknown.Count > 0) Write($"the model does not know {ShownText.List(unknown)}: read as {tokenizer.Vocabulary[tokenizer.Unknown]}");
    }

    /// <summary>The first thing wrong with the arguments; an unknown option comes with the nearest ones.</summary>
    public static string Of(ParseResult parsed)
    {
        string[] unknown = [.. parsed.UnmatchedTokens];
        if (unknown.Length > 0)
        {
            string wrong = unknown[0];
            Command command = parsed.CommandResult.Command;
            // A mistyped task is taken for a recipe, and then its options are the unknown ones.
            string? mistyped = parsed.CommandResult.Tokens.Select(static t => t.Value).FirstOrDefault(t => !File.Exists(t) && NearestNames.Question(t, command.Subcommands.Select(static c => c.Name)).Length > 0);
            if (mistyped is not null) wrong = mistyped;
            IEnumerable<string> known = wrong.StartsWith('-') ? command.Options.Select(static o => o.Name) : command.Subcommands.Select(static c => c.Name);
            string what = wrong.StartsWith('-') ? "option" : command.Subcommands.Count > 0 ? "command" : "argument";
            string question = NearestNames.Question(wrong, known);
            return $"unknown {what} '{wrong}'{(question.Length > 0 ? question : "; see unroll --help")}";
        }
        ParseError first = parsed.Errors[0];
        return first.SymbolResult is OptionResult { Tokens: [var given] } result && Wanted(result.Option.ValueType, given.Value) is { } wanted ? $"{result.Option.Name} must be {wanted}, got '{given.Value}'." : first.Message;
    }

    /// <summary>What an option of a type takes; nothing where the text is that.</summary>
    private static string? Wanted(Type type, string text)
    {
        if (type == typeof(ulong)) return ulong.TryParse(text, CultureInfo.InvariantCulture, out _) ? null : "a whole number, 0 or more";
        return type == typeof(int) && !int.TryParse(text, CultureInfo.InvariantCulture, out _) ? "a whole number of at most 2147483647" : null;
    }
}
