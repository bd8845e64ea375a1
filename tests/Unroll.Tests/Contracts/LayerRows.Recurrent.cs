using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tests.Contracts;

/// <summary>Recurrent layers beyond the plain ones: directions, variants, regularisers, cells of one's own.</summary>
public static partial class LayerRows
{
    private static IEnumerable<LayerRow> RecurrentVariants
    {
        get
        {
            foreach (RecurrentMerge merge in Enum.GetValues<RecurrentMerge>())
            {
                bool wide = merge == RecurrentMerge.Concatenate;
                yield return Layer($"gru, both ways, {merge}", () => new Gru(Inputs, Hidden, 2, options: new() { Direction = RecurrentDirection.Bidirectional, Merge = merge }), Names(3, Inputs, Hidden, 2, true, wide), wide ? 2 * Hidden : Hidden);
            }
            yield return Layer("lstm, both ways, residual", () => new Lstm(Inputs, Hidden, 3, options: new() { Direction = RecurrentDirection.Bidirectional, Residual = true }), Names(4, Inputs, Hidden, 3, true, true), 2 * Hidden);
            yield return Layer("rnn, reverse", () => new Rnn(Inputs, Hidden, options: new() { Direction = RecurrentDirection.Reverse }), [.. Names(1, Inputs, Hidden, 1, false, false).Select(p => p.Replace("_l0", "_l0_reverse", StringComparison.Ordinal))]);
            yield return Layer("lstm, residual", () => new Lstm(Inputs, Hidden, 3, dropout: 0.3f, options: new() { Residual = true }), Names(4, Inputs, Hidden, 3, false, false));
            yield return Layer("rnn, softplus", () => new Rnn(Inputs, Hidden, activation: Ops.Softplus), Names(1, Inputs, Hidden, 1, false, false));
            yield return Layer("gru, reset before", () => new Gru(Inputs, Hidden, 2, resetAfter: false), Names(3, Inputs, Hidden, 2, false, false));
            yield return Layer("gru, reset before, no bias", () => new Gru(Inputs, Hidden, bias: false, resetAfter: false), [$"weight_ih_l0 [{3 * Hidden}, {Inputs}]", $"weight_hh_l0 [{3 * Hidden}, {Hidden}]"]);
            yield return Layer("lstm, peepholes", () => new Lstm(Inputs, Hidden, variant: new() { Peepholes = true }), [.. Names(4, Inputs, Hidden, 1, false, false), $"weight_ch_l0 [{3 * Hidden}]"]);
            yield return Layer("lstm, coupled", () => new Lstm(Inputs, Hidden, variant: new() { Coupled = true, Peepholes = true }), [.. Names(3, Inputs, Hidden, 1, false, false), $"weight_ch_l0 [{2 * Hidden}]"]);
            yield return Layer("lstm, layer norm", () => new Lstm(Inputs, Hidden, variant: new() { LayerNorm = true }),
                [.. Names(4, Inputs, Hidden, 1, false, false), $"norm_ih_l0 [{4 * Hidden}]", $"norm_hh_l0 [{4 * Hidden}]", $"norm_c_l0 [{Hidden}]", $"norm_c_bias_l0 [{Hidden}]"]);
            yield return Layer("lstm, projection, both ways", () => new Lstm(Inputs, Hidden, 2, options: new() { Direction = RecurrentDirection.Bidirectional }, variant: new() { Projection = 20 }),
                [.. Enumerable.Range(0, 2).SelectMany(l => ((string[])["", "_reverse"]).SelectMany(r => (string[])
                    [$"weight_ih_l{l}{r} [{4 * Hidden}, {(l == 0 ? Inputs : 40)}]", $"weight_hh_l{l}{r} [{4 * Hidden}, 20]", $"bias_ih_l{l}{r} [{4 * Hidden}]", $"bias_hh_l{l}{r} [{4 * Hidden}]", $"weight_hr_l{l}{r} [20, {Hidden}]"]))], 40);
            yield return Layer("lstm, zoneout", () => new Lstm(Inputs, Hidden, options: new() { Regularisation = new() { Zoneout = 0.1f, CellZoneout = 0.3f } }), Names(4, Inputs, Hidden, 1, false, false));
            yield return Layer("independent rnn", () => new IndRnn(Inputs, Hidden, 2),
                [.. Enumerable.Range(0, 2).SelectMany(l => (string[])[$"weight_ih_l{l} [{Hidden}, {(l == 0 ? Inputs : Hidden)}]", $"weight_hh_l{l} [{Hidden}]", $"bias_ih_l{l} [{Hidden}]"])]);
            yield return Layer("jordan rnn", () => new JordanRnn(Inputs, Hidden, 7), [$"weight_ih_l0 [{Hidden}, {Inputs}]", $"weight_hh_l0 [{Hidden}, 7]", $"bias_ih_l0 [{Hidden}]", $"weight_ho_l0 [7, {Hidden}]", "bias_ho_l0 [7]"], 7);
            yield return Layer("a cell of one's own", () => new Unrolled([new Leaky(Inputs, Hidden), new Leaky(5, Hidden)]),
                [$"cell_l0.weight [{Hidden}, {Inputs}]", $"cell_l0.recurrent [{Hidden}, {Hidden}]", $"cell_l0.bias [{Hidden}]", $"cell_l1.weight [{Hidden}, 5]", $"cell_l1.recurrent [{Hidden}, {Hidden}]", $"cell_l1.bias [{Hidden}]"], 5);
            yield return new("stateful", () => new Stateful(new Gru(Inputs, Hidden)), m =>
            {
                var layer = (Stateful)m;
                layer.Reset();
                layer.Forward(Numbers([Time, Batch, Inputs], 2));
                return [layer.Forward(Numbers([Time, Batch, Inputs], 1))];
            }, [Time, Batch, Hidden], Names(3, Inputs, Hidden, 1, false, false));
            yield return new("last output only", () => new Gru(Inputs, Hidden, options: new() { ReturnSequences = false, Direction = RecurrentDirection.Bidirectional }), Over, [Batch, 2 * Hidden], Names(3, Inputs, Hidden, 1, true, true));
            yield return new("lstm cell", () => new LstmCell(Inputs, Hidden), m => [((RecurrentCell)m).Step(Numbers([Batch, Inputs], 1), new(Numbers([Batch, Hidden], 2), Numbers([Batch, Hidden], 3))).Hidden], [Batch, Hidden],
                [.. Names(4, Inputs, Hidden, 1, false, false).Select(p => p.Replace("_l0", "", StringComparison.Ordinal))]);
            yield return new("locked dropout", () => new Sequential(new Linear(Inputs, Hidden), new LockedDropout(0.5f)), Over, [Time, Batch, Hidden], [$"0.weight [{Hidden}, {Inputs}]", $"0.bias [{Hidden}]"]);
        }
    }

