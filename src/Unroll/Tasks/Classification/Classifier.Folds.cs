using Unroll.Data;
using Unroll.Tasks.Vectors;
using Unroll.Training;

namespace Unroll.Tasks.Classification;

/// <content>Measuring by rows that are trained on too, each in its turn.</content>
public sealed partial class Classifier
{
    /// <summary>Rows from which on a tenth can be spared to choose the best epoch and to calibrate probabilities.</summary>
    private const int LeastToHold = 500;

    private const int HeldParts = 10;

    /// <summary>Holds a tenth of rows out for validation where there are enough.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="seed">What the draws follow from.</param>
    /// <returns>The rest, and what is held; nothing is held of fewer than 500 rows.</returns>
    public static (LabelledRows Others, LabelledRows? Held) HoldForValidation(LabelledRows rows, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return rows.Labelled.Count < LeastToHold ? (rows, null) : StratifiedSplit.Hold(rows, HeldParts, seed);
    }

    /// <summary>Cross-validation: rows are dealt into parts, and each part is measured by a model of the others.</summary>
    /// <param name="rows">The rows; those without a label do not count.</param>
    /// <param name="options">What to train.</param>
    /// <param name="folds">How many parts, at least 2.</param>
    /// <param name="progress">Told as by <see cref="Train"/>, for one fold behind the other.</param>
    /// <param name="cancellation">Stops after the running step.</param>
    /// <param name="vectors">Word vectors that the tokens' table begins with, or none.</param>
    /// <exception cref="UnrollException">There are fewer rows than parts, or a model cannot be trained.</exception>
    public static ClassificationScore CrossValidate(LabelledRows rows, ClassificationOptions options, int folds, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default, WordVectors? vectors = null)
    {
        Check(rows, options, vectors);
        IReadOnlyList<LabelledRow> labelled = rows.Labelled;
        int[] part = StratifiedSplit.Parts(labelled, folds, options.Fit.Seed);
        LabelSet labels = LabelSet.Learn(labelled, options.Labels, rows.Path);
        var said = new Classification[labelled.Count];
        for (int fold = 0; fold < folds; fold++)
        {
            (LabelledRows train, LabelledRows? held) = HoldForValidation(rows.With([.. labelled.Where((_, i) => part[i] != fold)]), options.Fit.Seed);
            Classifier model = Train(train, held, options, null, progress, cancellation, vectors);
            int[] places = [.. Enumerable.Range(0, labelled.Count).Where(i => part[i] == fold)];
            IReadOnlyList<Classification> of = model.Classify([.. places.Select(i => labelled[i])], cancellation);
            // A rare label may be missing in a fold: it is then impossible there.
            int[] from = [.. labels.Names.Select(n => model.setup.Labels.Names.ToList().IndexOf(n))];
            for (int i = 0; i < places.Length; i++) said[places[i]] = of[i] with { Probabilities = [.. from.Select(f => f < 0 ? 0 : of[i].Probabilities[f])] };
        }
        return ClassificationScore.Of(labels, labelled, said);
    }
}
