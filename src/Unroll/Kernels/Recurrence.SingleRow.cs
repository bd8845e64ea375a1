using System.Runtime.Intrinsics.X86;

namespace Unroll.Kernels;

/// <content>One sequence's step: bound by reading the weights, so several panels are read at once.</content>
internal static unsafe partial class Recurrence
{
    /// <summary>Panels that a single row goes through at once.</summary>
    private const int MostPanels = 4;

    private partial struct ForwardJob<TCell>
    {
        /// <summary>A single row is too short for its misses to be hidden on the way: asks for what other threads have just written, and takes the lines for itself that will be written here; of panels at the ends, which may be another thread's, it does not.</summary>
        private readonly void Claim(in CellBlock all, int firstPanel, int lastPanel)
        {
            if (!Sse.IsSupported) return;
            int size = Weights.Size;
            for (int i = 0; i < size; i += Lanes.Count) Sse.Prefetch0(all.Previous + i);
            for (int i = Weights.Panels.Start(firstPanel + 1) * Lanes.Count, end = Weights.Panels.Start(lastPanel - 1) * Lanes.Count; i < end; i += Lanes.Count) all.Hidden[i] = 0;
        }

        /// <summary>How many panels from one on a single row goes through at once: full ones of one width, all of the part's own.</summary>
        private readonly int Together(int part, int panel, bool turn, int left)
        {
            RecurrencePanels panels = Weights.Panels;
            int sixteens = panels.Start(panel + 1) - panels.Start(panel);
            for (int count = MostPanels; count > 1; count /= 2)
            {
                int first = turn ? panel - count + 1 : panel, last = first + count - 1;
                if (count > left || panels.Start(last + 1) - panels.Start(first) != count * sixteens || panels.Start(last + 1) * Lanes.Count > Weights.Size) continue;
                if (Split.Rows(panels, part, first, 1) == (0, 1) && Split.Rows(panels, part, last, 1) == (0, 1)) return count;
            }

            return 1;
        }

        /// <summary>A single row's step for panels that lie together: products, then cells.</summary>
        private readonly void Row<T>(in CellBlock all, float* x, int first, int count) where T : struct, ILanes<T>
        {
            const int row = CellBlock.Width;
            int width = Weights.Sixteens(first), rest = TCell.Gates - TCell.SharedGates;
            nint weights = Weights.At(first + 1) - Weights.At(first);
            float* ofInputs = Packed + Weights.At(first), bias = Packed + Weights.BiasAt(first), product = all.Product, recurrent = product + (rest * Lanes.Count);
            RecurrencePanels.MultiplyRow<T>(count, width, Weights.Inputs, x, ofInputs, weights, bias, row, product, row);
            for (int i = 0; i < count && rest > 0; i++) OwnBias<T>(1, bias + (i * row), product + (i * row));
            RecurrencePanels.MultiplyRow<T>(count, width, Weights.Size, all.Previous, ofInputs + ((nint)width * Lanes.Count * Weights.Inputs), weights, recurrent, row, recurrent, row);
            Cells<T>(all, product, first, count);
        }

        /// <summary>The cells of a single row's panels. Where no gates are kept these are rows to the cell: several go through it at once.</summary>
        private readonly void Cells<T>(in CellBlock all, float* product, int first, int count) where T : struct, ILanes<T>
        {
            if (all.Gates != null)
            {
                for (int i = 0; i < count; i++) Cell<T>(all, 0, 1, product + (i * CellBlock.Width), first + i);
                return;
            }

            CellBlock block = all;
            int unit = Weights.Panels.Start(first) * Lanes.Count;
            block.Rows = count;
            block.Size = block.Units = (Weights.Panels.Start(first + 1) * Lanes.Count) - unit;
            block.Product = product;
            block.Previous += unit;
            block.PreviousState += unit;
            block.State += unit;
            block.Hidden += unit;
            TCell.Forward<T>(block);
        }
    }
}
