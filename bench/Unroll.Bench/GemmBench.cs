using Unroll.Kernels;

namespace Unroll.Bench;

/// <summary>Products of the shapes that training and inference make, in GFLOP/s (median, best) and as a share of one core's peak.</summary>
internal static class GemmBench
{
    private static readonly (string, int, int, int)[] Shapes =
    [
        ("nn", 512, 512, 512), ("nt", 512, 512, 512), ("tn", 512, 512, 512), ("nn", 1024, 1024, 1024), ("tn", 1024, 1024, 1024), ("nt", 700, 2600, 650), ("tn", 2600, 650, 700), ("nn", 700, 650, 2600),
        ("nt", 1792, 5922, 1792), ("nn", 1792, 1792, 5922), ("tn", 5922, 1792, 1792), ("nt", 128, 1536, 1280), ("nn", 128, 1280, 1536), ("tn", 1536, 1280, 128), ("tn", 1536, 512, 128), ("nt", 6400, 1024, 256),
        ("tn", 1024, 256, 6400), ("nt", 3072, 256, 64), ("tn", 160, 40, 6144), ("nn", 64, 64, 64), ("nt", 32, 32, 32), ("nt", 8, 2048, 512), ("nn", 1, 2048, 512), ("nt", 1, 2048, 512),
        ("nt", 1, 512, 128), ("nt", 2, 1024, 256), ("nt", 4000, 1, 128),
    ];

    /// <param name="words">Shapes to measure instead of the list, four words each: tn 1024 256 6400.</param>
    public static void Run(ReadOnlySpan<string> words)
    {
        double peak = Peak.Measure(seconds: 1);
        Console.WriteLine($"one core's peak: {peak:F1} GFLOP/s");
        Console.WriteLine("Multiply (op: n as it stands, t transposed)          1 thread              2 threads");
        foreach ((string op, int m, int n, int k) in words.IsEmpty ? Shapes : Read(words))
        {
            Console.Write($"{op} {m,5} x {n,5} x {k,5}:      ");
            foreach (int threads in (int[])[1, 2])
            {
                using var team = new Team(threads);
                bool ta = op[0] == 't', tb = op[1] == 't';
                float[] a = Numbers(m * k), b = Numbers(k * n), c = new float[m * n];
                Timing time = Timing.Of(() => Gemm.Multiply(team, ta, tb, m, n, k, a, ta ? m : k, b, tb ? k : n, c, n, accumulate: false));
                Console.Write(Line(2.0 * m * n * k, time, peak));
            }

            Console.WriteLine();
        }

        if (!words.IsEmpty) return;
        Console.WriteLine("MultiplyPacked");
        foreach ((int m, int n, int k) in ((int, int, int)[])
        [
            (32, 1024, 256), (64, 1024, 256), (20, 800, 200), (20, 2600, 650), (64, 4096, 1024), (32, 256, 64), (64, 160, 40), (32, 96, 32), (1, 512, 128), (1, 2048, 512), (2, 512, 128), (4, 1024, 256),
        ])
        {
            Console.Write($"   {m,5} x {n,5} x {k,5}:      ");
            Console.WriteLine(Line(2.0 * m * n * k, Packed(m, n, k), peak));
        }
    }

    private static (string, int, int, int)[] Read(ReadOnlySpan<string> words)
    {
        var shapes = new (string, int, int, int)[words.Length / 4];
        for (int i = 0; i < shapes.Length; i++) shapes[i] = (words[4 * i], int.Parse(words[(4 * i) + 1]), int.Parse(words[(4 * i) + 2]), int.Parse(words[(4 * i) + 3]));
        return shapes;
    }

    private static unsafe Timing Packed(int m, int n, int k)
    {
        float[] a = Numbers(m * k), b = Numbers(k * n), packed = GC.AllocateArray<float>(Gemm.PackedLength(k, n) + 16, pinned: true), c = Numbers(m * n);
        int shift = Memory.FloatsToAlignment(packed, 64);
        Gemm.Pack(false, k, n, b, n, packed.AsSpan(shift));
        return Timing.Of(() =>
        {
            fixed (float* pa = a, pb = packed, pc = c) Gemm.MultiplyPacked(m, n, k, pa, k, pb + shift, pc, n, accumulate: false);
        });
    }

    private static string Line(double flops, Timing time, double peak)
    {
        double median = flops / time.Median / 1e9, best = flops / time.Best / 1e9;
        return $"{median,7:F1} {best,7:F1} {best / peak,5:P0}   ";
    }

    private static float[] Numbers(int count)
    {
        float[] x = GC.AllocateArray<float>(count, pinned: true);
        new RandomStream(1).FillUniform(x, -1, 1);
        return x;
    }
}
