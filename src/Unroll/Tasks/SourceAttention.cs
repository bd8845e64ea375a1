using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks;

/// <summary>How a decoder's state is compared with the encoder's steps.</summary>
public enum AttentionScore
{
    /// <summary>v tanh(W q + U m) (Bahdanau, Cho and Bengio 2014).</summary>
    Additive,

    /// <summary>q W m (Luong, Pham and Manning 2015).</summary>
    General,
}

/// <summary>Attention of a decoder's rows to the steps of their sources; several rows of one source share what was made of it.</summary>
internal sealed class SourceAttention : Module
{
    private readonly AdditiveAttention? additive;
    private readonly MultiplicativeAttention? general;

    public SourceAttention(AttentionScore score, int query, int memory)
    {
        if (score == AttentionScore.Additive) additive = Child("additive", new AdditiveAttention(query, memory, query));
        else general = Child("general", new MultiplicativeAttention(query, memory));
    }

    /// <summary>What is compared with every query, made once a source.</summary>
    /// <param name="outputs"><c>[S, B, M]</c>.</param>
    /// <param name="lengths">Steps of each.</param>
    public AttentionMemory Remember(Tensor outputs, ReadOnlySpan<int> lengths) => additive?.Remember(outputs, lengths) ?? general!.Remember(outputs, lengths);

    /// <summary>Attends, many steps of each sequence at once.</summary>
    /// <param name="queries"><c>[T, B, H]</c>.</param>
    /// <param name="memory">What was remembered.</param>
    /// <returns>Context <c>[T, B, M]</c>, weights <c>[B, T, S]</c>.</returns>
    public (Tensor Context, Tensor Weights) Forward(Tensor queries, AttentionMemory memory) => additive?.Forward(queries, memory) ?? general!.Forward(queries, memory);

    /// <summary>Attends in one step of some rows a source.</summary>
    /// <param name="query"><c>[B rows, H]</c>, the rows of a source one behind the other.</param>
    /// <param name="memory">What was remembered.</param>
    /// <returns>Context <c>[B rows, M]</c>, weights <c>[B rows, S]</c>.</returns>
    public (Tensor Context, Tensor Weights) Step(Tensor query, AttentionMemory memory)
    {
        int sources = memory.Values.Shape[1], rows = query.Shape[0] / sources, width = query.Shape[1];
        Tensor queries = rows == 1 ? Ops.Reshape(query, [1, sources, width]) : Ops.Transpose(Ops.Reshape(query, [sources, rows, width]), 0, 1);
        (Tensor context, Tensor weights) = Forward(queries, memory);
        if (rows > 1) context = Ops.Transpose(context, 0, 1);
        return (Ops.Reshape(context, [query.Shape[0], context.Shape[2]]), Ops.Reshape(weights, [query.Shape[0], weights.Shape[2]]));
    }
}
