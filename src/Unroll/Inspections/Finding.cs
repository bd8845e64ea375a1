using System.Globalization;
using Unroll.Layers;

namespace Unroll.Inspections;

/// <summary>Whether a finding is good news.</summary>
public enum FindingKind
{
    /// <summary>As it should be.</summary>
    Healthy,

    /// <summary>Good to know.</summary>
    Note,

    /// <summary>Worth a change.</summary>
    Warning,

    /// <summary>Training cannot go well like this.</summary>
    Problem,
}

/// <summary>Something that an inspection found, in words.</summary>
/// <param name="Kind">Whether it is good news.</param>
/// <param name="About">What it is about: gradient, gates, memory, clipping, speed.</param>
/// <param name="Text">A sentence or two: the figure, and what to do about it.</param>
public sealed record Finding(FindingKind Kind, string About, string Text)
{
    private const double MuchSaturated = 0.3, MuchClipped = 0.5, FewDead = 0.1;

    internal static IReadOnlyList<Finding> Of(Inspection seen)
    {
        var all = new List<Finding>();
        foreach (LayerInspection layer in seen.Layers)
        {
            if (Gradient(seen, layer) is { } gradient) all.Add(gradient);
            all.AddRange(Gates(seen, layer));
            if (!layer.IsFused) all.Add(new Finding(FindingKind.Note, "speed", $"{layer.Name} does not run in the fused kernels: its steps are put together from small operations, some times slower."));
        }
        if (Memory(seen) is { } memory) all.Add(memory);
        if (seen.ClipFactor < 1)
            all.Add(new Finding(FindingKind.Note, "clipping", $"on this batch the gradient's norm is {Number(seen.GradientNorm)}; clipping at {Number(seen.Clip)} would scale it by {Number(seen.ClipFactor)}."));
        if (seen.Training is { } training && Clipped(training.Clipped) is { } clipped) all.Add(clipped);
        if (seen.Layers.Count == 0) all.Add(new Finding(FindingKind.Note, "gradient", "the model has no recurrent layer: nothing is carried from step to step."));
        return [.. all.OrderByDescending(static f => f.Kind)];
    }

    private static Finding? Gradient(Inspection seen, LayerInspection layer)
    {
        GradientReading g = layer.Gradient;
        if (g.State.Count < 2) return null;
        string steps = Steps(g.Reach, seen.Unit);
        if (g.Flow == GradientFlow.Exploding)
            return new Finding(FindingKind.Problem, "gradient", double.IsFinite(g.Growth)
                ? $"{layer.Name}: gradients explode: on the way back they grow to {Number(g.Growth)} times, by {Number(g.Factor)} a step. Clip the gradient, make the recurrent weights smaller (orthogonal), or take an LSTM or GRU."
                : $"{layer.Name}: gradients explode beyond all numbers. Clip the gradient, make the recurrent weights smaller (orthogonal), or take an LSTM or GRU.");
        if (!layer.IsReverse && seen.Needs is { } need && !g.ReachesStart && g.Reach < need.Steps)
            return new Finding(FindingKind.Warning, "gradient", $"{layer.Name}: gradients reach {steps} back, your {need.Why} is {need.Steps}: longer memory needs {Remedy(layer)}.");
        if (g.Flow == GradientFlow.Vanishing)
            return new Finding(FindingKind.Warning, "gradient", $"{layer.Name}: gradients vanish: 1 % is left {Steps(Math.Max(1, g.Reach + 1), seen.Unit)} back, a factor of {Number(g.Factor)} a step. "
                + $"What lies further back is hardly learnt; longer memory needs {Remedy(layer)}.");
        return new Finding(FindingKind.Healthy, "gradient", g.ReachesStart
            ? $"{layer.Name}: gradients reach the first {seen.Unit}, {steps} back; {(g.State[^1] > g.State[0] ? $"there it is {Number(g.State[^1] / g.State[0])} times as large" : $"{Share(g.State[^1] / g.State[0])} is left there")}."
            : $"{layer.Name}: gradients reach {steps} back, a factor of {Number(g.Factor)} a step.");
    }

