using Unroll.Kernels;

namespace Unroll.Tensors;

/// <summary>One recorded operation: its results, its inputs, what its backward pass wants to remember. Used again step after step.</summary>
internal sealed class Node
{
    public Tensor Y, Y2, Y3;                // results; Y2 and Y3 only where an operation has several (final states)
    public Tensor A, B, C;                  // inputs
    public Block Saved;                     // numbers kept from the forward pass
    public int I, J, K;
    public float F;
    public object? State;                   // larger operations keep a record of their own
    public int Results;
    public Action<Node> Backward = null!;
}

/// <summary>
/// Records operations while a step runs and owns the memory of everything made in between, as one arena used again the next step:
/// a warm step allocates nothing, and nothing needs to be disposed in between.
/// </summary>
/// <remarks>
/// <code>
/// using var tape = new Tape();
/// using (tape.Open())
/// {
///     Tensor loss = Loss.MeanSquared(model.Forward(x), y);
///     tape.Backward(loss);            // fills the gradients of the parameters
/// }                                   // every tensor made inside is gone here
/// </code>
/// The open tape is the thread's own; two threads record on two tapes. Without an open tape operations compute, record nothing, and their results own their memory.
/// </remarks>
public sealed class Tape : IDisposable
{
    [ThreadStatic] private static Tape? current;
    [ThreadStatic] private static Team? inline;

    private readonly Arena arena;
    private readonly List<TensorSlot> slots = [];
    private readonly List<Node> nodes = [];
    private readonly Team team;
    private int usedSlots;
    private int usedNodes;
    private Tape? outer;
    private bool open;
    private bool recording;

    /// <summary>A tape with its own memory and threads.</summary>
    /// <param name="threads">How many threads compute; 0 (the default) takes one a core. Results do not depend on it, to the bit.</param>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than 1024.</exception>
    public Tape(int threads = 0) : this(threads, guard: 0, brief: false)
    {
    }

    /// <summary>A tape with more to say of its memory.</summary>
    /// <param name="threads">How many threads compute; 0 takes one a core.</param>
    /// <param name="guard">For tests: floats of guard round every block.</param>
    /// <param name="brief">True where it will see a few steps only.</param>
    internal Tape(int threads, int guard = 0, bool brief = false)
    {
        arena = new Arena(guard, brief);
        if (threads is < 0 or > 1024) throw new ArgumentOutOfRangeException(nameof(threads), $"Tape: threads must be 0 (one a core) to 1024, got {threads}.");
        team = new Team(threads == 0 ? Environment.ProcessorCount : threads);
    }

    /// <summary>How many threads compute.</summary>
    public int Threads => team.Threads;

    /// <summary>One that looks on; none but where something is inspected.</summary>
    internal TapeObserver? Observer { get; set; }

    /// <summary>The open tape's observer, if any.</summary>
    internal static TapeObserver? Observed => current?.Observer;

    /// <summary>Starts a step: the tape becomes the thread's current one, and its memory is used again from the start.</summary>
    /// <param name="record">False computes without recording (inference), still in the tape's memory.</param>
    /// <returns>Ends the step when disposed.</returns>
    /// <exception cref="InvalidOperationException">The tape is open already.</exception>
    public Step Open(bool record = true)
    {
        if (open) throw new InvalidOperationException("Tape.Open: this tape is open already; end its step first, or use a second tape.");
        open = true;
        recording = record;
        outer = current;
        current = this;
        arena.Reset();
        return new Step(this);
    }

    /// <summary>The time between <see cref="Tape.Open"/> and the end of the step.</summary>
    public readonly struct Step : IDisposable
    {
        private readonly Tape? tape;

        internal Step(Tape tape) => this.tape = tape;

        /// <summary>Ends the step: all tensors made in it are gone.</summary>
        public void Dispose() => tape?.Close();
    }

    private void Close()
    {
        if (!open) return;
        for (int i = 0; i < usedSlots; i++) slots[i].Generation++;
        usedSlots = 0;
        usedNodes = 0;
        open = false;
        current = outer;
        outer = null;
    }

    /// <summary>Fills the gradients of all that <paramref name="loss"/> was computed from, by going backwards through the recorded operations.</summary>
    /// <param name="loss">One element, made on this tape while it recorded.</param>
    /// <exception cref="InvalidOperationException">It has several elements or no parameter leads to it.</exception>
    public void Backward(Tensor loss)
    {
        if (loss.Length != 1) throw new InvalidOperationException($"Tape.Backward: the loss must be one element, got {loss.Shape}.");
        if (!loss.RequiresGrad) throw new InvalidOperationException("Tape.Backward: no gradient leads from this loss to a parameter (was the tape recording?).");
        loss.Grad[0] += 1;
        for (int i = usedNodes - 1; i >= 0; i--)
        {
            Node node = nodes[i];
            bool reached = node.Y.HasGrad || (node.Results > 1 && node.Y2.HasGrad) || (node.Results > 2 && node.Y3.HasGrad);
            if (reached) node.Backward(node);
        }
    }

    /// <summary>Ends the tape's threads.</summary>
    public void Dispose()
    {
        Close();
        team.Dispose();
    }

    /// <summary>True while nobody has written outside a block of this step's memory; of a tape without guards always.</summary>
    internal bool GuardsHold() => arena.GuardsHold();

    internal Block Allocate(int length) => arena.Allocate(length);

    internal static bool Recording => current is { recording: true };

    /// <summary>The threads that operations of this thread compute on: the open tape's, or just this one.</summary>
    internal static Team Team => current?.team ?? (inline ??= new Team(1));

    /// <summary>A tensor for a result; its elements are not set.</summary>
    internal static Tensor Make(Shape shape, bool requiresGrad)
    {
        Tape? tape = current;
        TensorSlot slot = Slot(tape);
        slot.Begin(tape, shape, tape is null ? Arena.Own(shape.Length) : tape.Allocate(shape.Length), requiresGrad && Recording);
        return new Tensor(slot);
    }

    /// <summary>A tensor in the memory of another; gradients go straight to the owner.</summary>
    internal static Tensor MakeView(Tensor of, Shape shape, int start, bool requiresGrad)
    {
        TensorSlot owner = of.Slot;
        TensorSlot slot = Slot(current);
        slot.Begin(owner.Tape, shape, owner.Data.Part(start, shape.Length), requiresGrad, requiresGrad ? owner : null, start);
        return new Tensor(slot);
    }

    /// <summary>Scratch that lives as long as the step.</summary>
    internal static Block Scratch(int length) => current is { } tape ? tape.Allocate(length) : Arena.Own(length);

    private static TensorSlot Slot(Tape? tape)
    {
        if (tape is null) return new TensorSlot();
        if (tape.usedSlots == tape.slots.Count) tape.slots.Add(new TensorSlot());
        return tape.slots[tape.usedSlots++];
    }

    /// <summary>Records an operation with one result. Call it only where the result requires a gradient.</summary>
    internal static Node Record(Tensor y, Action<Node> backward, Tensor a, Tensor b = default, Tensor c = default)
    {
        Tape tape = current!;
        if (tape.usedNodes == tape.nodes.Count) tape.nodes.Add(new Node());
        Node node = tape.nodes[tape.usedNodes++];
        node.Y = y;
        node.Y2 = node.Y3 = default;
        node.Results = 1;
        node.A = a;
        node.B = b;
        node.C = c;
        node.Backward = backward;
        return node;
    }
}
