using Unroll.Kernels;

namespace Unroll.Tensors;

/// <summary>Operations on tensors: each one's forward and backward stand together. While a tape is open they are recorded where a gradient flows.</summary>
public static partial class Ops
{
    /// <summary>y = a + b, with broadcasting.</summary>
    /// <param name="a">Any shape.</param>
    /// <param name="b">A shape that broadcasts with <paramref name="a"/>: axes from the last backwards are equal, or one of them is 1 or absent.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public static Tensor Add(Tensor a, Tensor b)
    {
        var plan = new Broadcast("Add", a.Shape, b.Shape);
        Tensor y = Tape.Make(plan.Result, a.RequiresGrad || b.RequiresGrad);
        if (plan.Same) VectorMath.Add(a.Data, b.Data, y.Data);
        else plan.Apply<Broadcast.Sum>(a.Data, b.Data, y.Data);
        if (y.RequiresGrad) Tape.Record(y, static n =>
        {
            var plan = new Broadcast("Add", n.A.Shape, n.B.Shape);
            if (n.A.RequiresGrad) plan.Reduce(n.Y.Grad, n.A.Grad, plan.StridesA, 1);
            if (n.B.RequiresGrad) plan.Reduce(n.Y.Grad, n.B.Grad, plan.StridesB, 1);
        }, a, b);
        return y;
    }

    /// <summary>y = a - b, with broadcasting.</summary>
    /// <param name="a">Any shape.</param>
    /// <param name="b">A shape that broadcasts with <paramref name="a"/>.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public static Tensor Subtract(Tensor a, Tensor b)
    {
        var plan = new Broadcast("Subtract", a.Shape, b.Shape);
        Tensor y = Tape.Make(plan.Result, a.RequiresGrad || b.RequiresGrad);
        if (plan.Same) VectorMath.Subtract(a.Data, b.Data, y.Data);
        else plan.Apply<Broadcast.Difference>(a.Data, b.Data, y.Data);
        if (y.RequiresGrad) Tape.Record(y, static n =>
        {
            var plan = new Broadcast("Subtract", n.A.Shape, n.B.Shape);
            if (n.A.RequiresGrad) plan.Reduce(n.Y.Grad, n.A.Grad, plan.StridesA, 1);
            if (n.B.RequiresGrad) plan.Reduce(n.Y.Grad, n.B.Grad, plan.StridesB, -1);
        }, a, b);
        return y;
    }

    /// <summary>y = a b, element by element, with broadcasting.</summary>
    /// <param name="a">Any shape.</param>
    /// <param name="b">A shape that broadcasts with <paramref name="a"/>.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public static Tensor Multiply(Tensor a, Tensor b)
    {
        var plan = new Broadcast("Multiply", a.Shape, b.Shape);
        Tensor y = Tape.Make(plan.Result, a.RequiresGrad || b.RequiresGrad);
        if (plan.Same) VectorMath.Multiply(a.Data, b.Data, y.Data);
        else plan.Apply<Broadcast.Product>(a.Data, b.Data, y.Data);
        if (y.RequiresGrad) Tape.Record(y, static n =>
        {
            var plan = new Broadcast("Multiply", n.A.Shape, n.B.Shape);
            if (n.A.RequiresGrad)                                                      // da += dy b
            {
                if (plan.Same) VectorMath.MultiplyAdd(n.Y.Grad, n.B.Data, n.A.Grad);
                else plan.ReduceProduct(n.Y.Grad, n.B.Data, plan.StridesB, n.A.Grad, plan.StridesA);
            }
            if (n.B.RequiresGrad)                                                      // db += dy a
            {
                if (plan.Same) VectorMath.MultiplyAdd(n.Y.Grad, n.A.Data, n.B.Grad);
                else plan.ReduceProduct(n.Y.Grad, n.A.Data, plan.StridesA, n.B.Grad, plan.StridesB);
            }
        }, a, b);
        return y;
    }

    /// <summary>y = a / b, element by element, with broadcasting.</summary>
    /// <param name="a">Any shape.</param>
    /// <param name="b">A shape that broadcasts with <paramref name="a"/>.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public static Tensor Divide(Tensor a, Tensor b)
    {
        var plan = new Broadcast("Divide", a.Shape, b.Shape);
        Tensor y = Tape.Make(plan.Result, a.RequiresGrad || b.RequiresGrad);
        if (plan.Same) VectorMath.Divide(a.Data, b.Data, y.Data);
        else plan.Apply<Broadcast.Quotient>(a.Data, b.Data, y.Data);
        if (y.RequiresGrad) Tape.Record(y, static n =>
        {
            var plan = new Broadcast("Divide", n.A.Shape, n.B.Shape);
            plan.DivideBackward(n.Y.Data, n.Y.Grad, n.B.Data, n.A, n.B);               // da += dy / b, db -= dy y / b
        }, a, b);
        return y;
    }

