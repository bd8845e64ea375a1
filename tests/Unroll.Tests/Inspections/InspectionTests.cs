using Unroll.Inspections;
using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Tests.Inspections;

/// <summary>What an inspection says is so: figures against the slow forms, readings against models whose nature is known.</summary>
public class InspectionTests
{
    private const double Same = 1e-4;                                                  // norms in single precision, taken through some tens of steps by two ways of summing

    [Theory]
    [InlineData("tanh", 1, RecurrentDirection.Forward)]
    [InlineData("relu", 1, RecurrentDirection.Forward)]
    [InlineData("lstm", 2, RecurrentDirection.Forward)]
    [InlineData("gru", 2, RecurrentDirection.Forward)]
    [InlineData("lstm", 1, RecurrentDirection.Bidirectional)]
    [InlineData("gru", 1, RecurrentDirection.Reverse)]
    public void Figures_are_those_of_the_composed_form(string cell, int layers, RecurrentDirection direction)
    {
        Recurrent model = Traced.Of(cell, 5, 9, layers, options: new RecurrentOptions { Direction = direction });
        model.Initialize(3);
        InspectionBatch batch = Traced.Batch(23, 7, 5, model.Outputs);
        Inspection fast = Inspection.Of(model, batch), slow = Inspection.Of(model, batch, new InspectionOptions { Composed = true });
        Assert.Equal(layers * (direction == RecurrentDirection.Bidirectional ? 2 : 1), fast.Layers.Count);
        Assert.Equal(slow.Loss, fast.Loss, 1e-5);
        Assert.Equal(slow.GradientNorm, fast.GradientNorm, Same * slow.GradientNorm);
        for (int i = 0; i < fast.Layers.Count; i++)
        {
            LayerInspection a = fast.Layers[i], b = slow.Layers[i];
            Assert.InRange(Traced.Difference(a.Gradient.Hidden, b.Gradient.Hidden), 0, Same);
            Assert.InRange(Traced.Difference(a.Gradient.State, b.Gradient.State), 0, Same);
            Assert.InRange(Traced.Difference(a.Gradient.Whole, b.Gradient.Whole), 0, Same);
            Assert.InRange(Traced.Difference([.. a.States.ToArray().Select(static v => (double)v)], [.. b.States.ToArray().Select(static v => (double)v)]), 0, Same);
            Assert.InRange(Traced.Difference([.. a.Jacobians.Select(static j => j.Norm)], [.. b.Jacobians.Select(static j => j.Norm)]), 0, Same);
            for (int g = 0; g < a.Gates.Count; g++) Assert.InRange(Traced.Difference(a.Gates[g].MeanByStep, b.Gates[g].MeanByStep), 0, Same);
        }
        Assert.InRange(Traced.Difference(fast.Memory!.Changes, slow.Memory!.Changes), 0, Same);
    }

    [Theory]
    [InlineData("tanh")]
    [InlineData("lstm")]
    [InlineData("gru")]
    public void Loss_and_weights_gradient_are_those_of_the_layer_itself(string cell)
    {
        Recurrent model = Traced.Of(cell, 4, 6, 2);
        model.Initialize(1);
        InspectionBatch batch = Traced.Batch(12, 5, 4, 6);
        Inspection seen = Inspection.Of(model, batch);
        using var tape = new Tape(1);
        using (tape.Open())
        {
            Tensor loss = batch.Loss(model.Forward(batch.Input));
            Assert.Equal(loss.Item(), seen.Loss, 1e-6);
            tape.Backward(loss);
        }
        double norm = GradientClip.Norm(model.Parameters);
        Assert.Equal(norm, seen.GradientNorm, 1e-5 * norm);
    }

    [Theory]
    [InlineData("tanh", 0.5f, GradientFlow.Vanishing)]
    [InlineData("tanh", 2.5f, GradientFlow.Exploding)]
    public void Small_recurrent_weights_vanish_and_large_ones_explode(string cell, float gain, GradientFlow flow)
    {
        Recurrent model = Traced.Of(cell, 4, 32, init: new RecurrentInit(Recurrent: Init.Orthogonal(gain), Bias: Init.Zero));
        model.Initialize(1);
        Inspection seen = Inspection.Of(model, Traced.Batch(40, 16, 4, 32, deviation: 0.02f));
        Assert.Equal(flow, seen.Layers[0].Gradient.Flow);
        Finding finding = Assert.Single(seen.Findings, static f => f.About == "gradient");
        Assert.Contains(flow == GradientFlow.Vanishing ? "vanish" : "explode", finding.Text);
        Assert.Equal(flow == GradientFlow.Vanishing ? FindingKind.Warning : FindingKind.Problem, finding.Kind);
    }

