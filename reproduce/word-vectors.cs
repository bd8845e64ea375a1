#:project ../src/Unroll/Unroll.csproj
#:property PublishAot=false

// Word vectors of Penn Treebank's training text, held against what people say of words, and of a larger text that is made here and in which it is known what belongs together.
//     dotnet run -c Release reproduce/word-vectors.cs -- ptb|planted [data folder]
//     dotnet run -c Release reproduce/word-vectors.cs -- text FILE [lines]        writes the larger text, for other programs to train on
// word-vectors-gensim.py beside this file trains gensim's with the same settings and prints the same table.

using System.Globalization;
using Unroll;
using Unroll.Tasks.Vectors;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const int places = 300, rare = 30_000;
const int usualLines = 500_000;
string[] kinds = ["country", "capital", "river", "coin"];
switch (args)
{
    case ["ptb", ..]: Treebank(Path.Combine(args.ElementAtOrDefault(1) ?? Environment.GetEnvironmentVariable("UNROLL_DATA") ?? Path.Combine("..", "shared", "data"))); return 0;
    case ["planted"]: Planted(); return 0;
    case ["text", var path, ..]: WriteText(path, args.Length > 2 ? int.Parse(args[2]) : usualLines); return 0;
    default:
        Console.Error.WriteLine("Usage: dotnet run -c Release reproduce/word-vectors.cs -- ptb [data folder] | planted | text FILE [lines]");
        return 2;
}

// Settings as word2vec's own demonstration on a small text: 200 numbers, window 5, 5 drawn words, sub-sampling 1e-4; 20 passes, as the text is short.
void Treebank(string data)
{
    string text = Path.Combine(data, "ptb", "ptb.train.txt.gz"), lists = Path.Combine(data, "words");
    var fit = new VectorFitOptions { Size = 200, Window = 5, Negative = 5, Sample = 1e-4, Epochs = 20 };
    (string Name, VectorOptions Options)[] ways =
    [
        .. from model in new[] { VectorModel.SkipGram, VectorModel.Cbow }
           from objective in new[] { VectorObjective.NegativeSampling, VectorObjective.HierarchicalSoftmax }
           select ($"{(model == VectorModel.Cbow ? "CBOW" : "skip-gram")}, {(objective == VectorObjective.NegativeSampling ? "negative sampling" : "hierarchical softmax")}", new VectorOptions { Fit = fit with { Model = model, Objective = objective } }),
        ("skip-gram, negative sampling, pieces of words", new VectorOptions { Fit = fit, Subwords = new SubwordOptions { Use = true } }),
    ];
    Console.WriteLine("| Unroll | words/s | WordSim-353 (pairs known) | SimLex-999 | analogies (asked) |\n|---|---|---|---|---|");
    var near = new List<string>();
    foreach ((string name, VectorOptions options) in ways)
    {
        WordVectors v = WordVectors.Train(text, options, new Speed());
        SimilarityScore people = v.EvaluateSimilarity(Path.Combine(lists, "wordsim353.tsv")), lex = v.EvaluateSimilarity(Path.Combine(lists, "simlex999.txt"));
        AnalogySection all = v.EvaluateAnalogies(Path.Combine(lists, "questions-words.txt")).Total;
        Console.WriteLine($"| {name} | {Speed.Last / 1000:F0} k | {people.Spearman:F3} ({people.Found}) | {lex.Spearman:F3} ({lex.Found}) | {100 * all.Accuracy:F1} % ({all.Asked}) |");
        near.AddRange(new[] { "monday", "company", "million" }.Select(word => $"{name}: {word}: {string.Join(", ", v.Neighbours(word, 8).Select(n => n.Word))}"));
    }
    Console.WriteLine();
    foreach (string line in near) Console.WriteLine(line);
}

// Each line is about one place and one of four kinds of thing; both show in the words beside the thing's name, and so kind2place - kind1place + kind1other must lead to kind2other.
void Planted()
{
    string path = Path.Combine(Path.GetTempPath(), $"unroll-planted-{Guid.NewGuid():N}.txt"), questions = path + ".questions";
    try
    {
        WriteText(path, usualLines);
        WriteQuestions(questions);
        Console.WriteLine("| Unroll, planted text | words/s | analogies right, of all asked |\n|---|---|---|");
        foreach (VectorModel model in new[] { VectorModel.SkipGram, VectorModel.Cbow })
        {
            foreach (bool alone in new[] { true, false })
            {
                var options = new VectorOptions { Fit = new VectorFitOptions { Size = 100, Sample = 1e-4, Epochs = 3, Model = model, Deterministic = alone } };
                WordVectors v = WordVectors.Train(path, options, new Speed());
                AnalogySection all = v.EvaluateAnalogies(questions, restrict: 0).Total;
                Console.WriteLine($"| {(model == VectorModel.Cbow ? "CBOW" : "skip-gram")}, {(alone ? "one thread, deterministic" : $"{Environment.ProcessorCount} threads, Hogwild")} | {Speed.Last / 1000:F0} k | {100 * all.Accuracy:F1} % of {all.Asked} |");
            }
        }
    }
    finally
    {
        File.Delete(path);
        File.Delete(questions);
    }
}

void WriteText(string path, int lines)
{
    var random = new RandomStream(1);
    using var text = new StreamWriter(path) { NewLine = "\n" };
    string[] words = new string[11];
    int[] order = [.. Enumerable.Range(0, words.Length)];
    for (int line = 0; line < lines; line++)
    {
        int place = random.NextInt(places), kind = random.NextInt(kinds.Length);
        words[0] = $"{kinds[kind]}{place}";
        for (int i = 1; i < 4; i++) words[i] = $"place{place}{(char)('a' + random.NextInt(4))}";
        for (int i = 4; i < 7; i++) words[i] = $"{kinds[kind]}like{random.NextInt(6)}";
        for (int i = 7; i < words.Length; i++) words[i] = $"w{(int)Math.Pow(rare, random.NextDouble())}";        // the n-th word about as often as 1 / n, as in language
        random.Shuffle(order);
        text.WriteLine(string.Join(' ', order.Select(i => words[i])));
    }
}

void WriteQuestions(string path)
{
    var random = new RandomStream(2);
    using var text = new StreamWriter(path) { NewLine = "\n" };
    for (int a = 0; a < kinds.Length; a++)
        for (int b = 0; b < kinds.Length; b++)
        {
            if (a == b) continue;
            text.WriteLine($": {kinds[a]} to {kinds[b]}");
            for (int i = 0; i < 500; i++)
            {
                int from = random.NextInt(places), to = (from + 1 + random.NextInt(places - 1)) % places;
                text.WriteLine($"{kinds[a]}{from} {kinds[b]}{from} {kinds[a]}{to} {kinds[b]}{to}");
            }
        }
}

internal sealed class Speed : IProgress<Unroll.Training.TrainingProgress>
{
    public static double Last { get; private set; }

    public void Report(Unroll.Training.TrainingProgress p) => Last = p.StepsPerSecond;
}
