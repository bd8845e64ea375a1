namespace Unroll.Kernels;

/// <summary>How the channels of a batch stand: as planes [batch, channels, area], or as the columns of rows [time, batch, channels].</summary>
/// <param name="Batch">Images, or sequences.</param>
/// <param name="Channels">How many.</param>
/// <param name="Area">Elements of a plane; 0 for rows.</param>
/// <param name="Time">Steps of the rows.</param>
internal readonly record struct NormSizes(int Batch, int Channels, int Area, int Time)
{
    public bool IsRows => Area == 0;

    public int Length => IsRows ? Time * Batch * Channels : Batch * Channels * Area;
}

/// <summary>
/// Batch normalisation (Ioffe and Szegedy 2015): x^ = (x - mean) / sqrt(variance + epsilon), y = gamma x^ + beta, a channel at a time; of rows those within the lengths count. Threads
/// share out channels, which do not touch each other.
/// </summary>
internal static unsafe class BatchStatistics
{
    private const long WorthSharing = 1 << 15;

    /// <summary>Columns of rows that one part does.</summary>
    private const int Strip = 64;

    /// <summary>Rows summed in single precision before the sum goes on in double.</summary>
    private const int SumRows = 64;

    /// <summary>Forward. Where the batch is measured, mean and variance (biased) are written, else read.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="s">The sizes.</param>
    /// <param name="lengths">[batch], or empty: all steps.</param>
    /// <param name="measure">True takes mean and variance from the batch.</param>
    /// <param name="count">Elements of a channel that count.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="x">What is normalised.</param>
    /// <param name="gamma">[channels] or empty: ones.</param>
    /// <param name="beta">[channels] or empty: zeros.</param>
    /// <param name="mean">[channels].</param>
    /// <param name="variance">[channels].</param>
    /// <param name="normal">x^, of x's length.</param>
    /// <param name="y">The result.</param>
    public static void Forward(Team team, in NormSizes s, ReadOnlySpan<int> lengths, bool measure, int count, float epsilon, ReadOnlySpan<float> x, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta,
        Span<float> mean, Span<float> variance, Span<float> normal, Span<float> y)
    {
        fixed (int* l = lengths)
        fixed (float* px = x, g = gamma, b = beta, m = mean, v = variance, n = normal, py = y)
        {
            var job = new ForwardJob { Sizes = s, Lengths = l, Measure = measure, Count = count, Epsilon = epsilon, X = px, Gamma = g, Beta = b, Mean = m, Variance = v, Normal = n, Y = py };
            Share(team, ref job, s);
        }
    }

    /// <summary>Backward: dgamma and dbeta are added to, dx too; spans that are not wanted are empty.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="s">The sizes.</param>
    /// <param name="lengths">[batch], or empty: all steps.</param>
    /// <param name="measured">True where mean and variance came from the batch.</param>
    /// <param name="count">Elements of a channel that count.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="variance">[channels].</param>
    /// <param name="normal">x^.</param>
    /// <param name="gamma">[channels] or empty: ones.</param>
    /// <param name="dy">The gradient of the result.</param>
    /// <param name="dx">The gradient of x.</param>
    /// <param name="dGamma">[channels].</param>
    /// <param name="dBeta">[channels].</param>
    public static void Backward(Team team, in NormSizes s, ReadOnlySpan<int> lengths, bool measured, int count, float epsilon, ReadOnlySpan<float> variance, ReadOnlySpan<float> normal,
        ReadOnlySpan<float> gamma, ReadOnlySpan<float> dy, Span<float> dx, Span<float> dGamma, Span<float> dBeta)
    {
        fixed (int* l = lengths)
        fixed (float* v = variance, n = normal, g = gamma, py = dy, px = dx, dg = dGamma, db = dBeta)
        {
            var job = new BackwardJob { Sizes = s, Lengths = l, Measured = measured, Count = count, Epsilon = epsilon, Variance = v, Normal = n, Gamma = g, Dy = py, Dx = px, DGamma = dg, DBeta = db };
            Share(team, ref job, s);
        }
    }

