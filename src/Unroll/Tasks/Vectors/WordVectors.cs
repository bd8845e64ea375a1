using Unroll.Data;
using Unroll.Data.Tokenizers;
using Unroll.Kernels;
using Unroll.Training;

namespace Unroll.Tasks.Vectors;

/// <summary>A word near another, or one that an analogy leads to.</summary>
/// <param name="Word">The word.</param>
/// <param name="Similarity">The cosine of the angle to what was asked for, -1 to 1.</param>
public readonly record struct Neighbour(string Word, double Similarity);

/// <summary>A vector for each of a set of words, so that words which are used alike lie in like directions (Mikolov et al. 2013a, b; with pieces of words Bojanowski et al. 2017). Immutable.</summary>
/// <remarks>
/// <code>
/// WordVectors vectors = WordVectors.Train("corpus.txt", new VectorOptions());
/// foreach (Neighbour near in vectors.Neighbours("king", 10)) Console.WriteLine(near);
/// vectors.Save("vectors.bin");
/// </code>
/// </remarks>
public sealed partial class WordVectors
{
    private readonly string[] words;
    private readonly float[] vectors;                                                  // [V, size]
    private readonly float[] unit;                                                     // [V, size], each of length 1, or 0 where the vector is
    private readonly Dictionary<string, int> rowOf;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup;
    private readonly Subwords? subwords;
    private readonly float[] pieces;                                                   // [buckets, size]

    /// <summary>Vectors from elsewhere.</summary>
    /// <param name="words">The words, the most frequent first where that is known.</param>
    /// <param name="vectors"><c>[words, size]</c>, finite.</param>
    /// <param name="size">Length of a vector.</param>
    /// <exception cref="ArgumentException">The numbers do not fit, are not finite, or a word stands twice.</exception>
    public WordVectors(IReadOnlyList<string> words, ReadOnlySpan<float> vectors, int size) : this([.. words], vectors.ToArray(), size, null, [])
    {
    }

