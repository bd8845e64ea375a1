using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Unroll.Kernels;

/// <summary>Dropout: draws which elements are kept, on all threads. The draws are those of the random stream, one behind the other: each is a function of its place alone.</summary>
internal static unsafe class DropoutMask
{
    /// <summary>Elements of a part, a multiple of <see cref="Run"/>; fewer are not worth waking a thread for.</summary>
    private const int PartLength = 1 << 14;

    /// <summary>Elements that are drawn at once: eight blocks of the generator of four numbers each.</summary>
    private const int Run = 32;

    /// <summary>keep[i] = 0 where draw i is below p, else scale; y = x keep.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="seed">The generator's key.</param>
    /// <param name="stream">The upper half of its counter.</param>
    /// <param name="position">How many numbers of the stream have been drawn.</param>
    /// <param name="x">What is dropped from.</param>
    /// <param name="p">Probability of dropping.</param>
    /// <param name="keep">The mask, as long as x.</param>
    /// <param name="y">The result, as long as x.</param>
    public static void Apply(Team team, ulong seed, ulong stream, ulong position, ReadOnlySpan<float> x, float p, Span<float> keep, Span<float> y)
    {
        fixed (float* px = x, k = keep, py = y)
        {
            var job = new Job { Seed = seed, Stream = stream, Position = position, X = px, Keep = k, Y = py, Length = x.Length, P = p, Scale = 1 / (1 - p) };
            team.Run(ref job, (x.Length + PartLength - 1) / PartLength);
        }
    }

    private struct Job : IJob
    {
        public ulong Seed, Stream, Position;
        public float* X, Keep, Y;
        public int Length;
        public float P, Scale;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int part, int worker)
        {
            int first = part * PartLength, last = Math.Min(Length, first + PartLength);
            float* draws = stackalloc float[DropoutMask.Run + 3];
            ulong position = Position + (ulong)first;
            int skip = (int)(position % 4);                                            // a stream may stand within a block
            for (int i = first; i < last; i += DropoutMask.Run, position += DropoutMask.Run)
            {
                Draw(Seed, Stream, position / 4, draws, skip == 0 ? DropoutMask.Run : DropoutMask.Run + 4);
                int n = Math.Min(DropoutMask.Run, last - i), j = 0;
                for (; Vector512.IsHardwareAccelerated && j + 16 <= n; j += 16)
                {
                    Vector512<float> some = Vector512.ConditionalSelect(Vector512.LessThan(Vector512.Load(draws + j + skip), Vector512.Create(P)), Vector512<float>.Zero, Vector512.Create(Scale));
                    some.Store(Keep + i + j);
                    (Vector512.Load(X + i + j) * some).Store(Y + i + j);
                }

                for (; j < n; j++)
                {
                    float kept = draws[j + skip] < P ? 0 : Scale;
                    Keep[i + j] = kept;
                    Y[i + j] = X[i + j] * kept;
                }
            }
        }
    }

    // Some numbers from a block on; a few more than are asked for may be written up to a whole run and three.
    private static void Draw(ulong seed, ulong stream, ulong block, float* draws, int count)
    {
        if (Avx512F.IsSupported)
        {
            Philox.EightBlocks(seed, stream, block, draws);
            if (count > Run) One(seed, stream, block + 8, draws + Run, 3);
            return;
        }

        for (int b = 0; b * 4 < count; b++) One(seed, stream, block + (ulong)b, draws + (b * 4), Math.Min(4, Run + 3 - (b * 4)));
    }

    private static void One(ulong seed, ulong stream, ulong block, float* draws, int count)
    {
        UInt128 bits = Philox.Block(new UInt128(stream, block), seed);
        for (int i = 0; i < count; i++) draws[i] = ((uint)(bits >> (32 * i)) >> 8) * (1f / (1 << 24));
    }
}
