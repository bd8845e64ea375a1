using FsCheck;
using FsCheck.Fluent;
using Unroll.Tensors;
using Unroll.Tests.Oracles;

namespace Unroll.Tests.Contracts;

/// <summary>Convolution over sequences against its definition, one product after the other in double precision, in any legal configuration.</summary>
public class ConvolutionConfigurations
{
    private sealed record Configuration(int Time, int Batch, int Groups, int InputsOfGroup, int OutputsOfGroup, int Kernel, int Stride, int Padding, int Dilation, bool Causal, bool Bias, int[] Lengths, int Threads, int Seed)
    {
        public int Before => Causal ? Dilation * (Kernel - 1) : Padding;

        public int After => Causal ? 0 : Padding;

        public int Inputs => Groups * InputsOfGroup;

        public int Outputs => Groups * OutputsOfGroup;

        public override string ToString() =>
            $"T {Time}, B {Batch}, {Groups} groups of {InputsOfGroup} to {OutputsOfGroup}, kernel {Kernel}, stride {Stride}, padding {Padding}, dilation {Dilation}{(Causal ? ", causal" : "")}{(Bias ? ", bias" : "")}, "
            + $"lengths [{string.Join(", ", Lengths)}], {Threads} threads, seed {Seed}";
    }

    private static Gen<Configuration> Draw =>
        from time in Gen.Choose(0, 40)
        from batch in Gen.Choose(1, 5)
        from groups in Gen.Elements(1, 1, 2, 3)
        from inputs in Gen.Choose(1, 20)
        from outputs in Gen.Choose(1, 36)
        from kernel in Gen.Choose(1, 7)
        from stride in Gen.Elements(1, 1, 2, 3)
        from causal in Gen.Elements(false, true)
        from padding in causal ? Gen.Constant(0) : Gen.Choose(0, 5)
        from dilation in Gen.Elements(1, 1, 2, 4)
        from bias in Gen.Elements(true, true, false)
        from lengths in AnyConfiguration.Lengths(time, batch)
        from threads in Gen.Choose(1, 3)
        from seed in Gen.Choose(0, 1_000_000)
        select new Configuration(time, batch, groups, inputs, outputs, kernel, stride, padding, dilation, causal, bias, lengths, threads, seed);

    private static IEnumerable<Configuration> Smaller(Configuration c) =>
    [
        .. AnyConfiguration.Below(c.Time, 0).Select(t => c with { Time = t, Lengths = [.. c.Lengths.Select(l => Math.Min(l, t))] }),
        .. AnyConfiguration.Below(c.Batch, 1).Select(b => c with { Batch = b, Lengths = [.. c.Lengths.Take(b)] }),
        .. AnyConfiguration.Below(c.Groups, 1).Select(g => c with { Groups = g }),
        .. AnyConfiguration.Below(c.InputsOfGroup, 1).Select(i => c with { InputsOfGroup = i }),
        .. AnyConfiguration.Below(c.OutputsOfGroup, 1).Select(o => c with { OutputsOfGroup = o }),
        .. AnyConfiguration.Below(c.Kernel, 1).Select(k => c with { Kernel = k }),
        .. AnyConfiguration.Below(c.Stride, 1).Select(s => c with { Stride = s }),
        .. AnyConfiguration.Below(c.Padding, 0).Select(p => c with { Padding = p }),
        .. AnyConfiguration.Below(c.Dilation, 1).Select(d => c with { Dilation = d }),
        .. c.Causal ? [c with { Causal = false }] : (Configuration[])[],
        .. c.Bias ? [c with { Bias = false }] : (Configuration[])[],
        .. c.Lengths.Length > 0 ? [c with { Lengths = [] }] : (Configuration[])[],
        .. AnyConfiguration.Below(c.Threads, 1).Select(t => c with { Threads = t }),
    ];

    [Fact]
    public void Results_and_every_gradient_are_those_of_the_definition() => AnyConfiguration.Check(Draw, Smaller, Compare, count: 150);

    private static void Compare(Configuration c)
    {
        Tensor x = Leaf([c.Time, c.Batch, c.Inputs], 1), weight = Leaf([c.Outputs, c.InputsOfGroup, c.Kernel], 2), bias = Leaf([c.Outputs], 3);
        int[] lengths = c.Lengths.Length > 0 ? c.Lengths : [.. Enumerable.Repeat(c.Time, c.Batch)];
        for (int b = 0; b < c.Batch; b++)
            for (int t = lengths[b]; t < c.Time; t++) x.Data.Slice((t * c.Batch + b) * c.Inputs, c.Inputs).Fill(float.NaN);
        int longest = Steps(c.Time);
        Tensor weigh = LayerRows.Numbers([longest, c.Batch, c.Outputs], c.Seed + 4);
        float[] y;
        using (var tape = new Tape(c.Threads))
        using (tape.Open())
        {
            Tensor result = Ops.Conv1d(x, weight, c.Bias ? bias : null, c.Stride, c.Padding, c.Dilation, c.Groups, c.Causal, c.Lengths);
            Assert.Equal(weigh.Shape, result.Shape);
            y = result.ToArray();
            tape.Backward(Ops.Sum(result * weigh));
        }

        double[] expected = new double[y.Length], dx = new double[x.Shape.Length], dw = new double[weight.Shape.Length], db = new double[c.Outputs];
        for (int b = 0; b < c.Batch; b++)
            for (int t = 0; t < Steps(lengths[b]); t++)
                for (int o = 0; o < c.Outputs; o++)
                {
                    int at = (t * c.Batch + b) * c.Outputs + o;
                    double sum = c.Bias ? bias.Data[o] : 0, dy = weigh.Data[at];
                    db[o] += dy;
                    for (int j = 0; j < c.Kernel; j++)
                    {
                        int from = t * c.Stride - c.Before + j * c.Dilation;
                        if (from < 0 || from >= lengths[b]) continue;
                        for (int i = 0; i < c.InputsOfGroup; i++)
                        {
                            int read = (from * c.Batch + b) * c.Inputs + o / c.OutputsOfGroup * c.InputsOfGroup + i, tap = (o * c.InputsOfGroup + i) * c.Kernel + j;
                            sum += (double)weight.Data[tap] * x.Data[read];
                            dx[read] += dy * weight.Data[tap];
                            dw[tap] += dy * x.Data[read];
                        }
                    }
                    expected[at] = sum;
                }
        Golden.Same("result", y, expected);
        Golden.Same("gradient of x", x.Grad, dx);
        Golden.Same("gradient of the weight", weight.Grad, dw);
        if (c.Bias) Golden.Same("gradient of the bias", bias.Grad, db);

        int Steps(int length) => length == 0 || length + c.Before + c.After < c.Dilation * (c.Kernel - 1) + 1 ? 0 : (length + c.Before + c.After - c.Dilation * (c.Kernel - 1) - 1) / c.Stride + 1;

        Tensor Leaf(Shape shape, int n) => Tensor.Parameter(shape, LayerRows.Numbers(shape, c.Seed + n).Data);
    }
}
