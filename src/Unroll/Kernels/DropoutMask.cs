using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Unroll.Kernels;

/// <summary>Dropout: draws which elements are kept, on all threads. The draws are those of <see cref="RandomStream.NextSingle"/> one behind the other: each is a function of its place alone.</summary>
internal static unsafe class DropoutMask
{
    /// <summary>Elements of a part, a multiple of <see cref="Run"/>; fewer are not worth waking a thread for.</summary>
    private const int PartLength = 1 << 14;

    /// <summary>Elements that are drawn at once: eight blocks of the generator of four numbers each.</summary>
    private const int Run = 32;

    /// <summary>keep[i] = 0 where draw i is below p, else scale; y = x keep.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="from">Where the stream of draws stands.</param>
    /// <param name="x">What is dropped from.</param>
    /// <param name="p">Probability of dropping.</param>
    /// <param name="keep">The mask, as long as x.</param>
    /// <param name="y">The result, as long as x.</param>
    public static void Apply(Team team, RandomState from, ReadOnlySpan<float> x, float p, Span<float> keep, Span<float> y)
    {
        fixed (float* px = x, k = keep, py = y)
        {
            var job = new Job { From = from, X = px, Keep = k, Y = py, Length = x.Length, P = p, Scale = 1 / (1 - p) };
            team.Run(ref job, (x.Length + PartLength - 1) / PartLength);
        }
    }

    private struct Job : IJob
    {
        public RandomState From;
        public float* X, Keep, Y;
        public int Length;
        public float P, Scale;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int part, int worker)
        {
            int first = part * PartLength, last = Math.Min(Length, first + PartLength);
            float* draws = stackalloc float[DropoutMask.Run + 3];
            ulong position = From.Position + (ulong)first;
            int skip = (int)(position % 4);                                            // a stream may stand within a block
            for (int i = first; i < last; i += DropoutMask.Run, position += DropoutMask.Run)
            {
                Draw(From.Seed, From.Stream, position / 4, draws, skip == 0 ? DropoutMask.Run : DropoutMask.Run + 4);
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
            Eight(seed, stream, block, draws);
            if (count > Run) One(seed, stream, block + 8, draws + Run, 3);
            return;
        }

        for (int b = 0; b * 4 < count; b++) One(seed, stream, block + (ulong)b, draws + (b * 4), Math.Min(4, Run + 3 - (b * 4)));
    }

    private static void One(ulong seed, ulong stream, ulong block, float* draws, int count)
    {
        UInt128 bits = RandomStream.Philox(new UInt128(stream, block), seed);
        for (int i = 0; i < count; i++) draws[i] = ((uint)(bits >> (32 * i)) >> 8) * (1f / (1 << 24));
    }

    // Philox4x32-10 on eight counters side by side, a word of 32 bits in each lane of 64.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Eight(ulong seed, ulong stream, ulong block, float* draws)
    {
        Vector512<ulong> low = Vector512.Create(0xFFFFFFFFUL), m0 = Vector512.Create(0xD2511F53UL), m1 = Vector512.Create(0xCD9E8D57UL);
        Vector512<ulong> number = Vector512.Create(block) + Vector512.Create(0UL, 1, 2, 3, 4, 5, 6, 7);
        Vector512<ulong> c0 = number & low, c1 = number >> 32, c2 = Vector512.Create(stream & 0xFFFFFFFF), c3 = Vector512.Create(stream >> 32);
        uint k0 = (uint)seed, k1 = (uint)(seed >> 32);
        for (int round = 0; round < 10; round++)
        {
            Vector512<ulong> even = Avx512F.Multiply(m0.AsUInt32(), c0.AsUInt32()), odd = Avx512F.Multiply(m1.AsUInt32(), c2.AsUInt32());
            (c0, c1, c2, c3) = ((odd >> 32) ^ c1 ^ Vector512.Create((ulong)k0), odd & low, (even >> 32) ^ c3 ^ Vector512.Create((ulong)k1), even & low);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }

        Vector512<ulong> first = c0 | (c1 << 32), second = c2 | (c3 << 32);
        Floats(Avx512F.PermuteVar8x64x2(first, Vector512.Create(0UL, 8, 1, 9, 2, 10, 3, 11), second)).Store(draws);
        Floats(Avx512F.PermuteVar8x64x2(first, Vector512.Create(4UL, 12, 5, 13, 6, 14, 7, 15), second)).Store(draws + 16);
    }

    private static Vector512<float> Floats(Vector512<ulong> bits) => Vector512.ConvertToSingle((bits.AsUInt32() >> 8).AsInt32()) * Vector512.Create(1f / (1 << 24));
}
