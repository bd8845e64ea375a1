using Unroll.Data;

namespace Unroll.Tasks.Classification;

/// <summary>Simple methods to hold a classifier against: how frequent labels are, and logistic regression of words or of a series' statistics.</summary>
public static class ClassificationBaselines
{
    /// <summary>More rows than these do not change much, and take long.</summary>
    private const int MostRows = 20_000, MostWeights = 20_000_000;

    /// <summary>Learns the simple methods of rows and measures them on others.</summary>
    /// <param name="train">What they learn from; rows without a label do not count.</param>
    /// <param name="test">What they are measured on; the same.</param>
    /// <param name="kind">What labels are.</param>
    /// <param name="cancellation">Stops between passes.</param>
    /// <returns>The names of the methods and how well they do.</returns>
    /// <exception cref="UnrollException">There is nothing to learn.</exception>
    public static IReadOnlyList<(string Name, ClassificationScore Score)> Measure(LabelledRows train, LabelledRows test, LabelKind kind, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        LabelSet labels = LabelSet.Learn(train.Labelled, kind, train.Path);
        IReadOnlyList<LabelledRow> asked = test.Labelled;
        return [.. Say(train.Labelled, asked, train.Dimensions, labels, cancellation).Select(m => (m.Name, ClassificationScore.Of(labels, asked, Said(asked, m.Probabilities, labels))))];
    }

    /// <summary>The same by cross-validation, with the parts of <see cref="Classifier.CrossValidate"/>.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="kind">What labels are.</param>
    /// <param name="folds">How many parts.</param>
    /// <param name="seed">The seed of the fit.</param>
    /// <param name="cancellation">Stops between passes.</param>
    public static IReadOnlyList<(string Name, ClassificationScore Score)> CrossValidate(LabelledRows rows, LabelKind kind, int folds, ulong seed, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        IReadOnlyList<LabelledRow> labelled = rows.Labelled;
        LabelSet labels = LabelSet.Learn(labelled, kind, rows.Path);
        int[] part = StratifiedSplit.Parts(labelled, folds, seed);
        var all = new Dictionary<string, double[][]>();
        for (int fold = 0; fold < folds; fold++)
        {
            int[] places = [.. Enumerable.Range(0, labelled.Count).Where(i => part[i] == fold)];
            foreach ((string name, double[][] p) in Say([.. labelled.Where((_, i) => part[i] != fold)], [.. places.Select(i => labelled[i])], rows.Dimensions, labels, cancellation))
            {
                if (!all.TryGetValue(name, out double[][]? whole)) all.Add(name, whole = new double[labelled.Count][]);
                for (int i = 0; i < places.Length; i++) whole[places[i]] = p[i];
            }
        }
        return [.. all.Select(m => (m.Key, ClassificationScore.Of(labels, labelled, Said(labelled, m.Value, labels))))];
    }

    private static IEnumerable<(string Name, double[][] Probabilities)> Say(IReadOnlyList<LabelledRow> train, IReadOnlyList<LabelledRow> asked, int dimensions, LabelSet labels, CancellationToken cancellation)
    {
        int[][] wanted = [.. train.Select(r => labels.Read(r.Label!).Known)];
        var frequent = new double[labels.Count];
        foreach (int c in wanted.SelectMany(static w => w)) frequent[c] += 1.0 / train.Count;
        yield return (labels.Kind == LabelKind.Several ? "frequency" : "majority", [.. asked.Select(_ => frequent)]);

        IReadOnlyList<LabelledRow> some = train;
        if (train.Count > MostRows)
        {
            int[] order = [.. Enumerable.Range(0, train.Count)];
            new RandomStream(1).Shuffle(order);
            (some, wanted) = ([.. order.Take(MostRows).Select(i => train[i])], [.. order.Take(MostRows).Select(i => wanted[i])]);
        }
        var features = new SimpleFeatures(some, dimensions);
        if ((long)features.Count * labels.Count > MostWeights) yield break;
        var regression = new LogisticRegression([.. some.Select(features.Of)], wanted, features.Count, labels.Count, labels.Kind, new RandomStream(1, 1), cancellation);
        yield return ("logistic regression", [.. asked.Select(r => regression.Probabilities(features.Of(r)))]);
    }

    private static Classification[] Said(IReadOnlyList<LabelledRow> rows, double[][] probabilities, LabelSet labels) =>
        [.. rows.Select((r, i) => new Classification(r.Name, [.. Classifier.Decided(probabilities[i], labels.Kind).Select(c => labels.Names[c])], probabilities[i]))];
}
