namespace Unroll.Tensors;

/// <summary>The lengths of the sequences of a batch: one a sequence, 0 to all steps, or none for all steps.</summary>
internal static class SequenceLengths
{
    /// <summary>Throws unless there are none or they fit.</summary>
    public static void Check(string operation, string what, ReadOnlySpan<int> lengths, int batch, int steps)
    {
        if (lengths.IsEmpty) return;
        if (lengths.Length != batch) throw new ArgumentException($"{operation}: {what} must be one a sequence ({batch}), got {lengths.Length}.");
        for (int b = 0; b < batch; b++)
            if (lengths[b] < 0 || lengths[b] > steps) throw new ArgumentException($"{operation}: {what}[{b}] must be 0 to {steps} steps, got {lengths[b]}.");
    }
}
