using Unroll.Tensors;

namespace Unroll.Tasks.Tagging;

/// <summary>How a word's spelling is read.</summary>
public enum SpellingKind
{
    /// <summary>By a convolution over its characters, the greatest of each filter (Ma and Hovy 2016).</summary>
    Convolution,

    /// <summary>By an LSTM over its characters, both ways (Lample et al. 2016).</summary>
    Lstm,

    /// <summary>Not at all.</summary>
    None,
}

/// <summary>The network of a tagger.</summary>
public sealed record TaggingNetworkOptions
{
    /// <summary>The recurrent cell.</summary>
    public CellKind Cell { get; init; } = CellKind.Lstm;

    /// <summary>Layers, each both ways.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Size of the hidden state, each way.</summary>
    public int Hidden { get; init; } = 200;

    /// <summary>Length of a word's vector.</summary>
    public int Embedding { get; init; } = 100;

    /// <summary>How spellings are read.</summary>
    public SpellingKind Spelling { get; init; } = SpellingKind.Convolution;

    /// <summary>Length of a character's vector.</summary>
    public int CharacterEmbedding { get; init; } = 30;

    /// <summary>Filters of the convolution over characters, or size of the hidden state, each way, of the LSTM.</summary>
    public int SpellingHidden { get; init; } = 50;

    /// <summary>True judges tags as whole sequences by a conditional random field, false each for itself.</summary>
    public bool Crf { get; init; } = true;

    /// <summary>Dropout on words' vectors, between layers and before the output.</summary>
    public double Dropout { get; init; } = 0.5;

    /// <summary>Sees to it that all go together.</summary>
    /// <exception cref="UnrollException">They do not.</exception>
    internal void Check()
    {
        if (Embedding == 0 && Spelling == SpellingKind.None) throw new UnrollException("embedding 0 and spelling none leave nothing of a word to read.");
    }
}

/// <summary>How a tagger is fitted.</summary>
public sealed record TaggingFitOptions
{
    /// <summary>Passes over the sentences; 0 chooses by their number, some thousands of steps.</summary>
    public int Epochs { get; init; }

    /// <summary>Most sentences a step.</summary>
    public int Batch { get; init; } = 32;

    /// <summary>Longer sentences are read in pieces of so many words.</summary>
    public int Longest { get; init; } = 250;

    /// <summary>How often, while training, a word that stands once is read as an unknown one, so that those are learnt.</summary>
    public double WordDrop { get; init; } = 0.5;

    /// <summary>Highest learning rate.</summary>
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>How the learning rate goes.</summary>
    public RateSchedule Schedule { get; init; } = RateSchedule.Cosine;

    /// <summary>Weight decay, biases excluded.</summary>
    public double WeightDecay { get; init; } = 1e-2;

    /// <summary>Largest norm of the gradient; 0 does not clip.</summary>
    public double Clip { get; init; } = 5;

    /// <summary>How the weights of many steps are averaged.</summary>
    public WeightAveraging Averaging { get; init; } = WeightAveraging.Exponential;

    /// <summary>Epochs without a better validation text before training stops; 0 trains to the end.</summary>
    public int Patience { get; init; }

    /// <summary>Every draw follows from it.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Threads; 0 takes one a core.</summary>
    public int Threads { get; init; }
}

/// <summary>Everything that can be chosen about a tagger. <see cref="Knobs"/> lists it for the command line, recipes and documentation.</summary>
public sealed record TaggingOptions
{
    /// <summary>Most words that have a vector of their own, the most frequent; the others are read by their spelling.</summary>
    public int Vocabulary { get; init; } = 100_000;

    /// <summary>Words that stand less often have no vector of their own.</summary>
    public int LeastCount { get; init; } = 1;

    /// <summary>True has one vector for a word in lower and upper case; the spelling tells them apart.</summary>
    public bool LowerCase { get; init; } = true;

    /// <summary>True reads all digits of words as one in the words' table.</summary>
    public bool OneDigit { get; init; } = true;

    /// <summary>How the network writes chunks; what goes in and out is written as the training text has it.</summary>
    public TagScheme Scheme { get; init; } = TagScheme.Bioes;

    /// <summary>The network.</summary>
    public TaggingNetworkOptions Network { get; init; } = new();

    /// <summary>The fit.</summary>
    public TaggingFitOptions Fit { get; init; } = new();

