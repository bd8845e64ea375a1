using System.Text.Json;
using Unroll.Formats;
using Unroll.Kernels;
using Unroll.Tensors;

namespace Unroll.Training;

/// <summary>Looks at every twentieth step of a run: each weight's norm, that of its gradient and that of its update, written to <c>watch.jsonl</c>. It reads and changes nothing.</summary>
internal sealed class TrainingWatch : IDisposable
{
    /// <summary>A look costs about as much as the optimiser does; one step in twenty keeps that far below a twentieth of the run.</summary>
    public const int Every = 20;

    private const string FileName = "watch.jsonl";

    private readonly (string Name, Tensor Value)[] weights;
    private readonly JsonLinesWriter lines;
    private readonly float[][] before;
    private readonly double[] gradients, norms;

    /// <summary>Opens the file; a run that goes on keeps what stands there of the steps that are done.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="weights">The weights with their names.</param>
    /// <param name="done">Steps that are done.</param>
    public TrainingWatch(string folder, IEnumerable<(string Name, Tensor Value)> weights, long done)
    {
        this.weights = [.. weights];
        lines = new JsonLinesWriter(Path.Combine(folder, FileName), (done + Every - 1) / Every);
        before = [.. this.weights.Select(static w => new float[w.Value.Length])];
        (gradients, norms) = (new double[before.Length], new double[before.Length]);
    }

    /// <summary>Whether a step is looked at: from its number alone, so that a resumed run looks at the same ones.</summary>
    public static bool Looks(long step) => step % Every == 0;

    /// <summary>Takes note of gradients and weights before a step.</summary>
    public void Before()
    {
        for (int i = 0; i < before.Length; i++)
        {
            Tensor w = weights[i].Value;
            w.Data.CopyTo(before[i]);
            norms[i] = Math.Sqrt(VectorMath.SumSquares(before[i]));
            gradients[i] = w.HasGrad ? GradientClip.Norm([w]) : 0;
        }
    }

    /// <summary>Writes the line of a step that is done.</summary>
    /// <param name="step">Steps done before it.</param>
    /// <param name="loss">Its loss.</param>
    /// <param name="rate">Its learning rate.</param>
    /// <param name="norm">The norm of all gradients.</param>
    /// <param name="factor">What clipping multiplied them by.</param>
    public void After(long step, double loss, double rate, double norm, double factor) => lines.Write(json =>
    {
        json.WriteNumber("step", step);
        Number(json, "loss", loss);
        Number(json, "learning_rate", rate);
        Number(json, "gradient_norm", norm);
        Number(json, "clip_factor", factor);
        json.WriteStartObject("weights");
        for (int i = 0; i < before.Length; i++)
        {
            ReadOnlySpan<float> now = weights[i].Value.Data;
            float[] old = before[i];
            System.Numerics.Tensors.TensorPrimitives.Subtract(now, old, old);
            json.WriteStartObject(weights[i].Name);
            Number(json, "gradient", gradients[i]);
            Number(json, "weight", norms[i]);
            Number(json, "update", Math.Sqrt(VectorMath.SumSquares(old)));
            json.WriteEndObject();
        }
        json.WriteEndObject();
    });

    /// <inheritdoc/>
    public void Dispose() => lines.Dispose();

    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, (float)value);
        else json.WriteNull(name);
    }
}
