using Unroll.Layers;
using Unroll.Reports;
using Unroll.Tasks.Vectors;
using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Cli.Tour;

/// <summary>Words as vectors: skip-gram on sentences made on the spot; words used alike end near each other.</summary>
internal static class EmbeddingChapter
{
    private const int Width = 8, Sentences = 400;

    private static readonly (string Kind, Tone Tone, string[] Words)[] Kinds =
    [
        ("animals", Tone.Blue, ["cat", "dog", "horse", "mouse", "goat", "hen"]),
        ("food", Tone.Orange, ["bread", "corn", "grass", "cheese", "apples", "rice"]),
        ("cities", Tone.Green, ["Oslo", "Lima", "Cairo", "Paris", "Delhi", "Quito"]),
        ("days", Tone.Magenta, ["Monday", "Tuesday", "Thursday", "Friday", "Saturday", "Sunday"]),
    ];

    private static readonly string[] Others = ["the", "eats", "lives", "in", "on", "wants", "sleeps", "near", "and"];

    private sealed class SkipGram : Module
    {
        public Embedding Vectors { get; }

        public Linear Context { get; }

        public SkipGram(int words) => (Vectors, Context) = (Child("vectors", new Embedding(words, Width)), Child("context", new Linear(Width, words, bias: false)));
    }

    /// <summary>Trains the vectors and draws them.</summary>
    public static Chapter Run(ulong seed, CancellationToken stop)
    {
        string[] words = [.. Kinds.SelectMany(static k => k.Words), .. Others];
        (int Centre, int Beside)[] pairs = Pairs(words, new RandomStream(seed, 1));
        (int[] Centres, int[] Besides) Draw(int count, RandomStream random)
        {
            int[] chosen = [.. Enumerable.Range(0, count).Select(_ => random.NextInt(pairs.Length))];
            return ([.. chosen.Select(i => pairs[i].Centre)], [.. chosen.Select(i => pairs[i].Beside)]);
        }
        // listing: begin
        var model = new SkipGram(words.Length);             // Vectors: Embedding(words, 8); Context: Linear(8, words)
        model.Initialize(seed);
        float[] before = model.Vectors.Weight.ToArray();
        var options = new TrainerOptions { Epochs = 1, StepsPerEpoch = 500, Seed = seed };
        new Trainer(model, new Adam(model.NamedParameters(), 1e-2), options).Fit(step =>
        {
            (int[] centres, int[] besides) = Draw(128, step.Random);        // words, and what stands within two
            return Loss.CrossEntropy(model.Context.Forward(model.Vectors.Forward(centres)), besides);
        }, cancellation: stop);
        float[] after = model.Vectors.Weight.ToArray();     // [words, 8]: a row a word
        // listing: end
        (double alikeBefore, double otherBefore, _) = Grouping(before);
        (double alike, double other, double nearest) = Grouping(after);
        int content = Kinds.Sum(static k => k.Words.Length);
        (double X, double Y)[] places = PrincipalAxes.Plane([.. Enumerable.Range(0, content).Select(w => Row(after, w))]);
        WordPoint[] points = [.. Kinds.SelectMany(static k => k.Words.Select(word => (Word: word, k.Tone))).Select((w, i) => new WordPoint(w.Word, places[i].X, places[i].Y) { Tone = w.Tone })];
        return new Chapter
        {
            Text =
            [
                "A network computes with numbers, so each word gets a row of them: its embedding. At first the rows are random. They are weights as all others, and training moves them.",
                $"Skip-gram moves them by one question: which words stand near this one? Here it is asked on {Sentences} sentences that are made on the spot by a few rules, such as \"the cat eats bread\" and \"on Monday the dog lives in Oslo\". Nobody says which words are animals; they only stand in the same places.",
            ],
            Equation = new ReportEquation(["p(v | w) = \\frac{exp(u_v^\\top e_w)}{\\sum_{v'} exp(u_{v'}^\\top e_w)}", "L = -log p(v | w)"],
                "The embedding e of a word w predicts each word v that stands near it, through a second vector u of v. Words with the same neighbours need the same e, so they come to lie near each other."),
            Pictures =
            [
                new ReportChart(new WordMap(points)
                {
                    Title = $"The {content} words in the plane in which they differ most ({string.Join(", ", Kinds.Select(static k => $"{k.Kind} {Palette.Class(k.Tone)[2..]}"))})", Height = 460,
                    Description = $"{content} words in a plane, in groups: {string.Join("; ", Kinds.Select(static k => $"{k.Kind}: {string.Join(", ", k.Words)}"))}. Both axes are principal components of the {Width} numbers of a word, without units.",
                }),
            ],
            Seen = new ReportReading($"What you see: four groups. Two words of one group have a cosine of {NumberLabel.Of(alike)} on the average, two of different groups {NumberLabel.Of(other)}; before training it was {NumberLabel.Of(alikeBefore)} and {NumberLabel.Of(otherBefore)}. "
                + $"For {NumberLabel.Percent(nearest)} of the words the nearest other word is one of their own group. The axes are the two directions of the {Width} in which the vectors differ most; they have no units."),
            Lines = "SkipGram holds the two layers that the comment names; Draw takes pairs from the sentences.",
            Sources = "Mikolov et al. 2013, Efficient estimation of word representations in vector space; Mikolov et al. 2013, Distributed representations of words and phrases and their compositionality.",
            Figures = [("alike", alike), ("other", other), ("alike-before", alikeBefore), ("other-before", otherBefore), ("nearest", nearest)],
        };
    }

