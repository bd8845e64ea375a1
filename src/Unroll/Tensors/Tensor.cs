using System.Numerics.Tensors;

namespace Unroll.Tensors;

/// <summary>
/// Dense, row-major, single-precision numbers with a <see cref="Tensors.Shape"/>. A handle of two words: copying it copies no numbers.
/// Made while a <see cref="Tape"/> is open it lives in the tape's memory until the step ends; otherwise it owns its memory.
/// </summary>
/// <remarks>Sequences are <c>[time, batch, features]</c> everywhere. What is kept past the step is copied out: <see cref="ToArray"/> or <see cref="Keep"/>.</remarks>
public readonly struct Tensor
{
    private readonly TensorSlot? slot;
    private readonly int generation;

    internal Tensor(TensorSlot slot)
    {
        this.slot = slot;
        generation = slot.Generation;
    }

    internal bool IsMade => slot is not null;

    internal TensorSlot Slot
    {
        get
        {
            if (slot is null) throw new InvalidOperationException("Tensor: this is default(Tensor), which has no memory; make one with Tensor.Zeros or Tensor.From.");
            if (slot.Generation != generation)
                throw new InvalidOperationException("Tensor: its step on the tape is over, so its memory is used again; copy it out with ToArray() or Keep() before the step ends.");
            return slot;
        }
    }

    /// <summary>The lengths of the axes.</summary>
    public Shape Shape => Slot.Shape;

    /// <summary>The number of elements.</summary>
    public int Length => Slot.Shape.Length;

    /// <summary>The elements, row-major.</summary>
    public Span<float> Data => Slot.Data.Span;

    /// <summary>True where gradients flow to this tensor: it is a parameter or was computed from one while a tape recorded.</summary>
    public bool RequiresGrad => Slot.RequiresGrad;

    /// <summary>The gradient of the loss with respect to this tensor, of the same shape; zero until <see cref="Tape.Backward"/> has run. Gradients add up until cleared.</summary>
    public Span<float> Grad => Slot.Grad;

    /// <summary>True once a gradient was asked for or has arrived.</summary>
    public bool HasGrad => Slot.HasGrad;

    /// <summary>Elements that are all zero.</summary>
    /// <param name="shape">Any shape.</param>
    public static Tensor Zeros(Shape shape)
    {
        Tensor y = Empty(shape);
        y.Data.Clear();
        return y;
    }

    /// <summary>Elements that are all the same.</summary>
    /// <param name="shape">Any shape.</param>
    /// <param name="value">Every element.</param>
    public static Tensor Full(Shape shape, float value)
    {
        Tensor y = Empty(shape);
        y.Data.Fill(value);
        return y;
    }

    /// <summary>A copy of numbers.</summary>
    /// <param name="shape">Any shape.</param>
    /// <param name="values">As many numbers as the shape has elements, row-major.</param>
    /// <exception cref="ArgumentException">The count does not fit the shape.</exception>
    public static Tensor From(Shape shape, ReadOnlySpan<float> values)
    {
        if (values.Length != shape.Length) throw new ArgumentException($"Tensor.From: shape {shape} has {shape.Length} elements, got {values.Length} values.");
        Tensor y = Empty(shape);
        values.CopyTo(y.Data);
        return y;
    }

    /// <summary>A copy of a tensor span of System.Numerics.Tensors.</summary>
    /// <param name="values">Any strides; at most <see cref="Shape.MaxRank"/> axes.</param>
    public static Tensor From(ReadOnlyTensorSpan<float> values)
    {
        Span<int> axes = stackalloc int[values.Rank];
        for (int i = 0; i < axes.Length; i++) axes[i] = checked((int)values.Lengths[i]);
        Tensor y = Empty(new Shape(axes));
        values.FlattenTo(y.Data);
        return y;
    }

    /// <summary>A tensor that gradients flow to and that no tape owns: a weight, or an input whose gradient is wanted.</summary>
    /// <param name="shape">Any shape.</param>
    /// <param name="values">Its elements, or nothing for zeros.</param>
    public static Tensor Parameter(Shape shape, ReadOnlySpan<float> values = default)
    {
        if (!values.IsEmpty && values.Length != shape.Length) throw new ArgumentException($"Tensor.Parameter: shape {shape} has {shape.Length} elements, got {values.Length} values.");
        var slot = new TensorSlot();
        slot.Begin(null, shape, Arena.Own(shape.Length), requiresGrad: true);
        values.CopyTo(slot.Data.Span);
        return new Tensor(slot);
    }

    /// <summary>Memory for an operation's result that does not need a gradient; the elements are not set.</summary>
    internal static Tensor Empty(Shape shape) => Tape.Make(shape, requiresGrad: false);

    /// <summary>A copy that owns its memory and outlives the tape; no gradient flows through it.</summary>
    public Tensor Keep()
    {
        var kept = new TensorSlot();
        kept.Begin(null, Shape, Arena.Own(Length), requiresGrad: false);
        Data.CopyTo(kept.Data.Span);
        return new Tensor(kept);
    }

    /// <summary>The same numbers in the same memory, cut off from the gradient: truncated backpropagation through time detaches the carried state.</summary>
    public Tensor Detach()
    {
        TensorSlot of = Slot;
        if (!of.RequiresGrad) return this;
        return Tape.MakeView(this, of.Shape, 0, requiresGrad: false);
    }

    /// <summary>The elements as an array of their own.</summary>
    public float[] ToArray() => Data.ToArray();

    /// <summary>The only element of a tensor that has one.</summary>
    /// <exception cref="InvalidOperationException">It has none or several.</exception>
    public float Item() => Length == 1 ? Data[0] : throw new InvalidOperationException($"Tensor.Item: needs one element, shape is {Shape}.");

    /// <summary>The same memory as a tensor span of System.Numerics.Tensors, at no copy; valid as long as this tensor.</summary>
    public ReadOnlyTensorSpan<float> AsTensorSpan()
    {
        Span<nint> lengths = stackalloc nint[Shape.Rank];
        for (int i = 0; i < lengths.Length; i++) lengths[i] = Shape[i];
        return new ReadOnlyTensorSpan<float>(Data, lengths);
    }

    /// <summary>Step <paramref name="index"/> of the first axis, as a view: <c>[T, B, H] -> [B, H]</c>.</summary>
    [System.Runtime.CompilerServices.IndexerName("Step")]
    public Tensor this[int index] => Ops.Select(this, index);

    /// <summary>The same elements in another shape, as a view.</summary>
    /// <param name="shape">As many elements as before.</param>
    public Tensor Reshape(Shape shape) => Ops.Reshape(this, shape);

    /// <summary>Element-wise sum with broadcasting.</summary>
    public static Tensor operator +(Tensor a, Tensor b) => Ops.Add(a, b);

    /// <summary>Element-wise difference with broadcasting.</summary>
    public static Tensor operator -(Tensor a, Tensor b) => Ops.Subtract(a, b);

    /// <summary>Element-wise product with broadcasting.</summary>
    public static Tensor operator *(Tensor a, Tensor b) => Ops.Multiply(a, b);

    /// <summary>Element-wise quotient with broadcasting.</summary>
    public static Tensor operator /(Tensor a, Tensor b) => Ops.Divide(a, b);

    /// <summary>Every element plus a number.</summary>
    public static Tensor operator +(Tensor a, float b) => Ops.AddScalar(a, b);

    /// <summary>Every element less a number.</summary>
    public static Tensor operator -(Tensor a, float b) => Ops.AddScalar(a, -b);

    /// <summary>Every element times a number.</summary>
    public static Tensor operator *(Tensor a, float b) => Ops.Scale(a, b);

    /// <summary>Every element times a number.</summary>
    public static Tensor operator *(float a, Tensor b) => Ops.Scale(b, a);

    /// <summary>A number less every element.</summary>
    public static Tensor operator -(float a, Tensor b) => Ops.AddScalar(Ops.Scale(b, -1), a);

    /// <summary>Every element with the other sign.</summary>
    public static Tensor operator -(Tensor a) => Ops.Scale(a, -1);

    /// <summary>Shape and the first few elements, for the debugger.</summary>
    public override string ToString()
    {
        if (slot is null) return "Tensor (none)";
        if (slot.Generation != generation) return "Tensor (its step is over)";
        ReadOnlySpan<float> first = Data[..Math.Min(8, Length)];
        return $"Tensor {Shape} {{ {string.Join(", ", first.ToArray())}{(Length > 8 ? ", …" : "")} }}";
    }
}