    [Fact]
    public void An_lstm_with_forget_bias_of_one_is_healthy()
    {
        Recurrent model = Traced.Of("lstm", 4, 32, init: new RecurrentInit(ForgetBias: 1));
        model.Initialize(1);
        Inspection seen = Inspection.Of(model, Traced.Batch(40, 16, 4, 32));
        Assert.Equal(GradientFlow.Healthy, seen.Layers[0].Gradient.Flow);
        GateReading forget = seen.Layers[0].Keeping!;
        Assert.Equal(1 / (1 + Math.Exp(-1)), forget.Mean, 0.05);
        Assert.Equal(Math.Log(2) / -Math.Log(1 / (1 + Math.Exp(-1))), forget.MedianHalfLife, 0.5);
    }

    [Theory]
    [InlineData("tanh")]
    [InlineData("relu")]
    [InlineData("lstm")]
    [InlineData("gru")]
    public void Jacobian_products_are_those_that_autograd_gives(string cell)
    {
        const int steps = 12, size = 7;
        Recurrent model = Traced.Of(cell, 3, size, init: new RecurrentInit(Recurrent: Init.Uniform(0.8f)));
        model.Initialize(4);
        InspectionBatch batch = Traced.Batch(steps, 3, 3, size);
        LayerInspection seen = Inspection.Of(model, batch, new InspectionOptions { Rounds = 500 }).Layers[0];
        Assert.Equal([1, 2, 4, 8], seen.Jacobians.Select(static j => j.Steps));
        bool hasCell = cell == "lstm";
        int state = hasCell ? 2 * size : size;
        foreach (JacobianProduct product in seen.Jacobians)
        {
            // Row by row: the gradient of each number of the last state with respect to the state some steps before.
            int from = steps - product.Steps;
            var jacobian = new double[state * state];
            for (int row = 0; row < state; row++)
            {
                Tensor hidden = Tensor.Parameter([1, size], seen.States.Span.Slice((from - 1) * size, size));
                Tensor? c = hasCell ? Tensor.Parameter([1, size], seen.CellStates.Span.Slice((from - 1) * size, size)) : null;
                using var tape = new Tape(1);
                using (tape.Open())
                {
                    RecurrentState at = new(Ops.Reshape(hidden, [1, 1, size]), c is { } own ? Ops.Reshape(own, [1, 1, size]) : null);
                    for (int t = from; t < steps; t++) (_, at) = model.Step(Tensor.From([1, 3], batch.Input.Data.Slice(t * 3 * 3, 3)), at);
                    Tensor last = row < size ? at.Hidden : at.Cell!.Value;
                    tape.Backward(Ops.Sum(Ops.Slice(Ops.Reshape(last, [1, size]), 1, row % size, 1)));
                }
                for (int k = 0; k < size; k++)
                {
                    jacobian[row * state + k] = hidden.Grad[k];
                    if (hasCell) jacobian[row * state + size + k] = c!.Value.Grad[k];
                }
            }
            double norm = LargestSingularValue(jacobian, state);
            Assert.Equal(norm, product.Norm, Same * norm);
        }
    }

    [Fact]
    public void A_model_that_recalls_the_past_and_one_that_ignores_it_have_memories_that_differ_as_they_must()
    {
        const int steps = 12, inputs = 4;
        int far = Memory(recalls: true), near = Memory(recalls: false);
        Assert.Equal(steps - 1, far);
        Assert.InRange(near, 0, 3);

        // The class of the first symbol, or of the last, must be told at the last step.
        static int Memory(bool recalls)
        {
            var rnn = new Lstm(inputs, 24, init: new RecurrentInit(ForgetBias: 2), options: new RecurrentOptions { ReturnSequences = false });
            var model = new Sequential(rnn, new Linear(24, inputs));
            model.Initialize(2);
            (Tensor x, int[] y) = Symbols(new RandomStream(7), 256);
            var trainer = new Trainer(model, new AdamW(model.NamedParameters(), 0.02), new TrainerOptions { Epochs = 1, StepsPerEpoch = 150, ClipNorm = 1, Threads = 1, Seed = 1 });
            trainer.Fit(step =>
            {
                (Tensor some, int[] wanted) = Symbols(step.Random, 32);
                return Loss.CrossEntropy(model.Forward(some), wanted);
            });
            Inspection seen = Inspection.Of(model, new InspectionBatch(x, y2 => Loss.CrossEntropy(y2, y)), new InspectionOptions { Batch = 256 });
            Assert.True(seen.Loss < 0.05, $"not learnt: {seen.Loss}");
            return seen.Memory!.Horizon;

            (Tensor, int[]) Symbols(RandomStream random, int batch)
            {
                Tensor x = Tensor.Zeros([steps, batch, inputs]);
                int[] wanted = new int[batch];
                for (int b = 0; b < batch; b++)
                    for (int t = 0; t < steps; t++)
                    {
                        int symbol = random.NextInt(inputs);
                        x.Data[(t * batch + b) * inputs + symbol] = 1;
                        if (t == (recalls ? 0 : steps - 1)) wanted[b] = symbol;
                    }
                return (x, wanted);
            }
        }
    }

