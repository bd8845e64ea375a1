using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Unroll.Bench;

/// <summary>The kernels under BenchmarkDotNet, in this process: the same machine code that the library runs.</summary>
internal static class KernelBenchmarks
{
    public static int Run(string[] args)
    {
        Job job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(3).WithIterationCount(12).WithIterationTime(TimeInterval.FromMilliseconds(100));
        IConfig config = ManualConfig.CreateEmpty().AddJob(job).AddLogger(ConsoleLogger.Default).AddExporter(MarkdownExporter.GitHub)
            .AddColumnProvider(DefaultColumnProviders.Descriptor, DefaultColumnProviders.Params, DefaultColumnProviders.Statistics).AddColumn(new RateColumn())
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "unroll-bench"));
        Type[] all = [typeof(Products), typeof(Functions), typeof(VocabularyLoss), typeof(OptimiserSteps), typeof(Embeddings)];
        IEnumerable<Summary> summaries = BenchmarkSwitcher.FromTypes(all).Run(args.Length == 0 ? ["--filter", "*"] : args, config);
        return summaries.Any(s => s.HasCriticalValidationErrors) ? 1 : 0;
    }

    /// <summary>What a benchmark does, over its mean time.</summary>
    private sealed class RateColumn : IColumn
    {
        public string Id => "Rate";
        public string ColumnName => "G/s";
        public bool AlwaysShow => true;
        public ColumnCategory Category => ColumnCategory.Custom;
        public int PriorityInCategory => 0;
        public bool IsNumeric => true;
        public UnitType UnitType => UnitType.Dimensionless;
        public string Legend => "Products: 10^9 floating-point operations a second. All else: 10^9 numbers a second.";

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
        {
            IMeasured? measured = benchmarkCase.Parameters.Items.Select(p => p.Value).OfType<IMeasured>().FirstOrDefault();
            double? mean = summary[benchmarkCase]?.ResultStatistics?.Mean;
            return measured is null || mean is null ? "-" : (measured.Work / mean.Value).ToString("F1", CultureInfo.InvariantCulture);
        }

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);
        public bool IsAvailable(Summary summary) => true;
        public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;
    }
}

/// <summary>An argument that knows how much work it stands for.</summary>
public interface IMeasured
{
    /// <summary>Floating-point operations, or numbers gone over.</summary>
    double Work { get; }
}
