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

    private const int LargeTable = 1 << 16;                                             // elements above which a table keeps account of its rows

    private Block grad;
    private bool hasGrad;
    private bool stale;
    private bool[]? rows;                                                               // those that a gradient has arrived at
    private bool byRows;                                                                // nothing but some rows has been added to: all others are zero

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
        stale = byRows = false;
        return grad.Span;
    }

    /// <summary>The gradient for one who adds to some rows alone and notes them: of a large table only these are then cleared, measured and followed.</summary>
    /// <param name="touched">Where to note each row that is added to; nothing where no account is kept.</param>
    public Span<float> GradOfRows(out bool[]? touched)
    {
        touched = null;
        if (Owner is not null || Tape is not null || Shape.Rank != 2 || Shape.Length < LargeTable || (hasGrad && !stale && !byRows)) return Grad;
        if (!hasGrad) grad = Arena.Own(Shape.Length);                                   // zeros
        else if (stale && byRows) ClearRows();
        else if (stale) grad.Span.Clear();
        rows ??= new bool[Shape[0]];
        if (!byRows) Array.Clear(rows);
        hasGrad = byRows = true;
        stale = false;
        touched = rows;
        return grad.Span;
    }

    /// <summary>The rows that have a gradient, where all others are known to be zero; else nothing.</summary>
    public ReadOnlySpan<bool> GradRows => byRows && !stale ? rows : default;

    /// <summary>The gradient for one who reads it alone.</summary>
    public ReadOnlySpan<float> GradToRead => byRows && !stale ? grad.Span : Grad;

    private void ClearRows()
    {
        int width = Shape[1];
        Span<float> all = grad.Span;
        for (int r = 0; r < rows!.Length; r++)
        {
            if (!rows[r]) continue;
            all.Slice(r * width, width).Clear();
            rows[r] = false;
        }
    }

    /// <summary>Makes the gradient zero: when it is next asked for, so that who overwrites it spares the pass.</summary>
    public void ClearGrad()
    {
        if (Owner is not null) Grad.Clear();
        else stale = hasGrad;
    }

    /// <summary>Lets the gradient go, as if none had ever arrived. For tensors that own their memory.</summary>
    public void DropGrad()
    {
        grad = default;
        hasGrad = stale = byRows = false;
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
        DropGrad();
    }
}
