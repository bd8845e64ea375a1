namespace Unroll.Tensors;

/// <summary>How the losses of a batch's sequences become the result, named as in PyTorch.</summary>
public enum Reduction
{
    /// <summary>One loss a sequence.</summary>
    None,

    /// <summary>Their mean; each loss says what it divides by.</summary>
    Mean,

    /// <summary>Their sum.</summary>
    Sum,
}
