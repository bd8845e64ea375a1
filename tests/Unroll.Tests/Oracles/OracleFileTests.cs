namespace Unroll.Tests.Oracles;

public class OracleFileTests
{
    [Theory]
    [InlineData("ops", 150)]
    [InlineData("rnn_tanh", 16)]
    [InlineData("rnn_relu", 16)]
    [InlineData("lstm", 16)]
    [InlineData("gru", 16)]
    [InlineData("cells", 46)]
    [InlineData("onnx_recurrent", 78)]
    [InlineData("losses", 42)]
    [InlineData("optimisers", 23)]
    [InlineData("schedules", 17)]
    [InlineData("attention", 30)]
    [InlineData("transformers", 24)]
    public void Every_golden_file_reads_whole(string group, int atLeast)
    {
        OracleFile file = OracleFile.Of(group);
        Assert.True(file.Cases.Count >= atLeast, $"{file.Cases.Count} cases");
        foreach (OracleCase c in file.Cases)
        {
            foreach (OracleTensor t in c.Inputs.Values.Concat(c.Weights.Values).Concat(c.Outputs.Values).Concat(c.Gradients.Values))
            {
                Assert.Equal(t.Shape.Aggregate(1, (a, b) => a * b), t.Data.Length);
                Assert.All(t.Data, v => Assert.True(double.IsFinite(v)));
            }
            foreach ((string name, OracleTensor gradient) in c.Gradients)
                Assert.Equal(c.Inputs[name].Shape, gradient.Shape);
        }
    }

    [Fact]
    public void The_comparison_fails_on_a_small_error_a_wrong_length_and_not_a_number()
    {
        double[] expected = [1, 2, 3];
        Golden.Same("same", [1f, 2f, 3f], expected);
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Golden.Same("off", [1f, 2f, 3.001f], expected));
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Golden.Same("short", [1f, 2f], expected));
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Golden.Same("nan", [1f, 2f, float.NaN], expected));
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Golden.Same("zero", [1e-3f], [0.0]));
    }
}