    private WordVectors(string[] words, float[] vectors, int size, Subwords? subwords, float[] pieces)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        if (vectors.Length != (long)words.Length * size) throw new ArgumentException($"WordVectors: {words.Length} words of {size} numbers each need {(long)words.Length * size} numbers, got {vectors.Length}.");
        (this.words, this.vectors, Size, this.subwords, this.pieces) = (words, vectors, size, subwords, pieces);
        rowOf = new Dictionary<string, int>(words.Length, StringComparer.Ordinal);
        lookup = rowOf.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int i = 0; i < words.Length; i++)
            if (!rowOf.TryAdd(words[i], i)) throw new ArgumentException($"WordVectors: the word {ShownText.Of(words[i])} stands twice.");
        unit = new float[vectors.Length];
        for (int i = 0; i < words.Length; i++) Normalise(Row(i), unit.AsSpan(i * size, size));
    }

    /// <summary>The words, the most frequent first where that is known.</summary>
    public IReadOnlyList<string> Words => words;

    /// <summary>How many words there are.</summary>
    public int Count => words.Length;

    /// <summary>Length of a vector.</summary>
    public int Size { get; }

    /// <summary>Whether pieces of words have vectors too, and so words that the text lacked.</summary>
    public bool HasSubwords => subwords is not null;

    /// <summary>What they were trained with; none where they came without it.</summary>
    public VectorOptions? Options { get; private init; }

    /// <summary>The passes of training, losses as means over predictions; empty for vectors that were loaded.</summary>
    public IReadOnlyList<EpochRecord> History { get; private init; } = [];

    /// <summary>Learns the words of a text.</summary>
    /// <param name="path">The text file: UTF-8, plain or packed by gzip.</param>
    /// <param name="options">What a word is.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UnrollException">The text cannot be read or has fewer than two words that stand often enough.</exception>
    public static WordTokenizer TrainTokenizer(string path, VectorTextOptions options, CancellationToken cancellation = default)
    {
        WordTokenizer tokenizer = WordTokenizer.Train(TextFile.Pieces(path, cancellation), int.MaxValue, options.LeastCount, options.LowerCase, options.SplitPunctuation);
        int words = tokenizer.Count - 2;
        if (words >= 2) return tokenizer;
        string found = words == 0 ? "no word stands" : $"only the word {ShownText.Of(tokenizer.Vocabulary[2])} stands";
        throw new UnrollException($"{path}: {found} at least {options.LeastCount} {(options.LeastCount == 1 ? "time" : "times")} in the text; at least 2 words are needed{(options.LeastCount > 1 ? "; lower least-count" : "")}.");
    }

    /// <summary>Trains on a text file.</summary>
    /// <param name="path">The text file: UTF-8, plain or packed by gzip; windows do not reach across the end of a line.</param>
    /// <param name="options">What to train.</param>
    /// <param name="progress">Told about every tenth of a second and at each pass's end; steps are words.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="UnrollException">The options contradict each other, or the text cannot be read or is too short.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static WordVectors Train(string path, VectorOptions options, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        options.Check();
        WordTokenizer tokenizer = TrainTokenizer(path, options.Text, cancellation);
        string tokens = Path.Combine(Path.GetTempPath(), $"unroll-{Guid.NewGuid():N}.tokens");
        try
        {
            using TokenFile text = TokenFile.Of(path, tokenizer, tokens, cancellation);
            return Train(text, tokenizer, options, null, progress, cancellation);
        }
        finally
        {
            File.Delete(tokens);
        }
    }

    /// <summary>Trains on a text that has been cut into words.</summary>
    /// <param name="text">The text, laid out by <paramref name="tokenizer"/>.</param>
    /// <param name="tokenizer">What it was cut by, see <see cref="TrainTokenizer"/>.</param>
    /// <param name="options">What to train.</param>
    /// <param name="run">Where checkpoints go, or none.</param>
    /// <param name="progress">Told about every tenth of a second and at each pass's end; steps are words.</param>
    /// <param name="cancellation">Stops it; with a run, a checkpoint is saved first.</param>
    /// <exception cref="UnrollException">The options contradict each other, or the text is too short.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static WordVectors Train(TokenFile text, WordTokenizer tokenizer, VectorOptions options, TrainingRun? run = null, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        options.Check();
        var corpus = new VectorCorpus(text, tokenizer, options.Text, cancellation);
        var random = new RandomStream(options.Fit.Seed);
        var tables = new VectorTables(corpus.Words, corpus.Counts, options, random.Split(0));
        var trainer = new VectorTrainer(corpus, tables, random.Split(1), run);
        trainer.Fit(run?.Resume ?? false, progress, cancellation);
        return new WordVectors(corpus.Words, tables.Vectors(), options.Fit.Size, tables.Subwords, tables.PieceVectors()) { Options = options, History = trainer.History };
    }

    /// <summary>The row of a word, -1 where it has none.</summary>
    public int Find(ReadOnlySpan<char> word) => lookup.TryGetValue(word, out int row) ? row : -1;

    /// <summary>The vector of a row.</summary>
    /// <param name="row">0 to <see cref="Count"/> less 1.</param>
    public ReadOnlySpan<float> Row(int row) => vectors.AsSpan(row * Size, Size);

    /// <summary>The vector of a word; of one that is not among <see cref="Words"/> the mean of its pieces, where pieces have vectors.</summary>
    /// <param name="word">Any word.</param>
    /// <param name="vector"><see cref="Size"/> numbers.</param>
    /// <returns>False where it has none, and <paramref name="vector"/> is as it was.</returns>
    public bool TryVector(string word, Span<float> vector)
    {
        if (vector.Length != Size) throw new ArgumentException($"WordVectors: a vector has {Size} numbers, got memory for {vector.Length}.");
        int row = Find(word);
        if (row >= 0)
        {
            Row(row).CopyTo(vector);
            return true;
        }
        int[] of = [.. subwords?.RowsOf(word) ?? []];
        if (of.Length == 0) return false;
        vector.Clear();
        foreach (int piece in of) VectorMath.AddScaled(pieces.AsSpan(piece * Size, Size), 1f / of.Length, vector);
        return true;
    }

    /// <summary>The vector of a word, see <see cref="TryVector"/>.</summary>
    /// <exception cref="UnrollException">It has none; the message names words that are written nearly so.</exception>
    public float[] Vector(string word)
    {
        float[] vector = new float[Size];
        return TryVector(word, vector) ? vector : throw new UnrollException($"there is no vector for {ShownText.Of(word)}{NearestNames.Question(word, words)}");
    }

    /// <summary>The cosine of the angle between two words, -1 to 1; 0 where a vector is zero.</summary>
    /// <exception cref="UnrollException">A word has no vector.</exception>
    public double Similarity(string a, string b) => VectorMath.Dot(Direction(a), Direction(b));

    /// <summary>The words nearest to one, by the cosine of the angle.</summary>
    /// <param name="word">Any word; it is not among those given back.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="UnrollException">It has no vector.</exception>
    public IReadOnlyList<Neighbour> Neighbours(string word, int count) => Nearest(Direction(word), count, [Find(word)]);

    /// <summary>What is to <paramref name="c"/> as <paramref name="b"/> is to <paramref name="a"/>: the words nearest to b - a + c, the three of length 1 (3CosAdd: Mikolov, Yih, Zweig 2013).</summary>
    /// <param name="a">As in man.</param>
    /// <param name="b">As in king.</param>
    /// <param name="c">As in woman.</param>
    /// <param name="count">How many; none of the three is among them.</param>
    /// <exception cref="UnrollException">A word has no vector.</exception>
    public IReadOnlyList<Neighbour> Analogy(string a, string b, string c, int count)
    {
        float[] from = Direction(a), to = Direction(b), sum = Direction(c);
        for (int i = 0; i < sum.Length; i++) sum[i] += to[i] - from[i];
        Normalise(sum, sum);
        return Nearest(sum, count, [Find(a), Find(b), Find(c)]);
    }

    /// <summary>Some words to show neighbours of: from frequent to rare, of at least four letters, the commonest left out.</summary>
    internal IReadOnlyList<string> Samples(int count)
    {
        string[] fit = [.. words.Skip(Math.Min(words.Length / 100, 100)).Where(static w => w.Length >= 4 && w.All(char.IsLetter))];
        if (fit.Length <= count) return fit.Length > 0 ? fit : [.. words.Take(count)];
        double step = Math.Pow(fit.Length / 2.0, 1.0 / count);
        return [.. Enumerable.Range(0, count).Select(i => fit[Math.Max(i, (int)Math.Pow(step, i))]).Distinct()];
    }

    /// <summary>The vectors of some words moved to their mean and laid along the two directions in which they differ most.</summary>
    /// <param name="of">Words.</param>
    /// <returns>Two coordinates a word, in the order of the words.</returns>
    /// <exception cref="UnrollException">A word has no vector.</exception>
    public IReadOnlyList<(double X, double Y)> Map(IReadOnlyList<string> of)
    {
        double[][] points = [.. of.Select(word => Direction(word).Select(static v => (double)v).ToArray())];
        return PrincipalAxes.Plane(points);
    }

    private IReadOnlyList<Neighbour> Nearest(ReadOnlySpan<float> direction, int count, ReadOnlySpan<int> without)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var best = new PriorityQueue<int, (double, int)>();                            // the least similar is at its head; of equals the later word goes first
        for (int row = 0; row < words.Length; row++)
        {
            if (without.Contains(row)) continue;
            double similarity = VectorMath.Dot(direction, unit.AsSpan(row * Size, Size));
            if (best.Count < count) best.Enqueue(row, (similarity, -row));
            else if (best.TryPeek(out _, out (double Similarity, int) least) && similarity > least.Similarity) best.EnqueueDequeue(row, (similarity, -row));
        }
        var found = new Neighbour[best.Count];
        for (int i = found.Length - 1; i >= 0; i--)
        {
            best.TryDequeue(out int row, out (double Similarity, int) of);
            found[i] = new Neighbour(words[row], of.Similarity);
        }
        return found;
    }

    private float[] Direction(string word)
    {
        float[] vector = Vector(word);
        Normalise(vector, vector);
        return vector;
    }

    private static void Normalise(ReadOnlySpan<float> from, Span<float> to)
    {
        double norm = Math.Sqrt(VectorMath.SumSquares(from));
        if (!double.IsFinite(norm)) throw new ArgumentException("WordVectors: the numbers of a vector must be finite.");
        if (norm == 0) to.Clear();
        else
            for (int i = 0; i < to.Length; i++) to[i] = (float)(from[i] / norm);
    }
}
