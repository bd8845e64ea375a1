using Unroll.Tensors;

namespace Unroll.Tests.Contracts;

/// <summary>One argument of an operation under test: its shape, how its numbers are drawn, how far they may be moved.</summary>
/// <param name="Shape">Row-major.</param>
/// <param name="Draw">One number. It is rounded to a multiple of 2^-10, so that moving it by a power of two is exact in float32.</param>
/// <param name="Reach">The direction of a finite difference has elements of plus or minus this; a power of two, smaller where many elements add up in one result.</param>
/// <param name="Differentiable">False for masks and targets, to which no gradient flows.</param>
public sealed record Argument(Shape Shape, Func<Random, double> Draw, double Reach = 1, bool Differentiable = true)
{
    /// <summary>Numbers between -2 and 2.</summary>
    public static Argument Any(Shape shape) => new(shape, random => 4 * random.NextDouble() - 2);

    /// <summary>Numbers between 0.5 and 2.5, moved less than others: logarithms and quotients bend strongly near 0.</summary>
    public static Argument Positive(Shape shape) => new(shape, random => 0.5 + 2 * random.NextDouble(), Reach: 0.25);

    /// <summary>Numbers between 0.5 and 2.5 of either sign: away from a kink or a pole at 0.</summary>
    public static Argument AwayFromZero(Shape shape) => new(shape, random => (random.Next(2) == 0 ? -1 : 1) * (0.5 + 2 * random.NextDouble()));

    /// <summary>Numbers that are all at least 0.375 apart, so that moving them does not change which is the largest.</summary>
    public static Argument Distinct(Shape shape)
    {
        var order = new Queue<int>(Enumerable.Range(0, shape.Length).OrderBy(i => (i * 7919 + 13) % (shape.Length + 0.5)));
        var places = new List<int>();
        return new(shape, random =>
        {
            if (order.Count == 0)                       // a second drawing of the same argument
                (order, places) = (new Queue<int>(places), []);
            places.Add(order.Peek());
            return 0.375 * order.Dequeue() - 0.1875 * shape.Length;
        });
    }

    /// <summary>A weight whose products add up over <paramref name="fan"/> inputs to something of the size of one.</summary>
    public static Argument Weight(Shape shape, int fan) =>
        new(shape, random => (2 * random.NextDouble() - 1) / Math.Sqrt(Math.Max(1, fan)), Math.Pow(2, -Math.Ceiling(Math.Log2(Math.Max(1, fan)) / 2)));

    /// <summary>Numbers without a gradient: 0 or 1.</summary>
    public static Argument Mask(Shape shape) => new(shape, random => random.Next(2), Differentiable: false);

    /// <summary>The same numbers, to which no gradient flows.</summary>
    public Argument Fixed => this with { Differentiable = false };

    /// <summary>The same numbers, moved a quarter as far: for arguments that many bends follow, such as weights used step after step.</summary>
    public Argument Gently => this with { Reach = Reach / 4 };

    internal float[] Numbers(Random random)
    {
        var numbers = new float[Shape.Length];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = (float)(Math.Round(Draw(random) * 1024) / 1024);
        return numbers;
    }
}

/// <summary>What the contract must know of an operation. Adding a row to <see cref="OperationRows"/> is all the testing of a new operation's gradients that there is to do.</summary>
/// <param name="Name">Unique.</param>
/// <param name="Arguments">From a length n (0, 1, 15, 16, 17, 33, and 129 for the comparison of threads) to the arguments.</param>
/// <param name="Compute">From the arguments, and n, to the results.</param>
/// <param name="SmallestLength">The smallest n that makes sense.</param>
public sealed record OperationRow(string Name, Func<int, Argument[]> Arguments, Func<Tensor[], int, Tensor[]> Compute, int SmallestLength = 0)
{
    /// <summary>An operation with one result that needs no n.</summary>
    public OperationRow(string name, Func<int, Argument[]> arguments, Func<Tensor[], Tensor> compute, int smallestLength = 0)
        : this(name, arguments, (t, _) => [compute(t)], smallestLength)
    {
    }
}