    [Fact]
    public void Sequences_of_different_lengths_are_read_from_their_own_ends()
    {
        var rnn = new Gru(3, 8);
        rnn.Initialize(1);
        int[] lengths = [9, 4, 1];
        Tensor x = Traced.Noise([9, 3, 3], 2);
        var tracer = new RecurrentTracer(composed: false, weights: false, columns: [0, 1, 2]);
        using var tape = new Tape(1) { Observer = tracer };
        using (tape.Open())
        {
            (Tensor y, RecurrentState state) = rnn.Forward(x, null, lengths);
            (Tensor own, RecurrentState ownState) = (y, state);
            tape.Backward(Ops.Sum(Ops.Square(state.Hidden)));
            tape.Observer = null;
            (own, ownState) = rnn.Forward(x, null, lengths);
            Assert.Equal(own.ToArray(), y.ToArray());
            Assert.Equal(ownState.Hidden.ToArray(), state.Hidden.ToArray());
            StateTrace trace = tracer.Traces()[0];
            GradientReading reading = GradientReading.Of(trace, trace);
            Assert.Equal(9, reading.Hidden.Count);
            // At a sequence's own end the gradient is that of the loss alone.
            double sum = 0;
            foreach (float h in ownState.Hidden.Data) sum += 4.0 * h * h;
            Assert.Equal(Math.Sqrt(sum / 3), reading.Hidden[0], 1e-5);
            // Of the two shorter ones alone: behind the end of both there is no gate to tell of.
            using var other = new Tape(1);
            foreach (GateReading gate in GateReading.Of(new StateTrace(tracer.Passes[0], [1, 2]), 0, other))
                Assert.Equal([false, false, false, false, true, true, true, true, true], gate.MeanByStep.Select(double.IsNaN));
        }
    }

    [Fact]
    public void Layers_without_an_observer_are_taken_as_before_and_other_cells_are_traced_in_composed_form()
    {
        var model = new Lstm(3, 6, variant: new LstmVariant { Peepholes = true, LayerNorm = true });
        model.Initialize(1);
        Inspection seen = Inspection.Of(model, Traced.Batch(8, 4, 3, 6));
        LayerInspection layer = Assert.Single(seen.Layers);
        Assert.False(layer.IsFused);
        Assert.Equal(["i", "f", "g", "o"], layer.Gates.Select(static g => g.Name));
        Assert.Empty(layer.Jacobians);
        Assert.Contains(seen.Findings, static f => f.About == "speed");
    }

    [Fact]
    public void Dead_units_and_stuck_units_are_counted()
    {
        var dead = new Rnn(2, 10, relu: true, init: new RecurrentInit(Bias: Init.Value(-50)));
        dead.Initialize(1);
        Inspection seen = Inspection.Of(dead, Traced.Batch(6, 4, 2, 10));
        Assert.Equal(10, seen.Layers[0].Gates[0].Dead);
        Assert.Contains(seen.Findings, static f => f.Text.Contains("10 of 10 units are dead", StringComparison.Ordinal));
        var stuck = new Rnn(2, 10, init: new RecurrentInit(Bias: Init.Value(9)));
        stuck.Initialize(1);
        GateReading reading = Inspection.Of(stuck, Traced.Batch(6, 4, 2, 10)).Layers[0].Gates[0];
        Assert.Equal(1, reading.SaturatedHigh, 0.01);
        Assert.Equal(1, reading.Histogram.Sum(), 1e-6);
    }

    [Fact]
    public void Options_out_of_range_are_refused_in_a_line()
    {
        Recurrent model = Traced.Of("tanh", 2, 3);
        InspectionBatch batch = Traced.Batch(4, 2, 2, 3);
        foreach (InspectionOptions options in (InspectionOptions[])[new() { Example = 2 }, new() { Example = -1 }, new() { Batch = 0 }, new() { Lags = 1 }])
            Assert.DoesNotContain('\n', Assert.Throws<UnrollException>(() => Inspection.Of(model, batch, options)).Message);
    }

    private static double LargestSingularValue(double[] a, int n)
    {
        double[] v = [.. Enumerable.Range(0, n).Select(static i => 1.0 + 0.1 * i)];
        double norm = 0;
        for (int round = 0; round < 2000; round++)
        {
            double[] u = new double[n], w = new double[n];
            for (int i = 0; i < n; i++)
                for (int k = 0; k < n; k++) u[i] += a[i * n + k] * v[k];
            for (int i = 0; i < n; i++)
                for (int k = 0; k < n; k++) w[k] += a[i * n + k] * u[i];
            norm = Math.Sqrt(w.Sum(static x => x * x));
            for (int i = 0; i < n; i++) v[i] = w[i] / norm;
        }
        return Math.Sqrt(norm);
    }
}