    /// <summary>Every option: name, help, range, and how it is read and written as text.</summary>
    public static IReadOnlyList<Knob<TaggingOptions>> Knobs { get; } =
    [
        KnobOf<TaggingOptions>.Whole("vocabulary", "Most words that have a vector of their own, 1 to 10000000.", 1, 10_000_000, o => o.Vocabulary, (o, v) => o with { Vocabulary = v }),
        KnobOf<TaggingOptions>.Whole("least-count", "Words that stand less often have no vector of their own.", 1, 1_000_000, o => o.LeastCount, (o, v) => o with { LeastCount = v }),
        KnobOf<TaggingOptions>.Flag("lower-case", "One vector for a word in lower and upper case; its spelling tells them apart.", o => o.LowerCase, (o, v) => o with { LowerCase = v }),
        KnobOf<TaggingOptions>.Flag("one-digit", "Read all digits as one in the words' table.", o => o.OneDigit, (o, v) => o with { OneDigit = v }),
        KnobOf<TaggingOptions>.Word("scheme", "How the network writes chunks (entities, phrases); files keep their own way.", o => o.Scheme, (o, v) => o with { Scheme = v }),
        KnobOf<TaggingOptions>.Word("cell", "The recurrent cell.", o => o.Network.Cell, (o, v) => o with { Network = o.Network with { Cell = v } }),
        KnobOf<TaggingOptions>.Whole("layers", "Recurrent layers, each both ways, 1 to 16.", 1, 16, o => o.Network.Layers, (o, v) => o with { Network = o.Network with { Layers = v } }),
        KnobOf<TaggingOptions>.Whole("hidden", "Size of the hidden state each way, 1 to 8192.", 1, 8192, o => o.Network.Hidden, (o, v) => o with { Network = o.Network with { Hidden = v } }),
        KnobOf<TaggingOptions>.Whole("embedding", "Length of a word's vector; 0 reads words by their spelling alone.", 0, 8192, o => o.Network.Embedding, (o, v) => o with { Network = o.Network with { Embedding = v } }),
        KnobOf<TaggingOptions>.Word("spelling", "How a word's characters are read.", o => o.Network.Spelling, (o, v) => o with { Network = o.Network with { Spelling = v } }),
        KnobOf<TaggingOptions>.Whole("character-embedding", "Length of a character's vector, 1 to 1024.", 1, 1024, o => o.Network.CharacterEmbedding, (o, v) => o with { Network = o.Network with { CharacterEmbedding = v } }),
        KnobOf<TaggingOptions>.Whole("spelling-hidden", "Filters over characters, or units each way of the LSTM, 1 to 4096.", 1, 4096, o => o.Network.SpellingHidden, (o, v) => o with { Network = o.Network with { SpellingHidden = v } }),
        KnobOf<TaggingOptions>.Flag("crf", "Judge the tags of a sentence together by a conditional random field.", o => o.Network.Crf, (o, v) => o with { Network = o.Network with { Crf = v } }),
        KnobOf<TaggingOptions>.Number("dropout", "Dropout on words' vectors, between layers and before the output, 0 to 0.9.", 0, 0.9, o => o.Network.Dropout, (o, v) => o with { Network = o.Network with { Dropout = v } }),
        KnobOf<TaggingOptions>.Whole("epochs", "Passes over the sentences; 0 chooses by their number.", 0, 100_000, o => o.Fit.Epochs, (o, v) => o with { Fit = o.Fit with { Epochs = v } }),
        KnobOf<TaggingOptions>.Whole("batch", "Most sentences a step, 1 to 4096.", 1, 4096, o => o.Fit.Batch, (o, v) => o with { Fit = o.Fit with { Batch = v } }),
        KnobOf<TaggingOptions>.Whole("longest", "Longer sentences are read in pieces of so many words, 2 to 100000.", 2, 100_000, o => o.Fit.Longest, (o, v) => o with { Fit = o.Fit with { Longest = v } }),
        KnobOf<TaggingOptions>.Number("word-drop", "How often, while training, a word that stands once is read as unknown, 0 to 1.", 0, 1, o => o.Fit.WordDrop, (o, v) => o with { Fit = o.Fit with { WordDrop = v } }),
        KnobOf<TaggingOptions>.Number("learning-rate", "Highest learning rate of AdamW, 1e-7 to 1.", 1e-7, 1, o => o.Fit.LearningRate, (o, v) => o with { Fit = o.Fit with { LearningRate = v } }),
        KnobOf<TaggingOptions>.Word("schedule", "How the learning rate goes.", o => o.Fit.Schedule, (o, v) => o with { Fit = o.Fit with { Schedule = v } }),
        KnobOf<TaggingOptions>.Number("weight-decay", "Weight decay, 0 to 10; biases are excluded.", 0, 10, o => o.Fit.WeightDecay, (o, v) => o with { Fit = o.Fit with { WeightDecay = v } }),
        KnobOf<TaggingOptions>.Number("clip", "Largest norm of the gradient; 0 does not clip.", 0, 1e9, o => o.Fit.Clip, (o, v) => o with { Fit = o.Fit with { Clip = v } }),
        KnobOf<TaggingOptions>.Word("averaging", "How the weights of many steps are averaged.", o => o.Fit.Averaging, (o, v) => o with { Fit = o.Fit with { Averaging = v } }),
        KnobOf<TaggingOptions>.Whole("patience", "Epochs without a better validation text before training stops; 0 trains to the end.", 0, 1_000_000, o => o.Fit.Patience, (o, v) => o with { Fit = o.Fit with { Patience = v } }),
        KnobOf<TaggingOptions>.Seed(o => o.Fit.Seed, (o, v) => o with { Fit = o.Fit with { Seed = v } }),
        KnobOf<TaggingOptions>.Whole("threads", "Threads; 0 takes one a core. Results do not depend on it.", 0, 1024, o => o.Fit.Threads, (o, v) => o with { Fit = o.Fit with { Threads = v } }),
    ];

    /// <summary>Sees to it that each option is within its range, and that all go together.</summary>
    /// <exception cref="UnrollException">They do not; the message says which.</exception>
    public void Check()
    {
        foreach (Knob<TaggingOptions> knob in Knobs) knob.Write(this, knob.Read(this));
        Network.Check();
    }
}
