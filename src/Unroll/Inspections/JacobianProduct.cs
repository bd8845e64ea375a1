using Unroll.Kernels;
using Unroll.Layers;
using Unroll.Tensors;

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
    private readonly int size, width, state;
    private readonly float[][] slopes;                                                 // a step: what the formulas need, gate behind gate
    private readonly float[] forth, back;                                              // the recurrent weight and its transpose, as products with vectors read them

    private RecurrentJacobian(RecurrentKernel kernel, float[] weight, int size, float[][] slopes)
    {
        (this.kernel, this.size, this.slopes) = (kernel, size, slopes);
        width = weight.Length / size;
        state = kernel == RecurrentKernel.Lstm ? 2 * size : size;
        (forth, back) = (new float[Gemm.PackedLength(size, width)], new float[Gemm.PackedLength(width, size)]);
        Gemm.Pack(true, size, width, weight, size, forth);
        Gemm.Pack(false, width, size, weight, size, back);
    }

    /// <summary>Of one kept example, over 1, 2, 4, ... of its last steps; nothing where the cell has no fused kernel.</summary>
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
        float[] weight = w.Recurrent.ToArray();
        float[][] opened = [.. readings.Select(static r => r.Example.ToArray())];
        var product = new RecurrentJacobian(w.Kernel, weight, size, new float[steps][]);
        float[] own = w.Kernel == RecurrentKernel.Gru ? product.Own(hidden, w.RecurrentBias) : [];
        for (int t = 0; t < steps; t++) product.slopes[t] = Slopes(w.Kernel, own, opened, hidden, cells, size, t);
        int[] over = [.. Enumerable.Range(0, 31).Select(static i => 1 << i).TakeWhile(k => k < steps)];
        double[] norms = product.LogNorms(over, rounds);
        return [.. over.Select((k, i) => new JacobianProduct(k, norms[i]))];
    }

    /// <summary>The logarithms of the largest singular values of the products of the last so many steps' Jacobians.</summary>
    /// <param name="over">Numbers of steps, rising. They go through the steps side by side, so that the weights are read once for all.</param>
    /// <param name="rounds">Most rounds.</param>
    private double[] LogNorms(int[] over, int rounds)
    {
        int last = slopes.Length, count = over.Length;
        double[] best = new double[count], pulled = new double[count], pushed = new double[count];
        Array.Fill(best, double.NegativeInfinity);
        if (count == 0) return best;
        float[] vectors = new float[count * state], pre = new float[count * width];
        new RandomStream(1).FillNormal(vectors, 0, 1);
        for (int i = 0; i < count; i++) Scale(vectors.AsSpan(i * state, state));
        for (int round = 0; round < rounds; round++)
        {
            Array.Clear(pulled);
            Array.Clear(pushed);
            // From the later state back, and from there to it again; of so many steps before the end those go that reach so far.
            for (int t = last - 1; t >= last - over[^1]; t--) Pull(vectors, pre, Reaching(t), t, pulled);
            for (int t = last - over[^1]; t < last; t++) Push(vectors, pre, Reaching(t), t, pushed);
            bool settled = true;
            for (int i = 0; i < count; i++)
            {
                // |P' u| is at most the singular value, and |P v| with v = P' u / |P' u| at least |P' u|.
                double found = Math.Max(pulled[i], pushed[i]);
                settled &= !(Math.Abs(found - best[i]) >= Settled);
                best[i] = Math.Max(best[i], found);
            }
            if (settled) break;
        }
        return best;

        int Reaching(int t) => Array.FindIndex(over, k => t >= last - k);
    }

    // Each vector v from the first-th on becomes J v, of length 1; the logarithm of what it was is added to its sum.
    private void Push(float[] vectors, float[] pre, int first, int t, double[] sums)
    {
        float[] s = slopes[t];
        int count = sums.Length - first;
        Gemm.MultiplyPacked(count, width, size, vectors.AsSpan(first * state), state, forth, pre, width, accumulate: false);
        for (int i = first; i < sums.Length; i++)
        {
            Span<float> v = vectors.AsSpan(i * state, state), p = pre.AsSpan((i - first) * width, width);
            for (int u = 0; u < size; u++)
            {
                if (kernel == RecurrentKernel.Lstm)
                {
                    float dc = s[u] * v[size + u] + s[size + u] * p[u] + s[2 * size + u] * p[size + u] + s[3 * size + u] * p[2 * size + u];
                    v[size + u] = dc;
                    v[u] = s[4 * size + u] * dc + s[5 * size + u] * p[3 * size + u];
                }
                else if (kernel == RecurrentKernel.Gru) v[u] = s[u] * v[u] + s[size + u] * p[u] + s[2 * size + u] * p[size + u] + s[3 * size + u] * p[2 * size + u];
                else v[u] = s[u] * p[u];
            }
            sums[i] += Scale(v);
        }
    }

    // Each becomes J' v, likewise.
    private void Pull(float[] vectors, float[] pre, int first, int t, double[] sums)
    {
        float[] s = slopes[t];
        int count = sums.Length - first;
        for (int i = first; i < sums.Length; i++)
        {
            Span<float> v = vectors.AsSpan(i * state, state), p = pre.AsSpan((i - first) * width, width);
            for (int u = 0; u < size; u++)
            {
                if (kernel == RecurrentKernel.Lstm)
                {
                    float dc = v[size + u] + s[4 * size + u] * v[u];
                    (p[u], p[size + u], p[2 * size + u], p[3 * size + u]) = (s[size + u] * dc, s[2 * size + u] * dc, s[3 * size + u] * dc, s[5 * size + u] * v[u]);
                    v[size + u] = s[u] * dc;
                    v[u] = 0;
                }
                else if (kernel == RecurrentKernel.Gru)
                {
                    (p[u], p[size + u], p[2 * size + u]) = (s[size + u] * v[u], s[2 * size + u] * v[u], s[3 * size + u] * v[u]);
                    v[u] *= s[u];
                }
                else
                {
                    p[u] = s[u] * v[u];
                    v[u] = 0;
                }
            }
        }
        Gemm.MultiplyPacked(count, size, width, pre, width, back, vectors.AsSpan(first * state), state, accumulate: true);
        for (int i = first; i < sums.Length; i++) sums[i] += Scale(vectors.AsSpan(i * state, state));
    }

    // A vector that nothing passes stays zero, and its sum minus infinity.
    private static double Scale(Span<float> v)
    {
        double norm = Math.Sqrt(VectorMath.SumSquares(v));
        if (!(norm > 0)) return double.NegativeInfinity;
        float by = (float)(1 / norm);
        VectorMath.Scale(v, by, v);
        return Math.Log(norm);
    }

    // The GRU's q of every step, [T, H].
    private float[] Own(float[] hidden, Tensor? bias)
    {
        int steps = slopes.Length;
        float[] products = new float[steps * width], own = new float[steps * size];
        Gemm.MultiplyPacked(steps, width, size, hidden, size, forth, products, width, accumulate: false);
        for (int t = 0; t < steps; t++)
        {
            Span<float> q = own.AsSpan(t * size, size);
            products.AsSpan(t * width + 2 * size, size).CopyTo(q);
            if (bias is { } b) VectorMath.AddTo(b.Data.Slice(2 * size, size), q);
        }
        return own;
    }

    private static float[] Slopes(RecurrentKernel kernel, float[] own, float[][] open, float[] hidden, float[] cells, int size, int t)
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
                float q = own[at + u], into = (1 - z) * (1 - n * n);
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
