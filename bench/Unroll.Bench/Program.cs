using Unroll.Bench;

switch (args.FirstOrDefault())
{
    case "peak":
        Console.WriteLine($"one core, fused multiply-adds: {Peak.Measure(seconds: 2):F1} GFLOP/s");
        return 0;
    case "gemm":
        GemmBench.Run();
        return 0;
    case "math":
        MathBench.Run();
        return 0;
    case "rnn":
        RnnBench.Run(new Options(args.AsSpan(1)));
        return 0;
    case "ragged":
        RnnBench.Ragged(new Options(args.AsSpan(1)));
        return 0;
    case "compare":
        Compare.Run(new Options(args.AsSpan(1)));
        return 0;
    default:
        Console.Error.WriteLine("usage: Unroll.Bench peak | gemm | math | rnn | ragged | compare");
        return 2;
}
