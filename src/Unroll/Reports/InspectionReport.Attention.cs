using Unroll.Inspections;

namespace Unroll.Reports;

/// <content>Where attentions look.</content>
public static partial class InspectionReport
{
    private const int MostMaps = 24, LongestSide = 40;

    private static ReportSection Attention(Inspection seen)
    {
        var parts = new List<ReportPart>
        {
            new ReportText("A row is a step that looks, a column one that is looked at; the darker, the larger the share. Each head has a map of its own."),
        };
        int maps = 0;
        foreach (AttentionReading reading in seen.Attentions)
        {
            if (reading.Queries.Count == 0 || reading.Keys.Count == 0) continue;
            if ((maps += reading.Heads) > MostMaps) break;
            // Of long sequences the last steps.
            int fromQuery = Math.Max(0, reading.Queries.Count - LongestSide), fromKey = Math.Max(0, reading.Keys.Count - LongestSide);
            string[] queries = [.. reading.Queries.Skip(fromQuery)], keys = [.. reading.Keys.Skip(fromKey)];
            int width = reading.Heads == 1 ? 880 : 420;
            HeatMap[] heads = [.. Enumerable.Range(0, reading.Heads).Select(h => new HeatMap(keys, queries, [.. Enumerable.Range(fromQuery, queries.Length).Select(t => reading.Row(h, t)[fromKey..].ToArray())])
            {
                Title = reading.Heads == 1 ? reading.Name : $"{reading.Name}, head {h + 1}", Width = width, Height = HeatMap.HeightFor(keys, queries, width), XLabel = "looked at",
            })];
            if (heads.Length == 1) parts.Add(new ReportChart(heads[0]));
            else parts.Add(new ReportPictures(heads));
            double[] breadths = [.. Enumerable.Range(0, reading.Heads).Select(reading.Breadth)];
            string what = reading.Heads == 1 ? $"It looks at {NumberLabel.Of(breadths[0])} of {reading.Keys.Count} steps at a time" : $"The sharpest head looks at {NumberLabel.Of(breadths.Min())} steps at a time, the broadest at {NumberLabel.Of(breadths.Max())}, of {reading.Keys.Count}";
            bool flat = reading.Keys.Count > 3 && breadths.Min() > 0.9 * reading.Keys.Count && reading.Queries.Count > 1;
            parts.Add(new ReportReading(flat ? $"{what}: it looks everywhere alike, and has not learnt where to look." : $"{what} (2 to the entropy of its weights, in bits).", flat ? Verdict.Warning : Verdict.None));
        }
        if (maps > MostMaps) parts.Add(new ReportText($"Further attentions are not drawn: {seen.Attentions.Sum(static a => a.Heads)} heads in all."));
        return new ReportSection("5. Attention", parts);
    }
}
