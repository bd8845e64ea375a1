namespace Unroll.Tensors;

/// <summary>One that looks on while a step runs on a tape: what inspection hangs on. A tape without one pays a look at one field for each layer that could be watched.</summary>
internal abstract class TapeObserver
{
    /// <summary>The sequence of the batch whose attention is wanted; -1 for none.</summary>
    public virtual int Example => -1;

    /// <summary>An attention has looked.</summary>
    /// <param name="by">The layer.</param>
    /// <param name="heads">How many heads.</param>
    /// <param name="keys">S: steps of the memory.</param>
    /// <param name="weights"><c>[heads, T, S]</c>: the share of each step of the memory for every query of <see cref="Example"/>.</param>
    public virtual void Attended(object by, int heads, int keys, ReadOnlySpan<float> weights)
    {
    }
}
