namespace Unroll.Tasks;

/// <summary>Where a training run keeps its checkpoints, so that it can go on after an interruption.</summary>
/// <param name="Folder">The folder of the run: checkpoints and metrics.jsonl.</param>
/// <param name="Resume">True goes on from the newest checkpoint, to the same bits as an unbroken run; false starts anew.</param>
/// <param name="Watch">True writes what every twentieth step does to each weight into <c>watch.jsonl</c>, for an inspection to draw.</param>
public sealed record TrainingRun(string Folder, bool Resume = false, bool Watch = false);
