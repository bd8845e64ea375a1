using Unroll.Tensors;

namespace Unroll.Training.Metrics;

/// <summary>Precision, recall and their harmonic mean, from 0 to 1; 0 where there is nothing to divide by, as scikit-learn has it.</summary>
/// <param name="Precision">Of what was said to be of the class, the share that is.</param>
/// <param name="Recall">Of what is of the class, the share that was found.</param>
/// <param name="F1">2 P R / (P + R).</param>
public readonly record struct ClassScore(double Precision, double Recall, double F1)
{
    internal static ClassScore Of(double right, double said, double there) => new(Share(right, said), Share(right, there), Share(2 * right, said + there));

    private static double Share(double part, double whole) => whole == 0 ? 0 : part / whole;
}

/// <summary>How often each class was taken for each: a row for what is, a column for what was said. Every measure of a classifier's decisions follows from it.</summary>
/// <remarks>Not safe for concurrent use.</remarks>
public sealed class ConfusionMatrix
{
    private readonly long[] counts;                                                    // [C, C]

    /// <summary>A matrix of nothing but zeros.</summary>
    /// <param name="classes">C, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public ConfusionMatrix(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        Classes = classes;
        counts = new long[checked(classes * classes)];
    }

    /// <summary>C, the number of classes.</summary>
    public int Classes { get; }

    /// <summary>How many decisions were counted.</summary>
    public long Total => counts.Sum();

    /// <summary>How often one class was taken for another.</summary>
    /// <param name="actual">What it is.</param>
    /// <param name="predicted">What was said.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such class.</exception>
    public long this[int actual, int predicted] => counts[Class(actual) * Classes + Class(predicted)];

    /// <summary>Counts decisions.</summary>
    /// <param name="predicted">What was said, one class each.</param>
    /// <param name="actual">What is, one class each.</param>
    /// <param name="ignoreIndex">Places whose actual class is this one count for nothing.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a class is out of range; nothing is counted then.</exception>
    public void Add(ReadOnlySpan<int> predicted, ReadOnlySpan<int> actual, int ignoreIndex = -100)
    {
        if (predicted.Length != actual.Length) throw new ArgumentException($"ConfusionMatrix.Add: predicted must hold {actual.Length} classes, one an actual, got {predicted.Length}.");
        for (int i = 0; i < actual.Length; i++)
        {
            if (actual[i] == ignoreIndex) continue;
            if ((uint)actual[i] >= (uint)Classes) throw new ArgumentException($"ConfusionMatrix.Add: actual class {i} must be within {Classes}, got {actual[i]}.");
            if ((uint)predicted[i] >= (uint)Classes) throw new ArgumentException($"ConfusionMatrix.Add: predicted class {i} must be within {Classes}, got {predicted[i]}.");
        }
        for (int i = 0; i < actual.Length; i++)
            if (actual[i] != ignoreIndex) counts[actual[i] * Classes + predicted[i]]++;
    }

    /// <summary>Counts decisions for the class of the greatest score; of equal ones the lowest.</summary>
    /// <param name="scores"><c>[..., C]</c>: logits or probabilities.</param>
    /// <param name="actual">What is, one class a row.</param>
    /// <param name="ignoreIndex">Rows whose actual class is this one count for nothing.</param>
    /// <exception cref="ArgumentException">The shapes do not fit or a class is out of range; nothing is counted then.</exception>
    public void Add(Tensor scores, ReadOnlySpan<int> actual, int ignoreIndex = -100)
    {
        if (scores.Shape.Rank < 1 || scores.Shape[-1] != Classes) throw new ArgumentException($"ConfusionMatrix.Add: scores must be [..., {Classes}], got {scores.Shape}.");
        var predicted = new int[scores.Shape.Outer(scores.Shape.Rank - 1)];
        for (int r = 0; r < predicted.Length; r++)
        {
            ReadOnlySpan<float> row = scores.Data.Slice(r * Classes, Classes);
            for (int c = 1; c < row.Length; c++)
                if (row[c] > row[predicted[r]]) predicted[r] = c;
        }
        Add(predicted, actual, ignoreIndex);
    }

    /// <summary>Adds the counts of another matrix.</summary>
    /// <param name="other">Of as many classes.</param>
    /// <exception cref="ArgumentException">The numbers of classes differ.</exception>
    public void Add(ConfusionMatrix other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Classes != Classes) throw new ArgumentException($"ConfusionMatrix.Add: the other must have {Classes} classes, got {other.Classes}.", nameof(other));
        for (int i = 0; i < counts.Length; i++) counts[i] += other.counts[i];
    }

    /// <summary>The share of right decisions; NaN of none.</summary>
    public double Accuracy => ForecastMetrics.Ratio(Right, Total);

    /// <summary>The mean of the recalls of the classes that there are: what chance gives is 1 / C, however uneven the classes. NaN of none.</summary>
    public double BalancedAccuracy
    {
        get
        {
            double sum = 0;
            int there = 0;
            for (int c = 0; c < Classes; c++)
            {
                if (Support(c) == 0) continue;
                sum += Of(c).Recall;
                there++;
            }
            return ForecastMetrics.Ratio(sum, there);
        }
    }

    /// <summary>How many there are of a class.</summary>
    /// <param name="class">The class.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such class.</exception>
    public long Support(int @class)
    {
        long sum = 0;
        for (int c = 0; c < Classes; c++) sum += this[@class, c];
        return sum;
    }

    /// <summary>Precision, recall and F1 of one class.</summary>
    /// <param name="class">The class.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such class.</exception>
    public ClassScore Of(int @class) => ClassScore.Of(this[@class, @class], Predicted(@class), Support(@class));

    /// <summary>The mean of the classes' scores, each class counting once. Classes that neither are there nor were said are left out.</summary>
    /// <param name="classes">Which classes; none given means all.</param>
    public ClassScore Macro(params ReadOnlySpan<int> classes)
    {
        double precision = 0, recall = 0, f1 = 0;
        int count = 0;
        foreach (int c in Chosen(classes))
        {
            if (Predicted(c) == 0 && Support(c) == 0) continue;
            ClassScore score = Of(c);
            precision += score.Precision;
            recall += score.Recall;
            f1 += score.F1;
            count++;
        }
        return count == 0 ? default : new ClassScore(precision / count, recall / count, f1 / count);
    }

    /// <summary>The scores of all decisions together, each counting once. Over all classes every one of the three is the accuracy; leave out a class of no interest (outside) to see more.</summary>
    /// <param name="classes">Which classes; none given means all.</param>
    public ClassScore Micro(params ReadOnlySpan<int> classes)
    {
        long right = 0, said = 0, there = 0;
        foreach (int c in Chosen(classes))
        {
            right += this[c, c];
            said += Predicted(c);
            there += Support(c);
        }
        return ClassScore.Of(right, said, there);
    }

    private long Right
    {
        get
        {
            long right = 0;
            for (int c = 0; c < Classes; c++) right += this[c, c];
            return right;
        }
    }

    private long Predicted(int @class)
    {
        long sum = 0;
        for (int c = 0; c < Classes; c++) sum += this[c, @class];
        return sum;
    }

    private int[] Chosen(ReadOnlySpan<int> classes) => classes.IsEmpty ? [.. Enumerable.Range(0, Classes)] : classes.ToArray();

    private int Class(int @class) =>
        (uint)@class < (uint)Classes ? @class : throw new ArgumentOutOfRangeException(nameof(@class), $"ConfusionMatrix: a class must be within {Classes}, got {@class}.");
}
