using Unroll.Data;
using Unroll.Tasks.Classification;

namespace Unroll.Samples;

/// <summary>What people ask a machine for, told from how they say it.</summary>
internal static class Requests
{
    public static void Run()
    {
        LabelledRows rows = LabelledRows.Read("samples/requests.csv", new LabelledLayout { Text = "text", Label = "wish" });
        (LabelledRows train, LabelledRows test) = StratifiedSplit.Hold(rows, 4, seed: 1);
        Classifier classifier = Classifier.Train(train, null, new ClassificationOptions());
        ClassificationScore score = classifier.Evaluate(test);
        Console.WriteLine(classifier.Classify("could you play a waltz tonight").Label);
        Console.WriteLine($"{score.Right.Count(right => right)} of {score.Rows.Count} requests held out right");
    }
}
