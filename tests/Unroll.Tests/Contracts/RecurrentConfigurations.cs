using FsCheck;
using FsCheck.Fluent;
using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Tests.Oracles;

namespace Unroll.Tests.Contracts;

/// <summary>Recurrent layers in the fused kernels against the same cells taken step by step through small operations, in any legal configuration.</summary>
public class RecurrentConfigurations
{
    // 2e-6 holds for the most part; where gradients pass through three layers of forty steps, roundings of both forms add up to more.
    private const double Tolerance = 1e-5;

    private sealed record Configuration(string Cell, int Time, int Batch, int Inputs, int Hidden, int Layers, RecurrentDirection Direction, RecurrentMerge Merge, bool Bias, bool Residual, bool State,
        float Noise, int[] Lengths, int Threads, int Seed)
    {
        public override string ToString() =>
            $"{Cell}: T {Time}, B {Batch}, I {Inputs}, H {Hidden}, {Layers} layers, {Direction}, {Merge}, {(Bias ? "biases" : "no biases")}{(Residual ? ", residual" : "")}{(State ? ", initial state" : "")}, "
            + $"noise {Noise}, lengths [{string.Join(", ", Lengths)}], {Threads} threads, seed {Seed}";
    }

    private static Gen<Configuration> Draw =>
        from cell in Gen.Elements("tanh", "relu", "lstm", "gru")
        from time in Gen.Choose(0, 40)
        from batch in Gen.Choose(1, 20)
        from inputs in Gen.Choose(1, 70)
        from hidden in Gen.Choose(1, 70)
        from layers in Gen.Choose(1, 3)
        from direction in Gen.Elements(Enum.GetValues<RecurrentDirection>())
        from merge in Gen.Elements(Enum.GetValues<RecurrentMerge>())
        from bias in Gen.Frequency((4, Gen.Constant(true)), (1, Gen.Constant(false)))
        from residual in Gen.Elements(false, false, true)
        from state in Gen.Elements(false, true)
        from noise in Gen.Elements(0f, 0f, 0.3f)
        from lengths in AnyConfiguration.Lengths(time, batch)
        from threads in Gen.Choose(1, 3)
        from seed in Gen.Choose(0, 1_000_000)
        select new Configuration(cell, time, batch, inputs, hidden, layers, direction, merge, bias, residual, state, noise, lengths, threads, seed);

    private static IEnumerable<Configuration> Smaller(Configuration c) =>
    [
        .. AnyConfiguration.Below(c.Time, 0).Select(t => c with { Time = t, Lengths = [.. c.Lengths.Select(l => Math.Min(l, t))] }),
        .. AnyConfiguration.Below(c.Batch, 1).Select(b => c with { Batch = b, Lengths = [.. c.Lengths.Take(b)] }),
        .. AnyConfiguration.Below(c.Inputs, 1).Select(i => c with { Inputs = i }),
        .. AnyConfiguration.Below(c.Hidden, 1).Select(h => c with { Hidden = h }),
        .. AnyConfiguration.Below(c.Layers, 1).Select(l => c with { Layers = l }),
        .. c.Direction == RecurrentDirection.Forward ? (Configuration[])[] : [c with { Direction = RecurrentDirection.Forward }],
        .. c.Bias ? [c with { Bias = false }] : (Configuration[])[],
        .. c.Residual ? [c with { Residual = false }] : (Configuration[])[],
        .. c.State ? [c with { State = false }] : (Configuration[])[],
        .. c.Noise > 0 ? [c with { Noise = 0 }] : (Configuration[])[],
        .. c.Lengths.Length > 0 ? [c with { Lengths = [] }] : (Configuration[])[],
        .. AnyConfiguration.Below(c.Threads, 1).Select(t => c with { Threads = t }),
    ];

    [Fact]
    public void Outputs_states_and_every_gradient_of_the_fused_kernels_are_those_of_the_cells_step_by_step() => AnyConfiguration.Check(Draw, Smaller, Compare, count: 120);

    [Fact]
    public void A_configuration_that_fails_is_shrunk_to_the_smallest_that_does()
    {
        Exception e = Assert.ThrowsAny<Exception>(() => AnyConfiguration.Check(Draw, Smaller, c => Assert.False(c.Time >= 5 && c.Hidden > 16, "wrong"), count: 120));
        Assert.Contains("T 5, B 1, I 1, H 17, 1 layers, Forward", e.Message, StringComparison.Ordinal);
        Assert.Contains("no biases, noise 0, lengths [], 1 threads", e.Message, StringComparison.Ordinal);
    }

