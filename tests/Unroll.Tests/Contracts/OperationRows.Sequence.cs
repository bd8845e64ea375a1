using Unroll.Tensors;
using static Unroll.Tests.Contracts.Argument;

namespace Unroll.Tests.Contracts;

public static partial class OperationRows
{
    /// <summary>What goes along time: reversal, dropout that holds, penalties.</summary>
    private static IEnumerable<OperationRow> SequenceRows =>
    [
        new("reverse", n => [Any([n, 2, 3])], t => Ops.Reverse(t[0])),
        new("reverse within lengths", n => [Any([5, n, 3])], (t, n) => [Ops.Reverse(t[0], [.. Enumerable.Range(0, n).Select(i => i * 2 % 6)])]),
        new("reverse of long sequences within lengths", n => [Any([n, 3])], (t, n) => [Ops.Reverse(t[0], [n, 0, n / 2])]),
        new("locked dropout", n => [Any([4, n])], t => Ops.LockedDropout(t[0], 0.3f, new RandomStream(5))),
        new("activation penalty", n => [Any([n, 2, 3])], (t, n) => [Loss.Activation(t[0], [n, n / 2])]),
        new("temporal activation penalty", n => [Any([n, 2, 3])], (t, n) => [Loss.TemporalActivation(t[0], [n, n / 2])]),
        new("temporal activation penalty of full sequences", n => [Any([3, n, 2])], t => Loss.TemporalActivation(t[0])),
    ];
}
