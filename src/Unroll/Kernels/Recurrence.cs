using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Unroll.Kernels;

/// <summary>
/// Walks a recurrent layer over time. Sequences stand packed: longest first, the rows of a step together, and each step has the rows of those sequences
/// that are still running, so finished ones cost nothing.
/// </summary>
/// <remarks>
/// <para>The units are cut into panels (<see cref="RecurrencePanels"/>). A panel holds, for some units, the weights of all their gates: first those that meet the inputs, then those
/// that meet the hidden state. Going forward, a step is for each panel: the sums start from the biases, run over the inputs, then over the hidden state (<see cref="RecurrenceTile"/>), and stand
/// in a block of scratch memory that stays in the first-level cache; there the cell (<see cref="ICell"/>) turns them into the new state at once. The products of the gates are never
/// written to memory, and where no way back is wanted nothing is kept but the hidden states and the carried state.</para>
/// <para>The way back is the same picture: for each panel of units, the gradient of the hidden state is the product of the following step's gate gradients with W_hh, and the cell
/// turns it into this step's gate gradients at once. The gradients of the inputs, the same rows times W_ih, are made in the same turn. The weights' gradients are not
/// sequential: they are products over all steps, made afterwards.</para>
/// <para>Threads split the sequences, each as many steps of them as can be, and each walks its own time loop with no barrier between steps. Where that would leave a thread too few rows to use a panel's weights often enough they split
/// the units, and meet after each step; so they do where the weights are too large for a core's own cache. Rows and units do not touch each other within a step, and each sum is one chain in one order, so neither split changes a bit.</para>
/// <para>Weights that do not stay in a core's own cache are asked for a pass ahead, a little at a time while the arithmetic goes on, and so are rows that another thread has just written (<see cref="RecurrenceAhead"/>), and the gates and states that the cell behind the product will touch (<see cref="CellLines"/>).</para>
/// </remarks>
internal static unsafe partial class Recurrence
{
    /// <summary>Rows that a thread needs to itself: fewer, and threads split the units.</summary>
    private const int EnoughRows = 24;

    /// <summary>So many rows use a weight too seldom for copying it to pay.</summary>
    private const int FewRows = 6;

    /// <summary>Fewer multiply-adds than this are not worth waking a thread for.</summary>
    private const long WorthSharing = 1 << 19;

    /// <summary>Fewer multiply-adds a step than this are not worth a meeting of the threads; of a ragged batch, half of whose steps have fewer than the mean, twice as many.</summary>
    private const long WorthMeeting = 1 << 19;

    /// <summary>More weights than these do not stay in a core's own cache from step to step.</summary>
    private const long LargeWeights = 1 << 18;

    /// <summary>On the way back threads that split the units pass each other the gradients of all gates after each step, G times as much as on the way forward: it takes more weights than these for that to pay.</summary>
    private const long LargeBackward = 1 << 19;

    /// <summary>Of large weights, those that meet the inputs are read once for so many rows, which may be several steps.</summary>
    private const int InputRows = 256;

    /// <summary>More gates than these, of all steps, do not stay in a core's own cache until they are wanted again.</summary>
    private const long LargeGates = 1 << 20;

