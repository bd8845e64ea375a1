using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tests.Contracts;

public static partial class LayerRows
{
    private const int Width = 24, Heads = 3, Feed = 33;

    private static readonly int[] Uneven = [.. Enumerable.Range(0, Batch).Select(i => i % (Time + 1))], UnevenMemory = [.. Enumerable.Range(0, Batch).Select(i => i * 5 % 8)];

    private static IEnumerable<LayerRow> AttentionRows =>
    [
        // A seed does not decide the first weights of a normalisation, so each stands before a layer whose weights it does decide.
        new("layer norm", () => new Sequential(new LayerNorm(Inputs), new Linear(Inputs, 5)), Over, [Time, Batch, 5], [$"0.weight [{Inputs}]", $"0.bias [{Inputs}]", $"1.weight [5, {Inputs}]", "1.bias [5]"]),
        new("rms norm", () => new Sequential(new RmsNorm(Inputs), new Linear(Inputs, 5)), Over, [Time, Batch, 5], [$"0.weight [{Inputs}]", $"1.weight [5, {Inputs}]", "1.bias [5]"]),
        new("learned positions", () => new LearnedPositions(Time + 3, Inputs), Over, [Time, Batch, Inputs], [$"weight [{Time + 3}, {Inputs}]"]),
        new("multi-head attention", () => new MultiHeadAttention(Width, Heads), m => [((MultiHeadAttention)m).Forward(Steps(1), Uneven, causal: true)], [Time, Batch, Width], [.. MultiHead("")]),
        new("multi-head attention of other widths", () => new MultiHeadAttention(Width, Heads, keyWidth: 7, valueWidth: 17),
            m => [((MultiHeadAttention)m).Forward(Steps(1), Numbers([7, Batch, 7], 2), Numbers([7, Batch, 17], 3), new AttentionMask { KeyLengths = UnevenMemory })], [Time, Batch, Width],
            [$"q_proj_weight [{Width}, {Width}]", $"k_proj_weight [{Width}, 7]", $"v_proj_weight [{Width}, 17]", $"in_proj_bias [{3 * Width}]", $"out_proj.weight [{Width}, {Width}]", $"out_proj.bias [{Width}]"]),
        new("additive attention", () => new AdditiveAttention(Inputs, 7, 33),
            m =>
            {
                var attention = (AdditiveAttention)m;
                (Tensor context, Tensor weights) = attention.Forward(Numbers([5, Batch, Inputs], 1), attention.Remember(Numbers([7, Batch, 7], 2), UnevenMemory));
                return [context, weights];
            },
            [5, Batch, 7], [$"v [33]", $"query.weight [33, {Inputs}]", "query.bias [33]", "key.weight [33, 7]"]),
        new("multiplicative attention", () => new MultiplicativeAttention(Inputs, 7),
            m =>
            {
                var attention = (MultiplicativeAttention)m;
                (Tensor context, Tensor weights) = attention.Forward(Numbers([5, Batch, Inputs], 1), attention.Remember(Numbers([7, Batch, 7], 2), UnevenMemory));
                return [context, weights];
            },
            [5, Batch, 7], [$"key.weight [{Inputs}, 7]"]),
        new("transformer encoder layer", () => new TransformerEncoderLayer(new(Width, Heads, Feed)), m => [((TransformerEncoderLayer)m).Forward(Steps(1), Uneven)], [Time, Batch, Width], [.. Block("", false)]),
        new("transformer encoder", () => new TransformerEncoder(new(Width, Heads, Feed) { NormFirst = true, RmsNorm = true, Kind = FeedForwardKind.SwiGlu, Positions = PositionKind.Rotary, Bias = false }, 2),
            m => [((TransformerEncoder)m).Forward(Steps(1), Uneven, causal: true)], [Time, Batch, Width],
            [.. Enumerable.Range(0, 2).SelectMany(l => (string[])[
                $"layers.{l}.self_attn.in_proj_weight [{3 * Width}, {Width}]", $"layers.{l}.self_attn.out_proj.weight [{Width}, {Width}]", $"layers.{l}.linear1.weight [{Feed}, {Width}]",
                $"layers.{l}.linear2.weight [{Width}, {Feed}]", $"layers.{l}.linear3.weight [{Feed}, {Width}]", $"layers.{l}.norm1.weight [{Width}]", $"layers.{l}.norm2.weight [{Width}]"]), $"norm.weight [{Width}]"]),
        new("transformer decoder layer", () => new TransformerDecoderLayer(new(Width, Heads, Feed) { Kind = FeedForwardKind.Gelu, Positions = PositionKind.Alibi }),
            m => [((TransformerDecoderLayer)m).Forward(Steps(1), Numbers([7, Batch, Width], 2), Uneven, UnevenMemory)], [Time, Batch, Width], [.. Block("", true)]),
        new("transformer", () => new Transformer(new(Width, Heads, Feed), 2, 1),
            m => [((Transformer)m).Forward(Numbers([7, Batch, Width], 2), Steps(1), UnevenMemory, Uneven)], [Time, Batch, Width],
            [.. Block("encoder.layers.0.", false), .. Block("encoder.layers.1.", false), .. Norm("encoder.norm"), .. Block("decoder.layers.0.", true), .. Norm("decoder.norm")]),
        new("decoder-only transformer", () => new DecoderOnlyTransformer(11, new(Width, Heads, Feed) { NormFirst = true, Positions = PositionKind.Learned }, 1, steps: 20),
            m => [((DecoderOnlyTransformer)m).Forward([.. Enumerable.Range(0, Time * Batch).Select(i => i * i % 11)], Batch, Uneven)], [Time, Batch, 11],
            [$"embedding.weight [11, {Width}]", $"positions.weight [20, {Width}]", .. Block("transformer.layers.0.", false), .. Norm("transformer.norm"), $"head.weight [11, {Width}]"]),
    ];

    private static Tensor Steps(int seed) => Numbers([Time, Batch, Width], seed);

    private static IEnumerable<string> MultiHead(string at) =>
        [$"{at}in_proj_weight [{3 * Width}, {Width}]", $"{at}in_proj_bias [{3 * Width}]", $"{at}out_proj.weight [{Width}, {Width}]", $"{at}out_proj.bias [{Width}]"];

    private static IEnumerable<string> Norm(string at) => [$"{at}.weight [{Width}]", $"{at}.bias [{Width}]"];

    private static IEnumerable<string> Block(string at, bool cross) =>
    [
        .. MultiHead($"{at}self_attn."), .. cross ? MultiHead($"{at}multihead_attn.") : [], $"{at}linear1.weight [{Feed}, {Width}]", $"{at}linear1.bias [{Feed}]", $"{at}linear2.weight [{Width}, {Feed}]",
        $"{at}linear2.bias [{Width}]", .. Norm($"{at}norm1"), .. Norm($"{at}norm2"), .. cross ? Norm($"{at}norm3") : [],
    ];
}
