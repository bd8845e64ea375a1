using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>What the constructors of convolutions check, and the default of their weights.</summary>
internal static class ConvolutionSizes
{
    public static void Check(string name, int inputs, int outputs, int groups, Size2 kernel, Size2 stride, Size2 padding, Size2 dilation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        if (groups < 1 || inputs % groups != 0 || outputs % groups != 0)
            throw new ArgumentOutOfRangeException(nameof(groups), $"{name}: groups must divide {inputs} inputs and {outputs} outputs, got {groups}.");
        Positive(nameof(kernel), kernel);
        Positive(nameof(stride), stride);
        Positive(nameof(dilation), dilation);
        if (padding.Height < 0 || padding.Width < 0) throw new ArgumentOutOfRangeException(nameof(padding), $"{name}: padding must be at least 0, got {padding}.");

        void Positive(string what, Size2 size)
        {
            if (size.Height < 1 || size.Width < 1) throw new ArgumentOutOfRangeException(what, $"{name}: {what} must be at least 1, got {size}.");
        }
    }

    /// <summary>PyTorch's default: uniform within 1 / sqrt(fan).</summary>
    public static Init Even(long fan) => Init.Uniform(1 / MathF.Sqrt(fan));
}
