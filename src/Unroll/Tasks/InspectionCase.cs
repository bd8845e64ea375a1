using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks;

/// <summary>Which loss an inspection asks for.</summary>
internal enum InspectedLoss
{
    /// <summary>None: outputs alone.</summary>
    None,

    /// <summary>That of each sequence's last step alone.</summary>
    Last,

    /// <summary>That of training.</summary>
    Whole,
}

/// <summary>What an inspection needs of a model and a batch: all that it has to know of a task.</summary>
internal abstract class InspectionCase
{
    /// <summary>What is inspected, in a few words.</summary>
    public required string Title { get; init; }

    /// <summary>The weights.</summary>
    public required Module Network { get; init; }

    /// <summary>B: sequences side by side.</summary>
    public required int Batch { get; init; }

    /// <summary>What a step is called: step, token.</summary>
    public string Unit { get; init; } = "step";

    /// <summary>How many steps back the model should see, and why; nothing where that is not known.</summary>
    public (string Why, int Steps)? Needs { get; init; }

    /// <summary>The norm to which training clips the gradient; 0 for none.</summary>
    public double Clip { get; init; }

    /// <summary>Threads; 0 takes one a core.</summary>
    public int Threads { get; init; }

    /// <summary>Goes over the batch on the open tape, without dropout.</summary>
    /// <param name="which">The loss wanted.</param>
    /// <returns>The loss, where one is wanted; what the model gives at each sequence's last step, <c>[B, O]</c>, but with the whole loss.</returns>
    public abstract (Tensor Loss, Tensor Output) Run(InspectedLoss which);

    /// <summary>What stands at the steps that recurrent stacks read, a list for each stack in the order in which they run; a stack that has none of its length has its steps numbered.</summary>
    /// <param name="example">The sequence.</param>
    public virtual IReadOnlyList<IReadOnlyList<string>> Labels(int example) => [];
}
