namespace Unroll.Tasks.Vectors;

/// <summary>The plane in which points differ most: their first two principal components, by subspace iteration.</summary>
internal static class PrincipalAxes
{
    private const int MostTurns = 300;
    private const double Enough = 1e-9;

    /// <summary>The points' coordinates along the two axes, measured from their mean. Each axis points to where the largest of its numbers is positive, so the same points give the same picture.</summary>
    /// <param name="points">Points of one length.</param>
    public static (double X, double Y)[] Plane(IReadOnlyList<double[]> points)
    {
        if (points.Count == 0) return [];
        int size = points[0].Length;
        double[] mean = new double[size];
        foreach (double[] p in points)
            for (int i = 0; i < size; i++) mean[i] += p[i] / points.Count;
        double[][] centred = [.. points.Select(p => p.Select((v, i) => v - mean[i]).ToArray())];

        // Two directions that are turned towards the covariance's greatest: multiplied by it, made orthogonal, made of length 1.
        double[] first = Start(size, 1), second = Start(size, 2);
        for (int turn = 0; turn < MostTurns; turn++)
        {
            double[] a = Multiplied(centred, first), b = Multiplied(centred, second);
            ToUnit(a);
            double along = Dot(a, b);
            for (int i = 0; i < size; i++) b[i] -= along * a[i];
            ToUnit(b);
            bool settled = 1 - Math.Abs(Dot(a, first)) < Enough && 1 - Math.Abs(Dot(b, second)) < Enough;
            (first, second) = (a, b);
            if (settled) break;
        }
        Point(first);
        Point(second);
        return [.. centred.Select(p => (Dot(p, first), Dot(p, second)))];
    }

    private static double[] Start(int size, int which)
    {
        double[] start = [.. Enumerable.Range(1, size).Select(i => Math.Cos(i * which))];
        ToUnit(start);
        return start;
    }

    // The covariance times a direction, up to a factor: the sum over points of p (p direction).
    private static double[] Multiplied(double[][] points, double[] direction)
    {
        double[] product = new double[direction.Length];
        foreach (double[] p in points)
        {
            double along = Dot(p, direction);
            for (int i = 0; i < product.Length; i++) product[i] += along * p[i];
        }
        return product;
    }

    private static void ToUnit(double[] x)
    {
        double norm = Math.Sqrt(Dot(x, x));
        for (int i = 0; norm > 0 && i < x.Length; i++) x[i] /= norm;
    }

    private static void Point(double[] axis)
    {
        double largest = axis.MaxBy(Math.Abs);
        for (int i = 0; largest < 0 && i < axis.Length; i++) axis[i] = -axis[i];
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
