using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>Vectors of words made of their characters (Kim et al. 2016, "Character-aware neural language models"): convolutions of several widths, the greatest of each over the word, a highway.</summary>
/// <remarks>
/// c = characters' vectors, one step a character; f_w = max over the word of tanh(conv_w(c)) for each width w; y = W highway([f_1; f_2; ...]) + b. Words that are spelt alike share what is learnt,
/// and a word that was never seen has a vector. Weights: <c>characters.weight</c> [characters, C], row 0 zero; <c>convolutions.0.weight</c> [filters of width 1, C, 1], ...;
/// <c>highway.plain.0.weight</c>, ...; <c>projection.weight</c> [width, all filters].
/// </remarks>
/// <equivalent group="Basic" pytorch="" keras=""/>
public sealed class CharacterEmbedding : Module
{
    private const int CharacterWidth = 15, FiltersAStep = 25, Widest = 6;

    private readonly Embedding characters;
    private readonly ModuleList<Conv1d> convolutions;
    private readonly Highway highway;
    private readonly Linear projection;

    /// <summary>Makes the layer with the paper's small sizes: characters of 15 numbers, 25 w filters of each width w from 1 to 6.</summary>
    /// <param name="characters">How many different characters there are, the padding of number 0 included.</param>
    /// <param name="width">Length of a word's vector.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is too small.</exception>
    public CharacterEmbedding(int characters, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(characters, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        this.characters = Child("characters", new Embedding(characters, CharacterWidth, paddingIndex: 0));
        convolutions = Child("convolutions", new ModuleList<Conv1d>([.. Enumerable.Range(1, Widest).Select(static w => new Conv1d(CharacterWidth, FiltersAStep * w, w))]));
        int filters = FiltersAStep * Widest * (Widest + 1) / 2;
        highway = Child("highway", new Highway(filters));
        projection = Child("projection", new Linear(filters, width));
        Width = width;
    }

    /// <summary>Length of a word's vector.</summary>
    public int Width { get; }

    /// <summary>The vectors of words.</summary>
    /// <param name="spelling">Character numbers, <c>[T, words]</c>: the first of every word first; 0 behind a word's end.</param>
    /// <param name="lengths">Each word's number of characters, 1 to T; short ones are read as if they had as many characters as the widest filter.</param>
    /// <returns><c>[words, width]</c>; a word's vector does not depend on what other words are there.</returns>
    /// <exception cref="ArgumentException">The spelling is not whole steps, or a length is out of range.</exception>
    public Tensor Forward(ReadOnlySpan<int> spelling, ReadOnlySpan<int> lengths)
    {
        int words = lengths.Length, longest = words == 0 ? 0 : spelling.Length / words;
        if (words == 0 || spelling.Length != longest * words) throw new ArgumentException($"CharacterEmbedding: spelling must be whole steps of {words} words, got {spelling.Length} numbers.");
        // Room for the widest filter: the same for every word, so that a short one does not depend on its neighbours.
        int steps = Math.Max(longest, Widest);
        int[] read = new int[words], padded = new int[steps * words], within = new int[words];
        spelling.CopyTo(padded);
        for (int i = 0; i < words; i++)
        {
            if (lengths[i] < 1 || lengths[i] > longest) throw new ArgumentException($"CharacterEmbedding: length {i} must be 1 to {longest}, got {lengths[i]}.");
            read[i] = Math.Max(lengths[i], Widest);
        }
        Tensor c = Ops.Reshape(characters.Forward(padded), [steps, words, CharacterWidth]);                    // [T N, C] -> [T, N, C]
        Tensor[] features = new Tensor[Widest];
        for (int w = 1; w <= Widest; w++)
        {
            for (int i = 0; i < words; i++) within[i] = read[i] - w + 1;
            features[w - 1] = Ops.GlobalMaxPool1d(Ops.Tanh(convolutions[w - 1].Forward(c)), within);           // [T, N, F] -> [N, F]
        }
        return projection.Forward(highway.Forward(Ops.Concat(1, features)));
    }
}
