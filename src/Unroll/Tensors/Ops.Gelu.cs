using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Ops
{
    /// <summary>Gaussian error linear unit (Hendrycks and Gimpel 2016), exact: y = x Phi(x), Phi the distribution function of the standard normal.</summary>
    /// <param name="x">Any shape.</param>
    public static Tensor Gelu(Tensor x)
    {
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        VectorMath.Gelu(x.Data, y.Data);
        if (y.RequiresGrad) Tape.Record(y, static n => VectorMath.GeluBackward(n.A.Data, n.Y.Grad, n.A.Grad), x);         // dx += dy (Phi(x) + x phi(x))
        return y;
    }

    /// <summary>Sigmoid linear unit, also called swish (Ramachandran et al. 2017): y = x / (1 + e^-x).</summary>
    /// <param name="x">Any shape.</param>
    public static Tensor Silu(Tensor x)
    {
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        VectorMath.Silu(x.Data, y.Data);
        if (y.RequiresGrad) Tape.Record(y, static n => VectorMath.SiluBackward(n.A.Data, n.Y.Grad, n.A.Grad), x);         // dx += dy s (1 + x (1 - s))
        return y;
    }
}
