using System.Globalization;
using Unroll.Bench;

string Option(string name, string otherwise)
{
    int at = Array.IndexOf(args, name);
    return at >= 0 && at + 1 < args.Length ? args[at + 1] : otherwise;
}

switch (args.FirstOrDefault())
{
    case "peak":
        Console.WriteLine($"one core, fused multiply-adds: {Peak.Measure(seconds: 2):F1} GFLOP/s");
        return 0;
    case "gemm":
        GemmBench.Run();
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
    case "kernels":
        return KernelBenchmarks.Run(args[1..]);
    case "step":
        StepBench.Run(Option("--name", "lm650"), int.Parse(Option("--threads", "1"), CultureInfo.InvariantCulture), double.Parse(Option("--seconds", "2"), CultureInfo.InvariantCulture));
        return 0;
    default:
        Console.Error.WriteLine("usage: Unroll.Bench peak | gemm | kernels [--filter '*Products*'] | step --name lm200|lm650|seq2seq|stream650 --threads N --seconds S");
        return 2;
}
