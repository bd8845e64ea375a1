using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tests.Contracts;

/// <summary>What every layer must do, whatever it is. The layers stand in <see cref="LayerRows"/>.</summary>
public class LayerContracts
{
    public static TheoryData<string> Rows => [.. LayerRows.All.Select(r => r.Name)];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Parameters_have_PyTorch_s_names_and_shapes_and_the_output_its_shape(string name)
    {
        LayerRow row = Row(name);
        Module layer = row.Make();
        Assert.Equal(row.Parameters, layer.NamedParameters().Select(p => $"{p.Name} {p.Value.Shape}"));
        Assert.Equal(row.Parameters.Concat(row.Buffers).Order(), layer.NamedState().Select(p => $"{p.Name} {p.Value.Shape}").Order());
        Assert.All(layer.NamedState().ExceptBy(layer.NamedParameters().Select(p => p.Name), p => p.Name), p => Assert.False(p.Value.RequiresGrad));
        Assert.Equal(layer.NamedParameters().Sum(p => (long)p.Value.Length), layer.ParameterCount);
        Assert.Equal(row.Parameters.Length, layer.Parameters.Count);
        Assert.Equal(row.Output, row.Forward(layer)[0].Shape);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void The_gradient_reaches_every_parameter(string name)
    {
        LayerRow row = Row(name);
        Module layer = row.Make();
        (_, float[][] gradients) = Run(row, layer, threads: 1);
        foreach (((string parameter, Tensor value), float[] gradient) in layer.NamedParameters().Zip(gradients))
        {
            Assert.Equal(value.Length, gradient.Length);
            Assert.All(gradient, g => Assert.True(float.IsFinite(g), parameter));
            Assert.True(gradient.Any(g => g != 0), $"{name}: no gradient reaches {parameter}.");
        }
        layer.ZeroGradients();
        Assert.All(layer.Parameters, p => Assert.DoesNotContain(p.Grad.ToArray(), g => g != 0));
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Results_and_gradients_have_the_same_bits_on_1_2_and_3_threads(string name)
    {
        LayerRow row = Row(name);
        float[][]? first = null;
        foreach (int threads in (int[])[1, 2, 3])
        {
            (float[][] results, float[][] gradients) = Run(row, row.Make(), threads);
            float[][] now = [.. results, .. gradients];
            first ??= now;
            for (int i = 0; i < now.Length; i++)
                Assert.True(first[i].AsSpan().SequenceEqual(now[i]), $"{name}: result or gradient {i} differs between 1 thread and {threads}.");
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Weights_taken_out_and_put_into_another_give_the_same_bits(string name)
    {
        LayerRow row = Row(name);
        Module layer = row.Make(), other = row.Make();
        other.Initialize(7);
        foreach (Tensor p in other.Parameters) p.Data[0] += 0.5f;             // another also where every seed gives ones or zeros
        (float[][] results, _) = Run(row, layer, threads: 1);
        Assert.False(results[0].AsSpan().SequenceEqual(Run(row, other, threads: 1).Results[0]));
        other.Load(State(layer));
        (float[][] again, _) = Run(row, other, threads: 1);
        for (int i = 0; i < results.Length; i++)
            Assert.Equal(results[i], again[i]);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Weights_that_are_missing_unknown_or_of_another_shape_are_refused_and_change_nothing(string name)
    {
        LayerRow row = Row(name);
        Module layer = row.Make();
        var before = State(layer);
        string one = before.Keys.Last();
        var other = before.ToDictionary(p => p.Key, p => (p.Value.Shape, Array.ConvertAll(p.Value.Values, _ => 1f)));

        var missing = new Dictionary<string, (int[], float[])>(other);
        missing.Remove(one);
        Assert.Contains(one, Assert.Throws<UnrollException>(() => layer.Load(missing)).Message, StringComparison.Ordinal);
        var unknown = new Dictionary<string, (int[], float[])>(other) { ["nobody"] = ([1], [0f]) };
        Assert.Contains("nobody", Assert.Throws<UnrollException>(() => layer.Load(unknown)).Message, StringComparison.Ordinal);
        var bent = new Dictionary<string, (int[], float[])>(other) { [one] = ([1, other[one].Item2.Length], other[one].Item2) };
        if (before[one].Shape is [int rows, int columns] && rows != columns)
            bent[one] = ([.. before[one].Shape.Reverse()], other[one].Item2);
        Assert.Contains(one, Assert.Throws<UnrollException>(() => layer.Load(bent)).Message, StringComparison.Ordinal);

        foreach ((string parameter, Tensor value) in layer.NamedState())
            Assert.Equal(before[parameter].Values, value.ToArray());
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_seed_decides_the_first_weights(string name)
    {
        LayerRow row = Row(name);
        Module a = row.Make(), b = row.Make(), c = row.Make();
        a.Initialize(3);
        b.Initialize(3);
        c.Initialize(4);
        Assert.All(a.Parameters.Zip(b.Parameters), p => Assert.Equal(p.First.ToArray(), p.Second.ToArray()));
        bool drawn = a.Parameters.Any(p => p.Data.ContainsAnyExcept(p.Data[0]));
        Assert.True(!drawn || a.Parameters.Zip(c.Parameters).Any(p => !p.First.Data.SequenceEqual(p.Second.Data)), $"{name}: another seed gives the same weights.");
    }

    private static LayerRow Row(string name) => LayerRows.All.Single(r => r.Name == name);

    private static Dictionary<string, (int[] Shape, float[] Values)> State(Module layer) =>
        layer.NamedState().ToDictionary(p => p.Name, p => (p.Value.Shape.ToArray(), p.Value.ToArray()));

    private static (float[][] Results, float[][] Gradients) Run(LayerRow row, Module layer, int threads)
    {
        using var tape = new Tape(threads);
        using Tape.Step step = tape.Open();
        Tensor[] results = row.Forward(layer);
        Tensor loss = Tensor.Zeros([]);
        for (int i = 0; i < results.Length; i++)
            loss += Ops.Sum(results[i] * LayerRows.Numbers(results[i].Shape, 100 + i));
        tape.Backward(loss);
        return (Array.ConvertAll(results, y => y.ToArray()), [.. layer.Parameters.Select(p => p.Grad.ToArray())]);
    }
}
