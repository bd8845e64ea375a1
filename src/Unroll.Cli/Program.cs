using System.CommandLine;
using System.Globalization;
using Unroll;
using Unroll.Cli;
using Unroll.Cli.Tour;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
Console.OutputEncoding = System.Text.Encoding.UTF8;

var root = new RootCommand("Unroll: sequence learning for .NET.\n\n"
    + "  unroll train forecast --data sales.csv --horizon 28     learn to forecast a CSV's series\n"
    + "  unroll train language --data book.txt                   learn to write as a text does\n"
    + "  unroll train tag --data sentences.conllu                learn to tag words: parts of speech, names\n"
    + "  unroll train translate --data pairs.tsv                 learn to turn one side of pairs into the other\n"
    + "  unroll train classify --data reviews.csv --text body --label stars   learn labels\n"
    + "  unroll train vectors --data book.txt                    learn a vector for each word\n"
    + "  unroll train recipe.yaml                                the same run again\n"
    + "  unroll evaluate runs/sales-28 --data sales.csv          backtest beside simple methods\n"
    + "  unroll predict runs/sales-28 --data sales.csv           forecast what comes next\n"
    + "  unroll predict runs/pairs-translate --text \"hallo\"      translate\n"
    + "  unroll inspect runs/sales-28 --data sales.csv           see it at work: gates, gradients, memory\n"
    + "  unroll generate runs/book-word --prompt \"Once\"          write on\n"
    + "  unroll vectors neighbours runs/book-vectors king        words used alike\n"
    + "  unroll tour                                             what recurrent networks are, in ten chapters that run");
root.Subcommands.Add(TrainVerb.Make());
root.Subcommands.Add(EvaluateVerb.Make());
root.Subcommands.Add(PredictVerb.Make());
root.Subcommands.Add(InspectVerb.Make());
root.Subcommands.Add(GenerateVerb.Make());
root.Subcommands.Add(VectorsVerb.Make());
root.Subcommands.Add(TourVerb.Make());

ParseResult parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
bool verbose = args.Contains("--verbose");
if (parsed.Errors.Count > 0 && parsed.Action is not System.CommandLine.Help.HelpAction)
{
    Complaint.Write(Complaint.Of(parsed));
    return Exit.BadInput;
}
try
{
    var help = new StringWriter();
    int code = parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = help });
    Console.Out.Write(help.ToString().Replace(RootCommand.ExecutableName, "unroll"));       // what people type is the script's name
    return code;
}
catch (UnrollException e)
{
    Complaint.Write(e.Message, verbose ? e : null);
    return Exit.BadInput;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("unroll: stopped");
    return Exit.Stopped;
}
catch (Exception e)
{
    Complaint.Write($"internal error: {e.GetType().Name}: {e.Message}{(verbose ? "" : " (run with --verbose for details)")}", verbose ? e : null);
    return Exit.InternalError;
}
