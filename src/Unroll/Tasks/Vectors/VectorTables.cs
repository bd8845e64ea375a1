using Unroll.Kernels;

namespace Unroll.Tasks.Vectors;

/// <summary>What training changes and what it draws from: the two matrices, and for each word its rows, its targets and how often it is kept. Shared by all threads.</summary>
internal sealed class VectorTables
{
    private readonly int[] subwordStarts = [];
    private readonly int[] subwordRows = [];

    /// <summary>Makes the tables and draws the first vectors.</summary>
    /// <param name="words">The words, most frequent first.</param>
    /// <param name="counts">How often each stands.</param>
    /// <param name="options">The options.</param>
    /// <param name="random">Where the first vectors are drawn from.</param>
    /// <exception cref="UnrollException">The vectors are more than an array holds.</exception>
    public VectorTables(IReadOnlyList<string> words, long[] counts, VectorOptions options, RandomStream random)
    {
        Fit = options.Fit;
        Words = words.Count;
        Stride = LogisticPairs.Stride(Fit.Size);
        if (options.Subwords.Use)
        {
            Subwords = new Subwords(words, options.Subwords);
            var rows = new List<int>();
            subwordStarts = new int[Words + 1];
            for (int w = 0; w < Words; w++)
            {
                rows.Add(w);
                foreach (int piece in Subwords.RowsOf(words[w])) rows.Add(Words + piece);
                subwordStarts[w + 1] = rows.Count;
                MostRows = Math.Max(MostRows, subwordStarts[w + 1] - subwordStarts[w]);
            }
            subwordRows = [.. rows];
        }
        int inputs = Words + (Subwords?.Buckets.Length ?? 0);
        if ((long)inputs * Stride > Array.MaxLength) throw new UnrollException($"{inputs} vectors of {Fit.Size} numbers are more than fit into one table; lower vocabulary, size or subword-buckets.");

        // Aligned, so that a row of sixteens never lies across one cache line more than it must.
        InputMemory = GC.AllocateArray<float>(inputs * Stride, pinned: true);
        OutputMemory = GC.AllocateArray<float>(Words * Stride, pinned: true);
        for (int row = 0; row < inputs; row++) random.FillUniform(InputMemory.AsSpan(row * Stride, Fit.Size), -0.5f / Fit.Size, 0.5f / Fit.Size);

        if (Fit.Objective == VectorObjective.HierarchicalSoftmax) Tree = new HuffmanTree(counts);
        else Noise = new AliasTable([.. counts.Select(static c => Math.Pow(c, 0.75))]);

        double total = counts.Sum();
        Kept = new uint[Words];
        for (int w = 0; w < Words; w++)
        {
            // sqrt(t / f) + t / f, as the authors' program has it; the paper's formula leaves the second part out.
            double share = Fit.Sample > 0 ? Fit.Sample * total / counts[w] : 1;
            Kept[w] = (uint)Math.Min(uint.MaxValue, (Math.Sqrt(share) + share) * 4294967296.0);
        }
    }

    /// <summary>How words are fitted.</summary>
    public VectorFitOptions Fit { get; }

    /// <summary>V: how many words there are.</summary>
    public int Words { get; }

    /// <summary>Floats from row to row.</summary>
    public int Stride { get; }

    /// <summary>Pieces of words, where they have vectors.</summary>
    public Subwords? Subwords { get; }

    /// <summary>Most rows of one word with its pieces.</summary>
    public int MostRows { get; } = 1;

    /// <summary>The vectors that are wanted: a row a word, then a row a bucket of pieces.</summary>
    public float[] InputMemory { get; }

    /// <summary>What they are held against: a row a word, or a row an inner node of the tree.</summary>
    public float[] OutputMemory { get; }

    /// <summary>Draws words by the 3/4th power of their counts, where negatives are drawn.</summary>
    public AliasTable? Noise { get; }

    /// <summary>The paths to the words, where there is a tree.</summary>
    public HuffmanTree? Tree { get; }

    /// <summary>With which probability a word is kept, as a share of 2^32.</summary>
    public uint[] Kept { get; }

    /// <summary>The rows whose mean is a word's vector.</summary>
    public ReadOnlySpan<int> RowsOf(int word) => subwordRows.AsSpan(subwordStarts[word]..subwordStarts[word + 1]);

    /// <summary>The words' vectors <c>[V, size]</c>, with pieces the means of their rows.</summary>
    public float[] Vectors()
    {
        float[] vectors = new float[checked(Words * Fit.Size)], mean = new float[Stride];
        for (int w = 0; w < Words; w++)
        {
            ReadOnlySpan<float> row = InputMemory.AsSpan(w * Stride, Stride);
            if (Subwords is not null)
            {
                EmbeddingBag.Mean(InputMemory, RowsOf(w), mean);
                row = mean;
            }
            row[..Fit.Size].CopyTo(vectors.AsSpan(w * Fit.Size));
        }
        return vectors;
    }

    /// <summary>The pieces' vectors <c>[buckets, size]</c>.</summary>
    public float[] PieceVectors()
    {
        int pieces = Subwords?.Buckets.Length ?? 0;
        float[] vectors = new float[checked(pieces * Fit.Size)];
        for (int i = 0; i < pieces; i++) InputMemory.AsSpan((Words + i) * Stride, Fit.Size).CopyTo(vectors.AsSpan(i * Fit.Size));
        return vectors;
    }
}
