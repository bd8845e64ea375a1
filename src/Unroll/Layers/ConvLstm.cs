using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>What a <see cref="ConvLstm2d"/> carries from step to step.</summary>
/// <param name="Hidden">Hidden state <c>[B, hidden, height, width]</c>.</param>
/// <param name="Cell">Cell state <c>[B, hidden, height, width]</c>.</param>
public readonly record struct ConvLstmState(Tensor Hidden, Tensor Cell)
{
    /// <summary>The same numbers, cut off from the gradient, within the same step of the tape.</summary>
    public ConvLstmState Detach() => new(Hidden.Detach(), Cell.Detach());

    /// <summary>A copy that outlives the tape's step.</summary>
    public ConvLstmState Keep() => new(Hidden.Keep(), Cell.Keep());
}

/// <summary>Convolutional LSTM over sequences of images (Shi et al. 2015), as Keras's ConvLSTM2D: every product with a weight is a convolution that keeps the size of the image.</summary>
/// <remarks>
/// i = sigma(W_i * x + R_i * h + w_i c + b_i), f = sigma(W_f * x + R_f * h + w_f c + b_f), g = tanh(W_g * x + R_g * h + b_g), c' = f c + i g, o = sigma(W_o * x + R_o * h + w_o c' + b_o),
/// h' = o tanh(c'); * is a convolution, the peepholes w (where there are any) a product place by place. Weights: <c>weight_ih</c> [4 hidden, inputs, k, k],
/// <c>weight_hh</c> [4 hidden, hidden, k, k], <c>bias</c> [4 hidden], gates in the order i f g o, uniform within 1 / sqrt(hidden k k); <c>weight_c</c> [3, hidden, height, width]
/// in the order i f o, zeros at first.
/// </remarks>
/// <equivalent group="Convolution" pytorch="" keras="layers.ConvLSTM2D"/>
public sealed class ConvLstm2d : Layer
{
    private readonly Tensor weightIh, weightHh, bias;
    private readonly Tensor? peepholes;
    private readonly Size2 padding;

    /// <summary>Makes the layer.</summary>
    /// <param name="inputs">Channels of a step's image.</param>
    /// <param name="hidden">Channels of the hidden and the cell state.</param>
    /// <param name="kernel">Height and width of the convolutions, both odd, so that the image keeps its size.</param>
    /// <param name="peepholes">Height and width of the images where the gates see the cell state; none leaves the peepholes out, as Keras does.</param>
    /// <param name="forgetBias">What the forget gate's bias begins at (Jozefowicz et al. 2015 advise 1); no number leaves it to the others' rule.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, or the kernel even.</exception>
    public ConvLstm2d(int inputs, int hidden, Size2 kernel, Size2? peepholes = null, float? forgetBias = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(hidden, 1);
        if (kernel.Height < 1 || kernel.Width < 1 || kernel.Height % 2 == 0 || kernel.Width % 2 == 0)
            throw new ArgumentOutOfRangeException(nameof(kernel), $"ConvLstm2d: kernel must be odd and at least 1, got {kernel}.");
        if (peepholes is { } p && (p.Height < 1 || p.Width < 1)) throw new ArgumentOutOfRangeException(nameof(peepholes), $"ConvLstm2d: peepholes must be the images' size, at least 1, got {p}.");
        (Inputs, Hidden, padding) = (inputs, hidden, (kernel.Height / 2, kernel.Width / 2));
        Init even = Init.Uniform(1 / MathF.Sqrt((long)hidden * kernel.Height * kernel.Width));
        weightIh = Param("weight_ih", [4 * hidden, inputs, kernel.Height, kernel.Width], even);
        weightHh = Param("weight_hh", [4 * hidden, hidden, kernel.Height, kernel.Width], even);
        bias = Param("bias", [4 * hidden], forgetBias is { } f ? even.WithForgetBias(f) : even);
        if (peepholes is { } size) this.peepholes = Param("weight_c", [3, hidden, size.Height, size.Width], Init.Zero);
    }

    /// <summary>Channels of a step's image.</summary>
    public int Inputs { get; }

    /// <summary>Channels of the hidden and the cell state.</summary>
    public int Hidden { get; }

    /// <summary>The state before the first step: zeros.</summary>
    /// <param name="batch">B: the number of sequences.</param>
    /// <param name="size">Height and width of the images.</param>
    public ConvLstmState Start(int batch, Size2 size) => new(Tensor.Zeros([batch, Hidden, size.Height, size.Width]), Tensor.Zeros([batch, Hidden, size.Height, size.Width]));

