using Unroll.Bench;

try
{
    return Run(args);
}
catch (Exception e) when (e is ArgumentException or FormatException or IOException or InvalidDataException)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

static int Run(string[] args)
{
    switch (args.FirstOrDefault())
    {
        case "peak":
            for (int threads = 1; threads <= Environment.ProcessorCount; threads *= 2) Console.WriteLine($"{threads} thread(s), fused multiply-adds: {Peak.Measure(seconds: 2, threads):F1} GFLOP/s");
            return 0;
        case "gemm":
            GemmBench.Run(args.AsSpan(1));
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
        case "attention":
            AttentionBench.Run();
            return 0;
        case "step":
            StepBench.Run(new Options(args.AsSpan(1)));
            return 0;
        case "tag":
            TaggingBench.Run(new Options(args.AsSpan(1)));
            return 0;
        case "translate":
            TranslationBench.Run(new Options(args.AsSpan(1)));
            return 0;
        case "inspect":
            InspectBench.Run(new Options(args.AsSpan(1)));
            return 0;
        case "conv":
            ConvBench.Run();
            return 0;
        default:
            Console.Error.WriteLine("usage: Unroll.Bench peak | rnn --shapes FILE --threads N | ragged | compare FILE... | gemm [tn 1024 256 6400 ...] | kernels [--filter '*Products*'] | attention | conv | step --name lm200|lm650|seq2seq|stream650 --threads N --seconds S | tag --data FILE.conllu --threads N --seconds S | translate --source FILE --target FILE --threads N --seconds S | inspect [--model FOLDER --data FILE [--target FILE]] --seconds S");
            return 2;
    }
}