    private static void Compare(Configuration c)
    {
        var options = new RecurrentOptions
        {
            Direction = c.Direction, Merge = c.Merge, Residual = c.Residual, Regularisation = new() { Input = c.Noise, Between = c.Noise, Output = c.Noise, Weight = c.Noise },
        };
        Recurrent fused = c.Cell switch
        {
            "lstm" => new Lstm(c.Inputs, c.Hidden, c.Layers, c.Noise, c.Bias, options: options),
            "gru" => new Gru(c.Inputs, c.Hidden, c.Layers, c.Noise, c.Bias, options: options),
            _ => new Rnn(c.Inputs, c.Hidden, c.Layers, c.Noise, c.Bias, c.Cell == "relu", options: options),
        };
        int directions = c.Direction == RecurrentDirection.Bidirectional ? 2 : 1, above = directions == 2 && c.Merge == RecurrentMerge.Concatenate ? 2 * c.Hidden : c.Hidden;
        var composed = new Unrolled([.. Enumerable.Range(0, c.Layers * directions).Select(i => new StepByStep(Cell(i < directions ? c.Inputs : above)))], c.Noise, options);
        fused.Initialize((ulong)c.Seed);
        foreach (((_, Tensor from), (_, Tensor to)) in fused.NamedParameters().Zip(composed.NamedParameters())) from.Data.CopyTo(to.Data);
        Assert.True(fused.IsFused && !composed.IsFused);
        (string Name, float[] Values)[] ours = Run(fused, c.Threads), plain = Run(composed, 1);
        Assert.Equal(plain.Length, ours.Length);
        for (int i = 0; i < ours.Length; i++) Golden.Same(ours[i].Name, ours[i].Values, Array.ConvertAll(plain[i].Values, v => (double)v), Tolerance);

        RecurrentCell Cell(int inputs) => c.Cell switch
        {
            "lstm" => new LstmCell(inputs, c.Hidden, c.Bias),
            "gru" => new GruCell(inputs, c.Hidden, c.Bias),
            _ => new RnnCell(inputs, c.Hidden, c.Bias, c.Cell == "relu"),
        };

        (string, float[])[] Run(Recurrent layer, int threads)
        {
            RecurrentState zeros = layer.Start(c.Batch);
            Tensor x = Leaf([c.Time, c.Batch, c.Inputs], 1), h = Leaf(zeros.Hidden.Shape, 2);
            Tensor? s = zeros.Cell is { } cell ? Leaf(cell.Shape, 3) : null;
            using var tape = new Tape(threads);
            using Tape.Step step = tape.Open();
            (Tensor y, RecurrentState last) = layer.Forward(x, c.State ? new RecurrentState(h, s) : null, c.Lengths, c.Noise > 0 ? new RandomStream((ulong)c.Seed) : null);
            Tensor loss = Weighed(y, 4) + Weighed(last.Hidden, 5) + Weighed(h, 7);             // the last one so that some gradient flows where there is no step
            if (last.Cell is { } end) loss += Weighed(end, 6);
            tape.Backward(loss);
            return
            [
                ("outputs", y.ToArray()), ("final hidden state", last.Hidden.ToArray()), ("final cell state", last.Cell?.ToArray() ?? []),
                ("gradient of the inputs", x.Grad.ToArray()), ("gradient of the hidden state", h.Grad.ToArray()), ("gradient of the cell state", s is { } state ? state.Grad.ToArray() : []),
                .. layer.NamedParameters().Select(p => ($"gradient of {p.Name}", p.Value.Grad.ToArray())),
            ];

            Tensor Leaf(Shape shape, int n) => Tensor.Parameter(shape, LayerRows.Numbers(shape, c.Seed + n).Data);

            Tensor Weighed(Tensor t, int n) => Ops.Sum(t * LayerRows.Numbers(t.Shape, c.Seed + n));
        }
    }

    /// <summary>A cell of the library as if somebody had written it: its equations, without its kernel.</summary>
    private sealed class StepByStep : RecurrentCell
    {
        private readonly RecurrentCell cell;

        public StepByStep(RecurrentCell cell) : base(cell.Inputs, cell.Hidden, cell.CellSize) => this.cell = Child("inner", cell);

        protected internal override Tensor? RecurrentWeight => cell.RecurrentWeight;

        protected internal override Tensor Project(Tensor x) => cell.Project(x);

        protected internal override RecurrentState Advance(in CellInput input, RecurrentState state) => cell.Advance(input, state);
    }
}
