using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Unroll.Reports;
using Unroll.Tasks.Vectors;
using Markup = Spectre.Console.Markup;

namespace Unroll.Cli;

/// <summary><c>unroll vectors neighbours|analogy|evaluate|plot|convert MODEL ...</c>: what word vectors are good for.</summary>
internal static class VectorsVerb
{
    private const int UsualTop = 10;

    public static Command Make() => new("vectors", "Ask word vectors, measure, draw or convert them: a model folder, or a file of word2vec (.txt, .vec, .bin, .gz behind).")
    {
        Neighbours(), Analogy(), Evaluate(), Plot(), Convert(),
    };

    private static Command Neighbours()
    {
        (Argument<string> model, Option<bool> verbose) = Shared();
        var words = new Argument<string[]>("word") { Description = "One word or several.", Arity = ArgumentArity.OneOrMore };
        Option<int> top = Top("How many of each. Default 10.");
        var command = new Command("neighbours", "The words nearest to a word, by the cosine of the angle.") { model, words, top, verbose };
        command.SetAction(parsed =>
        {
            int count = Least(parsed, top);
            WordVectors vectors = WordVectors.Load(parsed.GetValue(model)!);
            string[] asked = parsed.GetValue(words)!;
            IReadOnlyList<Neighbour>[] found = [.. asked.Select(word => vectors.Neighbours(word, count))];
            for (int i = 0; i < asked.Length; i++)
            {
                if (asked.Length > 1) Console.WriteLine($"{(i > 0 ? "\n" : "")}{asked[i]}");
                Write(found[i]);
            }
            return Exit.Done;
        });
        return command;
    }

    private static Command Analogy()
    {
        (Argument<string> model, Option<bool> verbose) = Shared();
        Argument<string> a = Word("a"), b = Word("b"), c = Word("c");
        Option<int> top = Top("How many words. Default 10.");
        var command = new Command("analogy", "a is to b as c is to what: the words nearest to b - a + c.") { model, a, b, c, top, verbose };
        command.SetAction(parsed =>
        {
            int count = Least(parsed, top);
            Write(WordVectors.Load(parsed.GetValue(model)!).Analogy(parsed.GetValue(a)!, parsed.GetValue(b)!, parsed.GetValue(c)!, count));
            return Exit.Done;
        });
        return command;

        static Argument<string> Word(string name) => new(name) { Description = "A word." };
    }

    private static Command Evaluate()
    {
        (Argument<string> model, Option<bool> verbose) = Shared();
        var similarity = new Option<string[]>("--similarity") { Description = "Pairs of words with the similarity that people see, such as WordSim-353 or SimLex-999; one file or several.", HelpName = "file", AllowMultipleArgumentsPerToken = true };
        var analogies = new Option<string?>("--analogies") { Description = "Questions of four words in sections, such as questions-words.txt.", HelpName = "file" };
        var restrict = new Option<int>("--restrict") { Description = "Only so many of the first words are known to the analogies; 0 for all. Default 30000.", HelpName = "n", DefaultValueFactory = static _ => 30_000 };
        var command = new Command("evaluate", "Measure vectors by what people say of words.") { model, similarity, analogies, restrict, verbose };
        command.SetAction(parsed =>
        {
            using var interruption = new Interruption();
            string[] pairs = parsed.GetValue(similarity) ?? [];
            string? questions = parsed.GetValue(analogies);
            int known = parsed.GetValue(restrict);
            if (pairs.Length == 0 && questions is null) throw new UnrollException("nothing to measure by: name a file with --similarity or --analogies.");
            if (known < 0) throw new UnrollException($"--restrict must be at least 0, got {known}.");
            WordVectors vectors = WordVectors.Load(parsed.GetValue(model)!);
            SimilarityScore[] similar = [.. pairs.Select(vectors.EvaluateSimilarity)];
            AnalogyScore? analogous = questions is null ? null : vectors.EvaluateAnalogies(questions, known, interruption.Token);
            if (similar.Length > 0)
            {
                Table table = ResultTable.Begin(["pairs", "known", "Spearman's rho"]);
                foreach (SimilarityScore s in similar) table.AddRow(Markup.Escape(s.Name), Number(s.Pairs), Number(s.Found), double.IsNaN(s.Spearman) ? "- " : s.Spearman.ToString("F4", CultureInfo.InvariantCulture));
                ResultTable.Write(table);
            }
            if (analogous is not null)
            {
                Table table = ResultTable.Begin(["questions", "asked", "right", "accuracy"]);
                foreach (AnalogySection s in (AnalogySection[])[.. analogous.Sections, analogous.Semantic, analogous.Syntactic, analogous.Total])
                    table.AddRow(Markup.Escape(s.Name), Number(s.Questions), Number(s.Asked), Number(s.Right), s.Asked == 0 ? "- " : string.Create(CultureInfo.InvariantCulture, $"{100 * s.Accuracy:F2} %"));
                ResultTable.Write(table);
            }
            return Exit.Done;
        });
        return command;
    }

