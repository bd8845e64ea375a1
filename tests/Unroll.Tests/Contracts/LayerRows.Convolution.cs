using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tests.Contracts;

public static partial class LayerRows
{
    private const int Channels = 6, Height = 9, Columns = 11;

    private static readonly string[] Statistics = [$"running_mean [{Channels}]", $"running_var [{Channels}]", "num_batches_tracked []"];

    private static LayerRow[] ConvolutionRows =>
    [
        new("conv1d", () => new Conv1d(Inputs, Hidden, 3, padding: 1), m => [((Conv1d)m).Forward(Numbers([Time, Batch, Inputs], 1), Ends)], [Time, Batch, Hidden], [$"weight [{Hidden}, {Inputs}, 3]", $"bias [{Hidden}]"]),
        new("conv1d without bias", () => new Conv1d(Inputs, Hidden, 5, stride: 2, dilation: 2, causal: true, bias: false), Over, [Time / 2, Batch, Hidden], [$"weight [{Hidden}, {Inputs}, 5]"]),
        new("conv1d, depthwise", () => new Conv1d(Inputs, Inputs, 3, groups: Inputs), Over, [Time - 2, Batch, Inputs], [$"weight [{Inputs}, 1, 3]", $"bias [{Inputs}]"]),
        new("conv transpose 1d", () => new ConvTranspose1d(Inputs, 8, 4, stride: 2, padding: 1), Over, [2 * Time, Batch, 8], [$"weight [{Inputs}, 8, 4]", "bias [8]"]),
        new("conv2d", () => new Conv2d(Channels, 13, 3, padding: 1), Pictures, [Batch, 13, Height, Columns], [$"weight [13, {Channels}, 3, 3]", "bias [13]"]),
        new("conv2d, grouped and strided", () => new Conv2d(Channels, 4, (3, 2), stride: 2, groups: 2), Pictures, [Batch, 4, 4, 5], [$"weight [4, {Channels / 2}, 3, 2]", "bias [4]"]),
        new("conv transpose 2d", () => new ConvTranspose2d(Channels, 5, 3, stride: 2, padding: 1, outputPadding: 1), Pictures, [Batch, 5, 2 * Height, 2 * Columns], [$"weight [{Channels}, 5, 3, 3]", "bias [5]"]),
        new("batch norm 1d", () => new BatchNorm1d(Inputs), m => [((BatchNorm1d)m).Forward(Numbers([Time, Batch, Inputs], 1), Ends, new RandomStream(1))], [Time, Batch, Inputs], [$"weight [{Inputs}]", $"bias [{Inputs}]"],
            [$"running_mean [{Inputs}]", $"running_var [{Inputs}]", "num_batches_tracked []"]),
        new("batch norm 2d", () => new BatchNorm2d(Channels), m => [((BatchNorm2d)m).Forward(Numbers([Batch, Channels, Height, Columns], 1), new RandomStream(1))], [Batch, Channels, Height, Columns],
            [$"weight [{Channels}]", $"bias [{Channels}]"], Statistics),
        new("group norm", () => new GroupNorm(3, Channels), Pictures, [Batch, Channels, Height, Columns], [$"weight [{Channels}]", $"bias [{Channels}]"]),
        new("conv lstm", () => new ConvLstm2d(2, 5, 3, peepholes: (Height, Columns)), m =>
        {
            (Tensor y, ConvLstmState last) = ((ConvLstm2d)m).Forward(Numbers([4, 7, 2, Height, Columns], 1), null, [4, 0, 1, 2, 3, 4, 4]);
            return [y, last.Hidden, last.Cell];
        }, [4, 7, 5, Height, Columns], ["weight_ih [20, 2, 3, 3]", "weight_hh [20, 5, 3, 3]", "bias [20]", $"weight_c [3, 5, {Height}, {Columns}]"]),
        new("highway", () => new Highway(Inputs, 2), Over, [Time, Batch, Inputs], [.. Lines("plain", 2), .. Lines("gate", 2)]),
        new("residual", () => new Residual(new Sequential(new Linear(Inputs, Inputs), new Tanh())), Over, [Time, Batch, Inputs], [$"layer.0.weight [{Inputs}, {Inputs}]", $"layer.0.bias [{Inputs}]"]),
        new("activations", () => new Sequential(new Linear(Inputs, 9), new Gelu(), new Linear(9, 8), new Silu()), Over, [Time, Batch, 8], [$"0.weight [9, {Inputs}]", "0.bias [9]", "2.weight [8, 9]", "2.bias [8]"]),
        new("time distributed", () => new TimeDistributed(new Sequential(new Conv2d(2, 3, 3), new Elu(), new Flatten(), new Linear(3 * 2 * 3, 5))),
            m => [((TimeDistributed)m).Forward(Numbers([3, Batch, 2, 4, 5], 1))], [3, Batch, 5], ["layer.0.weight [3, 2, 3, 3]", "layer.0.bias [3]", "layer.3.weight [5, 18]", "layer.3.bias [5]"]),
        new("character embedding", () => new CharacterEmbedding(9, Hidden), m => [((CharacterEmbedding)m).Forward([1, 1, 1, 1, 3, 4, 8, 2, 5, 6, 2, 0, 2, 2, 0, 0], [4, 4, 3, 2])], [4, Hidden],
            ["characters.weight [9, 15]", .. Enumerable.Range(1, 6).SelectMany(static w => new[] { $"convolutions.{w - 1}.weight [{25 * w}, 15, {w}]", $"convolutions.{w - 1}.bias [{25 * w}]" }),
             "highway.plain.0.weight [525, 525]", "highway.plain.0.bias [525]", "highway.gate.0.weight [525, 525]", "highway.gate.0.bias [525]", $"projection.weight [{Hidden}, 525]", $"projection.bias [{Hidden}]"]),
        new("adaptive softmax", () => new AdaptiveLogSoftmax(Inputs, 40, [5, 12, 25], 2, headBias: true),
            m =>
            {
                (Tensor each, Tensor loss) = ((AdaptiveLogSoftmax)m).Forward(Numbers([Batch, Inputs], 1), [.. Enumerable.Range(0, Batch).Select(i => i * 7 % 40)]);
                return [each, loss];
            },
            [Batch], [$"head.weight [8, {Inputs}]", "head.bias [8]", $"tail.0.0.weight [8, {Inputs}]", "tail.0.1.weight [7, 8]", $"tail.1.0.weight [4, {Inputs}]", "tail.1.1.weight [13, 4]",
                $"tail.2.0.weight [2, {Inputs}]", "tail.2.1.weight [15, 2]"]),
        new("convolutional network", () => new Sequential(new Conv2d(Channels, 8, 3), new BatchNorm2d(8), new LeakyRelu(), new MaxPool2d(2), new Flatten(), new Linear(8 * 3 * 4, 5)),
            m => [((Sequential)m).Forward(Numbers([Batch, Channels, Height, Columns], 1), new RandomStream(1))], [Batch, 5],
            [$"0.weight [8, {Channels}, 3, 3]", "0.bias [8]", "1.weight [8]", "1.bias [8]", "5.weight [5, 96]", "5.bias [5]"], ["1.running_mean [8]", "1.running_var [8]", "1.num_batches_tracked []"]),
    ];

    private static int[] Ends => [.. Enumerable.Range(0, Batch).Select(i => i % (Time + 1))];

    private static Tensor[] Pictures(Module m) => [((Layer)m).Forward(Numbers([Batch, Channels, Height, Columns], 1))];

    private static IEnumerable<string> Lines(string part, int layers) =>
        Enumerable.Range(0, layers).SelectMany(l => (string[])[$"{part}.{l}.weight [{Inputs}, {Inputs}]", $"{part}.{l}.bias [{Inputs}]"]);
}
