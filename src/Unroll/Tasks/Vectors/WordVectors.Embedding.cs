using Unroll.Data.Tokenizers;
using Unroll.Tensors;

namespace Unroll.Tasks.Vectors;

/// <content>As the first values of a text task's embedding.</content>
public sealed partial class WordVectors
{
    /// <summary>Puts the vectors of a tokenizer's words into a table, such as the weight of an <see cref="Layers.Embedding"/>. A word that has none keeps the row it has; one that is not found as written is
    /// looked for in lower case.</summary>
    /// <param name="table"><c>[tokens, size]</c>: a row a token.</param>
    /// <param name="tokenizer">Says which word a row is of.</param>
    /// <returns>How many rows were filled.</returns>
    /// <exception cref="ArgumentException">The table has another shape.</exception>
    public int CopyTo(Tensor table, Tokenizer tokenizer)
    {
        if (table.Shape.Rank != 2 || table.Shape[0] != tokenizer.Count || table.Shape[1] != Size)
            throw new ArgumentException($"WordVectors: the table must be [{tokenizer.Count}, {Size}], got {table.Shape}.");
        int filled = 0;
        for (int token = 0; token < tokenizer.Count; token++)
        {
            string word = tokenizer.Vocabulary[token];
            Span<float> row = table.Data.Slice(token * Size, Size);
            if (token != tokenizer.Unknown && (TryVector(word, row) || TryVector(word.ToLowerInvariant(), row))) filled++;
        }
        return filled;
    }
}
