using Unroll.Formats;

namespace Unroll.Training;

/// <summary>Where a run stands, apart from weights and optimiser: what a checkpoint must hold so that nothing shows an interruption.</summary>
internal sealed class RunState
{
    private const int Columns = 8, Counters = 12;

    public long Step, Skipped, SkippedInARow, Lines, AveragedFrom = -1;                // -1: the weights are not averaged (yet)
    public int Epoch, StepInEpoch, Counted, Clipped, BestEpoch;
    public double LossSum, NormSum, LargestNorm, BestLoss = double.PositiveInfinity;
    public bool Stopped;
    public float[][]? Best;

    public List<EpochRecord> History { get; } = [];

    public void BeginEpoch()
    {
        StepInEpoch = Counted = Clipped = 0;
        LossSum = NormSum = LargestNorm = 0;
    }

    public IEnumerable<SafeTensorEntry> Entries(long optimizerSteps, double[] schedule)
    {
        yield return SafeTensorEntry.Int64("run/counters", [Counters], new long[] { Step, Skipped, SkippedInARow, Lines, Epoch, StepInEpoch, Counted, Clipped, BestEpoch, Stopped ? 1 : 0, optimizerSteps, AveragedFrom });
        yield return SafeTensorEntry.Double("run/sums", [4], new[] { LossSum, NormSum, LargestNorm, BestLoss });
        yield return SafeTensorEntry.Double("run/schedule", [schedule.Length], schedule);
        double[] rows = [.. History.SelectMany(static e => new[]
        {
            e.Epoch, e.TrainingLoss, e.ValidationLoss ?? double.NaN, e.LearningRate, e.GradientNorm, e.LargestGradientNorm, e.Clipped, e.Seconds,
        })];
        yield return SafeTensorEntry.Double("run/history", [History.Count, Columns], rows);
    }

    public (long OptimizerSteps, double[] Schedule) Read(SafeTensorsFile file)
    {
        long[] c = file.ReadInt64("run/counters");
        if (c.Length != Counters) throw new UnrollException("the checkpoint is of another version of Unroll; begin the run anew.");
        (Step, Skipped, SkippedInARow, Lines, Epoch, StepInEpoch, Counted, Clipped, BestEpoch, Stopped, AveragedFrom) =
            (c[0], c[1], c[2], c[3], (int)c[4], (int)c[5], (int)c[6], (int)c[7], (int)c[8], c[9] == 1, c[11]);
        double[] s = file.ReadDouble("run/sums");
        (LossSum, NormSum, LargestNorm, BestLoss) = (s[0], s[1], s[2], s[3]);
        double[] rows = file.ReadDouble("run/history");
        History.Clear();
        for (int r = 0; r + Columns <= rows.Length; r += Columns)
            History.Add(new EpochRecord((int)rows[r], rows[r + 1], double.IsNaN(rows[r + 2]) ? null : rows[r + 2], rows[r + 3], rows[r + 4], rows[r + 5], rows[r + 6], rows[r + 7]));
        return (c[10], file.ReadDouble("run/schedule"));
    }
}
