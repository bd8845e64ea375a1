using System.Runtime.CompilerServices;

namespace Unroll.Tensors;

/// <summary>The lengths of a tensor's axes, outermost first; row-major. At most <see cref="MaxRank"/> axes; no axes is a scalar of one element.</summary>
[CollectionBuilder(typeof(Shape), nameof(Of))]
public readonly struct Shape : IEquatable<Shape>
{
    /// <summary>The most axes a tensor may have.</summary>
    public const int MaxRank = 6;

    [InlineArray(MaxRank)]
    private struct Axes
    {
        private int first;
    }

    private readonly Axes axes;

    /// <summary>A shape from the lengths of its axes.</summary>
    /// <param name="axes">Lengths, each at least 0; their product must fit in an <see cref="int"/>.</param>
    /// <exception cref="ArgumentException">More than <see cref="MaxRank"/> axes, a negative length, or more elements than an array holds.</exception>
    public Shape(params ReadOnlySpan<int> axes)
    {
        if (axes.Length > MaxRank) throw new ArgumentException($"Shape: at most {MaxRank} axes, got {axes.Length}.");
        long length = 1;
        for (int i = 0; i < axes.Length; i++)
        {
            if (axes[i] < 0) throw new ArgumentException($"Shape: axis {i} must be at least 0, got {axes[i]}.");
            this.axes[i] = axes[i];
            length *= axes[i];
            if (length > Array.MaxLength) throw new ArgumentException($"Shape: {string.Join(" x ", axes.ToArray())} has more than {Array.MaxLength} elements.");
        }
        Rank = axes.Length;
        Length = (int)length;
    }

    /// <summary>A shape from a collection expression: <c>[time, batch, features]</c>.</summary>
    /// <param name="axes">Lengths, outermost first.</param>
    public static Shape Of(ReadOnlySpan<int> axes) => new(axes);

    /// <summary>The number of axes.</summary>
    public int Rank { get; }

    /// <summary>The number of elements: the product of all axes.</summary>
    public int Length { get; }

    /// <summary>The length of one axis; negative axes count from the last (-1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such axis.</exception>
    public int this[int axis] => axes[Axis(axis)];

    /// <summary>Turns an axis that may count from the end into one that counts from the start.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such axis.</exception>
    public int Axis(int axis)
    {
        int fromStart = axis < 0 ? axis + Rank : axis;
        if ((uint)fromStart >= (uint)Rank) throw new ArgumentOutOfRangeException(nameof(axis), $"Shape {this} has no axis {axis}.");
        return fromStart;
    }

    /// <summary>The product of the axes in front of <paramref name="axis"/>.</summary>
    public int Outer(int axis)
    {
        int product = 1;
        for (int i = 0; i < axis; i++) product *= axes[i];
        return product;
    }

    /// <summary>The product of the axes behind <paramref name="axis"/>.</summary>
    public int Inner(int axis)
    {
        int product = 1;
        for (int i = axis + 1; i < Rank; i++) product *= axes[i];
        return product;
    }

    /// <summary>The same shape with one axis of another length.</summary>
    public Shape With(int axis, int length)
    {
        Span<int> copy = stackalloc int[Rank];
        CopyTo(copy);
        copy[Axis(axis)] = length;
        return new Shape(copy);
    }

    /// <summary>The same shape without one axis.</summary>
    public Shape Without(int axis)
    {
        int gone = Axis(axis);
        Span<int> kept = stackalloc int[Rank - 1];
        for (int i = 0, j = 0; i < Rank; i++)
            if (i != gone) kept[j++] = axes[i];
        return new Shape(kept);
    }

    /// <summary>Copies the lengths of the axes.</summary>
    /// <param name="destination">At least <see cref="Rank"/> long.</param>
    public void CopyTo(Span<int> destination)
    {
        for (int i = 0; i < Rank; i++) destination[i] = axes[i];
    }

    /// <summary>The lengths of the axes as an array of its own.</summary>
    public int[] ToArray()
    {
        var copy = new int[Rank];
        CopyTo(copy);
        return copy;
    }

    /// <summary>Goes through the lengths of the axes.</summary>
    public IEnumerator<int> GetEnumerator()
    {
        for (int i = 0; i < Rank; i++) yield return axes[i];
    }

    /// <summary>True where rank and all axes agree.</summary>
    public bool Equals(Shape other)
    {
        if (Rank != other.Rank) return false;
        for (int i = 0; i < Rank; i++)
            if (axes[i] != other.axes[i]) return false;
        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        for (int i = 0; i < Rank; i++) hash.Add(axes[i]);
        return hash.ToHashCode();
    }

    /// <summary>True where rank and all axes agree.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>True where rank or an axis differs.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>The axes in brackets: <c>[7, 4, 5]</c>.</summary>
    public override string ToString() => "[" + string.Join(", ", ToArray()) + "]";
}
