using System.Globalization;
using Unroll.Data;
using Unroll.Kernels;
using Unroll.Training.Metrics;

namespace Unroll.Tasks.Vectors;

/// <summary>How well similarities agree with those that people gave.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Pairs">Pairs of words in the file.</param>
/// <param name="Found">Those whose words are both known; only they count.</param>
/// <param name="Spearman">Spearman's rho over them; NaN where there are fewer than two.</param>
public sealed record SimilarityScore(string Name, int Pairs, int Found, double Spearman);

/// <summary>How many analogies of a section came out right.</summary>
/// <param name="Name">The section.</param>
/// <param name="Questions">Questions in the file.</param>
/// <param name="Asked">Those whose four words are all known; only they count.</param>
/// <param name="Right">Those of them whose nearest word is the wanted one.</param>
public sealed record AnalogySection(string Name, int Questions, int Asked, int Right)
{
    /// <summary>Right ones among those asked; NaN where none was.</summary>
    public double Accuracy => Asked == 0 ? double.NaN : (double)Right / Asked;
}

/// <summary>How many analogies came out right, by section and together.</summary>
/// <param name="Sections">The sections of the file.</param>
/// <param name="Semantic">Those that are not about grammar.</param>
/// <param name="Syntactic">Those about grammar: their names begin with <c>gram</c>.</param>
/// <param name="Total">All.</param>
public sealed record AnalogyScore(IReadOnlyList<AnalogySection> Sections, AnalogySection Semantic, AnalogySection Syntactic, AnalogySection Total);

/// <content>Measuring vectors by what people say of words.</content>
public sealed partial class WordVectors
{
    private const int QuestionsAtOnce = 256;

    /// <summary>Compares similarities with those of a list such as WordSim-353 or SimLex-999: Spearman's rank correlation over the pairs whose words both stand among
    /// <see cref="Words"/>. Upper and lower case are one where the word as written does not.</summary>
    /// <param name="path">Lines of two words and a number, parted by tabs, spaces or commas; lines that begin with <c>#</c> and a first line without a number are passed over.</param>
    /// <exception cref="UnrollException">It cannot be read, or a line is no pair and number; the message says which.</exception>
    public SimilarityScore EvaluateSimilarity(string path)
    {
        var people = new List<double>();
        var own = new List<double>();
        Dictionary<string, int> folded = Folded(Count);
        int pairs = 0, number = 0;
        foreach (string line in TextFile.Lines(path))
        {
            number++;
            if (line.StartsWith('#') || string.IsNullOrWhiteSpace(line)) continue;
            string[] fields = line.Split(line.Contains('\t') ? ['\t'] : line.Contains(',') ? [','] : [' '], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            double value = double.NaN;
            if (fields.Length < 3 || !double.TryParse(fields[2], NumberStyles.Float, CultureInfo.InvariantCulture, out value) || !double.IsFinite(value))
            {
                if (pairs == 0 && fields.Length >= 3) continue;                        // the names of the columns
                throw new UnrollException($"{path}, line {number}: two words and a number must stand here, got {ShownText.Of(line)}.");
            }
            pairs++;
            ReadOnlySpan<float> a = Directed(fields[0], folded), b = Directed(fields[1], folded);
            if (a.IsEmpty || b.IsEmpty) continue;
            people.Add(value);
            own.Add(VectorMath.Dot(a, b));
        }
        if (pairs == 0) throw new UnrollException($"{path}: the file holds no pair of words with a number.");
        return new SimilarityScore(Path.GetFileName(path), pairs, people.Count, RankCorrelation.Spearman(people, own));
    }

    /// <summary>Asks analogies: of <c>a b c d</c>, is d the word nearest to b - a + c? As word2vec's <c>compute-accuracy</c>: case does not count, a question with an unknown word is not asked, a, b and c are no answers.</summary>
    /// <param name="path">Lines of four words; a line of a colon and a name begins a section.</param>
    /// <param name="restrict">Only this many of the first words are known and may be answers; 0 for all.</param>
    /// <param name="cancellation">Stops between some hundred questions.</param>
    /// <exception cref="UnrollException">It cannot be read, or a line is no question; the message says which.</exception>
    public AnalogyScore EvaluateAnalogies(string path, int restrict = 30_000, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(restrict);
        int known = restrict == 0 ? Count : Math.Min(restrict, Count);
        Dictionary<string, int> folded = Folded(known);
        var sections = new List<AnalogySection>();
        var questions = new List<(int A, int B, int C, int D)>();
        using var team = new Team(Environment.ProcessorCount);
        string? name = null;
        int asked = 0, all = 0, number = 0;
        foreach (string line in TextFile.Lines(path, cancellation))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (line.StartsWith(':'))
            {
                Close();
                name = line[1..].Trim();
                continue;
            }
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length != 4) throw new UnrollException($"{path}, line {number}: four words or a colon and a name must stand here, got {ShownText.Of(line)}.");
            all++;
            name ??= Path.GetFileNameWithoutExtension(path);
            if (folded.TryGetValue(Fold(words[0]), out int a) && folded.TryGetValue(Fold(words[1]), out int b) && folded.TryGetValue(Fold(words[2]), out int c) && folded.TryGetValue(Fold(words[3]), out int d))
                questions.Add((a, b, c, d));
        }
        Close();
        if (sections.Sum(static s => s.Questions) == 0) throw new UnrollException($"{path}: the file holds no question of four words.");
        bool IsGrammar(AnalogySection s) => s.Name.StartsWith("gram", StringComparison.OrdinalIgnoreCase);
        return new AnalogyScore(sections, Sum("semantic", sections.Where(s => !IsGrammar(s))), Sum("syntactic", sections.Where(IsGrammar)), Sum("total", sections));

