using Unroll.Kernels;
using Unroll.Layers;

namespace Unroll.Inspections;

/// <summary>How much the step from one state to a later one stretches what it stretches most: the largest singular value of the product of the recurrent Jacobians between them, of one example.</summary>
/// <param name="Steps">How many steps lie between, the later state the example's last.</param>
/// <param name="LogNorm">The natural logarithm of the singular value: above 0 it stretches, below 0 it shrinks. Minus infinity where nothing passes.</param>
public sealed record JacobianProduct(int Steps, double LogNorm)
{
    /// <summary>The singular value.</summary>
    public double Norm => Math.Exp(LogNorm);

    /// <summary>Its root of as many steps: the factor of one step, on the average.</summary>
    public double Factor => Math.Exp(LogNorm / Steps);
}

/// <summary>Products of the recurrent Jacobians of an example, multiplied with vectors from either side without ever being made: their largest singular values by power iteration.</summary>
/// <remarks>
/// The state is h, or h and c. With the gates open as they were, one step is for the LSTM
/// da = R dh, dc' = f dc + c f(1-f) da_f + g i(1-i) da_i + i (1-g^2) da_g, dh' = o (1-tanh^2 c') dc' + tanh(c') o(1-o) da_o; for the GRU
/// dn = (1-n^2)(q r(1-r) da_r + r da_n), q = R_n h + b_n, dh' = z dh + (1-z) dn + (h-n) z(1-z) da_z; for the plain network dh' = f'(a) da. Transposed products run the other way.
/// Of cells that do not run in the fused kernels nothing is told. Where the largest singular values are nearly alike, as of orthogonal weights, the figure may be some thousandths too small.
/// </remarks>
internal sealed class RecurrentJacobian
{
    private const double Settled = 1e-7;

    private readonly RecurrentKernel kernel;
    private readonly int size, state;
    private readonly float[][] slopes;                                                 // a step: what the formulas need, gate behind gate
    private readonly float[] forth, back;                                              // the recurrent weight and its transpose, as products with one vector read them
    private readonly float[] pre, direction, at;

    private RecurrentJacobian(RecurrentKernel kernel, float[] weight, int size, float[][] slopes)
    {
        (this.kernel, this.size, this.slopes) = (kernel, size, slopes);
        int width = weight.Length / size;
        state = kernel == RecurrentKernel.Lstm ? 2 * size : size;
        (pre, direction, at) = (new float[width], new float[state], new float[state]);
        (forth, back) = (new float[Gemm.PackedLength(size, width)], new float[Gemm.PackedLength(width, size)]);
        Gemm.Pack(true, size, width, weight, size, forth);
        Gemm.Pack(false, width, size, weight, size, back);
        new RandomStream(1).FillNormal(direction, 0, 1);
        Scale(direction);
    }

    /// <summary>Of one kept example; nothing where the cell has no fused kernel.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="readings">Its gates.</param>
    /// <param name="example">Which of the kept sequences.</param>
    /// <param name="rounds">Most rounds of the iteration for each number of steps.</param>
    public static IReadOnlyList<JacobianProduct> Of(StateTrace trace, IReadOnlyList<GateReading> readings, int example, int rounds)
    {
        if (!trace.Cell.IsFused || readings.Count == 0) return [];
        RecurrentStream.Weights w = trace.Cell.Stream;
        int size = trace.Cell.Hidden, kept = trace.Columns.Length, steps = trace.Lengths[trace.Columns[example]];
        float[] hidden = StateTrace.Of(trace.Hidden, kept, example, size), cells = StateTrace.Of(trace.CellState, kept, example, trace.Cell.CellSize);
        float[] weight = w.Recurrent.ToArray(), bias = w.RecurrentBias?.ToArray() ?? [];
        float[][] opened = [.. readings.Select(static r => r.Example.ToArray())];
        var slopes = new float[steps][];
        for (int t = 0; t < steps; t++) slopes[t] = Slopes(w.Kernel, weight, bias, opened, hidden, cells, size, t);
        var product = new RecurrentJacobian(w.Kernel, weight, size, slopes);
        var found = new List<JacobianProduct>();
        for (int k = 1; k < steps; k *= 2) found.Add(new JacobianProduct(k, product.LogNorm(k, rounds)));
        return found;
    }

