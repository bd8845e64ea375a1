using System.CommandLine;
using System.Globalization;
using Unroll.Tasks.Language;

namespace Unroll.Cli;

/// <summary><c>unroll generate MODEL --prompt TEXT</c>: write on from a prompt, as it is drawn.</summary>
internal static class GenerateVerb
{
    public static Command Make()
    {
        var model = new Argument<string>("model") { Description = "The model folder of a language model." };
        var prompt = new Option<string>("--prompt") { Description = "What the text begins with.", HelpName = "text", DefaultValueFactory = static _ => "" };
        var length = Number("--length", "Most tokens. Default 100.", 100);
        var temperature = Number("--temperature", "Below 1 surer, above 1 bolder, 0 always the likeliest token. Default 1.", 1);
        var topK = Number("--top-k", "Only so many of the likeliest tokens; 0 for all.", 0);
        var topP = Number("--top-p", "Only the likeliest tokens that together have this probability; 1 for all.", 1);
        var minP = Number("--min-p", "Only tokens at least this share as likely as the likeliest; 0 for all.", 0);
        var penalty = Number("--repetition-penalty", "Above 1 keeps from saying the same again; 1 for none.", 1);
        var beams = Number("--beams", "Above 1: the likeliest text, by so many hypotheses side by side, in place of a drawn one.", 1);
        var seed = Number("--seed", "Every draw follows from it. Default 1.", 1);
        var stop = new Option<string?>("--stop") { Description = "End where this text has been written.", HelpName = "text" };
        var verbose = new Option<bool>("--verbose") { Description = "Show details of errors." };
        var command = new Command("generate", "Write text with a language model.") { model, prompt, length, temperature, topK, topP, minP, penalty, beams, seed, stop, verbose };
        command.SetAction(parsed =>
        {
            using var interruption = new Interruption();
            var options = new GenerateOptions
            {
                Length = (int)Whole(length, int.MaxValue), Temperature = Value(temperature), TopK = (int)Whole(topK, int.MaxValue), TopP = Value(topP), MinP = Value(minP), RepetitionPenalty = Value(penalty),
                Seed = Whole(seed, ulong.MaxValue), Stop = parsed.GetValue(stop), Beams = (int)Whole(beams, int.MaxValue),
            };
            options.Check();
            LanguageModel loaded = LanguageModel.Load(parsed.GetValue(model)!);
            string text = parsed.GetValue(prompt)!;
            Complaint.OfPrompt(loaded, text);
            Console.Out.Write(text);
            foreach (string piece in loaded.Write(text, options, interruption.Token))
            {
                Console.Out.Write(piece);
                Console.Out.Flush();
            }
            Console.Out.WriteLine();
            return Exit.Done;

            double Value(Option<string> option) => double.TryParse(parsed.GetValue(option), NumberStyles.Float, CultureInfo.InvariantCulture, out double v)
                ? v
                : throw new UnrollException($"{option.Name} must be a number, got '{parsed.GetValue(option)}'.");

            ulong Whole(Option<string> option, ulong most) => ulong.TryParse(parsed.GetValue(option), NumberStyles.None, CultureInfo.InvariantCulture, out ulong v) && v <= most
                ? v
                : throw new UnrollException($"{option.Name} must be a whole number of at least 0, got '{parsed.GetValue(option)}'.");
        });
        return command;
    }

    private static Option<string> Number(string name, string help, double usual) =>
        new(name) { Description = help, HelpName = "n", DefaultValueFactory = _ => usual.ToString(CultureInfo.InvariantCulture) };
}
