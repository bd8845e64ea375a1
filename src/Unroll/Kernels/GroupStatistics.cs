namespace Unroll.Kernels;

/// <summary>
/// Group normalisation (Wu and He 2018): each group of channels of each example [channels, area] has its own mean and variance; x^ = (x - mean) / sqrt(variance + epsilon), y = gamma x^ + beta
/// with gamma and beta a channel. Threads share out examples.
/// </summary>
internal static unsafe class GroupStatistics
{
    private const long WorthSharing = 1 << 15;

    /// <summary>Forward.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="examples">How many.</param>
    /// <param name="channels">Channels of an example.</param>
    /// <param name="area">Elements of a channel.</param>
    /// <param name="groups">Divides the channels.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="x">[examples, channels, area].</param>
    /// <param name="gamma">[channels].</param>
    /// <param name="beta">[channels].</param>
    /// <param name="scales">[examples, groups]: 1 / sqrt(variance + epsilon).</param>
    /// <param name="normal">x^.</param>
    /// <param name="y">The result.</param>
    public static void Forward(Team team, int examples, int channels, int area, int groups, float epsilon, ReadOnlySpan<float> x, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, Span<float> scales,
        Span<float> normal, Span<float> y)
    {
        fixed (float* px = x, g = gamma, b = beta, s = scales, n = normal, py = y)
        {
            var job = new ForwardJob { Channels = channels, Area = area, Groups = groups, Epsilon = epsilon, X = px, Gamma = g, Beta = b, Scales = s, Normal = n, Y = py };
            WorkSharing.Run(team, ref job, examples, x.Length >= WorthSharing);
        }
    }

    /// <summary>dx += the gradient of x; dgamma and dbeta are the caller's (<see cref="ParameterGradients"/>).</summary>
    public static void Backward(Team team, int examples, int channels, int area, int groups, ReadOnlySpan<float> gamma, ReadOnlySpan<float> scales, ReadOnlySpan<float> normal, ReadOnlySpan<float> dy,
        Span<float> dx)
    {
        fixed (float* g = gamma, s = scales, n = normal, py = dy, px = dx)
        {
            var job = new BackwardJob { Channels = channels, Area = area, Groups = groups, Gamma = g, Scales = s, Normal = n, Dy = py, Dx = px };
            WorkSharing.Run(team, ref job, examples, dy.Length >= WorthSharing);
        }
    }

    /// <summary>dgamma += the sum of dy x^ a channel, dbeta += the sum of dy; one that is not wanted is empty.</summary>
    public static void ParameterGradients(int examples, int channels, int area, ReadOnlySpan<float> normal, ReadOnlySpan<float> dy, Span<float> dGamma, Span<float> dBeta)
    {
        if (area == 1)
        {
            for (int e = 0; e < examples && !dGamma.IsEmpty; e++) VectorMath.MultiplyAdd(dy.Slice(e * channels, channels), normal.Slice(e * channels, channels), dGamma);
            if (!dBeta.IsEmpty) VectorMath.SumRowsTo(dy, examples, channels, dBeta);
            return;
        }

        for (int i = 0; i < examples * channels; i++)
        {
            if (!dGamma.IsEmpty) dGamma[i % channels] += VectorMath.Dot(dy.Slice(i * area, area), normal.Slice(i * area, area));
            if (!dBeta.IsEmpty) dBeta[i % channels] += VectorMath.Sum(dy.Slice(i * area, area));
        }
    }

    private struct ForwardJob : IJob
    {
        public int Channels, Area, Groups;
        public float Epsilon;
        public float* X, Gamma, Beta, Scales, Normal, Y;

        public readonly void Run(int part, int worker)
        {
            int width = Channels / Groups, n = width * Area;
            for (int g = 0; g < Groups; g++)
            {
                long at = (((long)part * Groups) + g) * n;
                ReadOnlySpan<float> x = new(X + at, n);
                Span<float> normal = new(Normal + at, n);
                VectorMath.AddScalar(x, -VectorMath.Sum(x) / n, normal);
                float scale = (float)(1 / Math.Sqrt((VectorMath.SumSquares(normal) / n) + Epsilon));
                VectorMath.Scale(normal, scale, normal);
                Scales[((long)part * Groups) + g] = scale;
                if (Area == 1)
                {
                    Span<float> y = new(Y + at, n);
                    new ReadOnlySpan<float>(Beta + (g * width), width).CopyTo(y);
                    VectorMath.MultiplyAdd(normal, new ReadOnlySpan<float>(Gamma + (g * width), width), y);
                }
                else
                {
                    for (int c = 0; c < width; c++)
                        VectorMath.Affine(normal.Slice(c * Area, Area), Gamma[(g * width) + c], Beta[(g * width) + c], new Span<float>(Y + at + ((long)c * Area), Area));
                }
            }
        }
    }

    private struct BackwardJob : IJob
    {
        public int Channels, Area, Groups;
        public float* Gamma, Scales, Normal, Dy, Dx;

        public readonly void Run(int part, int worker)
        {
            int width = Channels / Groups, n = width * Area;
            for (int g = 0; g < Groups; g++)
            {
                long at = (((long)part * Groups) + g) * n;
                double sum = 0, product = 0;                                           // of gamma dy, and of gamma dy x^
                for (int c = 0; c < width; c++)
                {
                    double gamma = Gamma[(g * width) + c];
                    if (Area == 1)
                    {
                        sum += gamma * Dy[at + c];
                        product += gamma * Dy[at + c] * Normal[at + c];
                        continue;
                    }

                    ReadOnlySpan<float> dy = new(Dy + at + ((long)c * Area), Area);
                    sum += gamma * VectorMath.Sum(dy);
                    product += gamma * VectorMath.Dot(dy, new ReadOnlySpan<float>(Normal + at + ((long)c * Area), Area));
                }

                float scale = Scales[((long)part * Groups) + g], t = (float)(-scale * product / n), u = (float)(-scale * sum / n);
                for (int c = 0; c < width; c++)
                {
                    float s = scale * Gamma[(g * width) + c];
                    long from = at + ((long)c * Area);
                    if (Area == 1) Dx[from] += (s * Dy[from]) + ((t * Normal[from]) + u);
                    else VectorMath.AddAffine(new ReadOnlySpan<float>(Dy + from, Area), s, new ReadOnlySpan<float>(Normal + from, Area), t, u, new Span<float>(Dx + from, Area));
                }
            }
        }
    }
}
