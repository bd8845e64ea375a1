using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Ops
{
    /// <summary>Leaky rectifier (Maas et al. 2013): y = x above 0, slope x below.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="slope">Below 0; PyTorch's default is 0.01.</param>
    public static Tensor LeakyRelu(Tensor x, float slope = 0.01f)
    {
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        VectorMath.LeakyRelu(x.Data, slope, y.Data);
        if (y.RequiresGrad) Tape.Record(y, static n => VectorMath.LeakyReluBackward(n.A.Data, n.Y.Grad, n.F, n.A.Grad), x).F = slope;      // dx += dy where x > 0, slope dy elsewhere
        return y;
    }

    /// <summary>Exponential linear unit (Clevert et al. 2016): y = x above 0, alpha (e^x - 1) below.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="alpha">What -y tends to far below 0.</param>
    public static Tensor Elu(Tensor x, float alpha = 1)
    {
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        VectorMath.Elu(x.Data, alpha, y.Data);
        if (y.RequiresGrad) Tape.Record(y, static n => VectorMath.EluBackward(n.A.Data, n.Y.Grad, n.F, n.A.Grad), x).F = alpha;            // dx += dy where x > 0, dy alpha e^x elsewhere
        return y;
    }
}
