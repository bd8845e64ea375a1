using Unroll.Kernels;

namespace Unroll.Bench;

/// <summary>Loops over spans, in nanoseconds an element, on operands in the first-level cache.</summary>
internal static class MathBench
{
    public static void Run()
    {
        foreach (int length in (int[])[1024, 40, 7])
        {
            float[] x = new float[length], y = new float[length], z = new float[length];
            new RandomStream(1).FillUniform(x, 0.1f, 3);
            foreach ((string name, Action work) in ((string, Action)[])
            [
                ("AddTo", () => VectorMath.AddTo(x, z)), ("MultiplyAdd", () => VectorMath.MultiplyAdd(x, x, z)), ("Exp", () => VectorMath.Exp(x, y)), ("Log", () => VectorMath.Log(x, y)),
                ("Log1p", () => VectorMath.Log1p(x, y)), ("Tanh", () => VectorMath.Tanh(x, y)), ("Sigmoid", () => VectorMath.Sigmoid(x, y)), ("Softplus", () => VectorMath.Softplus(x, y)),
                ("TanhBackward", () => VectorMath.TanhBackward(x, y, z)), ("Sum", () => y[0] = VectorMath.Sum(x)), ("SumSquares", () => y[0] = (float)VectorMath.SumSquares(x)),
                ("SoftmaxRows", () => VectorMath.SoftmaxRows(x, 1, length, y)), ("LogSoftmaxRows", () => VectorMath.LogSoftmaxRows(x, 1, length, y)),
            ])
            {
                Timing time = Timing.Of(work, 0.2);
                Console.WriteLine($"{length,5} {name,-15} {time.Median / length * 1e9,7:F3} median {time.Best / length * 1e9,7:F3} best");
            }
        }
    }
}
