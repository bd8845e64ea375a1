using Unroll.Tensors;

namespace Unroll.Tests.Contracts;

/// <summary>An operation with drawn arguments and a loss of our own, L = sum(weight * result) in double precision over all its results.</summary>
internal sealed class Probe
{
    private readonly OperationRow row;
    private readonly int n;
    private readonly float[][] numbers;
    private readonly float[][] weights;

    public Probe(OperationRow row, int n, int seed)
    {
        this.row = row;
        this.n = n;
        var random = new Random(seed);
        Arguments = row.Arguments(n);
        numbers = Array.ConvertAll(Arguments, a => a.Numbers(random));
        float[][] results = Results(null);
        weights = Array.ConvertAll(results, r => Array.ConvertAll(r, _ => (float)(2 * random.NextDouble() - 1)));
        LossSize = Math.Sqrt(results.Zip(weights, (r, w) => r.Zip(w, (a, b) => (double)a * b * a * b).Sum()).Sum());
    }

    /// <summary>What was drawn.</summary>
    public Argument[] Arguments { get; }

    /// <summary>The root of the sum of squares of the loss's terms: what rounding of the results is measured by.</summary>
    public double LossSize { get; }

    /// <summary>The results' numbers.</summary>
    public float[][] Results(Tape? tape, bool record = false)
    {
        using Tape.Step step = tape?.Open(record) ?? default;
        Tensor[] arguments = [.. Arguments.Select((a, i) => record && a.Differentiable ? Tensor.Parameter(a.Shape, numbers[i]) : Tensor.From(a.Shape, numbers[i]))];
        return Array.ConvertAll(row.Compute(arguments, n), y => y.ToArray());
    }

    /// <summary>The loss with argument <paramref name="which"/> moved by <paramref name="far"/> times <paramref name="way"/>.</summary>
    public double Loss(Tape tape, int which, double[] way, double far)
    {
        using Tape.Step step = tape.Open(record: false);
        var arguments = new Tensor[numbers.Length];
        for (int i = 0; i < arguments.Length; i++)
        {
            arguments[i] = Tensor.From(Arguments[i].Shape, numbers[i]);
            if (i != which)
                continue;
            Span<float> moved = arguments[i].Data;
            for (int j = 0; j < way.Length; j++)
                moved[j] += (float)(far * way[j]);
        }
        double loss = 0;
        Tensor[] results = row.Compute(arguments, n);
        for (int i = 0; i < results.Length; i++)
        {
            ReadOnlySpan<float> y = results[i].Data;
            for (int j = 0; j < y.Length; j++)
                loss += (double)y[j] * weights[i][j];
        }
        return loss;
    }

    /// <summary>dL/d(argument) for each argument, after one or more steps without clearing.</summary>
    /// <param name="tape">Any.</param>
    /// <param name="only">The one argument that wants a gradient; -1 for all that can have one.</param>
    /// <param name="times">How many steps.</param>
    public float[][] Gradients(Tape tape, int only = -1, int times = 1)
    {
        Tensor[] arguments =
        [
            .. Arguments.Select((a, i) => a.Differentiable && (only < 0 || only == i) ? Tensor.Parameter(a.Shape, numbers[i]) : Tensor.From(a.Shape, numbers[i])),
        ];
        for (int time = 0; time < times; time++)
        {
            using Tape.Step step = tape.Open();
            Tensor[] results = row.Compute(arguments, n);
            Tensor loss = Tensor.Zeros([]);
            for (int i = 0; i < results.Length; i++)
                loss += Ops.Sum(results[i] * Tensor.From(results[i].Shape, weights[i]));
            tape.Backward(loss);
        }
        return Array.ConvertAll(arguments, a => a.RequiresGrad ? a.Grad.ToArray() : []);
    }
}
