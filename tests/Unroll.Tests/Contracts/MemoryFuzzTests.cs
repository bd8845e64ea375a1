using System.Runtime.InteropServices;
using Unroll.Tensors;

namespace Unroll.Tests.Contracts;

/// <summary>
/// No operation reads or writes outside its memory, whatever it is given. Arguments, results, gradients and what a step keeps stand between guards: a call with random shapes and options either
/// is refused with an exception that says so, or leaves the guards as they were, and no number that stood outside has found its way into a result or a gradient.
/// </summary>
public class MemoryFuzzTests
{
    private const int Guard = 64;

    public static TheoryData<string> Rows => [.. OperationRows.All.Select(r => r.Name)];

    public static TheoryData<string> Calls => [.. FuzzCalls.All.Keys];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Shapes_that_do_not_fit_are_refused_or_stay_within_their_memory(string name)
    {
        OperationRow row = OperationRows.All.Single(r => r.Name == name);
        var random = new Random(1);
        using var tape = new Tape(threads: 1, Guard);
        int worked = 0;
        for (int i = 0; i < 24; i++)
        {
            int n = Math.Max(row.SmallestLength, ((int[])[0, 1, 2, 3, 5, 15, 16, 17])[random.Next(8)]);
            Shape[] shapes = [.. row.Arguments(n).Select(a => i == 0 ? a.Shape : Bent(a.Shape, random))];
            worked += Check(tape, $"{name}, n = {n}, {string.Join(" ", shapes)}", () => row.Compute([.. shapes.Select(s => FuzzCalls.Source.Guarded(s, random))], n)) ? 1 : 0;
        }
        Assert.True(worked > 0, $"{name}: not even the right shapes worked.");
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public void Options_that_do_not_fit_are_refused_or_stay_within_their_memory(string name)
    {
        using var tape = new Tape(threads: 1, Guard);
        int worked = 0;
        for (int seed = 0; seed < 300; seed++)
        {
            var source = new FuzzCalls.Source(new Random(seed));
            worked += Check(tape, $"{name}, seed {seed}", () => [FuzzCalls.All[name](source)]) ? 1 : 0;
        }
        Assert.True(worked >= 15, $"{name}: only {worked} calls worked.");
    }

    [Fact]
    public void A_write_or_a_read_outside_is_seen()
    {
        using var tape = new Tape(threads: 1, Guard);
        using Tape.Step step = tape.Open();
        Tensor x = Tensor.Full([5], 1), y = Tensor.Full([5], 1);
        Assert.True(tape.GuardsHold());
        Block inside = x.Slot.Data;
        float outside = inside.Buffer[inside.Offset + 5], before = inside.Buffer[inside.Offset - 1];
        Assert.True(CarriesCanary([1, (outside * 2) + 1]) && CarriesCanary([before - 3]));
        Assert.False(CarriesCanary([1, float.NaN, 0]));
        inside.Buffer[inside.Offset + 5] = 0;
        Assert.False(tape.GuardsHold());
    }

    /// <summary>Makes the call and goes backward; true where it was not refused.</summary>
    private static bool Check(Tape tape, string what, Func<Tensor[]> call)
    {
        bool worked = false;
        using Tape.Step step = tape.Open();
        try
        {
            Tensor[] results = call();
            Tensor loss = Tensor.Zeros([]);
            foreach (Tensor y in results)
            {
                Assert.False(CarriesCanary(y.Data), $"{what}: a result was worked out from what stands outside of an argument.");
                loss += Ops.Sum(y);
            }
            if (loss.RequiresGrad) tape.Backward(loss);
            foreach (Tensor y in results.Where(y => y.HasGrad)) Assert.False(CarriesCanary(y.Grad), $"{what}: a gradient was worked out from what stands outside of an argument.");
            worked = true;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            Assert.True(e.Message.Length > 10, what);
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            Assert.Fail($"{what}: {e}");
        }
        Assert.True(tape.GuardsHold(), $"{what}: wrote outside its memory.");
        return worked;
    }

    private static bool CarriesCanary(ReadOnlySpan<float> values)
    {
        foreach (int bits in MemoryMarshal.Cast<float, int>(values))
            if ((bits & int.MaxValue) == Arena.Canary) return true;
        return false;
    }

    /// <summary>A shape with an axis more, less, longer, shorter, empty or exchanged; sometimes as it was.</summary>
    internal static Shape Bent(Shape shape, Random random)
    {
        List<int> axes = [.. shape.ToArray()];
        int at = axes.Count == 0 ? 0 : random.Next(axes.Count);
        switch (random.Next(9))
        {
            case 0 when axes.Count < Shape.MaxRank: axes.Insert(at, random.Next(3)); break;
            case 1 when axes.Count > 0: axes.RemoveAt(at); break;
            case 2 when axes.Count > 0: axes[at]++; break;
            case 3 when axes.Count > 0: axes[at] = Math.Max(0, axes[at] - 1); break;
            case 4 when axes.Count > 0: axes[at] = 0; break;
            case 5 when axes.Count > 0: axes[at] = 1; break;
            case 6 when axes.Count > 1: axes.Reverse(); break;
            default: break;
        }
        return new Shape([.. axes]);
    }
}
