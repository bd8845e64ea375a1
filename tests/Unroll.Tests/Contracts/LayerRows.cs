using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tests.Contracts;

/// <summary>Every layer, one row each.</summary>
public static partial class LayerRows
{
    private const int Time = 16, Batch = 67, Inputs = 17, Hidden = 48;

    /// <summary>The rows.</summary>
    public static readonly LayerRow[] All =
    [
        new("linear", () => new Linear(Inputs, Hidden), Over, [Time, Batch, Hidden], [$"weight [{Hidden}, {Inputs}]", $"bias [{Hidden}]"]),
        new("linear without bias", () => new Linear(Inputs, Hidden, bias: false), Over, [Time, Batch, Hidden], [$"weight [{Hidden}, {Inputs}]"]),
        new("embedding", () => new Embedding(11, Hidden, paddingIndex: 3), m => [((Embedding)m).Forward([3, 0, 10, 3, 0])], [5, Hidden], [$"weight [11, {Hidden}]"]),
        new("sequential", () => new Sequential(new Linear(Inputs, Hidden), new Dropout(0.5f), new Lstm(Hidden, 33), new Linear(33, 5)), Over, [Time, Batch, 5],
            [$"0.weight [{Hidden}, {Inputs}]", $"0.bias [{Hidden}]", .. Stack(4, Hidden, 33, 1).Select(p => "2." + p), "3.weight [5, 33]", "3.bias [5]"]),
        new("linear-chain crf", () => new LinearChainCrf(Hidden), m => [((LinearChainCrf)m).Forward(Numbers([Time, Batch, Hidden], 1), [.. Enumerable.Range(0, Time * Batch).Select(i => i * 7 % Hidden)], [.. Enumerable.Range(0, Batch).Select(i => i % (Time + 1))])], [], [$"start_transitions [{Hidden}]", $"end_transitions [{Hidden}]", $"transitions [{Hidden}, {Hidden}]"]),
        Recurrent("rnn", 1, layers => new Rnn(Inputs, Hidden, layers), 1),
        Recurrent("rnn, two layers", 1, layers => new Rnn(Inputs, Hidden, layers, dropout: 0.5f), 2),
        Recurrent("relu rnn", 1, layers => new Rnn(Inputs, Hidden, layers, relu: true), 1),
        Recurrent("lstm", 4, layers => new Lstm(Inputs, Hidden, layers), 1),
        Recurrent("lstm, two layers", 4, layers => new Lstm(Inputs, Hidden, layers, dropout: 0.5f), 2),
        Recurrent("gru", 3, layers => new Gru(Inputs, Hidden, layers), 1),
        Recurrent("gru, three layers", 3, layers => new Gru(Inputs, Hidden, layers, dropout: 0.5f), 3),
        .. AttentionRows,
        .. ConvolutionRows,
        .. RecurrentVariants,
    ];

    /// <summary>Numbers between -1 and 1, the same for the same seed.</summary>
    public static Tensor Numbers(Shape shape, int seed)
    {
        var random = new Random(seed);
        Tensor x = Tensor.Zeros(shape);
        foreach (ref float v in x.Data)
            v = (float)(2 * random.NextDouble() - 1);
        return x;
    }

    private static LayerRow Recurrent(string name, int gates, Func<int, Recurrent> make, int layers) => new(
        name, () => make(layers),
        m =>
        {
            (Tensor y, RecurrentState last) = ((Recurrent)m).Forward(Numbers([Time, Batch, Inputs], 1), null, [.. Enumerable.Range(0, Batch).Select(i => i % (Time + 1))]);
            return last.Cell is { } cell ? [y, last.Hidden, cell] : [y, last.Hidden];
        },
        [Time, Batch, Hidden], [.. Stack(gates, Inputs, Hidden, layers)]);

    private static IEnumerable<string> Stack(int gates, int inputs, int hidden, int layers) =>
        Enumerable.Range(0, layers).SelectMany(l => (string[])[
            $"weight_ih_l{l} [{gates * hidden}, {(l == 0 ? inputs : hidden)}]", $"weight_hh_l{l} [{gates * hidden}, {hidden}]", $"bias_ih_l{l} [{gates * hidden}]", $"bias_hh_l{l} [{gates * hidden}]"]);

    private static Tensor[] Over(Module m) => [((Layer)m).Forward(Numbers([Time, Batch, Inputs], 1))];
}
