namespace Unroll.Data;

/// <summary>Lays the rows of a series out on a regular grid of time: what is not in the file is missing.</summary>
internal sealed class SeriesGrid
{
    // A date mistyped by a century makes a grid that is almost empty and larger than memory: so sparse a file is refused.
    private const int MostStepsPerRow = 200;
    private const int MostStepsAnyway = 1_000_000;

    private readonly CsvTable table;
    private readonly TimeStamp[] times;
    private readonly SeriesRows rows;
    private readonly Frequency frequency;
    private readonly float[][] targets;
    private readonly float[][] known;
    private readonly float[][] past;
    private readonly bool[] knownCodes;
    private readonly bool[] pastCodes;
    private long stepsLeft;

    /// <summary>Prepares to lay out series.</summary>
    public SeriesGrid(CsvTable table, TimeStamp[] times, SeriesRows rows, Frequency frequency, float[][] targets, float[][] known, float[][] past, bool[] pastCodes, bool[] knownCodes)
    {
        this.table = table;
        this.times = times;
        this.rows = rows;
        this.frequency = frequency;
        this.targets = targets;
        this.known = known;
        this.past = past;
        this.knownCodes = knownCodes;
        this.pastCodes = pastCodes;
        stepsLeft = Math.Min(Math.Max(MostStepsAnyway, (long)MostStepsPerRow * times.Length), Array.MaxLength / Math.Max(1, Math.Max(targets.Length, Math.Max(known.Length, past.Length))));
    }

    /// <summary>How many rows so far lie just one step behind another.</summary>
    public long Neighbours { get; private set; }

    /// <summary>One series: from its first observed target to its last (or to the last covariate of the past), with the covariates known ahead behind that.</summary>
    /// <param name="index">Which series.</param>
    /// <param name="id">What it is called.</param>
    /// <param name="keys">The values that name it.</param>
    /// <param name="codes">Their codes.</param>
    /// <exception cref="UnrollException">No target is observed, a time is not on the grid, two are in one step, or the grid would be almost empty.</exception>
    public Series Lay(int index, string id, string[] keys, int[] codes)
    {
        ReadOnlySpan<int> own = rows.Order.AsSpan(rows.Starts[index]..rows.Starts[index + 1]);
        int first = 0;
        while (first < own.Length && !AnyObserved(targets, own[first]))
        {
            first++;
        }

        if (first == own.Length)
        {
            throw new UnrollException($"{table.Path}: series {ShownText.Of(id)} (from line {table.Line(own[0])}) has no observed target; all are missing.");
        }

        int last = own.Length - 1;
        while (!AnyObserved(targets, own[last]) && !AnyPresent(past, pastCodes, own[last]))
        {
            last--;
        }

        TimeStamp start = times[own[first]];
        int end = known.Length > 0 ? own.Length - 1 : last;
        int[] steps = Steps(own[first..(end + 1)], start);
        int length = steps[last - first] + 1;
        float[] targetGrid = Missing(length, targets.Length, null);
        float[] pastGrid = Missing(length, past.Length, pastCodes);
        float[] knownGrid = Missing(known.Length == 0 ? 0 : steps[^1] + 1, known.Length, knownCodes);
        for (int i = 0; i < steps.Length; i++)
        {
            Copy(known, own[first + i], knownGrid, steps[i]);
            if (i <= last - first)
            {
                Copy(targets, own[first + i], targetGrid, steps[i]);
                Copy(past, own[first + i], pastGrid, steps[i]);
            }
        }

        return new Series(id, start, frequency, targetGrid, targets.Length, knownGrid, known.Length, pastGrid, past.Length, keys, codes);
    }

    /// <summary>The step of each row, ascending from 0.</summary>
    private int[] Steps(ReadOnlySpan<int> own, TimeStamp start)
    {
        int[] steps = new int[own.Length];
        int widest = 0;
        long before = -1;
        long gap = 0;
        for (int i = 0; i < own.Length; i++)
        {
            TimeStamp here = times[own[i]];
            if (!frequency.TryIndexOf(start, here, out long step))
            {
                throw new UnrollException($"{table.Path}, line {table.Line(own[i])}: {here} is " + (frequency.Unit == FrequencyUnit.BusinessDay && !Frequency.TryBusinessDay(here.DateTime, out _)
                    ? $"a {here.DateTime.DayOfWeek}, which the frequency {frequency} leaves out; correct it, or give another --frequency."
                    : $"not a whole number of steps ({frequency}) after {start} (line {table.Line(own[0])}); correct it, or give another --frequency."));
            }

            if (step == before)
            {
                throw new UnrollException($"{table.Path}, lines {table.Line(own[i - 1])} and {table.Line(own[i])}: {times[own[i - 1]]} and {here} fall into one step ({frequency}); "
                    + "remove one, or give another --frequency.");
            }

            if (step - before > gap)
            {
                (gap, widest) = (step - before, i);
            }

            Neighbours += i > 0 && step == before + 1 ? 1 : 0;
            before = step;
            steps[i] = step < stepsLeft ? (int)step : -1;
        }

        if (before >= stepsLeft)
        {
            throw new UnrollException($"{table.Path}, line {table.Line(own[widest])}: {times[own[widest]]} lies {gap} steps ({frequency}) behind the row before it; is it mistyped?");
        }

        stepsLeft -= before + 1;
        return steps;
    }

    private static bool AnyObserved(float[][] columns, int row)
    {
        foreach (float[] column in columns)
        {
            if (!float.IsNaN(column[row]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool AnyPresent(float[][] columns, bool[] codes, int row)
    {
        for (int k = 0; k < columns.Length; k++)
        {
            if (codes[k] ? columns[k][row] != 0 : !float.IsNaN(columns[k][row]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A grid of missing values: NaN for numbers, 0 for codes.</summary>
    private static float[] Missing(int length, int width, bool[]? codes)
    {
        float[] grid = new float[length * width];
        grid.AsSpan().Fill(float.NaN);
        for (int k = 0; k < (codes?.Length ?? 0); k++)
        {
            for (int i = k; codes![k] && i < grid.Length; i += width)
            {
                grid[i] = 0;
            }
        }

        return grid;
    }

    private static void Copy(float[][] columns, int row, float[] grid, int step)
    {
        for (int k = 0; k < columns.Length; k++)
        {
            grid[step * columns.Length + k] = columns[k][row];
        }
    }
}