    /// <summary>The logarithm of the largest singular value of the product of the last so many steps' Jacobians.</summary>
    public double LogNorm(int steps, int rounds)
    {
        int last = slopes.Length;
        double best = double.NegativeInfinity;
        // From the later state back: what stretched most over fewer steps is a good beginning for more.
        for (int round = 0; round < rounds; round++)
        {
            direction.CopyTo(at, 0);
            double back = 0, forth = 0;
            for (int t = last - 1; t >= last - steps && double.IsFinite(back); t--) back += Pulled(at, t);
            if (!double.IsFinite(back)) return best;
            for (int t = last - steps; t < last && double.IsFinite(forth); t++) forth += Pushed(at, t);
            if (!double.IsFinite(forth)) return Math.Max(best, back);
            at.CopyTo(direction, 0);
            // |P' u| is at most the singular value, and |P v| with v = P' u / |P' u| at least |P' u|.
            bool settled = Math.Abs(forth - best) < Settled;
            best = Math.Max(best, forth);
            if (settled) break;
        }
        return best;
    }

    // v becomes J v, of length 1; the logarithm of what it was.
    private double Pushed(float[] v, int t)
    {
        float[] s = slopes[t];
        Gemm.MultiplyPacked(v.AsSpan(0, size), forth, pre, accumulate: false);
        for (int u = 0; u < size; u++)
        {
            if (kernel == RecurrentKernel.Lstm)
            {
                float dc = s[u] * v[size + u] + s[size + u] * pre[u] + s[2 * size + u] * pre[size + u] + s[3 * size + u] * pre[2 * size + u];
                v[size + u] = dc;
                v[u] = s[4 * size + u] * dc + s[5 * size + u] * pre[3 * size + u];
            }
            else if (kernel == RecurrentKernel.Gru) v[u] = s[u] * v[u] + s[size + u] * pre[u] + s[2 * size + u] * pre[size + u] + s[3 * size + u] * pre[2 * size + u];
            else v[u] = s[u] * pre[u];
        }
        return Scale(v);
    }

    // v becomes J' v, of length 1.
    private double Pulled(float[] v, int t)
    {
        float[] s = slopes[t];
        for (int u = 0; u < size; u++)
        {
            if (kernel == RecurrentKernel.Lstm)
            {
                float dc = v[size + u] + s[4 * size + u] * v[u];
                (pre[u], pre[size + u], pre[2 * size + u], pre[3 * size + u]) = (s[size + u] * dc, s[2 * size + u] * dc, s[3 * size + u] * dc, s[5 * size + u] * v[u]);
                v[size + u] = s[u] * dc;
                v[u] = 0;
            }
            else if (kernel == RecurrentKernel.Gru)
            {
                (pre[u], pre[size + u], pre[2 * size + u]) = (s[size + u] * v[u], s[2 * size + u] * v[u], s[3 * size + u] * v[u]);
                v[u] *= s[u];
            }
            else
            {
                pre[u] = s[u] * v[u];
                v[u] = 0;
            }
        }
        Gemm.MultiplyPacked(pre, back, v.AsSpan(0, size), accumulate: true);
        return Scale(v);
    }

    private static double Scale(Span<float> v)
    {
        double norm = Math.Sqrt(VectorMath.SumSquares(v));
        if (!(norm > 0)) return double.NegativeInfinity;
        foreach (ref float x in v) x = (float)(x / norm);
        return Math.Log(norm);
    }

    private static float[] Slopes(RecurrentKernel kernel, float[] weight, float[] bias, float[][] open, float[] hidden, float[] cells, int size, int t)
    {
        int at = t * size;
        if (kernel == RecurrentKernel.Lstm)
        {
            var s = new float[6 * size];
            for (int u = 0; u < size; u++)
            {
                (float i, float f, float g, float o) = (open[0][at + u], open[1][at + u], open[2][at + u], open[3][at + u]);
                float c = cells[at + u], after = MathF.Tanh(cells[at + size + u]);
                (s[u], s[size + u], s[2 * size + u], s[3 * size + u]) = (f, g * i * (1 - i), c * f * (1 - f), i * (1 - g * g));
                (s[4 * size + u], s[5 * size + u]) = (o * (1 - after * after), after * o * (1 - o));
            }
            return s;
        }
        if (kernel == RecurrentKernel.Gru)
        {
            var s = new float[4 * size];
            for (int u = 0; u < size; u++)
            {
                (float r, float z, float n) = (open[0][at + u], open[1][at + u], open[2][at + u]);
                float q = VectorMath.Dot(weight.AsSpan((2 * size + u) * size, size), hidden.AsSpan(at, size)) + (bias.Length > 0 ? bias[2 * size + u] : 0), into = (1 - z) * (1 - n * n);
                (s[u], s[size + u], s[2 * size + u], s[3 * size + u]) = (z, into * q * r * (1 - r), (hidden[at + u] - n) * z * (1 - z), into * r);
            }
            return s;
        }
        var slope = new float[size];
        for (int u = 0; u < size; u++)
        {
            float h = hidden[at + size + u];
            slope[u] = kernel == RecurrentKernel.ReluRnn ? (h > 0 ? 1 : 0) : 1 - h * h;
        }
        return slope;
    }
}