    /// <summary>Goes over whole sequences from a state of zeros.</summary>
    /// <param name="x"><c>[T, B, inputs, height, width]</c>.</param>
    /// <param name="random">Not used.</param>
    /// <returns><c>[T, B, hidden, height, width]</c>.</returns>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Forward(x, null).Output;

    /// <summary>Goes over whole sequences.</summary>
    /// <param name="x"><c>[T, B, inputs, height, width]</c>.</param>
    /// <param name="state">State before the first step, or none for zeros.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T. What stands behind a sequence's end changes nothing.</param>
    /// <returns>The hidden states <c>[T, B, hidden, height, width]</c>, zero behind a sequence's end, and the state after each sequence's own last step.</returns>
    /// <exception cref="ArgumentException">The shapes or lengths do not fit.</exception>
    public (Tensor Output, ConvLstmState State) Forward(Tensor x, ConvLstmState? state, ReadOnlySpan<int> lengths = default)
    {
        if (x.Shape.Rank != 5 || x.Shape[2] != Inputs) throw new ArgumentException($"ConvLstm2d: x must be [time, batch, {Inputs}, height, width], got {x.Shape}.");
        int time = x.Shape[0], batch = x.Shape[1], height = x.Shape[3], width = x.Shape[4];
        Shape one = [batch, Hidden, height, width];
        ConvLstmState at = state ?? Start(batch, (height, width));
        CheckState(at, one);
        x = Ops.ZeroPadding(x, lengths);
        if (time == 0) return (Tensor.Zeros([0, batch, Hidden, height, width]), at);
        // The input's convolutions of all steps at once: [T, B, C, H, W] -> [T B, C, H, W] -> [T B, 4 hidden, H, W] -> [T, B, 4 hidden, H, W]
        Tensor input = Ops.Reshape(Ops.Conv2d(Ops.Reshape(x, [time * batch, Inputs, height, width]), weightIh, bias, padding: padding), [time, batch, 4 * Hidden, height, width]);
        var outputs = new Tensor[time];
        bool uneven = lengths.ContainsAnyExcept(time);
        for (int t = 0; t < time; t++)
        {
            Tensor? alive = null;
            if (uneven)
            {
                Tensor mask = Tensor.Zeros([batch]);
                for (int b = 0; b < batch; b++) mask.Data[b] = t < lengths[b] ? 1 : 0;
                alive = mask;
            }
            at = Step(input[t], at, alive);
            outputs[t] = at.Hidden;
        }
        return (Ops.ZeroPadding(Ops.Stack(outputs), lengths), at);
    }

    /// <summary>One step, for streaming.</summary>
    /// <param name="x"><c>[B, inputs, height, width]</c>.</param>
    /// <param name="state">State before the step.</param>
    /// <returns>The hidden state <c>[B, hidden, height, width]</c> and the state after the step.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public (Tensor Output, ConvLstmState State) Step(Tensor x, ConvLstmState state)
    {
        if (x.Shape.Rank != 4 || x.Shape[1] != Inputs) throw new ArgumentException($"ConvLstm2d.Step: x must be [batch, {Inputs}, height, width], got {x.Shape}.");
        CheckState(state, x.Shape.With(1, Hidden));
        ConvLstmState after = Step(Ops.Conv2d(x, weightIh, bias, padding: padding), state, null);
        return (after.Hidden, after);
    }

    private ConvLstmState Step(Tensor input, ConvLstmState state, Tensor? alive)
    {
        (Tensor hidden, Tensor cell) = Ops.ConvLstmStep(input + Ops.Conv2d(state.Hidden, weightHh, padding: padding), state.Hidden, state.Cell, peepholes, alive);
        return new ConvLstmState(hidden, cell);
    }

    private void CheckState(ConvLstmState state, Shape wanted)
    {
        if (state.Hidden.Shape != wanted) throw new ArgumentException($"ConvLstm2d: the hidden state must be {wanted}, got {state.Hidden.Shape}.");
        if (state.Cell.Shape != wanted) throw new ArgumentException($"ConvLstm2d: the cell state must be {wanted}, got {state.Cell.Shape}.");
        if (peepholes is { } p && p.Shape != wanted.With(0, 3)) throw new ArgumentException($"ConvLstm2d: the peepholes are for images of {p.Shape[2]} x {p.Shape[3]}, got {wanted[2]} x {wanted[3]}.");
    }
}
