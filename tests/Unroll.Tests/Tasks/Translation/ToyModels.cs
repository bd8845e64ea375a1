using Unroll.Tasks;
using Unroll.Tasks.Translation;

namespace Unroll.Tests.Tasks.Translation;

/// <summary>Small networks of every kind.</summary>
internal static class ToyModels
{
    public static readonly string[] Names = ["plain", "context", "additive", "general", "feeding", "copy", "convolution", "transformer"];

    public static TheoryData<string> All => [.. Names];

    public static TranslationOptions Of(string name, int hidden = 64, int epochs = 8, double rate = 5e-3)
    {
        var network = new TranslationNetworkOptions { Hidden = hidden, Embedding = hidden / 2, Dropout = 0 };
        network = name switch
        {
            "plain" => network with { Model = TranslationModel.Plain, Cell = CellKind.Lstm, Layers = 2 },
            "context" => network with { Model = TranslationModel.Context },
            "additive" => network with { Model = TranslationModel.Attention },
            "general" => network with { Model = TranslationModel.Attention, Score = AttentionScore.General, Attend = AttentionPlace.After, Tied = true },
            "feeding" => network with { Model = TranslationModel.Attention, Cell = CellKind.Lstm, Attend = AttentionPlace.After, InputFeeding = true, ReverseSource = true, Layers = 2 },
            "copy" => network with { Model = TranslationModel.Attention, Copy = true, Coverage = 0.1 },
            "convolution" => network with { Model = TranslationModel.Convolution, Layers = 3, Embedding = hidden },
            _ => network with { Model = TranslationModel.Transformer, Layers = 2, Embedding = 0, Heads = 4 },
        };
        return new TranslationOptions
        {
            Network = network,
            Text = new TextOptions { LeastCount = 1 },
            Fit = new TranslationFitOptions { Epochs = epochs, Batch = 64, LearningRate = rate, LabelSmoothing = 0, Averaging = WeightAveraging.None, Longest = 40, Threads = 2 },
        };
    }
}
