using System.Text.Json;
using Unroll.Formats;

namespace Unroll.Inspections;

/// <summary>How a model's training went, from the files that it left in its folder: <c>metrics.jsonl</c> (an epoch a line) and, of a run that was watched, <c>watch.jsonl</c>.</summary>
/// <param name="Epochs">The epochs.</param>
/// <param name="Steps">The steps that were watched; empty where the run was not.</param>
public sealed record TrainingRecord(IReadOnlyList<TrainedEpoch> Epochs, IReadOnlyList<WatchedStep> Steps)
{
    private const string MetricsFile = "metrics.jsonl", WatchFile = "watch.jsonl";

    /// <summary>The share of all steps on which the gradient was clipped; no number where that is not known.</summary>
    public double Clipped => Epochs.Count == 0 ? double.NaN : Epochs.Average(static e => e.Clipped);

    /// <summary>Reads the files of a model's folder; nothing where there is none, lines that are no JSON are passed over.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UnrollException">A file is there and cannot be read.</exception>
    public static TrainingRecord? Read(string folder)
    {
        var epochs = new List<TrainedEpoch>();
        foreach (JsonElement line in Lines(Path.Combine(folder, MetricsFile)))
            epochs.Add(new TrainedEpoch((int)Number(line, "epoch"), Number(line, "training_loss"), Number(line, "validation_loss"), Number(line, "learning_rate"), Number(line, "gradient_norm"), Number(line, "clipped")));
        var steps = new List<WatchedStep>();
        foreach (JsonElement line in Lines(Path.Combine(folder, WatchFile)))
        {
            var weights = new List<WatchedWeight>();
            if (line.TryGetProperty("weights", out JsonElement all) && all.ValueKind == JsonValueKind.Object)
                foreach (JsonProperty one in all.EnumerateObject()) weights.Add(new WatchedWeight(one.Name, Number(one.Value, "gradient"), Number(one.Value, "weight"), Number(one.Value, "update")));
            steps.Add(new WatchedStep((long)Number(line, "step"), Number(line, "loss"), Number(line, "learning_rate"), Number(line, "gradient_norm"), Number(line, "clip_factor"), weights));
        }
        return epochs.Count + steps.Count == 0 ? null : new TrainingRecord(epochs, steps);
    }

    private static IEnumerable<JsonElement> Lines(string path)
    {
        if (!File.Exists(path)) yield break;
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception e) when (FileError.IsFor(e))
        {
            throw FileError.Reading(path, e);
        }
        foreach (string line in lines)
        {
            JsonElement? element = null;
            try
            {
                using JsonDocument document = JsonDocument.Parse(line);
                if (document.RootElement.ValueKind == JsonValueKind.Object) element = document.RootElement.Clone();
            }
            catch (JsonException)
            {
                // The last line of a run that was killed.
            }
            if (element is { } found) yield return found;
        }
    }

    private static double Number(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.NaN;
}

/// <summary>An epoch of a run; figures that were not measured are no numbers.</summary>
/// <param name="Epoch">1 for the first.</param>
/// <param name="TrainingLoss">Mean over its steps.</param>
/// <param name="ValidationLoss">After it.</param>
/// <param name="LearningRate">At its last step.</param>
/// <param name="GradientNorm">Mean norm before clipping.</param>
/// <param name="Clipped">Share of its steps on which the norm was clipped.</param>
public sealed record TrainedEpoch(int Epoch, double TrainingLoss, double ValidationLoss, double LearningRate, double GradientNorm, double Clipped);

/// <summary>A step that was watched.</summary>
/// <param name="Step">Steps done before.</param>
/// <param name="Loss">Its loss.</param>
/// <param name="LearningRate">Its learning rate.</param>
/// <param name="GradientNorm">The norm of all gradients together, before clipping.</param>
/// <param name="ClipFactor">What clipping multiplied them by.</param>
/// <param name="Weights">Each weight tensor.</param>
public sealed record WatchedStep(long Step, double Loss, double LearningRate, double GradientNorm, double ClipFactor, IReadOnlyList<WatchedWeight> Weights);

/// <summary>A weight tensor at a step that was watched.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Gradient">The norm of its gradient before clipping.</param>
/// <param name="Weight">Its own norm before the step.</param>
/// <param name="Update">The norm of what the step changed.</param>
public sealed record WatchedWeight(string Name, double Gradient, double Weight, double Update)
{
    /// <summary>How large the update is beside the weight; a thousandth is usual.</summary>
    public double Ratio => Update / Weight;
}