    private static Command Plot()
    {
        (Argument<string> model, Option<bool> verbose) = Shared();
        var words = new Option<string[]>("--words") { Description = "The words to draw, joined by commas or spaces; the most frequent when not given.", HelpName = "words", AllowMultipleArgumentsPerToken = true };
        var count = new Option<int>("--count") { Description = $"How many of the most frequent. Default {VectorsReport.UsualWords}.", HelpName = "n", DefaultValueFactory = static _ => VectorsReport.UsualWords };
        var output = new Option<string>("--out") { Description = "The HTML file to write. Default vectors.html.", HelpName = "file", DefaultValueFactory = static _ => "vectors.html" };
        var command = new Command("plot", "Draw words as a map: the plane in which they differ most.") { model, words, count, output, verbose };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(model)!, to = parsed.GetValue(output)!;
            if (to.Length == 0) throw new UnrollException("--out is empty; name the HTML file to write.");
            int most = parsed.GetValue(count);
            if (most is < 2 or > 2000) throw new UnrollException($"--count must be 2 to 2000, got {most}.");
            string[] given = [.. (parsed.GetValue(words) ?? []).SelectMany(static w => w.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Distinct()];
            if (given.Length == 1) throw new UnrollException("--words must name at least 2 different words.");
            WordVectors vectors = WordVectors.Load(path);
            string[] drawn = given.Length > 0 ? given : [.. vectors.Words.Take(most)];
            VectorsReport.SaveMap(to, Path.GetFileName(Path.TrimEndingDirectorySeparator(path)), vectors, drawn);
            Console.WriteLine($"wrote {to}: {ResultTable.Count(drawn.Length, "word")}");
            return Exit.Done;
        });
        return command;
    }

    private static Command Convert()
    {
        (Argument<string> model, Option<bool> verbose) = Shared();
        var output = new Option<string?>("--out") { Description = "The file to write: .txt or .vec as text, .bin as binary numbers, .gz behind packs it; any other name is a model folder.", HelpName = "file" };
        var command = new Command("convert", "Write vectors in another form.") { model, output, verbose };
        command.SetAction(parsed =>
        {
            string to = parsed.GetValue(output) is { Length: > 0 } given ? given : throw new UnrollException("--out is missing: name the file to write.");
            if (Directory.Exists(to) && Directory.EnumerateFileSystemEntries(to).Any()) throw new UnrollException($"--out '{to}' holds other files; name a new folder or a file.");
            WordVectors vectors = WordVectors.Load(parsed.GetValue(model)!);
            vectors.Save(to);
            Console.WriteLine($"wrote {to}: {ResultTable.Count(vectors.Count, "vector")} of {vectors.Size} numbers");
            return Exit.Done;
        });
        return command;
    }

    private static (Argument<string> Model, Option<bool> Verbose) Shared() =>
        (new Argument<string>("model") { Description = "The model folder or file of vectors." }, new Option<bool>("--verbose") { Description = "Show details of errors." });

    private static Option<int> Top(string help) => new("--top") { Description = help, HelpName = "n", DefaultValueFactory = static _ => UsualTop };

    private static int Least(ParseResult parsed, Option<int> top) => parsed.GetValue(top) is >= 1 and var n ? n : throw new UnrollException($"--top must be at least 1, got {parsed.GetValue(top)}.");

    private static void Write(IReadOnlyList<Neighbour> found)
    {
        foreach (Neighbour n in found) Console.WriteLine(FormattableString.Invariant($"{n.Similarity:F4}  {n.Word}"));
    }

    private static string Number(int n) => n.ToString("N0", CultureInfo.InvariantCulture);
}
