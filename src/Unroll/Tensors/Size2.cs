namespace Unroll.Tensors;

/// <summary>Height and width of an image's kernel, stride, padding or dilation; a single number stands for both.</summary>
/// <param name="Height">Along the rows.</param>
/// <param name="Width">Along the columns.</param>
public readonly record struct Size2(int Height, int Width)
{
    /// <summary>The same for both axes.</summary>
    /// <param name="both">Height and width.</param>
    public static implicit operator Size2(int both) => new(both, both);

    /// <summary>Height and width.</summary>
    /// <param name="size">Height first.</param>
    public static implicit operator Size2((int Height, int Width) size) => new(size.Height, size.Width);

    /// <summary>Height and width in brackets: <c>(3, 5)</c>.</summary>
    public override string ToString() => $"({Height}, {Width})";
}