        void Close()
        {
            if (name is null) return;
            asked = questions.Count;
            int right = 0;
            for (int from = 0; from < asked; from += QuestionsAtOnce)
            {
                cancellation.ThrowIfCancellationRequested();
                right += Right(team, questions[from..Math.Min(asked, from + QuestionsAtOnce)], known);
            }
            sections.Add(new AnalogySection(name, all, asked, right));
            questions.Clear();
            all = 0;
        }

        static AnalogySection Sum(string name, IEnumerable<AnalogySection> of) =>
            of.Aggregate(new AnalogySection(name, 0, 0, 0), static (sum, s) => sum with { Questions = sum.Questions + s.Questions, Asked = sum.Asked + s.Asked, Right = sum.Right + s.Right });
    }

    // One product for some hundred questions: their directions [N, size] times those of the known words [known, size], transposed.
    private int Right(Team team, List<(int A, int B, int C, int D)> questions, int known)
    {
        float[] directions = new float[questions.Count * Size], scores = new float[questions.Count * known];
        for (int i = 0; i < questions.Count; i++)
        {
            (int a, int b, int c, _) = questions[i];
            Span<float> to = directions.AsSpan(i * Size, Size);
            for (int k = 0; k < Size; k++) to[k] = unit[(b * Size) + k] - unit[(a * Size) + k] + unit[(c * Size) + k];
        }
        Gemm.Multiply(team, false, true, questions.Count, known, Size, directions, Size, unit, Size, scores, known, accumulate: false);
        int right = 0;
        for (int i = 0; i < questions.Count; i++)
        {
            (int a, int b, int c, int d) = questions[i];
            Span<float> row = scores.AsSpan(i * known, known);
            row[a] = row[b] = row[c] = float.NegativeInfinity;
            if (System.Numerics.Tensors.TensorPrimitives.IndexOfMax(row) == d) right++;
        }
        return right;
    }

    // The most frequent word of each spelling without regard to case.
    private Dictionary<string, int> Folded(int known)
    {
        var folded = new Dictionary<string, int>(known, StringComparer.Ordinal);
        for (int i = 0; i < known; i++) folded.TryAdd(Fold(words[i]), i);
        return folded;
    }

    // As written, else without regard to case.
    private ReadOnlySpan<float> Directed(string word, Dictionary<string, int> folded)
    {
        int row = Find(word);
        if (row < 0 && !folded.TryGetValue(Fold(word), out row)) return [];
        return unit.AsSpan(row * Size, Size);
    }

    private static string Fold(string word) => word.ToLowerInvariant();
}