    private static void Share<TJob>(Team team, ref TJob job, in NormSizes s) where TJob : struct, IJob
    {
        int parts = s.IsRows ? (s.Channels + Strip - 1) / Strip : s.Channels;
        WorkSharing.Run(team, ref job, parts, s.Length >= WorthSharing);
    }

    private static ReadOnlySpan<float> In(float* from, long at, int length) => new(from + at, length);

    private static Span<float> Out(float* to, long at, int length) => new(to + at, length);

    private struct ForwardJob : IJob
    {
        public NormSizes Sizes;
        public int* Lengths;
        public bool Measure;
        public int Count;
        public float Epsilon;
        public float* X, Gamma, Beta, Mean, Variance, Normal, Y;

        public readonly void Run(int part, int worker)
        {
            if (Sizes.IsRows) Columns(part * Strip, Math.Min(Strip, Sizes.Channels - (part * Strip)));
            else Plane(part);
        }

        private readonly void Plane(int c)
        {
            int n = Sizes.Area;
            if (Measure)
            {
                double sum = 0, squares = 0;
                for (int b = 0; b < Sizes.Batch; b++) sum += VectorMath.Sum(In(X, At(b, c), n));
                Mean[c] = (float)(sum / Count);
                for (int b = 0; b < Sizes.Batch; b++)
                {
                    VectorMath.AddScalar(In(X, At(b, c), n), -Mean[c], Out(Normal, At(b, c), n));
                    squares += VectorMath.SumSquares(In(Normal, At(b, c), n));
                }

                Variance[c] = (float)(squares / Count);
            }

            float scale = (float)(1 / Math.Sqrt((double)Variance[c] + Epsilon));
            for (int b = 0; b < Sizes.Batch; b++)
            {
                Span<float> normal = Out(Normal, At(b, c), n);
                if (!Measure) VectorMath.AddScalar(In(X, At(b, c), n), -Mean[c], normal);
                VectorMath.Scale(normal, scale, normal);
                VectorMath.Affine(normal, Gamma == null ? 1 : Gamma[c], Beta == null ? 0 : Beta[c], Out(Y, At(b, c), n));
            }
        }

        private readonly long At(int b, int c) => (((long)b * Sizes.Channels) + c) * Sizes.Area;

        private readonly void Columns(int first, int n)
        {
            int rows = Sizes.Time * Sizes.Batch;
            Span<float> some = stackalloc float[n], minus = stackalloc float[n], scale = stackalloc float[n];
            Span<double> sums = stackalloc double[n];
            if (Measure)
            {
                sums.Clear();
                some.Clear();
                for (int r = 0, taken = 0; r < rows; r++)
                {
                    if (Counts(r)) VectorMath.AddTo(In(X, Row(r, first), n), some);
                    if (++taken < SumRows && r < rows - 1) continue;
                    Move(some, sums);
                    taken = 0;
                }

                for (int i = 0; i < n; i++) Mean[first + i] = (float)(sums[i] / Count);
            }

            VectorMath.Negate(In(Mean, first, n), minus);
            sums.Clear();
            some.Clear();
            for (int r = 0, taken = 0; r < rows; r++)
            {
                Span<float> normal = Out(Normal, Row(r, first), n);
                if (Counts(r))
                {
                    VectorMath.Add(In(X, Row(r, first), n), minus, normal);
                    if (Measure) VectorMath.MultiplyAdd(normal, normal, some);
                }

                if (!Measure || (++taken < SumRows && r < rows - 1)) continue;
                Move(some, sums);
                taken = 0;
            }

            for (int i = 0; i < n; i++)
            {
                if (Measure) Variance[first + i] = (float)(sums[i] / Count);
                scale[i] = (float)(1 / Math.Sqrt((double)Variance[first + i] + Epsilon));
            }

            for (int r = 0; r < rows; r++)
            {
                Span<float> normal = Out(Normal, Row(r, first), n), y = Out(Y, Row(r, first), n);
                if (!Counts(r))
                {
                    normal.Clear();
                    y.Clear();
                    continue;
                }

                VectorMath.Multiply(normal, scale, normal);
                if (Gamma == null) normal.CopyTo(y);
                else
                {
                    In(Beta, first, n).CopyTo(y);
                    VectorMath.MultiplyAdd(normal, In(Gamma, first, n), y);
                }
            }
        }

