namespace Unroll.Reports;

/// <summary>How training went: losses, learning rate, gradient norm.</summary>
internal static class TrainingCharts
{
    /// <summary>Losses that span more than this factor get a logarithmic axis.</summary>
    private const double WideFactor = 20;

    /// <summary>Training and validation loss; null where there is neither.</summary>
    public static LineChart? Loss(IReadOnlyList<TrainingPoint> training, double? bestEpoch)
    {
        ValueRange range = ValueRange.Of(training.SelectMany(static point => new[] { point.TrainingLoss, point.ValidationLoss }));
        if (range.IsEmpty)
        {
            return null;
        }

        Positions epochs = Epochs(training);
        bool dots = training.Count <= 30;
        var lines = new List<LineSeries>();
        if (training.Any(static point => double.IsFinite(point.TrainingLoss)))
        {
            lines.Add(new LineSeries("training", epochs, [.. training.Select(static point => point.TrainingLoss)]) { Tone = Tone.Blue, Markers = dots });
        }

        if (training.Any(static point => double.IsFinite(point.ValidationLoss)))
        {
            lines.Add(new LineSeries("validation", epochs, [.. training.Select(static point => point.ValidationLoss)]) { Tone = Tone.Orange, Style = LineStyle.Dashed, Markers = dots });
        }

        return new LineChart
        {
            Title = "Loss",
            XLabel = "epoch",
            LogY = range.Low > 0 && range.High / range.Low > WideFactor,
            Lines = lines,
            Markers = bestEpoch is { } best ? [new ChartMarker(best, "kept")] : [],
        };
    }

    /// <summary>Learning rate and gradient norm, where they were measured.</summary>
    public static IReadOnlyList<LineChart> Small(IReadOnlyList<TrainingPoint> training)
    {
        var charts = new List<LineChart>();
        Add("Learning rate", static point => point.LearningRate, steps: true, log: false);
        Add("Gradient norm", static point => point.GradientNorm, steps: false, log: true);
        return charts;

        void Add(string title, Func<TrainingPoint, double> of, bool steps, bool log)
        {
            double[] values = [.. training.Select(of)];
            ValueRange range = ValueRange.Of(values);
            if (range.IsEmpty)
            {
                return;
            }

            charts.Add(new LineChart
            {
                Title = title,
                Width = 420,
                Height = 230,
                XLabel = "epoch",
                LogY = log && range.High > 0,
                FromZero = !log,
                Lines = [new LineSeries(title, Epochs(training), values) { Steps = steps }],
            });
        }
    }

    private static Positions Epochs(IReadOnlyList<TrainingPoint> training) => Positions.At([.. training.Select(static point => point.Epoch)]);
}