    private static LayerRow Layer(string name, Func<Recurrent> make, string[] parameters, int outputs = Hidden) => new(
        name, make,
        m =>
        {
            var layer = (Recurrent)m;
            RecurrentState zeros = layer.Start(Batch), start = new(Numbers(zeros.Hidden.Shape, 2), zeros.Cell is { } c ? Numbers(c.Shape, 3) : null);
            (Tensor y, RecurrentState last) = layer.Forward(Numbers([Time, Batch, Inputs], 1), start, [.. Enumerable.Range(0, Batch).Select(i => i % (Time + 1))]);
            return last.Cell is { } cell ? [y, last.Hidden, cell] : [y, last.Hidden];
        },
        [Time, Batch, outputs], parameters);

    private static string[] Names(int gates, int inputs, int hidden, int layers, bool both, bool wide) =>
    [
        .. Enumerable.Range(0, layers).SelectMany(l => (both ? (string[])["", "_reverse"] : [""]).SelectMany(r => (string[])
            [$"weight_ih_l{l}{r} [{gates * hidden}, {(l == 0 ? inputs : wide ? 2 * hidden : hidden)}]", $"weight_hh_l{l}{r} [{gates * hidden}, {hidden}]", $"bias_ih_l{l}{r} [{gates * hidden}]", $"bias_hh_l{l}{r} [{gates * hidden}]"])),
    ];

    /// <summary>A cell as a user would write it, with an output narrower than its state: h' = h / 2 + tanh(W x + b + U h) / 2, of which the first five units are the output.</summary>
    private sealed class Leaky : RecurrentCell
    {
        private readonly Tensor weight, recurrent, bias;

        public Leaky(int inputs, int hidden) : base(inputs, hidden, outputs: 5) =>
            (weight, recurrent, bias) = (Param("weight", [hidden, inputs], Init.Xavier), Param("recurrent", [hidden, hidden], Init.Orthogonal()), Param("bias", [hidden], Init.Uniform(0.1f)));

        protected internal override Tensor Project(Tensor x) => Ops.Linear(x, weight, bias);

        protected internal override RecurrentState Advance(in CellInput input, RecurrentState state) =>
            new(state.Hidden * 0.5f + Ops.Tanh(input.Projected + Ops.Linear(input.Hidden, recurrent)) * 0.5f);

        protected internal override Tensor Output(RecurrentState state) => Ops.Slice(state.Hidden, 1, 0, 5);
    }
}