        private readonly long Row(int row, int first) => ((long)row * Sizes.Channels) + first;

        private readonly bool Counts(int row) => Lengths == null || row / Sizes.Batch < Lengths[row % Sizes.Batch];
    }

    private struct BackwardJob : IJob
    {
        public NormSizes Sizes;
        public int* Lengths;
        public bool Measured;
        public int Count;
        public float Epsilon;
        public float* Variance, Normal, Gamma, Dy, Dx, DGamma, DBeta;

        public readonly void Run(int part, int worker)
        {
            if (Sizes.IsRows) Columns(part * Strip, Math.Min(Strip, Sizes.Channels - (part * Strip)));
            else Plane(part);
        }

        private readonly void Plane(int c)
        {
            int n = Sizes.Area;
            double sum = 0, product = 0;
            for (int b = 0; b < Sizes.Batch; b++)
            {
                long at = (((long)b * Sizes.Channels) + c) * n;
                sum += VectorMath.Sum(In(Dy, at, n));
                product += VectorMath.Dot(In(Dy, at, n), In(Normal, at, n));
            }

            if (DBeta != null) DBeta[c] += (float)sum;
            if (DGamma != null) DGamma[c] += (float)product;
            if (Dx == null) return;
            (float s, float t, float u) = Slopes(c, sum, product);
            for (int b = 0; b < Sizes.Batch; b++)
            {
                long at = (((long)b * Sizes.Channels) + c) * n;
                VectorMath.AddAffine(In(Dy, at, n), s, In(Normal, at, n), t, u, Out(Dx, at, n));
            }
        }

        // dx += s dy + t x^ + u; with mean and variance of the batch both carry gradient, which takes the gradient's own mean and its share along x^ away.
        private readonly (float S, float T, float U) Slopes(int c, double sum, double product)
        {
            double s = (Gamma == null ? 1 : Gamma[c]) / Math.Sqrt((double)Variance[c] + Epsilon);
            return Measured ? ((float)s, (float)(-s * product / Count), (float)(-s * sum / Count)) : ((float)s, 0, 0);
        }

        private readonly void Columns(int first, int n)
        {
            int rows = Sizes.Time * Sizes.Batch;
            Span<float> some = stackalloc float[n], others = stackalloc float[n], s = stackalloc float[n], t = stackalloc float[n], u = stackalloc float[n];
            Span<double> sums = stackalloc double[n], products = stackalloc double[n];
            sums.Clear();
            products.Clear();
            some.Clear();
            others.Clear();
            for (int r = 0, taken = 0; r < rows; r++)
            {
                long at = ((long)r * Sizes.Channels) + first;
                if (Counts(r))
                {
                    VectorMath.AddTo(In(Dy, at, n), some);
                    VectorMath.MultiplyAdd(In(Dy, at, n), In(Normal, at, n), others);
                }

                if (++taken < SumRows && r < rows - 1) continue;
                Move(some, sums);
                Move(others, products);
                taken = 0;
            }

            for (int i = 0; i < n; i++)
            {
                if (DBeta != null) DBeta[first + i] += (float)sums[i];
                if (DGamma != null) DGamma[first + i] += (float)products[i];
                (s[i], t[i], u[i]) = Slopes(first + i, sums[i], products[i]);
            }

            for (int r = 0; r < rows && Dx != null; r++)
            {
                if (!Counts(r)) continue;
                long at = ((long)r * Sizes.Channels) + first;
                Span<float> dx = Out(Dx, at, n);
                VectorMath.MultiplyAdd(In(Dy, at, n), s, dx);
                if (!Measured) continue;
                VectorMath.MultiplyAdd(In(Normal, at, n), t, dx);
                VectorMath.AddTo(u, dx);
            }
        }

        private readonly bool Counts(int row) => Lengths == null || row / Sizes.Batch < Lengths[row % Sizes.Batch];
    }

    private static void Move(Span<float> some, Span<double> sums)
    {
        for (int i = 0; i < some.Length; i++) sums[i] += some[i];
        some.Clear();
    }
}
