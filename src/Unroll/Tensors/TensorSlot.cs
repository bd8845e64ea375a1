namespace Unroll.Tensors;

/// <summary>What a <see cref="Tensor"/> points to. Slots of a tape are used again step after step; the generation tells old handles from new ones.</summary>
internal sealed class TensorSlot
{
    public Shape Shape;
    public Block Data;
    public Tape? Tape;
    public int Generation;
    public bool RequiresGrad;

    /// <summary>Where this tensor is a view: the tensor that owns the memory, and where in it the view starts. A view has no gradient of its own.</summary>
    public TensorSlot? Owner;
    public int OwnerStart;

    private Block grad;
    private bool hasGrad;

    /// <summary>True once a gradient has arrived.</summary>
    public bool HasGrad => Owner?.HasGrad ?? hasGrad;

    /// <summary>The gradient, made and zeroed when first asked for.</summary>
    public Span<float> Grad
    {
        get
        {
            if (Owner is not null) return Owner.Grad.Slice(OwnerStart, Shape.Length);
            if (!hasGrad)
            {
                grad = Tape is null ? Arena.Own(Shape.Length) : Tape.Allocate(Shape.Length);
                grad.Span.Clear();
                hasGrad = true;
            }
            return grad.Span;
        }
    }

    /// <summary>Makes the slot stand for a new tensor; handles of the one before become stale.</summary>
    public void Begin(Tape? tape, Shape shape, Block data, bool requiresGrad, TensorSlot? owner = null, int ownerStart = 0)
    {
        Tape = tape;
        Shape = shape;
        Data = data;
        RequiresGrad = requiresGrad;
        Owner = owner;
        OwnerStart = ownerStart;
        grad = default;
        hasGrad = false;
    }
}
