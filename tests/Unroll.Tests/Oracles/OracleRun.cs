using Unroll.Tensors;

namespace Unroll.Tests.Oracles;

/// <summary>Runs one golden case on our engine and compares everything: each output, and the gradient of L = sum(weight * output) for each input that has one.</summary>
public static class OracleRun
{
    /// <summary>Fails unless all outputs and gradients are the golden ones.</summary>
    /// <param name="c">The case.</param>
    /// <param name="compute">From the case's inputs by name to its outputs by name.</param>
    /// <param name="held">Inputs that something else holds already with the right numbers: a layer's weights.</param>
    public static void Check(OracleCase c, Func<IReadOnlyDictionary<string, Tensor>, IReadOnlyDictionary<string, Tensor>> compute, IReadOnlyDictionary<string, Tensor>? held = null)
    {
        using var tape = new Tape(threads: 1);
        var inputs = c.Inputs.ToDictionary(
            p => p.Key,
            p => held is not null && held.TryGetValue(p.Key, out Tensor there) ? there
                : c.Gradients.ContainsKey(p.Key) ? Tensor.Parameter(new Shape(p.Value.Shape), p.Value.Singles) : Tensor.From(new Shape(p.Value.Shape), p.Value.Singles));
        using (tape.Open())
        {
            IReadOnlyDictionary<string, Tensor> outputs = compute(inputs);
            Tensor loss = Tensor.Zeros([]);
            foreach ((string name, OracleTensor expected) in c.Outputs)
            {
                Tensor y = outputs[name];
                Assert.Equal(new Shape(expected.Shape), y.Shape);
                Golden.Same($"{c.Name}: {name}", y.Data, expected.Data);
                loss += Ops.Sum(y * Tensor.From(y.Shape, c.Weights[name].Singles));
            }
            tape.Backward(loss);
        }
        foreach ((string name, OracleTensor expected) in c.Gradients)
            Golden.Same($"{c.Name}: gradient of {name}", inputs[name].Grad, expected.Data);
    }

    /// <summary>The same for a computation with one output, called <c>y</c>.</summary>
    public static void Check(OracleCase c, Func<IReadOnlyDictionary<string, Tensor>, Tensor> compute) =>
        Check(c, t => new Dictionary<string, Tensor> { ["y"] = compute(t) });
}
