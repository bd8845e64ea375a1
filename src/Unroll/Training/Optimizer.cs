using Unroll.Tensors;

namespace Unroll.Training;

/// <summary>Changes weights along their gradients. A weight that no gradient has reached is left alone.</summary>
public abstract class Optimizer
{
    private readonly Weight[] weights;

    private protected Optimizer(IEnumerable<(string Name, Tensor Value)> parameters, double learningRate, double weightDecay, Func<string, bool>? decays, params ReadOnlySpan<string> moments)
    {
        if (!(learningRate >= 0)) throw new ArgumentOutOfRangeException(nameof(learningRate), $"{GetType().Name}: the learning rate must be at least 0, got {learningRate}.");
        if (!(weightDecay >= 0)) throw new ArgumentOutOfRangeException(nameof(weightDecay), $"{GetType().Name}: the weight decay must be at least 0, got {weightDecay}.");
        LearningRate = learningRate;
        Moments = moments.ToArray();
        int count = moments.Length;
        weights = [.. parameters.Select(p => new Weight(p.Name, p.Value, Enumerable.Range(0, count).Select(_ => new float[p.Value.Length]).ToArray(), decays?.Invoke(p.Name) ?? true ? (float)weightDecay : 0))];
    }

    private protected sealed record Weight(string Name, Tensor Value, float[][] Moments, float Decay);

    /// <summary>The learning rate of the next step.</summary>
    public double LearningRate { get; set; }

    /// <summary>Steps done.</summary>
    public long Steps { get; private set; }

    private string[] Moments { get; }

    /// <summary>What the optimiser remembers of each weight, by <c>weight.moment</c>; with <see cref="Steps"/> all there is to save.</summary>
    public IEnumerable<(string Name, float[] Values)> State
    {
        get
        {
            foreach (Weight w in weights)
                for (int i = 0; i < Moments.Length; i++) yield return ($"{w.Name}.{Moments[i]}", w.Moments[i]);
        }
    }

    /// <summary>Goes on where another optimiser of the same kind over the same weights stood.</summary>
    /// <param name="steps">Steps done by then.</param>
    /// <param name="state">The values of each name in <see cref="State"/>.</param>
    public void Restore(long steps, Func<string, float[]> state)
    {
        Steps = steps;
        foreach ((string name, float[] values) in State) state(name).CopyTo(values.AsSpan());
    }

    /// <summary>One step along the gradients, on the threads of the open tape where there is one.</summary>
    public void Step() => Step(1);

    /// <summary>One step along the gradients times a number: <see cref="GradientClip.Factor"/>, which spares a pass over them.</summary>
    internal void Step(float scale)
    {
        Steps++;
        foreach (Weight w in weights)
            if (w.Value.HasGrad) Update(w, scale);
    }

    private protected abstract void Update(Weight w, float scale);

    /// <summary>The number itself, where it is at least 0 and below 1.</summary>
    private protected static double Share(double value, string name, string optimizer) =>
        value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(name, $"{optimizer}: {name} must be at least 0 and below 1, got {value}.");
}
