using Unroll.Kernels;
using Unroll.Tensors;

namespace Unroll.Training;

/// <summary>Keeps gradients from exploding (Pascanu et al. 2013). Works on the threads of the open tape where there is one.</summary>
public static class GradientClip
{
    /// <summary>The norm of all gradients together.</summary>
    /// <param name="parameters">Those no gradient has reached count as zero.</param>
    public static double Norm(IReadOnlyList<Tensor> parameters)
    {
        double sum = 0;
        for (int i = 0; i < parameters.Count; i++)
            if (parameters[i].HasGrad) sum += SumSquares(parameters[i].Slot);
        return Math.Sqrt(sum);
    }

    private static double SumSquares(TensorSlot slot)
    {
        ReadOnlySpan<float> grad = slot.GradToRead;
        ReadOnlySpan<bool> rows = slot.GradRows;
        if (rows.IsEmpty) return VectorMath.SumSquares(Tape.Team, grad);
        int width = slot.Shape[1];
        double sum = 0;
        for (int r = 0; r < rows.Length; r++)
            if (rows[r]) sum += VectorMath.SumSquares(grad.Slice(r * width, width));
        return sum;
    }

    /// <summary>Scales all gradients alike so that their norm together is at most a limit, as PyTorch's clip_grad_norm_.</summary>
    /// <param name="parameters">Those no gradient has reached are left alone.</param>
    /// <param name="limit">Above 0.</param>
    /// <returns>The norm before.</returns>
    public static double ByNorm(IReadOnlyList<Tensor> parameters, double limit)
    {
        if (!(limit > 0)) throw new ArgumentOutOfRangeException(nameof(limit), $"GradientClip: the limit must be above 0, got {limit}.");
        double norm = Norm(parameters);
        float factor = Factor(norm, limit);
        if (factor != 1)
            for (int i = 0; i < parameters.Count; i++)
                if (parameters[i].HasGrad) VectorMath.Scale(parameters[i].Grad, factor, parameters[i].Grad);
        return norm;
    }

    /// <summary>What gradients of this norm are to be multiplied by so that it is at most a limit.</summary>
    internal static float Factor(double norm, double limit) => norm > limit && double.IsFinite(norm) ? (float)(limit / (norm + 1e-6)) : 1;

    /// <summary>Cuts every single gradient at a limit on both sides, as PyTorch's clip_grad_value_.</summary>
    /// <param name="parameters">Those no gradient has reached are left alone.</param>
    /// <param name="limit">Above 0.</param>
    public static void ByValue(IReadOnlyList<Tensor> parameters, double limit)
    {
        if (!(limit > 0)) throw new ArgumentOutOfRangeException(nameof(limit), $"GradientClip: the limit must be above 0, got {limit}.");
        for (int i = 0; i < parameters.Count; i++)
            if (parameters[i].HasGrad) VectorMath.Clamp(parameters[i].Grad, -(float)limit, (float)limit, parameters[i].Grad);
    }
}
