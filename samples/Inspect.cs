using Unroll;
using Unroll.Inspections;
using Unroll.Layers;
using Unroll.Reports;
using Unroll.Tensors;

namespace Unroll.Samples;

/// <summary>Looks into a new LSTM: does a gradient reach the beginning of its sequences?</summary>
internal static class Inspect
{
    public static void Run()
    {
        Tensor sequences = Tensor.Zeros([60, 16, 4]), targets = Tensor.Zeros([60, 16, 32]);
        new RandomStream(1).FillNormal(sequences.Data, 0, 1);
        var model = new Lstm(4, 32, init: new RecurrentInit(ForgetBias: 1));

        Inspection seen = Inspection.Of(model, new InspectionBatch(sequences, y => Loss.MeanSquared(y, targets)));
        foreach (Finding finding in seen.Findings) Console.WriteLine(finding.Text);
        InspectionReport.Save("inspection.html", "my model", seen);
    }
}
