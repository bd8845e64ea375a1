namespace Unroll.Kernels;

/// <summary>One recurrent layer's steps with the state carried, whatever its cell: for streaming.</summary>
internal abstract class RecurrentKernel
{
    public static RecurrentKernel Lstm { get; } = new Of<LstmCell>();
    public static RecurrentKernel Gru { get; } = new Of<GruCell>();
    public static RecurrentKernel TanhRnn { get; } = new Of<TanhCell>();
    public static RecurrentKernel ReluRnn { get; } = new Of<ReluCell>();

    /// <summary><see cref="ICell.CarriesState"/>.</summary>
    public abstract bool CarriesState { get; }

    /// <summary><see cref="Recurrence.ForwardLength"/>.</summary>
    public abstract int Length(int inputs, int size);

    /// <summary><see cref="Recurrence.PackForward"/>.</summary>
    public abstract void Pack(Team team, int inputs, int size, ReadOnlySpan<float> weightIh, ReadOnlySpan<float> weightHh, ReadOnlySpan<float> biasIh, ReadOnlySpan<float> biasHh, Span<float> packed);

    /// <summary>Steps of all sequences.</summary>
    /// <param name="team">The threads, as in <see cref="Pack"/>.</param>
    /// <param name="rows">[T]: B at each step.</param>
    /// <param name="batch">B.</param>
    /// <param name="inputs">I.</param>
    /// <param name="size">H.</param>
    /// <param name="packed">What <see cref="Pack"/> wrote.</param>
    /// <param name="x">[T, B, I].</param>
    /// <param name="before">[B, H]: the hidden state before the first step.</param>
    /// <param name="state">[B, H]: the cell state, in and out; empty where there is none.</param>
    /// <param name="after">[T, B, H]: the hidden states after the steps; not where the one before stands.</param>
    public abstract void Steps(Team team, ReadOnlySpan<int> rows, int batch, int inputs, int size, ReadOnlySpan<float> packed, ReadOnlySpan<float> x, ReadOnlySpan<float> before, Span<float> state, Span<float> after);

    /// <summary>The same for single steps through layers of this cell, again and again.</summary>
    /// <param name="team">The threads, as in <see cref="Pack"/>, told of rounds.</param>
    /// <param name="batch">B.</param>
    /// <param name="size">H.</param>
    /// <param name="layers">The layers.</param>
    public abstract StandingSteps Stand(Team team, int batch, int size, StandingLayer[] layers);

    private sealed class Of<TCell> : RecurrentKernel where TCell : struct, ICell
    {
        public override bool CarriesState => TCell.CarriesState;

        public override int Length(int inputs, int size) => Recurrence.ForwardLength<TCell>(inputs, size);

        public override void Pack(Team team, int inputs, int size, ReadOnlySpan<float> weightIh, ReadOnlySpan<float> weightHh, ReadOnlySpan<float> biasIh, ReadOnlySpan<float> biasHh, Span<float> packed) =>
            Recurrence.PackForward<TCell>(team, inputs, size, weightIh, weightHh, biasIh, biasHh, packed);

        public override void Steps(Team team, ReadOnlySpan<int> rows, int batch, int inputs, int size, ReadOnlySpan<float> packed, ReadOnlySpan<float> x, ReadOnlySpan<float> before, Span<float> state, Span<float> after) =>
            Recurrence.Forward<TCell>(team, rows, batch, inputs, size, packed, x, before, default, default, state, after, eager: true);

        public override StandingSteps Stand(Team team, int batch, int size, StandingLayer[] layers) => new Recurrence.Standing<TCell>(team, batch, size, layers);
    }
}