    private static string Remedy(LayerInspection layer) =>
        layer.Keeping is null ? "an LSTM or GRU, or orthogonal recurrent weights" : "forget gates that begin open (a forget bias of 1 or more, or RecurrentInit.LongestMemory), attention, or shorter steps";

    private static IEnumerable<Finding> Gates(Inspection seen, LayerInspection layer)
    {
        foreach (GateReading gate in layer.Gates)
        {
            if (gate.Role == GateRole.Rectifier && gate.Dead > FewDead * gate.Units)
                yield return new Finding(FindingKind.Warning, "gates", $"{layer.Name}: {gate.Dead} of {gate.Units} units are dead: 0 at every {seen.Unit} of every sequence. Lower the learning rate, or begin with recurrent weights that are the identity.");
            if (gate.Role == GateRole.Rectifier || gate.Saturated <= MuchSaturated) continue;
            string where = gate.SaturatedHigh >= gate.SaturatedLow ? $"{Share(gate.SaturatedHigh)} of {Called(gate)} are saturated at 1" : $"{Share(gate.SaturatedLow)} of {Called(gate)} are saturated at {(gate.Range.Low < 0 ? "-1" : "0")}";
            // Open forget gates are how an LSTM remembers; a plain network whose units are stuck learns no more.
            yield return gate.Role == GateRole.Keep
                ? new Finding(FindingKind.Note, "gates", $"{layer.Name}: {where}; the middle unit keeps half of what it holds for {HalfLife(gate, seen.Unit)}.")
                : new Finding(gate.Role == GateRole.Activation ? FindingKind.Warning : FindingKind.Note, "gates", $"{layer.Name}: {where}: these hardly move, and little gradient passes them.");
        }
        if (layer.Keeping is { } keeping && keeping.Saturated <= MuchSaturated)
            yield return new Finding(FindingKind.Note, "gates", $"{layer.Name}: the middle unit keeps half of what it holds for {HalfLife(keeping, seen.Unit)}.");
    }

    private static Finding? Memory(Inspection seen)
    {
        if (seen.Memory is not { } memory || seen.Layers.Count == 0) return null;
        string reach = Steps(memory.Horizon, seen.Unit);
        string text = memory.ReachesStart ? $"an input still changes the output {reach} back, the first that the model reads" : $"an input still changes the output {reach} back (to a hundredth)";
        GradientReading g = seen.Layers[0].Gradient;
        if (!seen.Layers[0].IsReverse && g.State.Count > 1) text += g.ReachesStart ? "; gradients reach the first step too" : $"; gradients reach {Steps(g.Reach, seen.Unit)}";
        bool shorter = seen.Needs is { } need && !memory.ReachesStart && memory.Horizon < need.Steps;
        return new Finding(shorter ? FindingKind.Warning : FindingKind.Note, "memory", shorter ? $"{text}; your {seen.Needs!.Value.Why} is {seen.Needs.Value.Steps}." : $"{text}.");
    }

    private static Finding? Clipped(double clipped) => !(clipped > 0) ? null
        : new Finding(clipped > MuchClipped ? FindingKind.Warning : FindingKind.Healthy, "clipping",
            clipped > MuchClipped ? $"clipping acts on {Share(clipped)} of steps: lower the learning rate, or clip at a larger norm." : $"clipping acts on {Share(clipped)} of steps.");

    private static string Called(GateReading gate) => gate.Role switch
    {
        GateRole.Keep => gate.Name == "z" ? "update gates" : "forget gates",
        GateRole.Write => "input gates",
        GateRole.Reset => "reset gates",
        GateRole.Output => "output gates",
        GateRole.Candidate => "candidates",
        _ => "units",
    };

    private static string HalfLife(GateReading gate, string unit) => double.IsInfinity(gate.MedianHalfLife) ? "ever" : $"{Number(gate.MedianHalfLife)} {unit}s";

    private static string Steps(int n, string unit) => $"{n.ToString(CultureInfo.InvariantCulture)} {unit}{(n == 1 ? "" : "s")}";

    private static string Share(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.#} %");

    private static string Number(double value) => value.ToString(Math.Abs(value) is >= 1000 or < 0.01 ? "0.##e0" : "0.###", CultureInfo.InvariantCulture);
}
