using System.Diagnostics;
using Unroll.Formats;
using Unroll.Kernels;
using Unroll.Training;

namespace Unroll.Tasks.Vectors;

/// <summary>Passes over the text: shares pieces out to workers, lowers the learning rate, saves and restores checkpoints, tells how it stands.</summary>
internal sealed class VectorTrainer
{
    private const double CheckpointSeconds = 60;

    /// <summary>A text of few words is read often, a long one five times.</summary>
    private const long UsualWords = 20_000_000;
    private const int FewestEpochs = 5, MostEpochs = 50;

    /// <summary>Pieces a worker is given before all meet: to save, to stop, to tell.</summary>
    private const int PiecesPerRound = 32;

    /// <summary>The learning rate falls to this share of the first.</summary>
    private const double LeastRate = 1e-4;

    private readonly VectorCorpus corpus;
    private readonly VectorTables tables;
    private readonly VectorFitOptions fit;
    private readonly RandomStream random;
    private readonly VectorWorker[] workers;
    private readonly CheckpointStore? store;
    private readonly double firstRate;
    private readonly long total;

    private int epoch, chunk;
    private long done, lines, predictions;
    private double loss, seconds;

    /// <summary>Makes a trainer.</summary>
    public VectorTrainer(VectorCorpus corpus, VectorTables tables, RandomStream random, TrainingRun? run)
    {
        (this.corpus, this.tables, fit, this.random) = (corpus, tables, tables.Fit, random);
        int threads = fit.Deterministic ? 1 : fit.Threads > 0 ? fit.Threads : Environment.ProcessorCount;
        workers = [.. Enumerable.Range(0, threads).Select(_ => new VectorWorker(corpus, tables))];
        Epochs = fit.Epochs > 0 ? fit.Epochs : (int)Math.Clamp(UsualWords / corpus.Total, FewestEpochs, MostEpochs);
        firstRate = fit.LearningRate > 0 ? fit.LearningRate : fit.Model == VectorModel.Cbow ? 0.05 : 0.025;
        total = checked(corpus.Total * Epochs);
        Folder = run?.Folder;
        if (Folder is not null) store = new CheckpointStore(Path.Combine(Folder, "checkpoints"));
    }

    /// <summary>Passes over the text.</summary>
    public int Epochs { get; }

    /// <summary>Where checkpoints and metrics go, or none.</summary>
    public string? Folder { get; }

    /// <summary>The passes so far. Losses are means over predictions.</summary>
    public List<EpochRecord> History { get; } = [];

    /// <summary>Trains to the end.</summary>
    /// <exception cref="UnrollException">Training diverged, or a checkpoint cannot be read or written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; a checkpoint has been saved where there is a folder.</exception>
    public void Fit(bool resume, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        string? notice = null;
        if (Folder is not null) ModelFolder.Make(Folder);
        if (!resume) store?.Clear();
        else if (store is not null && store.TryLoadLatest(out Checkpoint? found, out notice))
            using (found) Restore(found);
        using JsonLinesWriter? metrics = Folder is null ? null : new JsonLinesWriter(Path.Combine(Folder, "metrics.jsonl"), lines);
        using var team = new Team(workers.Length);
        var clock = Stopwatch.StartNew();
        double reported = -1, saved = 0, before = seconds;
        long begun = done;

        for (; epoch < Epochs; epoch++, chunk = 0)
        {
            while (chunk < corpus.Chunks)
            {
                if (cancellation.IsCancellationRequested)
                {
                    seconds = before + clock.Elapsed.TotalSeconds;
                    Save(metrics);
                    cancellation.ThrowIfCancellationRequested();
                }
                Round(team);
                double now = clock.Elapsed.TotalSeconds;
                if (now - reported >= 0.1)
                {
                    reported = now;
                    Tell(false);
                }
                if (store is null || now - saved < CheckpointSeconds) continue;
                seconds = before + now;
                Save(metrics);
                saved = clock.Elapsed.TotalSeconds;
            }
            seconds = before + clock.Elapsed.TotalSeconds;
            EndEpoch(metrics);
            Tell(true);
        }

        void Tell(bool ended)
        {
            if (progress is null) return;
            double speed = (done - begun) / Math.Max(1e-3, clock.Elapsed.TotalSeconds);
            progress.Report(new TrainingProgress(epoch + 1, Epochs, done, total, ended ? History[^1].TrainingLoss : loss / Math.Max(1, predictions), null, Rate(), double.NaN, speed,
                TimeSpan.FromSeconds(speed > 0 ? (total - done) / speed : 0), ended, notice));
            notice = null;
        }
    }

