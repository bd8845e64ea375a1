using Unroll.Tensors;

namespace Unroll.Cli.Tour;

/// <summary>The task of two chapters: name at the end the symbol that came first (Hochreiter and Schmidhuber 1997 have such in their section 5).</summary>
internal static class FirstSymbol
{
    /// <summary>Sequences, and the symbol that each begins with.</summary>
    /// <param name="steps">T.</param>
    /// <param name="batch">B.</param>
    /// <param name="symbols">S.</param>
    /// <param name="random">Where symbols and noise are drawn from.</param>
    /// <returns><c>[T, B, S]</c>: at first a symbol as a one among zeros, then noise.</returns>
    public static (Tensor X, int[] First) Draw(int steps, int batch, int symbols, RandomStream random)
    {
        Tensor x = Tensor.Zeros([steps, batch, symbols]);
        random.FillNormal(x.Data, 0, 0.5f);
        int[] first = new int[batch];
        for (int b = 0; b < batch; b++)
        {
            first[b] = random.NextInt(symbols);
            for (int s = 0; s < symbols; s++) x.Data[b * symbols + s] = s == first[b] ? 1 : 0;
        }
        return (x, first);
    }
}
