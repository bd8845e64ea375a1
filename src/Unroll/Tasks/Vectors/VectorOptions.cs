namespace Unroll.Tasks.Vectors;

/// <summary>What foretells what.</summary>
public enum VectorModel
{
    /// <summary>A word foretells each word of the window round it (Mikolov et al. 2013a).</summary>
    SkipGram,

    /// <summary>The mean of the words of a window foretells the word in its middle (Mikolov et al. 2013a).</summary>
    Cbow,
}

/// <summary>How the probability of a word is learnt without a sum over the vocabulary.</summary>
public enum VectorObjective
{
    /// <summary>The true word is told from some drawn ones (Mikolov et al. 2013b).</summary>
    NegativeSampling,

    /// <summary>The word is found by decisions along a Huffman tree (Morin and Bengio 2005, Mikolov et al. 2013a).</summary>
    HierarchicalSoftmax,
}

/// <summary>What the text is cut into.</summary>
public sealed record VectorTextOptions
{
    /// <summary>Words that stand less often than this get no vector.</summary>
    public int LeastCount { get; init; } = 5;

    /// <summary>Most words: the most frequent.</summary>
    public int Vocabulary { get; init; } = 1_000_000;

    /// <summary>True reads words in lower case.</summary>
    public bool LowerCase { get; init; }

    /// <summary>True makes marks of punctuation words of their own.</summary>
    public bool SplitPunctuation { get; init; }

    /// <summary>Passes that join pairs of words into phrases such as <c>new_york</c>; 0 joins none, each further pass makes longer ones.</summary>
    public int Phrases { get; init; }

    /// <summary>The score from which a pair is a phrase, see <see cref="PhraseList"/>; half as much in each further pass.</summary>
    public double PhraseThreshold { get; init; } = 100;
}

/// <summary>The pieces of words that have vectors of their own (Bojanowski et al. 2017).</summary>
public sealed record SubwordOptions
{
    /// <summary>True gives a word the mean of its own vector and those of its pieces; then words that the text lacks have a vector too.</summary>
    public bool Use { get; init; }

    /// <summary>Shortest piece in characters, those that mark a word's beginning and end included.</summary>
    public int Shortest { get; init; } = 3;

    /// <summary>Longest piece in characters.</summary>
    public int Longest { get; init; } = 6;

    /// <summary>Pieces are told apart by a hash of so many values. Memory is taken only for those that occur.</summary>
    public int Buckets { get; init; } = 2_000_000;
}

/// <summary>How word vectors are fitted.</summary>
public sealed record VectorFitOptions
{
    /// <summary>Length of a vector.</summary>
    public int Size { get; init; } = 100;

    /// <summary>Most words on either side that belong to a window; the true number is drawn from 1 to this each time.</summary>
    public int Window { get; init; } = 5;

    /// <summary>What foretells what.</summary>
    public VectorModel Model { get; init; } = VectorModel.SkipGram;

    /// <summary>How probabilities are learnt.</summary>
    public VectorObjective Objective { get; init; } = VectorObjective.NegativeSampling;

    /// <summary>Words drawn against each true one.</summary>
    public int Negative { get; init; } = 5;

    /// <summary>Words of a greater share of the text than this are left out at random, the more the more frequent; 0 leaves none out.</summary>
    public double Sample { get; init; } = 1e-3;

    /// <summary>Passes over the text; 0 chooses by its length.</summary>
    public int Epochs { get; init; }

    /// <summary>Learning rate at the beginning, from which it falls in a straight line; 0 takes 0.025 for skip-gram, 0.05 for CBOW.</summary>
    public double LearningRate { get; init; }

    /// <summary>True trains on one thread: the same seed gives the same bits. False lets all threads write to the same vectors without waiting for each other (Hogwild, Niu et al. 2011).</summary>
    public bool Deterministic { get; init; } = true;

    /// <summary>Every draw follows from it.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Threads where training is not deterministic; 0 takes one a core.</summary>
    public int Threads { get; init; }
}

/// <summary>Everything that can be chosen about word vectors. <see cref="Knobs"/> lists it for the command line, recipes and documentation.</summary>
public sealed record VectorOptions
{
    /// <summary>What the text is cut into.</summary>
    public VectorTextOptions Text { get; init; } = new();

    /// <summary>Pieces of words.</summary>
    public SubwordOptions Subwords { get; init; } = new();

    /// <summary>The fit.</summary>
    public VectorFitOptions Fit { get; init; } = new();

