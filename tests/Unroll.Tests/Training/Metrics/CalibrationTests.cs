using Unroll.Training.Metrics;

namespace Unroll.Tests.Training.Metrics;

public class CalibrationTests
{
    [Fact]
    public void The_error_is_how_far_confidence_and_accuracy_are_apart()
    {
        // Ten bins: (0.5, 0.6] holds 0.55 and 0.6, one right: |1.15 / 2 - 1 / 2|; (0.9, 1] holds 0.95 three times, all right.
        Calibration c = Calibration.Of([0.55, 0.6, 0.95, 0.95, 0.95], [true, false, true, true, true], 10);
        Assert.Equal((Math.Abs(1.15 - 1) + Math.Abs(2.85 - 3)) / 5, c.Error, 1e-12);
        Assert.Equal((2, 3), (c.Bins[5].Count, c.Bins[9].Count));
        Assert.Equal(0.575, c.Bins[5].Confidence, 1e-12);
        Assert.True(double.IsNaN(c.Bins[0].Accuracy));
        Assert.Equal(1, Calibration.Of([0.0, 1.0], [true, false]).Error, 1e-12);
        Assert.True(double.IsNaN(Calibration.Of([], []).Error));
        Assert.Throws<ArgumentException>(() => Calibration.Of([0.5], []));
    }

    [Fact]
    public void The_temperature_that_spoilt_scores_is_found_again()
    {
        // Labels drawn from sigma(z); scores are told 3 z: dividing by 3 makes the likelihood least.
        var random = new RandomStream(4);
        double[] z = [.. Enumerable.Range(0, 50_000).Select(_ => 2 * random.NextNormal())];
        bool[] positive = [.. z.Select(v => random.NextDouble() < 1 / (1 + Math.Exp(-v)))];
        double found = Calibration.Temperature(t => z.Select((v, i) => Math.Log(1 + Math.Exp((positive[i] ? -3 : 3) * v / t))).Average());
        Assert.Equal(3, found, 0.1);
    }
}
