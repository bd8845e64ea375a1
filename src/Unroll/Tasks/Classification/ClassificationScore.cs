using Unroll.Data;
using Unroll.Training.Metrics;

namespace Unroll.Tasks.Classification;

/// <summary>How well rows were classified.</summary>
public sealed class ClassificationScore
{
    private const ulong ResamplingSeed = 1;

    private readonly int[][] truth;
    private readonly int[] unseen;

    private ClassificationScore(LabelSet labels, IReadOnlyList<LabelledRow> rows, IReadOnlyList<Classification> said)
    {
        (Labels, Kind, Rows, Said) = (labels.Names, labels.Kind, rows, said);
        (int[] Known, int Unknown)[] read = [.. rows.Select(r => labels.Read(r.Label!))];
        (truth, unseen) = ([.. read.Select(static r => r.Known)], [.. read.Select(static r => r.Unknown)]);
        Decisions = [.. said.Select(s => Classifier.Decided(s.Probabilities, Kind))];
        Right = [.. truth.Select((t, i) => unseen[i] == 0 && t.SequenceEqual(Decisions[i]))];
        PerLabel = [.. Enumerable.Range(0, Labels.Count).Select(LabelScoreOf)];
        if (Kind != LabelKind.Several)
        {
            Matrix = new ConfusionMatrix(Labels.Count);
            Matrix.Add([.. Decisions.Select(static d => d[0])], [.. truth.Select(static t => t.Length == 0 ? -100 : t[0])]);
        }
        Calibration = CalibrationOf();
        int items = rows.Count;
        Accuracy = Bootstrap.Interval(items, chosen => Mean(chosen, i => Right[i] ? 1 : 0), new RandomStream(ResamplingSeed));
        MacroF1 = Bootstrap.Interval(items, MacroOf, new RandomStream(ResamplingSeed, 1));
    }

    /// <summary>The labels that the model knows.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>What labels are.</summary>
    public LabelKind Kind { get; }

    /// <summary>The rows.</summary>
    public IReadOnlyList<LabelledRow> Rows { get; }

    /// <summary>What was said of each.</summary>
    public IReadOnlyList<Classification> Said { get; }

    /// <summary>Whether it was right: where rows have several labels, all of them.</summary>
    public IReadOnlyList<bool> Right { get; }

    /// <summary>The share that was right, with 95 % of its bootstrap. Rows with a label that no row of training has are wrong.</summary>
    public ConfidenceInterval Accuracy { get; }

    /// <summary>The mean of the labels' F1, with 95 % of its bootstrap; labels that neither are there nor were said are left out.</summary>
    public ConfidenceInterval MacroF1 { get; }

    /// <summary>Which class was taken for which; none where rows have several labels. Rows with a label that no row of training has are not in it.</summary>
    public ConfusionMatrix? Matrix { get; }

    /// <summary>Each label by itself.</summary>
    public IReadOnlyList<LabelScore> PerLabel { get; }

    /// <summary>Whether probabilities mean what they say.</summary>
    public Calibration Calibration { get; }

    /// <summary>Rows with a label that no row of training has.</summary>
    public int Unseen => unseen.Count(static u => u > 0);

    /// <summary>The mean of the recalls of the labels that there are.</summary>
    public double BalancedAccuracy => PerLabel.Where(static l => l.Support > 0).Select(static l => l.Score.Recall).DefaultIfEmpty(double.NaN).Average();

    /// <summary>The mean of the areas under the labels' curves, one against the rest; NaN where there is no label with and without rows.</summary>
    public double MacroAuc => PerLabel.Select(static l => l.Auc).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();

    /// <summary>The mean of -ln of the probability of what is; NaN where rows have several labels or none is known.</summary>
    public double LogLoss => Kind == LabelKind.Several ? double.NaN
        : truth.Select((t, i) => t.Length == 0 ? double.NaN : -Math.Log(Math.Max(Said[i].Probabilities[t[0]], 1e-12))).Where(static x => !double.IsNaN(x)).DefaultIfEmpty(double.NaN).Average();

