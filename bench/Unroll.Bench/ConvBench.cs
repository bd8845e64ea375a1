using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Bench;

/// <summary>Convolutions, forward and with their backward pass, in milliseconds of a warm step (median, best); the input wants a gradient too.</summary>
internal static class ConvBench
{
    public static void Run()
    {
        Console.WriteLine("                                                     1 thread                            2 threads");
        Line("Conv1d T=512 B=32 64->128 k=5", new Conv1d(64, 128, 5, padding: 2), [512, 32, 64]);
        Line("Conv1d T=512 B=32 128 depthwise k=5", new Conv1d(128, 128, 5, padding: 2, groups: 128), [512, 32, 128]);
        Line("Conv1d T=512 B=32 64->128 k=5 stride 2", new Conv1d(64, 128, 5, padding: 2, stride: 2), [512, 32, 64]);
        Line("Conv2d B=32 1x28x28->32 3x3", new Conv2d(1, 32, 3, padding: 1), [32, 1, 28, 28]);
        Line("Conv2d B=32 32x14x14->64 3x3", new Conv2d(32, 64, 3, padding: 1), [32, 32, 14, 14]);
        Line("Conv2d B=32 64x14x14 depthwise 3x3", new Conv2d(64, 64, 3, padding: 1, groups: 64), [32, 64, 14, 14]);
        Line("MaxPool2d B=32 32x28x28 2x2", new MaxPool2d(2), [32, 32, 28, 28]);
        Line("BatchNorm2d B=32 32x28x28", new BatchNorm2d(32), [32, 32, 28, 28]);
    }

    private static void Line(string name, Layer layer, Shape shape)
    {
        var random = new RandomStream(1);
        Tensor x = Tensor.Parameter(shape);
        random.FillNormal(x.Data, 0, 1);
        Console.Write($"{name,-44}");
        foreach (int threads in (int[])[1, 2])
        {
            using var tape = new Tape(threads);
            float sink = 0;
            Timing forward = Timing.Of(() =>
            {
                using Tape.Step step = tape.Open(record: false);
                sink += layer.Forward(x, random).Data[0];
            });
            Timing both = Timing.Of(() =>
            {
                using Tape.Step step = tape.Open();
                // The sum's gradient is one for every element: it costs one pass over the result.
                tape.Backward(Ops.Sum(layer.Forward(x, random)));
            });
            Console.Write($"{forward.Median * 1e3,8:F2} ({forward.Best * 1e3,5:F2}) {both.Median * 1e3,8:F2} ({both.Best * 1e3,5:F2})   ");
        }
        Console.WriteLine();
    }
}
