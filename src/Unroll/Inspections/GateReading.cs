using Unroll.Kernels;
using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Inspections;

/// <summary>How a gate of a layer worked on a batch. A cell without gates has its state in their place.</summary>
public sealed class GateReading
{
    private const int Bins = 20;
    private const float Closed = 0.1f, Open = 0.9f;

    private GateReading(string name, GateRole role) => (Name, Role) = (name, role);

    /// <summary>Its letter in the cell's equations.</summary>
    public string Name { get; }

    /// <summary>What it is for.</summary>
    public GateRole Role { get; }

    /// <summary>The least and the largest value it can have; of a rectifier the largest found.</summary>
    public (double Low, double High) Range { get; private set; }

    /// <summary>The share of all values (steps, sequences, units) that are shut: below 0.1 (Karpathy, Johnson and Fei-Fei 2015), of what goes from -1 to 1 below -0.9.</summary>
    public double SaturatedLow { get; private set; }

    /// <summary>The share of all values that are open: above 0.9.</summary>
    public double SaturatedHigh { get; private set; }

    /// <summary>The mean of all values.</summary>
    public double Mean { get; private set; }

    /// <summary>Of a rectifier the units that were 0 at every step of every sequence; 0 of others.</summary>
    public int Dead { get; private set; }

    /// <summary>H.</summary>
    public int Units { get; private set; }

    /// <summary>The share of all values in each twentieth of <see cref="Range"/>, rising.</summary>
    public IReadOnlyList<double> Histogram { get; private set; } = [];

    /// <summary>By step, the mean over sequences and units; not-a-number where no sequence that was looked at goes so far.</summary>
    public IReadOnlyList<double> MeanByStep { get; private set; } = [];

    /// <summary>Of a gate that keeps, for each unit the steps after which half of what it held is left, were it open as on the geometric mean: ln 2 / -mean(ln f). Empty of others.</summary>
    public IReadOnlyList<double> HalfLives { get; private set; } = [];

    /// <summary>The chosen example's values, <c>[steps, H]</c>.</summary>
    public ReadOnlyMemory<float> Example { get; private set; }

    /// <summary>Both ends together: the share of all values that hardly move whatever comes.</summary>
    public double Saturated => Role == GateRole.Rectifier ? 0 : SaturatedLow + SaturatedHigh;

    /// <summary>The middle one of <see cref="HalfLives"/>; no number where there are none.</summary>
    public double MedianHalfLife
    {
        get
        {
            double[] sorted = [.. HalfLives.Order()];
            return sorted.Length == 0 ? double.NaN : sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : 0.5 * (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]);
        }
    }

    /// <summary>The gates of a trace: those that the kernel kept, or all steps of the kept sequences in one product.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="example">Which of the kept sequences is the chosen example.</param>
    /// <param name="tape">Whose memory and threads to use.</param>
    internal static IReadOnlyList<GateReading> Of(StateTrace trace, int example, Tape tape)
    {
        CellGate[] gates = trace.Cell.Gates;
        float[][] opened = gates.Length == 0 || trace.Gates.Length > 0 ? trace.Gates : Opened(trace, tape);
        var readings = new GateReading[gates.Length];
        Parallel.For(0, gates.Length, new ParallelOptions { MaxDegreeOfParallelism = tape.Threads }, i => readings[i] = Of(gates[i], opened[i], trace, example));
        return readings;
    }

    private static float[][] Opened(StateTrace trace, Tape tape)
    {
        int rows = trace.Steps * trace.Columns.Length;
        RecurrentCell cell = trace.Cell;
        using Tape.Step step = tape.Open(record: false);
        Tensor hidden = Tensor.From([rows, cell.Hidden], trace.Hidden.AsSpan(0, rows * cell.Hidden));
        RecurrentState before = new(hidden, cell.CellSize > 0 ? Tensor.From([rows, cell.CellSize], trace.CellState.AsSpan(0, rows * cell.CellSize)) : null);
        Tensor projected = cell.Project(Tensor.From([rows, cell.Inputs], trace.Inputs));
        return [.. cell.Opened(new CellInput(projected, hidden, cell.RecurrentWeight), before).Select(static gate => gate.ToArray())];
    }

    private static GateReading Of(CellGate gate, float[] all, StateTrace trace, int example)
    {
        int kept = trace.Columns.Length, units = all.Length / Math.Max(1, trace.Steps * kept);
        bool signed = gate.Role is GateRole.Candidate or GateRole.Activation, rectifier = gate.Role == GateRole.Rectifier;
        float low = signed ? -1 : 0, high = rectifier ? Math.Max(1e-6f, VectorMath.Max(all)) : 1;
        float shutBelow = signed ? -Open : Closed, perBin = Bins / (high - low);
        long shut = 0, open = 0, count = 0;
        double sum = 0;
        var histogram = new int[Bins];
        float[] log = new float[gate.Role == GateRole.Keep ? units : 0];
        double[] means = new double[trace.Steps], logs = new double[units];
        var alive = new bool[units];
        for (int t = 0; t < trace.Steps; t++)
        {
            double ofStep = 0;
            int running = 0;
            for (int k = 0; k < kept; k++)
            {
                if (t >= trace.Lengths[trace.Columns[k]]) continue;
                running++;
                ReadOnlySpan<float> row = all.AsSpan((t * kept + k) * units, units);
                foreach (float v in row)
                {
                    ofStep += v;
                    shut += v < shutBelow ? 1 : 0;
                    open += v > Open ? 1 : 0;
                    histogram[Math.Clamp((int)((v - low) * perBin), 0, Bins - 1)]++;
                }
                if (rectifier) for (int u = 0; u < units; u++) alive[u] |= row[u] > 0;
                if (log.Length == 0) continue;
                for (int u = 0; u < units; u++) log[u] = Math.Max(row[u], 1e-30f);
                VectorMath.Log(log, log);
                for (int u = 0; u < units; u++) logs[u] += log[u];
            }
            means[t] = running == 0 ? double.NaN : ofStep / ((double)running * units);
            sum += ofStep;
            count += (long)running * units;
        }
        double total = Math.Max(1, count), ofUnit = total / units;
        return new GateReading(gate.Name, gate.Role)
        {
            Range = (low, high), SaturatedLow = rectifier ? 0 : shut / total, SaturatedHigh = rectifier ? 0 : open / total, Mean = sum / total, Units = units,
            Dead = rectifier ? alive.Count(static a => !a) : 0, Histogram = [.. histogram.Select(n => n / total)], MeanByStep = means,
            HalfLives = gate.Role != GateRole.Keep ? [] : [.. logs.Select(l => l < 0 ? Math.Log(2) / (-l / ofUnit) : double.PositiveInfinity)],
            Example = StateTrace.Of(all, kept, example, units).AsMemory(0, trace.Lengths[trace.Columns[example]] * units),
        };
    }
}