    // Every word with each that stands within two of it.
    private static (int Centre, int Beside)[] Pairs(string[] words, RandomStream random)
    {
        string Any(int kind) => Kinds[kind].Words[random.NextInt(Kinds[kind].Words.Length)];
        string Animal() => $"the {Any(0)}";
        string Sentence() => random.NextInt(5) switch
        {
            0 => $"{Animal()} eats {Any(1)} and {Any(1)}",
            1 => $"{Animal()} wants {Any(1)}",
            2 => $"on {Any(3)} {Animal()} sleeps",
            3 => $"{Animal()} lives in {Any(2)} near {Any(2)}",
            _ => $"on {Any(3)} and on {Any(3)} {Animal()} lives in {Any(2)}",
        };
        var pairs = new List<(int, int)>();
        for (int s = 0; s < Sentences; s++)
        {
            int[] sentence = [.. Sentence().Split(' ').Select(word => Array.IndexOf(words, word))];
            for (int i = 0; i < sentence.Length; i++)
                for (int k = Math.Max(0, i - 2); k <= Math.Min(sentence.Length - 1, i + 2); k++)
                    if (k != i) pairs.Add((sentence[i], sentence[k]));
        }
        return [.. pairs];
    }

    private static double[] Row(float[] table, int word) => [.. table.AsSpan(word * Width, Width).ToArray().Select(static v => (double)v)];

    // The mean cosine of two words of one kind and of two kinds, and how many words have one of their kind as the nearest.
    private static (double Alike, double Other, double Nearest) Grouping(float[] table)
    {
        int[] kinds = [.. Kinds.SelectMany(static (k, i) => k.Words.Select(_ => i))];
        double[] alike = [.. Cosines(true)], other = [.. Cosines(false)];
        int right = Enumerable.Range(0, kinds.Length).Count(w => kinds[Enumerable.Range(0, kinds.Length).Where(v => v != w).MaxBy(v => Cosine(w, v))] == kinds[w]);
        return (alike.Average(), other.Average(), (double)right / kinds.Length);

        IEnumerable<double> Cosines(bool same) => from w in Enumerable.Range(0, kinds.Length) from v in Enumerable.Range(0, w) where kinds[w] == kinds[v] == same select Cosine(w, v);

        double Cosine(int w, int v)
        {
            double[] a = Row(table, w), b = Row(table, v);
            return a.Zip(b).Sum(static p => p.First * p.Second) / Math.Sqrt(a.Sum(static x => x * x) * b.Sum(static x => x * x));
        }
    }
}
