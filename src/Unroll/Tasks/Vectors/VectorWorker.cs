using Unroll.Kernels;

namespace Unroll.Tasks.Vectors;

/// <summary>One thread's way through pieces of the text: leaves frequent words out, lays windows, draws targets, does the steps.</summary>
/// <remarks>
/// Skip-gram: the vectors of all words of a window are held at once against the word in its middle and the words drawn against it, which the window's pairs share (Ji et al. 2016). With pieces of
/// words it is the other way round, as in fastText: the mean of the middle word's rows is held against each word round it, each with draws of its own. CBOW: the mean of all rows of the words round it
/// is held against the word in the middle; the whole change goes to each row, as in the authors' program.
/// </remarks>
internal sealed class VectorWorker
{
    /// <summary>Words of a line that are kept at once; a longer one is cut.</summary>
    private const int LongestLine = 1000;

    private readonly VectorCorpus corpus;
    private readonly VectorTables tables;
    private readonly VectorFitOptions fit;
    private readonly int[] buffer;
    private readonly int[] line = new int[LongestLine];
    private readonly int[] rows;
    private readonly int[] targets;
    private readonly float[] labels;
    private readonly float[] hidden;
    private readonly float[] change;
    private readonly float[] scratch;
    private readonly int scratchFrom;
    private int targetCount;

    /// <summary>Makes a worker with memory of its own.</summary>
    public VectorWorker(VectorCorpus corpus, VectorTables tables)
    {
        (this.corpus, this.tables, fit) = (corpus, tables, tables.Fit);
        buffer = corpus.NewBuffer();
        int window = 2 * fit.Window, perWord = tables.Tree?.LongestPath ?? 1 + fit.Negative;
        bool gathers = fit.Model == VectorModel.Cbow || tables.Subwords is not null, spreads = fit.Model == VectorModel.SkipGram && tables.Subwords is not null;
        rows = new int[window * tables.MostRows];
        targets = new int[spreads ? window * perWord : perWord];
        labels = new float[targets.Length];
        hidden = GC.AllocateArray<float>(tables.Stride, pinned: true);
        change = GC.AllocateArray<float>(tables.Stride, pinned: true);
        int length = LogisticPairs.ScratchLength(gathers ? 1 : window, targets.Length);
        scratch = GC.AllocateArray<float>(length + 16, pinned: true);
        scratchFrom = Memory.FloatsToAlignment(scratch, 64);
    }

    /// <summary>The sum of the losses since the worker was made or <see cref="Restart"/>.</summary>
    public double Loss { get; private set; }

    /// <summary>How many predictions they are of: pairs of words of skip-gram, windows of CBOW.</summary>
    public long Predictions { get; private set; }

    /// <summary>Begins a new sum.</summary>
    public void Restart() => (Loss, Predictions) = (0, 0);

    /// <summary>Trains on a piece of the text.</summary>
    /// <param name="chunk">Which.</param>
    /// <param name="seed">All draws follow from it.</param>
    /// <param name="rate">The learning rate.</param>
    /// <returns>Words read, those left out by sub-sampling included.</returns>
    public int Run(int chunk, ulong seed, float rate)
    {
        var random = new SplitMix(seed);
        int length = corpus.Read(chunk, buffer), words = 0, kept = 0;
        for (int i = 0; i < length; i++)
        {
            int word = buffer[i];
            if (word >= 0)
            {
                words++;
                if (tables.Kept[word] == uint.MaxValue || (uint)random.Next() < tables.Kept[word]) line[kept++] = word;
            }
            if (kept == LongestLine || word < 0 || i + 1 == length)
            {
                TrainLine(kept, ref random, rate);
                kept = 0;
            }
        }
        return words;
    }

    private void TrainLine(int length, ref SplitMix random, float rate)
    {
        if (length < 2) return;
        for (int at = 0; at < length; at++)
        {
            int reach = 1 + random.Below(fit.Window), from = Math.Max(0, at - reach), to = Math.Min(length, at + reach + 1);
            targetCount = 0;
            if (fit.Model == VectorModel.Cbow) Middle(from, at, to, ref random, rate);
            else if (tables.Subwords is not null) Outward(from, at, to, ref random, rate);
            else Inward(from, at, to, ref random, rate);
        }
    }

    // Each word of the window against the middle one.
    private void Inward(int from, int at, int to, ref SplitMix random, float rate)
    {
        int n = 0;
        for (int i = from; i < to; i++)
            if (i != at) rows[n++] = line[i];
        AddTargets(line[at], ref random);
        Loss += LogisticPairs.Step(tables.InputMemory, rows.AsSpan(0, n), tables.OutputMemory, targets.AsSpan(0, targetCount), labels, tables.Stride, rate, Scratch, []);
        Predictions += n;
    }

    // The middle word with its pieces against each word of the window.
    private void Outward(int from, int at, int to, ref SplitMix random, float rate)
    {
        for (int i = from; i < to; i++)
            if (i != at) AddTargets(line[i], ref random);
        StepOfMean(tables.RowsOf(line[at]), rate);
        Predictions += to - from - 1;
    }

    // The mean of the window's words against the middle one.
    private void Middle(int from, int at, int to, ref SplitMix random, float rate)
    {
        int n = 0;
        for (int i = from; i < to; i++)
        {
            if (i == at) continue;
            if (tables.Subwords is null) rows[n++] = line[i];
            else
            {
                ReadOnlySpan<int> pieces = tables.RowsOf(line[i]);
                pieces.CopyTo(rows.AsSpan(n));
                n += pieces.Length;
            }
        }
        AddTargets(line[at], ref random);
        StepOfMean(rows.AsSpan(0, n), rate);
        Predictions++;
    }

    private void StepOfMean(ReadOnlySpan<int> of, float rate)
    {
        EmbeddingBag.Mean(tables.InputMemory, of, hidden);
        Loss += LogisticPairs.Step(hidden, [0], tables.OutputMemory, targets.AsSpan(0, targetCount), labels, tables.Stride, rate, Scratch, change);
        EmbeddingBag.Add(tables.InputMemory, of, change);
    }

    private void AddTargets(int word, ref SplitMix random)
    {
        if (tables.Tree is { } tree)
        {
            tree.Nodes(word).CopyTo(targets.AsSpan(targetCount));
            tree.Labels(word).CopyTo(labels.AsSpan(targetCount));
            targetCount += tree.Nodes(word).Length;
            return;
        }
        (targets[targetCount], labels[targetCount]) = (word, 1);
        targetCount++;
        for (int i = 0; i < fit.Negative; i++)
        {
            int drawn = tables.Noise!.Draw(ref random);
            if (drawn == word) continue;
            (targets[targetCount], labels[targetCount]) = (drawn, 0);
            targetCount++;
        }
    }

    private Span<float> Scratch => scratch.AsSpan(scratchFrom);
}
