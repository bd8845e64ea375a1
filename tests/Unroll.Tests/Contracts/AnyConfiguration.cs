using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace Unroll.Tests.Contracts;

/// <summary>Checks what must hold in any legal configuration on many drawn at random, always the same ones. A failure comes with the smallest configuration that still fails.</summary>
internal static class AnyConfiguration
{
    /// <summary>Runs the check.</summary>
    /// <param name="draw">A legal configuration.</param>
    /// <param name="smaller">Simpler legal ones close to it, the simplest first; where one fails too, the search goes on from there.</param>
    /// <param name="check">Throws where something does not hold.</param>
    /// <param name="count">How many are drawn.</param>
    public static void Check<T>(Gen<T> draw, Func<T, IEnumerable<T>> smaller, Action<T> check, int count) =>
        FsCheck.Check.One(
            Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(count).WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(1, 3), FSharpOption<int>.None))),
            Prop.ForAll(Arb.From(draw, smaller), check));

    /// <summary>Lengths of sequences: none, or one a sequence from 0 to all steps.</summary>
    public static Gen<int[]> Lengths(int steps, int batch) => Gen.OneOf(Gen.Constant(Array.Empty<int>()), Gen.ArrayOf(Gen.Choose(0, steps), batch));

    /// <summary>Numbers between the least and this one, the least first.</summary>
    public static IEnumerable<int> Below(int value, int least) => ((int[])[least, (least + value) / 2, value - 1]).Where(v => v >= least && v < value).Distinct();
}