    /// <summary>Every option: name, help, range, and how it is read and written as text.</summary>
    public static IReadOnlyList<Knob<VectorOptions>> Knobs { get; } =
    [
        KnobOf<VectorOptions>.Whole("least-count", "Words that stand less often get no vector.", 1, 1_000_000, o => o.Text.LeastCount, (o, v) => o with { Text = o.Text with { LeastCount = v } }),
        KnobOf<VectorOptions>.Whole("vocabulary", "Most words, the most frequent, 2 to 10000000.", 2, 10_000_000, o => o.Text.Vocabulary, (o, v) => o with { Text = o.Text with { Vocabulary = v } }),
        KnobOf<VectorOptions>.Flag("lower-case", "Read words in lower case.", o => o.Text.LowerCase, (o, v) => o with { Text = o.Text with { LowerCase = v } }),
        KnobOf<VectorOptions>.Flag("split-punctuation", "Make marks of punctuation words of their own.", o => o.Text.SplitPunctuation, (o, v) => o with { Text = o.Text with { SplitPunctuation = v } }),
        KnobOf<VectorOptions>.Whole("phrases", "Passes that join pairs of words into phrases such as new_york, 0 to 5; 0 joins none.", 0, 5, o => o.Text.Phrases, (o, v) => o with { Text = o.Text with { Phrases = v } }),
        KnobOf<VectorOptions>.Number("phrase-threshold", "The score from which a pair is a phrase; half as much in each further pass.", 0, 1e9, o => o.Text.PhraseThreshold, (o, v) => o with { Text = o.Text with { PhraseThreshold = v } }),
        KnobOf<VectorOptions>.Word("model", "What foretells what: a word those round it, or those round it the word.", o => o.Fit.Model, (o, v) => o with { Fit = o.Fit with { Model = v } }),
        KnobOf<VectorOptions>.Word("objective", "How the probability of a word is learnt.", o => o.Fit.Objective, (o, v) => o with { Fit = o.Fit with { Objective = v } }),
        KnobOf<VectorOptions>.Whole("negative", "Words drawn against each true one, 1 to 100.", 1, 100, o => o.Fit.Negative, (o, v) => o with { Fit = o.Fit with { Negative = v } }),
        KnobOf<VectorOptions>.Whole("size", "Length of a vector, 1 to 4096.", 1, 4096, o => o.Fit.Size, (o, v) => o with { Fit = o.Fit with { Size = v } }),
        KnobOf<VectorOptions>.Whole("window", "Most words on either side that belong to a window, 1 to 100.", 1, 100, o => o.Fit.Window, (o, v) => o with { Fit = o.Fit with { Window = v } }),
        KnobOf<VectorOptions>.Number("sample", "Words of a greater share of the text are left out at random, the more the more frequent; 0 leaves none out.", 0, 1, o => o.Fit.Sample, (o, v) => o with { Fit = o.Fit with { Sample = v } }),
        KnobOf<VectorOptions>.Flag("subwords", "Give pieces of words vectors too, and so words that the text lacks.", o => o.Subwords.Use, (o, v) => o with { Subwords = o.Subwords with { Use = v } }),
        KnobOf<VectorOptions>.Whole("subword-shortest", "Shortest piece in characters, 1 to 20.", 1, 20, o => o.Subwords.Shortest, (o, v) => o with { Subwords = o.Subwords with { Shortest = v } }),
        KnobOf<VectorOptions>.Whole("subword-longest", "Longest piece in characters, 1 to 20.", 1, 20, o => o.Subwords.Longest, (o, v) => o with { Subwords = o.Subwords with { Longest = v } }),
        KnobOf<VectorOptions>.Whole("subword-buckets", "Values of the hash that tells pieces apart.", 1, 100_000_000, o => o.Subwords.Buckets, (o, v) => o with { Subwords = o.Subwords with { Buckets = v } }),
        KnobOf<VectorOptions>.Whole("epochs", "Passes over the text; 0 chooses by its length.", 0, 100_000, o => o.Fit.Epochs, (o, v) => o with { Fit = o.Fit with { Epochs = v } }),
        KnobOf<VectorOptions>.Number("learning-rate", "Learning rate at the beginning; 0 takes 0.025 for skip-gram, 0.05 for CBOW.", 0, 10, o => o.Fit.LearningRate, (o, v) => o with { Fit = o.Fit with { LearningRate = v } }),
        KnobOf<VectorOptions>.Flag("deterministic", "Train on one thread, to the same bits each time; false takes all threads and gives other bits each time.", o => o.Fit.Deterministic, (o, v) => o with { Fit = o.Fit with { Deterministic = v } }),
        KnobOf<VectorOptions>.Seed(o => o.Fit.Seed, (o, v) => o with { Fit = o.Fit with { Seed = v } }),
        KnobOf<VectorOptions>.Whole("threads", "Threads where training is not deterministic; 0 takes one a core.", 0, 1024, o => o.Fit.Threads, (o, v) => o with { Fit = o.Fit with { Threads = v } }),
    ];

    /// <summary>Throws where an option is out of range or two contradict each other.</summary>
    /// <exception cref="UnrollException">The message names it.</exception>
    internal void Check()
    {
        foreach (Knob<VectorOptions> knob in Knobs) knob.Write(this, knob.Read(this));
        if (Subwords.Shortest > Subwords.Longest) throw new UnrollException($"subword-shortest must be at most subword-longest {Subwords.Longest}, got {Subwords.Shortest}.");
    }
}