    private double Rate() => firstRate * Math.Max(LeastRate, 1 - ((double)Interlocked.Read(ref done) / total));

    private void Round(Team team)
    {
        int pieces = Math.Min(corpus.Chunks - chunk, workers.Length == 1 ? 1 : PiecesPerRound * workers.Length);
        foreach (VectorWorker worker in workers) worker.Restart();
        var job = new Pieces(this, chunk);
        team.Run(ref job, pieces);
        chunk += pieces;
        foreach (VectorWorker worker in workers)
        {
            loss += worker.Loss;
            predictions += worker.Predictions;
        }
    }

    private readonly struct Pieces(VectorTrainer trainer, int first) : IJob
    {
        public void Run(int part, int worker)
        {
            int piece = first + part;
            ulong key = ((ulong)trainer.epoch << 32) | (uint)piece, seed = trainer.random.StateOfSplit(key).Seed;
            int words = trainer.workers[worker].Run(piece, seed, (float)trainer.Rate());
            Interlocked.Add(ref trainer.done, words);
        }
    }

    private void EndEpoch(JsonLinesWriter? metrics)
    {
        double mean = loss / Math.Max(1, predictions), spent = seconds - History.Sum(static e => e.Seconds);
        if (!double.IsFinite(mean)) throw new UnrollException($"training diverged: the loss of epoch {epoch + 1} is not finite; lower the learning rate.");
        var record = new EpochRecord(epoch + 1, mean, null, Rate(), double.NaN, double.NaN, 0, spent);
        History.Add(record);
        (loss, predictions) = (0, 0);
        metrics?.Write(json =>
        {
            json.WriteNumber("epoch", record.Epoch);
            json.WriteNumber("words", done);
            json.WriteNumber("training_loss", record.TrainingLoss);
            json.WriteNumber("learning_rate", record.LearningRate);
            json.WriteNumber("seconds", Math.Round(record.Seconds, 3));
        });
    }

    private void Save(JsonLinesWriter? metrics)
    {
        if (store is null) return;
        lines = metrics!.Commit();
        store.Save(done,
        [
            SafeTensorEntry.Single("weight/input", [tables.InputMemory.Length / tables.Stride, tables.Stride], tables.InputMemory),
            SafeTensorEntry.Single("weight/output", [tables.Words, tables.Stride], tables.OutputMemory),
            SafeTensorEntry.Int64("run/counters", [5], new[] { epoch, chunk, done, lines, predictions }),
            SafeTensorEntry.Double("run/sums", [2], new[] { loss, seconds }),
            SafeTensorEntry.Double("run/history", [History.Count, 3], History.SelectMany(static e => new[] { e.TrainingLoss, e.LearningRate, e.Seconds }).ToArray()),
        ]);
    }

    private void Restore(Checkpoint checkpoint)
    {
        SafeTensorsFile file = checkpoint.Tensors;
        foreach ((string name, float[] memory) in new[] { ("weight/input", tables.InputMemory), ("weight/output", tables.OutputMemory) })
        {
            if (!file.TryGet(name, out SafeTensorInfo? info) || info.Elements != memory.Length || info.Shape[^1] != tables.Stride)
                throw new UnrollException($"{checkpoint.Path}: this checkpoint is of other words or another way of training ('{name}' does not fit); resume with the text and the options of the run.");
        }
        file.ReadSingle("weight/input", tables.InputMemory);
        file.ReadSingle("weight/output", tables.OutputMemory);
        long[] c = file.ReadInt64("run/counters");
        (epoch, chunk, done, lines, predictions) = ((int)c[0], (int)c[1], c[2], c[3], c[4]);
        double[] sums = file.ReadDouble("run/sums"), rows = file.ReadDouble("run/history");
        (loss, seconds) = (sums[0], sums[1]);
        for (int r = 0; r + 3 <= rows.Length; r += 3) History.Add(new EpochRecord((r / 3) + 1, rows[r], null, rows[r + 1], double.NaN, double.NaN, 0, rows[r + 2]));
    }
}
