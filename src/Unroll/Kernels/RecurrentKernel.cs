namespace Unroll.Kernels;

/// <summary>One recurrent layer's single step with the state carried, whatever its cell: for streaming.</summary>
internal abstract class RecurrentKernel
{
    public static RecurrentKernel Lstm { get; } = new Of<LstmCell>();
    public static RecurrentKernel Gru { get; } = new Of<GruCell>();
    public static RecurrentKernel TanhRnn { get; } = new Of<TanhCell>();
    public static RecurrentKernel ReluRnn { get; } = new Of<ReluCell>();

    /// <summary><see cref="ICell.CarriesState"/>.</summary>
    public abstract bool CarriesState { get; }

    /// <summary><see cref="Recurrence.ForwardLength"/>.</summary>
    public abstract int Length(Team team, int inputs, int size);

    /// <summary><see cref="Recurrence.PackForward"/>.</summary>
    public abstract void Pack(Team team, int inputs, int size, ReadOnlySpan<float> weightIh, ReadOnlySpan<float> weightHh, ReadOnlySpan<float> biasIh, ReadOnlySpan<float> biasHh, Span<float> packed);

    /// <summary>One step of all sequences.</summary>
    /// <param name="team">The threads, as in <see cref="Pack"/>.</param>
    /// <param name="batch">B.</param>
    /// <param name="inputs">I.</param>
    /// <param name="size">H.</param>
    /// <param name="packed">What <see cref="Pack"/> wrote.</param>
    /// <param name="x">[B, I].</param>
    /// <param name="before">[B, H]: the hidden state before the step.</param>
    /// <param name="state">[B, H]: the cell state, in and out; empty where there is none.</param>
    /// <param name="after">[B, H]: the hidden state after the step; not where the one before stands.</param>
    /// <param name="turn">Changes between odd and even from step to step, so that each begins with the weights that the cache still holds.</param>
    public abstract void Step(Team team, int batch, int inputs, int size, ReadOnlySpan<float> packed, ReadOnlySpan<float> x, ReadOnlySpan<float> before, Span<float> state, Span<float> after, int turn);

    private sealed class Of<TCell> : RecurrentKernel where TCell : struct, ICell
    {
        public override bool CarriesState => TCell.CarriesState;

        public override int Length(Team team, int inputs, int size) => Recurrence.ForwardLength<TCell>(team, inputs, size);

        public override void Pack(Team team, int inputs, int size, ReadOnlySpan<float> weightIh, ReadOnlySpan<float> weightHh, ReadOnlySpan<float> biasIh, ReadOnlySpan<float> biasHh, Span<float> packed) =>
            Recurrence.PackForward<TCell>(team, inputs, size, weightIh, weightHh, biasIh, biasHh, packed);

        public override void Step(Team team, int batch, int inputs, int size, ReadOnlySpan<float> packed, ReadOnlySpan<float> x, ReadOnlySpan<float> before, Span<float> state, Span<float> after, int turn) =>
            Recurrence.Forward<TCell>(team, new ReadOnlySpan<int>(in batch), batch, inputs, size, packed, x, before, default, default, state, after, eager: true, turn);
    }
}