    /// <summary>y = x + s.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="s">Added to every element.</param>
    public static Tensor AddScalar(Tensor x, float s)
    {
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        VectorMath.AddScalar(x.Data, s, y.Data);
        if (y.RequiresGrad) Tape.Record(y, static n => VectorMath.AddTo(n.Y.Grad, n.A.Grad), x);
        return y;
    }

    /// <summary>y = s x.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="s">Multiplies every element.</param>
    public static Tensor Scale(Tensor x, float s)
    {
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        VectorMath.Scale(x.Data, s, y.Data);
        if (y.RequiresGrad) Tape.Record(y, static n => VectorMath.AddScaled(n.Y.Grad, n.F, n.A.Grad), x).F = s;
        return y;
    }

    /// <summary>y = e^x, element by element.</summary>
    /// <param name="x">Any shape.</param>
    public static Tensor Exp(Tensor x)
    {
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        VectorMath.Exp(x.Data, y.Data);
        if (y.RequiresGrad) Tape.Record(y, static n => VectorMath.ExpBackward(n.Y.Data, n.Y.Grad, n.A.Grad), x);          // dx += dy y
        return y;
    }

    /// <summary>y = ln x, element by element.</summary>
    /// <param name="x">Any shape.</param>
    public static Tensor Log(Tensor x)
    {
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        VectorMath.Log(x.Data, y.Data);
        if (y.RequiresGrad) Tape.Record(y, static n => VectorMath.LogBackward(n.A.Data, n.Y.Grad, n.A.Grad), x);          // dx += dy / x
        return y;
    }

    /// <summary>y = ln(1 + x), element by element, exact for small x.</summary>
    /// <param name="x">Any shape.</param>
    public static Tensor Log1p(Tensor x)
    {
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        VectorMath.Log1p(x.Data, y.Data);
        if (y.RequiresGrad) Tape.Record(y, static n => VectorMath.Log1pBackward(n.A.Data, n.Y.Grad, n.A.Grad), x);        // dx += dy / (1 + x)
        return y;
    }

    /// <summary>y = sqrt(x), element by element.</summary>
    /// <param name="x">Any shape.</param>
    public static Tensor Sqrt(Tensor x)
    {
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        VectorMath.Sqrt(x.Data, y.Data);
        if (y.RequiresGrad) Tape.Record(y, static n => VectorMath.SqrtBackward(n.Y.Data, n.Y.Grad, n.A.Grad), x);         // dx += dy / (2 y)
        return y;
    }

    /// <summary>y = |x|, element by element; the gradient at 0 is 0.</summary>
    /// <param name="x">Any shape.</param>
    public static Tensor Abs(Tensor x)
    {
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        VectorMath.Abs(x.Data, y.Data);
        if (y.RequiresGrad) Tape.Record(y, static n => VectorMath.AbsBackward(n.A.Data, n.Y.Grad, n.A.Grad), x);          // dx += dy sign(x)
        return y;
    }

    /// <summary>y = x^2, element by element.</summary>
    /// <param name="x">Any shape.</param>
    public static Tensor Square(Tensor x)
    {
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        VectorMath.Square(x.Data, y.Data);
        if (y.RequiresGrad) Tape.Record(y, static n => VectorMath.SquareBackward(n.A.Data, n.Y.Grad, n.A.Grad), x);       // dx += 2 x dy
        return y;
    }

    /// <summary>y = tanh(x), element by element.</summary>
    /// <param name="x">Any shape.</param>
    public static Tensor Tanh(Tensor x)
    {
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        VectorMath.Tanh(x.Data, y.Data);
        if (y.RequiresGrad) Tape.Record(y, static n => VectorMath.TanhBackward(n.Y.Data, n.Y.Grad, n.A.Grad), x);         // dx += dy (1 - y^2)
        return y;
    }

    /// <summary>y = 1 / (1 + e^-x), element by element.</summary>
    /// <param name="x">Any shape.</param>
    public static Tensor Sigmoid(Tensor x)
    {
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        VectorMath.Sigmoid(x.Data, y.Data);
        if (y.RequiresGrad) Tape.Record(y, static n => VectorMath.SigmoidBackward(n.Y.Data, n.Y.Grad, n.A.Grad), x);      // dx += dy y (1 - y)
        return y;
    }

