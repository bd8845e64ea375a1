namespace Unroll.Tasks;

/// <summary>Where a training run keeps its checkpoints, so that it can go on after an interruption.</summary>
/// <param name="Folder">The folder of the run: checkpoints and metrics.jsonl.</param>
/// <param name="Resume">True goes on from the newest checkpoint, to the same bits as an unbroken run; false starts anew.</param>
public sealed record TrainingRun(string Folder, bool Resume = false);
