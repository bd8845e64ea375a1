using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Tests.Contracts;

namespace Unroll.Tests.Layers;

public class ConvolutionMemoryTests
{
    private static readonly RandomStream Random = new(1);

    private static readonly Dictionary<string, (Layer Layer, Shape X)> Layers = new()
    {
        ["conv1d"] = (new Conv1d(3, 4, 3, stride: 2, padding: 1), [7, 5, 3]),
        ["conv1d, depthwise"] = (new Conv1d(4, 4, 3, groups: 4, causal: true), [7, 5, 4]),
        ["conv transpose 1d"] = (new ConvTranspose1d(3, 4, 3, stride: 2), [7, 5, 3]),
        ["conv2d"] = (new Conv2d(4, 6, 3, stride: 2, padding: 1, groups: 2), [3, 4, 7, 6]),
        ["conv transpose 2d"] = (new ConvTranspose2d(4, 6, 3, stride: 2, padding: 1), [3, 4, 5, 6]),
        ["pooling"] = (new Sequential(new MaxPool2d(2), new AvgPool2d(2, 1), new GlobalAvgPool2d()), [3, 4, 6, 6]),
        ["pooling of time"] = (new Sequential(new MaxPool1d(2), new AvgPool1d(2, 1), new GlobalMaxPool1d()), [9, 4, 6]),
        ["normalisation"] = (new Sequential(new BatchNorm2d(4), new GroupNorm(2, 4)), [3, 4, 5, 6]),
        ["normalisation of rows"] = (new Sequential(new BatchNorm1d(70), new GroupNorm(2, 70)), [3, 4, 70]),
        ["activations"] = (new Sequential(new LeakyRelu(), new Elu(), new Softplus(), new GaussianNoise(1), new Flatten(), new Softmax()), [3, 4, 6]),
        ["wrappers"] = (new Sequential(new Residual(new Highway(6)), new TimeDistributed(new Linear(6, 2))), [3, 4, 6]),
    };

    public static TheoryData<string> Names => [.. Layers.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_warm_step_allocates_nothing(string name)
    {
        (Layer layer, Shape shape) = Layers[name];
        Tensor numbers = LayerRows.Numbers(shape, 1), x = Tensor.Parameter(shape, numbers.Data);
        using var tape = new Tape(threads: 1);
        Assert.Equal(0, Allocations.Least(Step));

        void Step()
        {
            using Tape.Step step = tape.Open();
            tape.Backward(Ops.Sum(layer.Forward(x, Random)));
        }
    }
}