    /// <summary>How the work over time is shared out.</summary>
    private readonly record struct Split(int Parts, bool ByUnits)
    {
        /// <summary>Decides.</summary>
        /// <param name="team">The threads.</param>
        /// <param name="rows">[T]: how many sequences run at each step; never growing.</param>
        /// <param name="batch">B.</param>
        /// <param name="panels">Panels of units.</param>
        /// <param name="multiplyAddsOfRow">Of one sequence at one step.</param>
        /// <param name="large">So many weights are read at each step that each thread should read its own alone.</param>
        /// <param name="eager">The threads are awake: share smaller work too.</param>
        /// <param name="once">Panels are laid out where they are used, so each should be used by one thread.</param>
        public static Split Of(Team team, ReadOnlySpan<int> rows, int batch, int panels, long multiplyAddsOfRow, bool large, bool eager = false, bool once = false)
        {
            int threads = team.Available, steps = rows.Length;
            long all = 0, ease = eager ? 16 : 1;
            bool ragged = steps > 0 && rows[^1] < rows[0];
            foreach (int running in rows) all += running;
            if (threads == 1 || all == 0 || all * multiplyAddsOfRow < WorthSharing / ease) return new Split(1, false);
            if (panels >= threads && (once || ((large || batch < EnoughRows * threads) && all / steps * multiplyAddsOfRow >= (ragged ? 2 : 1) * WorthMeeting / ease))) return new Split(threads, true);
            return new Split(Math.Min(threads, rows[0]), false);
        }

        /// <summary>The sequences of a part, longest first: where parts do not split the units, each has its own, and all parts as many steps as can be.</summary>
        /// <param name="rows">[T]: how many sequences run at each step.</param>
        /// <param name="steps">T.</param>
        /// <param name="batch">B.</param>
        /// <param name="part">The part.</param>
        public (int First, int Last) Sequences(int* rows, int steps, int batch, int part)
        {
            if (ByUnits) return (0, batch);
            long all = 0, before = 0;
            for (int t = 0; t < steps; t++) all += rows[t];
            int first = 0, last = 0, length = steps;
            for (int i = 0; i < batch; i++)
            {
                if (before * Parts < all * part) first = i + 1;
                if (before * Parts >= all * (part + 1)) break;
                last = i + 1;
                while (length > 0 && rows[length - 1] <= i) length--;
                before += length;
            }

            return (first, part + 1 == Parts ? batch : last);
        }

        /// <summary>Whether what a thread reads of so many weights is too much to stay in its core's own cache from step to step, so that they are better asked for ahead: as many as a cache holds are too many already, since states and gates want room beside them.</summary>
        public bool AsksAhead(long weights) => weights / (ByUnits ? Parts : 1) >= LargeWeights;

        /// <summary>The panels of a part, those included that it shares with its neighbours.</summary>
        public (int First, int Last) Own(RecurrencePanels panels, int part)
        {
            if (!ByUnits) return (0, panels.Count);
            int first = 0, last = panels.Count, all = panels.Cost(panels.Count);
            while (panels.Cost(first + 1) * Parts <= all * part) first++;
            while (panels.Cost(last - 1) * Parts >= all * (part + 1)) last--;
            return (first, last);
        }

        /// <summary>The rows of a panel that are a part's. Each part has the same share of all columns; a panel across two shares is cut by its rows.</summary>
        /// <param name="panels">The panels.</param>
        /// <param name="part">The part.</param>
        /// <param name="panel">One of the part's.</param>
        /// <param name="rows">Rows of the step.</param>
        public (int From, int To) Rows(RecurrencePanels panels, int part, int panel, int rows)
        {
            if (!ByUnits) return (0, rows);
            int start = panels.Cost(panel) * Parts, width = (panels.Cost(panel + 1) * Parts) - start, all = panels.Cost(panels.Count), from = (all * part) - start;
            return (Math.Clamp(from, 0, width) * rows / width, Math.Clamp(from + all, 0, width) * rows / width);
        }
    }

    /// <summary>Where the threads that split the units meet after a step. Each has a counter of its own, a pair of cache lines from the next.</summary>
    private readonly struct Meeting(long* counters, int parts)
    {
        private const int Apart = 16;

        public static int Length(int parts) => (parts + 1) * Apart;

        /// <summary>One step after the last.</summary>
        public void ArriveAgain(int part) => Arrive(part, counters[part * Apart] + 1);

        public void Arrive(int part, long step)
        {
            Volatile.Write(ref counters[part * Apart], step);
            for (int other = 0; other < parts; other++)
            {
                for (int turns = 0; Volatile.Read(ref counters[other * Apart]) < step; turns++)
                {
                    if (turns > 1000) Thread.Yield();                                  // more threads than cores
                    else if (X86Base.IsSupported) X86Base.Pause();
                    else Thread.SpinWait(1);
                }
            }
        }
    }

    /// <summary>Whether weights are too large to stay in a core's own cache. Then threads split the units, so that each reads its own alone, and what meets the inputs is read once for several
    /// steps, not at each.</summary>
    /// <param name="weights">G H (I + H).</param>
    public static bool AreLarge(long weights) => weights > LargeWeights;

    /// <summary>Whether a cell's gates and states come from beyond a core's own cache, so that they are better asked for ahead.</summary>
    private static bool AsksForCells(ReadOnlySpan<int> rows, int gates)
    {
        if (!Sse.IsSupported || !Vector512.IsHardwareAccelerated) return false;
        long all = 0;
        foreach (int running in rows) all += running;
        return all * gates > LargeGates;
    }

    /// <summary>Floats from a row of gates to the next: G H, and a cache line more where rows would be whole pages apart, since those push each other out of the caches.</summary>
    public static int GateRow<TCell>(int size) where TCell : struct, ICell
    {
        int width = TCell.Gates * size;
        return width > 0 && width % Memory.PageFloats == 0 ? width + Lanes.Count : width;
    }

    /// <summary>Sixteens of units of a forward panel: a block of registers holds four sixteens of products.</summary>
    private static int PanelUnits<TCell>() where TCell : struct, ICell => TCell.Gates == 1 ? 4 : 1;

    private static RecurrencePanels ForwardPanels<TCell>(int size) where TCell : struct, ICell => new(size, PanelUnits<TCell>(), halves: TCell.Gates > 1);

    private static RecurrencePanels BackwardPanels(int columns) => new(columns, CellBlock.Width / Lanes.Count, halves: false);
}
