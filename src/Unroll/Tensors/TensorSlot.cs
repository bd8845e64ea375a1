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
    private bool stale;

    /// <summary>True once a gradient has arrived.</summary>
    public bool HasGrad => Owner?.HasGrad ?? hasGrad;

    /// <summary>The gradient, made and zeroed when first asked for.</summary>
    public Span<float> Grad
    {
        get
        {
            if (Owner is not null) return Owner.Grad.Slice(OwnerStart, Shape.Length);
            Span<float> filled = GradToFill(out bool add);
            if (!add) filled.Clear();
            return filled;
        }
    }

    /// <summary>The gradient for one who sets all of it: where nothing is to be added to, what stands there has not been zeroed, and must be overwritten.</summary>
    /// <param name="add">True where the caller must add to what stands there.</param>
    public Span<float> GradToFill(out bool add)
    {
        if (Owner is not null)
        {
            if (Shape.Length == Owner.Shape.Length) return Owner.GradToFill(out add);
            add = true;
            return Grad;
        }
        add = hasGrad && !stale;
        if (!hasGrad) grad = Tape is null ? Arena.Own(Shape.Length) : Tape.Allocate(Shape.Length);
        hasGrad = true;
        stale = false;
        return grad.Span;
    }

    /// <summary>Makes the gradient zero: when it is next asked for, so that who overwrites it spares the pass.</summary>
    public void ClearGrad()
    {
        if (Owner is not null) Grad.Clear();
        else stale = hasGrad;
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
        stale = false;
    }
}
