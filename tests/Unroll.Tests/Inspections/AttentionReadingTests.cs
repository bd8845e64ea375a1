using Unroll.Inspections;
using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tests.Inspections;

/// <summary>Attention as an inspection shows it is the attention that the model computes.</summary>
public class AttentionReadingTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Weights_are_those_of_the_operation(bool causal, bool sloped)
    {
        const int queries = 5, batch = 3, heads = 2, width = 4;
        Tensor q = Traced.Noise([queries, batch, heads * width], 1), k = Traced.Noise([queries, batch, heads * width], 2);
        // Values that tell which step they are of: what comes out are the weights themselves.
        Tensor v = Tensor.Zeros([queries, batch, heads * queries]);
        for (int s = 0; s < queries; s++)
            for (int b = 0; b < batch; b++)
                for (int h = 0; h < heads; h++) v.Data[(s * batch + b) * heads * queries + h * queries + s] = 1;
        int[] lengths = [5, 3, 4];
        float[] slopes = [0.5f, 0.25f];
        var mask = new AttentionMask { KeyLengths = lengths, QueryLengths = lengths, Causal = causal, Slopes = sloped ? slopes : default };
        Tensor y = Ops.Attention(q, k, v, heads, mask);
        for (int b = 0; b < batch; b++)
        {
            float[] weights = Ops.AttentionWeights(q, k, heads, mask, b);
            for (int h = 0; h < heads; h++)
                for (int t = 0; t < queries; t++)
                    for (int s = 0; s < queries; s++) Assert.Equal(y.Data[(t * batch + b) * heads * queries + h * queries + s], weights[(h * queries + t) * queries + s], 1e-5f);
        }
    }

    [Fact]
    public void Every_head_of_a_transformer_is_shown_and_looks_back_alone()
    {
        var model = new Looking();
        model.Initialize(1);
        Inspection seen = Inspection.Of(model, Traced.Batch(6, 2, 8, 8));
        Assert.Equal(["layers.layers.0.self_attn", "layers.layers.1.self_attn"], seen.Attentions.Select(static a => a.Name));
        Assert.Empty(seen.Layers);
        Assert.Null(seen.Memory);
        foreach (AttentionReading reading in seen.Attentions)
        {
            Assert.Equal((2, 6, 6), (reading.Heads, reading.Queries.Count, reading.Keys.Count));
            for (int t = 0; t < 6; t++)
            {
                Assert.Equal(1, reading.Row(1, t).ToArray().Sum(), 1e-5f);
                Assert.True(reading.Row(1, t)[(t + 1)..].IndexOfAnyExcept(0f) < 0, $"step {t} looks ahead");
            }
            Assert.InRange(reading.Breadth(0), 1, 6);
        }
    }

    private sealed class Looking : Layer
    {
        private readonly TransformerEncoder layers;

        public Looking() => layers = Child("layers", new TransformerEncoder(new TransformerOptions(8, 2, 16), 2));

        public override Tensor Forward(Tensor x, RandomStream? random = null) => layers.Forward(x, causal: true, random: random);
    }
}
