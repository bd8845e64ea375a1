using System.Diagnostics;
using System.Globalization;
using Unroll.Training;

namespace Unroll.Cli;

/// <summary>Shows how training stands: one line that rewrites itself on a terminal, a plain line every few seconds elsewhere. On standard error.</summary>
/// <param name="quiet">True shows nothing but notices.</param>
/// <param name="unit">What training counts.</param>
internal sealed class ProgressLine(bool quiet, string unit = "step") : IProgress<TrainingProgress>
{
    private const double PlainSeconds = 5;

    private readonly bool live = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("CI") is null;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private double lastPlain = -PlainSeconds;
    private int width;

    public void Report(TrainingProgress p)
    {
        if (p.Notice is not null)
        {
            Clear();
            Console.Error.WriteLine($"unroll: {p.Notice}");
        }
        if (quiet) return;
        bool last = p.EpochDone && p.Step >= p.Steps;
        string text = $"epoch {p.Epoch}/{p.Epochs}  {unit} {p.Step}/{p.Steps}  {Speed(p.StepsPerSecond)} {unit}s/s  loss {p.Loss:G4}"
            + (p.ValidationLoss is { } v ? $"  validation {v:G4}" : "") + $"  left {Left(p.Left)}";
        if (live)
        {
            int room = Math.Max(20, Console.WindowWidth - 1);
            string shown = text.Length > room ? text[..room] : text;
            Console.Error.Write("\r" + shown.PadRight(width));
            width = shown.Length;
            if (last) Console.Error.WriteLine();
        }
        else if (last || clock.Elapsed.TotalSeconds - lastPlain >= PlainSeconds)
        {
            lastPlain = clock.Elapsed.TotalSeconds;
            Console.Error.WriteLine(text);
        }
    }

    /// <summary>Takes the live line away, so that something else can be written.</summary>
    public void Clear()
    {
        if (live && width > 0) Console.Error.Write("\r" + new string(' ', width) + "\r");
        width = 0;
    }

    private static string Speed(double perSecond) => perSecond.ToString(perSecond < 1000 ? "F1" : "N0", CultureInfo.InvariantCulture);

    private static string Left(TimeSpan t) => t.TotalHours >= 1 ? $"{(int)t.TotalHours}:{t.Minutes:00}:{t.Seconds:00}" : $"{t.Minutes}:{t.Seconds:00}";
}
