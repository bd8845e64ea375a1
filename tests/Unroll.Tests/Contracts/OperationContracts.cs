using Unroll.Tensors;

namespace Unroll.Tests.Contracts;

/// <summary>What every operation must do, whatever it is. The operations stand in <see cref="OperationRows"/>.</summary>
public class OperationContracts
{
    private static readonly int[] Lengths = [0, 1, 15, 16, 17, 33];

    /// <summary>How far a finite difference goes along its direction. A power of two: with arguments and directions that are short binary fractions, the moved arguments are exact.</summary>
    private const double Step = 1.0 / 16;

    /// <summary>
    /// The difference is taken at four points, (8 (L(h) - L(-h)) - (L(2h) - L(-2h))) / 12h, whose own error falls as h^4: below 2e-5 for every row here,
    /// since arguments that strong bends follow are moved less. 1e-4 leaves room for new rows; it is looser than 1e-5 because a difference
    /// knows no better, and the golden figures of the oracles hold the gradients to 1e-5.
    /// </summary>
    private const double Tolerance = 1e-4;

    public static TheoryData<string, int> RowsAndLengths
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (OperationRow row in OperationRows.All)
            {
                foreach (int n in Lengths.Where(n => n >= row.SmallestLength))
                    data.Add(row.Name, n);
            }
            return data;
        }
    }

    public static TheoryData<string> Rows => [.. OperationRows.All.Select(r => r.Name)];

    [Theory]
    [MemberData(nameof(RowsAndLengths))]
    public void The_gradient_of_every_argument_is_the_slope_along_random_directions(string name, int n)
    {
        OperationRow row = Row(name);
        using var tape = new Tape(threads: 1);
        var probe = new Probe(row, n, seed: 1);
        float[][] gradients = probe.Gradients(tape);
        var random = new Random(2);
        for (int i = 0; i < gradients.Length; i++)
        {
            if (!probe.Arguments[i].Differentiable)
                continue;
            for (int direction = 0; direction < 3; direction++)
            {
                double reach = probe.Arguments[i].Reach;
                double[] way = [.. Enumerable.Range(0, gradients[i].Length).Select(_ => random.Next(2) == 0 ? -reach : reach)];
                double expected = 0, size = 0;
                for (int j = 0; j < way.Length; j++)
                {
                    expected += gradients[i][j] * way[j];
                    size += gradients[i][j] * way[j] * gradients[i][j] * way[j];
                }
                double near = probe.Loss(tape, i, way, Step) - probe.Loss(tape, i, way, -Step);
                double far = probe.Loss(tape, i, way, 2 * Step) - probe.Loss(tape, i, way, -2 * Step);
                double slope = (8 * near - far) / (12 * Step);
                // Along a random direction the slope is some root of the sum of squares: one wrong element among thousands still shows. The last term is rounding of the loss, some units of 6e-8, over the step.
                double allowed = Tolerance * Math.Sqrt(size) + 5e-7 * probe.LossSize / Step;
                Assert.True(Math.Abs(slope - expected) <= allowed, $"{name}, n = {n}, argument {i}, direction {direction}: slope {slope:G9}, gradient says {expected:G9}, allowed {allowed:G3}.");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void An_argument_gets_the_same_gradient_whether_or_not_the_others_want_one(string name)
    {
        OperationRow row = Row(name);
        using var tape = new Tape(threads: 1);
        var probe = new Probe(row, 17, seed: 3);
        float[][] all = probe.Gradients(tape);
        for (int i = 0; i < all.Length; i++)
        {
            if (probe.Arguments[i].Differentiable)
                Assert.Equal(all[i], probe.Gradients(tape, only: i)[i]);
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Gradients_add_up_until_they_are_cleared(string name)
    {
        OperationRow row = Row(name);
        using var tape = new Tape(threads: 1);
        var probe = new Probe(row, 17, seed: 4);
        float[][] once = probe.Gradients(tape), twice = probe.Gradients(tape, times: 2);
        for (int i = 0; i < once.Length; i++)
        {
            double scale = once[i].Length == 0 ? 0 : once[i].Max(Math.Abs);
            for (int j = 0; j < once[i].Length; j++)
                Assert.True(Math.Abs(twice[i][j] - 2 * once[i][j]) <= 1e-5 * scale, $"{name}, argument {i}, element {j}: {once[i][j]:G9} once, {twice[i][j]:G9} after two steps.");
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Results_and_gradients_have_the_same_bits_on_1_2_and_3_threads(string name)
    {
        OperationRow row = Row(name);
        float[][]? first = null;
        foreach (int threads in (int[])[1, 2, 3])
        {
            using var tape = new Tape(threads);
            var probe = new Probe(row, 129, seed: 5);
            float[][] now = [.. probe.Results(tape), .. probe.Gradients(tape)];
            first ??= now;
            for (int i = 0; i < now.Length; i++)
                Assert.True(first[i].AsSpan().SequenceEqual(now[i]), $"{name}: result or gradient {i} differs between 1 thread and {threads}.");
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Recording_does_not_change_the_result_and_no_tape_is_needed(string name)
    {
        OperationRow row = Row(name);
        using var tape = new Tape(threads: 1);
        var probe = new Probe(row, 17, seed: 6);
        float[][] recorded = probe.Results(tape, record: true), unrecorded = probe.Results(tape, record: false), alone = probe.Results(null);
        for (int i = 0; i < recorded.Length; i++)
        {
            Assert.Equal(recorded[i], unrecorded[i]);
            Assert.Equal(recorded[i], alone[i]);
        }
    }

    private static OperationRow Row(string name) => OperationRows.All.Single(r => r.Name == name);
}
