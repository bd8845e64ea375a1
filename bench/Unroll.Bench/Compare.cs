using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Unroll.Bench;

/// <summary>Joins files of JSON lines, ours and the peers', into one table: each side's better thread count, our time against each peer's, geometric means.</summary>
internal static class Compare
{
    private const string Own = "unroll";

    /// <param name="Peak">GFLOP/s of the machine's limit on so many threads at that moment, or 0.</param>
    private readonly record struct Line(string Peer, string Cell, string Mode, int I, int H, int L, int B, int T, int Threads, double Ms, double Gflops, double Peak)
    {
        public string Shape => $"{Cell} {I} {H} {L} {B} {T}";
    }

    public static void Run(Options options)
    {
        List<Line> lines = [.. options.Files.SelectMany(File.ReadLines).Where(l => l.StartsWith('{')).Select(Parse)];
        double peak = options.Number("peak", 0);
        // The limit as it was when the lines were made: what the machine gives now, beside other work, may be less.
        if (peak == 0 && lines.Count > 0) peak = lines.Max(l => l.Peak / l.Threads);
        if (peak == 0) peak = Peak.Measure(seconds: 1);
        // A peer that is faster than the machine did not do the work. A little above is the clock's doing.
        lines.RemoveAll(l => l.Gflops > 1.1 * peak * l.Threads);
        string[] peers = [.. lines.Select(l => l.Peer).Distinct().Where(p => p != Own)];
        var text = new StringBuilder();
        text.Append("| shape | mode | unroll ms (threads) | % of peak |");
        foreach (string peer in peers) text.Append(CultureInfo.InvariantCulture, $" {peer} ms (threads) | ratio |");
        text.AppendLine().Append("| --- | --- | --- | --- |");
        foreach (string _ in peers) text.Append(" --- | --- |");
        text.AppendLine();
        var ratios = new Dictionary<(string Peer, string Mode), List<double>>();
        foreach (IGrouping<(string Shape, string Mode), Line> row in lines.GroupBy(l => (l.Shape, l.Mode)))
        {
            if (Best(row, Own) is not { } own) continue;
            text.Append(CultureInfo.InvariantCulture, $"| {row.Key.Shape} | {row.Key.Mode} | {own.Ms:G4} ({own.Threads}) | {own.Gflops / (own.Peak > 0 ? own.Peak : peak * own.Threads):P0} |");
            foreach (string peer in peers)
            {
                if (Best(row, peer) is not { } other)
                {
                    text.Append(" - | - |");
                    continue;
                }
                double ratio = other.Ms / own.Ms;
                text.Append(CultureInfo.InvariantCulture, $" {other.Ms:G4} ({other.Threads}) | {ratio:F2} |");
                foreach (string mode in (string[])[row.Key.Mode, "all"])
                {
                    if (!ratios.TryGetValue((peer, mode), out List<double>? of)) ratios[(peer, mode)] = of = [];
                    of.Add(ratio);
                }
            }
            text.AppendLine();
        }
        Console.Write(text);
        Console.WriteLine();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"The share is that of the peak on as many threads, measured just before and after; the most of one core: {peak:F0} GFLOP/s. A ratio above 1: unroll is faster."));
        foreach (((string peer, string mode), List<double> of) in ratios)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"against {peer}, {mode}: geometric mean {Math.Exp(of.Average(Math.Log)):F2}, worst {of.Min():F2}, {of.Count} shapes"));
    }

    private static Line? Best(IEnumerable<Line> lines, string peer) => lines.Where(l => l.Peer == peer).OrderBy(l => l.Ms).Cast<Line?>().FirstOrDefault();

    private static Line Parse(string line)
    {
        using JsonDocument json = JsonDocument.Parse(line);
        JsonElement e = json.RootElement;
        int Whole(string name) => e.GetProperty(name).GetInt32();
        return new Line(e.GetProperty("peer").GetString()!, e.GetProperty("cell").GetString()!, e.GetProperty("mode").GetString()!, Whole("I"), Whole("H"), Whole("L"), Whole("B"), Whole("T"),
            Whole("threads"), e.GetProperty("ms").GetDouble(), e.GetProperty("gflops").GetDouble(), e.TryGetProperty("peak", out JsonElement limit) ? limit.GetDouble() : 0);
    }
}