    /// <summary>y = ln(1 + e^x), element by element: a smooth way to keep a scale positive.</summary>
    /// <param name="x">Any shape.</param>
    public static Tensor Softplus(Tensor x)
    {
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        VectorMath.Softplus(x.Data, y.Data);
        if (y.RequiresGrad) Tape.Record(y, static n => VectorMath.SoftplusBackward(n.A.Data, n.Y.Grad, n.A.Grad), x);     // dx += dy sigmoid(x)
        return y;
    }

    /// <summary>y = max(x, 0), element by element.</summary>
    /// <param name="x">Any shape.</param>
    public static Tensor Relu(Tensor x)
    {
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        VectorMath.Relu(x.Data, y.Data);
        if (y.RequiresGrad) Tape.Record(y, static n => VectorMath.ReluBackward(n.Y.Data, n.Y.Grad, n.A.Grad), x);         // dx += dy where y > 0
        return y;
    }

    /// <summary>y = min(max(x, low), high), element by element; no gradient flows where the limit acted.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="low">Least value.</param>
    /// <param name="high">Largest value.</param>
    public static Tensor Clamp(Tensor x, float low, float high)
    {
        if (!(low <= high)) throw new ArgumentException($"Clamp: low must not be above high, got {low} and {high}.");
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        VectorMath.Clamp(x.Data, low, high, y.Data);
        if (y.RequiresGrad)
        {
            Node node = Tape.Record(y, static n =>
            {
                ReadOnlySpan<float> x = n.A.Data, dy = n.Y.Grad;
                Span<float> dx = n.A.Grad;
                float low = n.F, high = BitConverter.Int32BitsToSingle(n.I);
                for (int i = 0; i < dx.Length; i++)
                    if (x[i] >= low && x[i] <= high) dx[i] += dy[i];
            }, x);
            node.F = low;
            node.I = BitConverter.SingleToInt32Bits(high);
        }
        return y;
    }

    /// <summary>y = a where the mask is not zero, b elsewhere.</summary>
    /// <param name="mask">The shape of <paramref name="a"/>; 0 chooses <paramref name="b"/>. No gradient flows to it.</param>
    /// <param name="a">Any shape.</param>
    /// <param name="b">The shape of <paramref name="a"/>.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor Where(Tensor mask, Tensor a, Tensor b)
    {
        if (mask.Shape != a.Shape || a.Shape != b.Shape) throw new ArgumentException($"Where: mask, a and b must have one shape, got {mask.Shape}, {a.Shape} and {b.Shape}.");
        Tensor y = Tape.Make(a.Shape, a.RequiresGrad || b.RequiresGrad);
        ReadOnlySpan<float> m = mask.Data, ad = a.Data, bd = b.Data;
        Span<float> yd = y.Data;
        for (int i = 0; i < yd.Length; i++) yd[i] = m[i] != 0 ? ad[i] : bd[i];
        if (y.RequiresGrad) Tape.Record(y, static n =>
        {
            ReadOnlySpan<float> m = n.C.Data, dy = n.Y.Grad;
            if (n.A.RequiresGrad)
            {
                Span<float> da = n.A.Grad;
                for (int i = 0; i < da.Length; i++)
                    if (m[i] != 0) da[i] += dy[i];
            }
            if (n.B.RequiresGrad)
            {
                Span<float> db = n.B.Grad;
                for (int i = 0; i < db.Length; i++)
                    if (m[i] == 0) db[i] += dy[i];
            }
        }, a, b, mask);
        return y;
    }

    /// <summary>Inverted dropout (Srivastava et al. 2014): zeroes each element with probability p and divides the others by 1 - p.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="p">Probability of zeroing, from 0 up to but not including 1.</param>
    /// <param name="random">Where the draws come from; without it (evaluation) x passes unchanged.</param>
    public static Tensor Dropout(Tensor x, float p, RandomStream? random)
    {
        if (p is not (>= 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(p), $"Dropout: p must be at least 0 and below 1, got {p}.");
        if (p == 0 || random is null) return x;
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        Block keep = Tape.Scratch(x.Length);
        RandomState at = random.State;
        DropoutMask.Apply(Tape.Team, at.Seed, at.Stream, at.Position, x.Data, p, keep.Span, y.Data);
        random.Skip(x.Length);
        if (y.RequiresGrad) Tape.Record(y, static n => VectorMath.MultiplyAdd(n.Y.Grad, n.Saved.Span, n.A.Grad), x).Saved = keep;
        return y;
    }
}
