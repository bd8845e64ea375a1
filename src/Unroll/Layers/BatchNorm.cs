using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>Batch normalisation (Ioffe and Szegedy 2015) of images: <see cref="BatchNorm2d"/>; of sequences and rows: <see cref="BatchNorm1d"/>.</summary>
/// <remarks>
/// Where a random stream is given the step is a training step, here as in every layer: the batch is measured and the running statistics move. Without one the running statistics are used.
/// To record gradients with statistics that never saw a batch is refused: it is a training loop that forgot to pass its stream on. Names as in PyTorch: <c>weight</c> [C] of ones, <c>bias</c>
/// [C] of zeros; buffers <c>running_mean</c>, <c>running_var</c> [C] and <c>num_batches_tracked</c> [].
/// </remarks>
public abstract class BatchNorm : Layer
{
    private readonly Tensor? weight, bias;
    private readonly Tensor runningMean, runningVar, batches;
    private readonly float? momentum;
    private readonly float epsilon;

    private protected BatchNorm(int channels, float epsilon, float? momentum, bool affine)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        if (!(epsilon > 0)) throw new ArgumentOutOfRangeException(nameof(epsilon), $"BatchNorm: epsilon must be above 0, got {epsilon}.");
        if (momentum is not (null or (>= 0 and <= 1))) throw new ArgumentOutOfRangeException(nameof(momentum), $"BatchNorm: momentum must be 0 to 1, got {momentum}.");
        (this.epsilon, this.momentum) = (epsilon, momentum);
        if (affine)
        {
            weight = Param("weight", [channels], Init.Value(1));
            bias = Param("bias", [channels], Init.Zero);
        }
        runningMean = Buffer("running_mean", [channels], Init.Zero);
        runningVar = Buffer("running_var", [channels], Init.Value(1));
        batches = Buffer("num_batches_tracked", [], Init.Zero);
    }

    private protected Tensor Normalize(Tensor x, ReadOnlySpan<int> lengths, RandomStream? random)
    {
        bool training = random is not null;
        if (!training && batches.Data[0] == 0 && Tape.Recording && (x.RequiresGrad || weight is not null))
            throw new InvalidOperationException($"{GetType().Name}: no batch has been measured yet; while training, pass the step's random stream to Forward.");
        // Without a momentum the running statistics are the plain mean over all batches.
        float share = momentum ?? 1 / (batches.Data[0] + 1);
        Tensor y = Ops.BatchNorm(x, weight, bias, runningMean, runningVar, training, share, epsilon, lengths);
        if (training) batches.Data[0]++;
        return y;
    }
}

/// <summary>Batch normalisation of sequences and rows, as PyTorch's BatchNorm1d and Keras's BatchNormalization: a channel over all steps of all sequences.</summary>
/// <remarks>See <see cref="BatchNorm"/>. y = weight (x - mean) / sqrt(variance + epsilon) + bias.</remarks>
/// <param name="channels">Channels: the last axis.</param>
/// <param name="epsilon">Added to the variance.</param>
/// <param name="momentum">The newest batch's share in the running statistics, or none for their plain mean over all batches.</param>
/// <param name="affine">False leaves weight and bias out.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
/// <equivalent group="Normalisation" pytorch="nn.BatchNorm1d" keras="layers.BatchNormalization"/>
public sealed class BatchNorm1d(int channels, float epsilon = 1e-5f, float? momentum = 0.1f, bool affine = true) : BatchNorm(channels, epsilon, momentum, affine)
{
    /// <summary>Normalises.</summary>
    /// <param name="x"><c>[T, B, channels]</c> or <c>[N, channels]</c>.</param>
    /// <param name="random">Given while training: the batch is measured. None while evaluating: the running statistics are used.</param>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Forward(x, default, random);

    /// <summary>Normalises sequences of different lengths.</summary>
    /// <param name="x"><c>[T, B, channels]</c>.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T. Steps behind the end are not measured, and zero in the result.</param>
    /// <param name="random">Given while training.</param>
    public Tensor Forward(Tensor x, ReadOnlySpan<int> lengths, RandomStream? random = null)
    {
        if (x.Shape.Rank is not (2 or 3)) throw new ArgumentException($"BatchNorm1d: x must be [time, batch, channels] or [rows, channels], got {x.Shape}.");
        return Normalize(x, lengths, random);
    }
}

/// <summary>Batch normalisation of images, as PyTorch's BatchNorm2d: a channel over all places of all images.</summary>
/// <remarks>See <see cref="BatchNorm"/>. y = weight (x - mean) / sqrt(variance + epsilon) + bias.</remarks>
/// <param name="channels">Channels: the second axis.</param>
/// <param name="epsilon">Added to the variance.</param>
/// <param name="momentum">The newest batch's share in the running statistics, or none for their plain mean over all batches.</param>
/// <param name="affine">False leaves weight and bias out.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
/// <equivalent group="Normalisation" pytorch="nn.BatchNorm2d" keras="layers.BatchNormalization"/>
public sealed class BatchNorm2d(int channels, float epsilon = 1e-5f, float? momentum = 0.1f, bool affine = true) : BatchNorm(channels, epsilon, momentum, affine)
{
    /// <summary>Normalises.</summary>
    /// <param name="x"><c>[B, channels, height, width]</c>.</param>
    /// <param name="random">Given while training: the batch is measured. None while evaluating: the running statistics are used.</param>
    public override Tensor Forward(Tensor x, RandomStream? random = null)
    {
        if (x.Shape.Rank != 4) throw new ArgumentException($"BatchNorm2d: x must be [batch, channels, height, width], got {x.Shape}.");
        return Normalize(x, default, random);
    }
}
