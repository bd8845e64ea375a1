using System.Globalization;
using Unroll.Data;
using Unroll.Data.Tokenizers;
using Unroll.Inspections;
using Unroll.Layers;
using Unroll.Tasks;
using Unroll.Tasks.Forecasting;
using Unroll.Tasks.Language;
using Unroll.Tasks.Translation;
using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Bench;

/// <summary>What it costs to inspect a model, in steps of training on the same batch: JSON lines.</summary>
internal static class InspectBench
{
    private const int Outputs = 32;

    public static void Run(Options options)
    {
        double seconds = options.Number("seconds", 2);
        if (options.Text("model", "") is { Length: > 0 } folder)
        {
            Task(folder, options.Text("data", ""), options.Text("target", ""), seconds);
            return;
        }
        foreach ((string cell, int hidden, int layers, int batch, int steps) in ((string, int, int, int, int)[])
        [
            ("RNN", 64, 1, 16, 48), ("LSTM", 64, 1, 16, 48), ("GRU", 64, 1, 16, 48), ("RNN", 200, 2, 20, 35), ("LSTM", 200, 2, 20, 35), ("GRU", 200, 2, 20, 35), ("LSTM", 128, 1, 64, 100), ("LSTM", 512, 2, 16, 64),
        ])
        {
            Recurrent recurrent = cell switch
            {
                "RNN" => new Rnn(hidden, hidden, layers),
                "GRU" => new Gru(hidden, hidden, layers),
                _ => new Lstm(hidden, hidden, layers),
            };
            var model = new Sequential(recurrent, new Linear(hidden, Outputs));
            model.Initialize(1);
            Tensor x = Tensor.Zeros([steps, batch, hidden]), y = Tensor.Zeros([steps, batch, Outputs]);
            new RandomStream(2).FillNormal(x.Data, 0, 1);
            new RandomStream(3).FillNormal(y.Data, 0, 1);
            var looked = new InspectionBatch(x, made => Loss.MeanSquared(made, y));
            Func<Tensor> loss = () => Loss.MeanSquared(model.Forward(x), y);
            Timing step = Step(model, loss, seconds), seen = Timing.Each(() => _ = Inspection.Of(model, looked).Findings, seconds), again = Step(model, loss, seconds);
            double one = Math.Min(step.Median, again.Median);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{{\"cell\": \"{cell}\", \"hidden\": {hidden}, \"layers\": {layers}, \"batch\": {batch}, \"steps\": {steps}, \"step_ms\": {one * 1e3:F2}, \"inspect_ms\": {seen.Median * 1e3:F2}, \"times\": {seen.Median / one:F2}}}"));
        }
    }

    // A task's own model: a step is that of its loss on the batch that is looked at.
    private static void Task(string folder, string data, string target, double seconds)
    {
        const int batch = 16;
        string tokens = Path.GetTempFileName();
        TokenFile? text = null;
        try
        {
            InspectionCase of = ModelFolder.TaskOf(folder) switch
            {
                ForecastRecipe.TaskName => Forecaster.Load(folder) is var forecaster ? forecaster.Inspected(SeriesSet.Read(data, forecaster.Layout), batch) : null!,
                TranslationRecipe.TaskName => Translator.Load(folder).Inspected(SentencePairs.Read(data, target).Pairs, batch),
                LanguageRecipe.TaskName => Unroll.Tasks.Language.LanguageModel.Load(folder) is var language ? language.Inspected(text = TokenFile.Of(data, language.Tokenizer, tokens), batch) : null!,
                string other => throw new ArgumentException($"inspect measures forecasters, translators and language models, not '{other}'."),
            };
            Timing step = Step(of.Network, () => of.Run(InspectedLoss.Whole).Loss, seconds), seen = Timing.Each(() => _ = Inspection.Of(of, null, default).Findings, seconds);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{{\"model\": \"{of.Title}\", \"batch\": {of.Batch}, \"step_ms\": {step.Median * 1e3:F2}, \"inspect_ms\": {seen.Median * 1e3:F2}, \"times\": {seen.Median / step.Median:F2}}}"));
        }
        finally
        {
            text?.Dispose();
            File.Delete(tokens);
        }
    }

    // A whole step of training: forward, backward, clipping, Adam.
    private static Timing Step(Module model, Func<Tensor> loss, double seconds)
    {
        using var tape = new Tape();
        Tensor[] parameters = [.. model.Parameters];
        var optimizer = new Adam(model.NamedParameters());
        return Timing.Each(() =>
        {
            model.ZeroGradients();
            using (tape.Open())
            {
                tape.Backward(loss());
                optimizer.Step(GradientClip.Factor(GradientClip.Norm(parameters), 1));
            }
        }, seconds);
    }
}