    /// <summary>How far grades were from the true ones, in places, in the mean; NaN of labels without an order.</summary>
    public double MeanDistance => Kind != LabelKind.Ordinal ? double.NaN
        : truth.Select((t, i) => t.Length == 0 ? double.NaN : Math.Abs(Decisions[i][0] - t[0])).Where(static x => !double.IsNaN(x)).DefaultIfEmpty(double.NaN).Average();

    /// <summary>The rows that were wrong and most surely so, by their places.</summary>
    public IReadOnlyList<int> HardestMistakes => [.. Enumerable.Range(0, Rows.Count).Where(i => !Right[i]).OrderBy(i => Trust(i)).ThenBy(static i => i)];

    /// <summary>The decisions, by the labels' places.</summary>
    internal int[][] Decisions { get; }

    /// <summary>What is, by the labels' places; empty where it is not known.</summary>
    internal IReadOnlyList<int[]> Truth => truth;

    internal static ClassificationScore Of(LabelSet labels, IReadOnlyList<LabelledRow> rows, IReadOnlyList<Classification> said) => new(labels, rows, said);

    // The probability that was given to what is.
    private double Trust(int row) => Kind != LabelKind.Several ? (truth[row].Length == 0 ? 0 : Said[row].Probabilities[truth[row][0]])
        : Enumerable.Range(0, Labels.Count).Min(c => truth[row].Contains(c) ? Said[row].Probabilities[c] : 1 - Said[row].Probabilities[c]);

    private LabelScore LabelScoreOf(int label)
    {
        var positive = new bool[truth.Length];
        int right = 0, said = 0, there = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            positive[i] = truth[i].Contains(label);
            bool s = Decisions[i].Contains(label);
            if (positive[i]) there++;
            if (s) said++;
            if (s && positive[i]) right++;
        }
        return new LabelScore(Labels[label], ClassScore.Of(right, said, there), there, said, RocCurve.Area([.. Said.Select(s => s.Probabilities[label])], positive));
    }

    private Calibration CalibrationOf()
    {
        if (Kind != LabelKind.Several) return Calibration.Of([.. Said.Select((s, i) => s.Probabilities[Decisions[i][0]])], [.. Right]);
        // Each label's probability on its own.
        return Calibration.Of([.. Said.SelectMany(static s => s.Probabilities)], [.. truth.SelectMany(t => Enumerable.Range(0, Labels.Count).Select(c => t.Contains(c)))]);
    }

    private double MacroOf(ReadOnlySpan<int> chosen)
    {
        int labels = Labels.Count;
        var (right, said, there) = (new int[labels], new int[labels], new int[labels]);
        foreach (int i in chosen)
        {
            foreach (int c in truth[i]) there[c]++;
            foreach (int c in Decisions[i])
            {
                said[c]++;
                if (Array.IndexOf(truth[i], c) >= 0) right[c]++;
            }
        }
        double sum = 0;
        int count = 0;
        for (int c = 0; c < labels; c++)
        {
            if (said[c] == 0 && there[c] == 0) continue;
            sum += ClassScore.Of(right[c], said[c], there[c]).F1;
            count++;
        }
        return count == 0 ? 0 : sum / count;
    }

    private static double Mean(ReadOnlySpan<int> chosen, Func<int, double> of)
    {
        double sum = 0;
        foreach (int i in chosen) sum += of(i);
        return sum / chosen.Length;
    }
}

/// <summary>How well one label was told from all else.</summary>
/// <param name="Label">The label.</param>
/// <param name="Score">Precision, recall, F1.</param>
/// <param name="Support">Rows that have it.</param>
/// <param name="Said">Rows of which it was said.</param>
/// <param name="Auc">The area under its receiver operating characteristic; NaN where all rows have it, or none.</param>
public sealed record LabelScore(string Label, ClassScore Score, int Support, int Said, double Auc);
