using Unroll.Data;
using Unroll.Tasks.Classification;

namespace Unroll.Cli;

/// <summary><c>unroll predict MODEL</c> of a classifier: a file of rows, one text, or what comes on standard input.</summary>
internal static class PredictClassification
{
    public static void Run(string folder, string? file, string? text, bool stream, string? path, CancellationToken stop)
    {
        int given = (file is null ? 0 : 1) + (text is null ? 0 : 1) + (stream ? 1 : 0);
        if (given == 0) throw new UnrollException("--text, --data or --stream is missing: give a text, name a file of rows, or read standard input.");
        if (given > 1) throw new UnrollException("--text, --data and --stream exclude each other.");
        Classifier classifier = Classifier.Load(folder);
        if (text is not null)
        {
            Classification said = classifier.Classify(text);
            if (said.Cut > 0) Complaint.Write($"the text is longer than the model reads: the last {ResultTable.Count(said.Cut, "token")} not read");
            Console.WriteLine(ClassificationCsv.Line(classifier, said));
        }
        else if (stream) Stream(classifier, stop);
        else Whole(classifier, file!, path ?? "labels.csv", stop);
    }

    private static void Whole(Classifier classifier, string file, string path, CancellationToken stop)
    {
        LabelledRows rows = Read(classifier, file, labels: false, stop);
        IReadOnlyList<Classification> said = classifier.Classify(rows.Rows, stop);
        int cut = said.Count(static s => s.Cut > 0), empty = said.Count(static s => s.IsEmpty);
        if (cut > 0) Complaint.Write($"{file}: {ResultTable.Count(cut, "row")} longer than the {classifier.Options.Fit.Longest} steps that the model reads: cut off");
        if (empty > 0) Complaint.Write($"{file}: {ResultTable.Count(empty, "row")} with nothing in it");
        ClassificationCsv.Write(path, classifier, said);
        if (path != "-") Console.WriteLine($"wrote {path}: {ResultTable.Count(said.Count, "row")}");
    }

    // An answer a line, at once; of series an empty line begins anew.
    private static void Stream(Classifier classifier, CancellationToken stop)
    {
        using ClassifierStream? steps = classifier.Tokenizer is null ? classifier.Stream() : null;
        if (classifier.Tokenizer is not null && classifier.Layout.Targets.Count > 0) throw new UnrollException("this model reads numbers beside each text: name a file with --data.");
        // A line that does not come keeps nobody from leaving.
        using CancellationTokenRegistration leave = stop.Register(static () => Environment.Exit(Exit.Stopped));
        int line = 0;
        while (!stop.IsCancellationRequested && Console.In.ReadLine() is { } text)
        {
            line++;
            if (steps is null) Console.WriteLine(ClassificationCsv.Line(classifier, classifier.Classify(text)));
            else if (text.Trim().Length == 0) steps.Reset();
            else if (steps.Step(Numbers(text, classifier.Dimensions, line)) is { } said) Console.WriteLine(ClassificationCsv.Line(classifier, said));
            Console.Out.Flush();
        }
    }

    private static float[] Numbers(string text, int count, int line)
    {
        string[] fields = text.Split(',');
        if (fields.Length != count) throw new UnrollException($"standard input, line {line}: a step has {ResultTable.Count(count, "number")} divided by commas, got {fields.Length}.");
        var values = new float[count];
        for (int i = 0; i < count; i++)
            if (NumberText.Read(fields[i], decimalComma: false, out values[i]) is not (NumberKind.Number or NumberKind.Missing)) throw new UnrollException($"standard input, line {line}, column {i + 1}: {ShownText.Of(fields[i])} is not a number.");
        return values;
    }

    /// <summary>Reads rows as the model knows them.</summary>
    public static LabelledRows Read(Classifier classifier, string file, bool labels, CancellationToken stop)
    {
        // A model of a .ts file knows no columns.
        if (!LabelledLayout.IsArchive(file) && classifier.Layout is { Text: null, Audio: null, Series.Count: 0 }) throw new UnrollException($"{file}: this model was trained on a .ts file and reads such files.");
        LabelledRows rows = LabelledRows.Read(file, classifier.Layout, labels, classifier.Options.Series.Mel, stop);
        classifier.CheckRate(rows);
        return rows;
    }
}
