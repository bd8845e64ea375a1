using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Tagging;

/// <summary>Vectors of words from their characters.</summary>
internal sealed class SpellingLayer : Module
{
    private const int Kernel = 3;

    private readonly Embedding characters;
    private readonly Conv1d? convolution;
    private readonly Recurrent? recurrent;

    /// <summary>Makes the layer.</summary>
    /// <param name="count">How many characters there are, number 0 for padding.</param>
    /// <param name="options">Sizes.</param>
    public SpellingLayer(int count, TaggingNetworkOptions options)
    {
        int inputs = options.CharacterEmbedding;
        characters = Child("characters", new Embedding(count, inputs, paddingIndex: 0, init: Init.Uniform(MathF.Sqrt(3f / inputs))));       // Ma and Hovy 2016, section 3.1
        if (options.Spelling == SpellingKind.Convolution)
        {
            convolution = Child("convolution", new Conv1d(inputs, options.SpellingHidden, Kernel, padding: Kernel / 2));
            Width = options.SpellingHidden;
        }
        else
        {
            recurrent = Child("lstm", RecurrentStack.Of(CellKind.Lstm, inputs, options.SpellingHidden, 1, 0, options: new RecurrentOptions { Direction = RecurrentDirection.Bidirectional }));
            Width = recurrent.Outputs;
        }
    }

    /// <summary>Length of a word's vector.</summary>
    public int Width { get; }

    /// <summary>The vectors of the different words of a batch, <c>[words, width]</c>.</summary>
    public Tensor Forward(TaggingBatch batch, float dropout, RandomStream? random)
    {
        int words = batch.SpellingLengths.Length;
        Tensor x = characters.Forward(batch.Spellings);
        x = Ops.Dropout(Ops.Reshape(x, [batch.Spellings.Length / words, words, x.Shape[1]]), dropout, random);     // [T W, C] -> [T, W, C]
        if (convolution is not null) return Ops.GlobalMaxPool1d(convolution.Forward(x, batch.SpellingLengths), batch.SpellingLengths);
        (_, RecurrentState last) = recurrent!.Forward(x, null, batch.SpellingLengths, random);
        return recurrent.Last(last);
    }
}
