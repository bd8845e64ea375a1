namespace Unroll.Tensors;

/// <summary>One that looks on while a step runs on a tape: what inspection hangs on. A tape without one pays a look at one field for each layer that could be watched.</summary>
internal abstract class TapeObserver
{
    /// <summary>An attention has looked.</summary>
    /// <param name="by">The layer.</param>
    /// <param name="weights"><c>[B, heads, T, S]</c>: the share of each step of the memory, for every query.</param>
    public virtual void Attended(object by, Tensor weights)
    {
    }

    /// <summary>True where the weights of attentions that do not make them by themselves are wanted.</summary>
    public virtual bool WantsAttention => false;
}
