using System.Globalization;
using System.Text;
using Unroll.Tensors;

namespace Unroll.Training.Metrics;

/// <summary>A chunk of a sequence: a named entity, a phrase.</summary>
/// <param name="Type">What it is.</param>
/// <param name="Start">Its first token.</param>
/// <param name="End">The token behind its last.</param>
public readonly record struct Chunk(string Type, int Start, int End);

/// <summary>How the chunks of one type were found.</summary>
/// <param name="Type">The type; nothing for all types together.</param>
/// <param name="Correct">Chunks found with the right type and the right bounds.</param>
/// <param name="Predicted">Chunks found.</param>
/// <param name="Actual">Chunks there are.</param>
public readonly record struct ChunkScore(string Type, int Correct, int Predicted, int Actual)
{
    /// <summary>Precision, recall and F1, from 0 to 1.</summary>
    public ClassScore Score => ClassScore.Of(Correct, Predicted, Actual);
}

/// <summary>Chunks found against chunks there are, exactly as the script conlleval of the CoNLL shared tasks scores them (Tjong Kim Sang and Buchholz 2000).</summary>
/// <remarks>
/// Like the script, it reads tags that no scheme would write: a chunk starts at B, at I behind O, and wherever the type changes; it ends before the next start and before O. So IOB1, IOB2 and
/// mixtures of them need no setting. BIOES is read as in Lample et al. 2016: S counts as B and E as I. Not safe for concurrent use.
/// </remarks>
public sealed class ChunkScorer
{
    private readonly SortedDictionary<string, (int Correct, int Predicted, int Actual)> types = new(StringComparer.Ordinal);
    private readonly TagScheme scheme;
    private int tokens, rightTokens;

    /// <summary>A scorer with nothing in it.</summary>
    /// <param name="scheme">How tags are written; IOB1 and IOB2 are read alike.</param>
    public ChunkScorer(TagScheme scheme = TagScheme.Iob2) => this.scheme = scheme;

    /// <summary>Adds one sentence.</summary>
    /// <param name="predicted">The tags that were given, one a token: <c>O</c>, <c>B-PER</c>, ...</param>
    /// <param name="actual">The right tags.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a tag is not of the scheme; nothing is counted then.</exception>
    public void Add(IReadOnlyList<string> predicted, IReadOnlyList<string> actual)
    {
        ArgumentNullException.ThrowIfNull(predicted);
        ArgumentNullException.ThrowIfNull(actual);
        if (predicted.Count != actual.Count) throw new ArgumentException($"ChunkScorer.Add: predicted must hold {actual.Count} tags, one an actual, got {predicted.Count}.", nameof(predicted));
        List<Chunk> found = Chunks(predicted, scheme), there = Chunks(actual, scheme);
        for (int i = 0; i < actual.Count; i++)
            if (Parse(predicted[i], scheme) == Parse(actual[i], scheme)) rightTokens++;
        tokens += actual.Count;
        var right = there.ToHashSet();
        foreach (Chunk c in there) Count(c.Type, 0, 0, 1);
        foreach (Chunk c in found) Count(c.Type, right.Contains(c) ? 1 : 0, 1, 0);
    }

    /// <summary>All types together.</summary>
    public ChunkScore Overall => new("", types.Values.Sum(t => t.Correct), types.Values.Sum(t => t.Predicted), types.Values.Sum(t => t.Actual));

    /// <summary>Each type, in alphabetical order.</summary>
    public IReadOnlyList<ChunkScore> ByType => [.. types.Select(t => new ChunkScore(t.Key, t.Value.Correct, t.Value.Predicted, t.Value.Actual))];

    /// <summary>The share of tokens whose tag is right, O included; NaN of no tokens.</summary>
    public double TokenAccuracy => ForecastMetrics.Ratio(rightTokens, tokens);

    /// <summary>The chunks that tags say there are.</summary>
    /// <param name="tags">One a token.</param>
    /// <param name="scheme">How they are written; IOB1 and IOB2 are read alike.</param>
    /// <exception cref="ArgumentException">A tag is not of the scheme.</exception>
    public static List<Chunk> Chunks(IReadOnlyList<string> tags, TagScheme scheme = TagScheme.Iob2)
    {
        ArgumentNullException.ThrowIfNull(tags);
        var chunks = new List<Chunk>();
        (char Prefix, string Type) before = ('O', "");
        int start = 0;
        for (int i = 0; i <= tags.Count; i++)
        {
            (char Prefix, string Type) now = i == tags.Count ? ('O', "") : Parse(tags[i], scheme);
            bool starts = now.Prefix == 'B' || (now.Prefix == 'I' && (before.Prefix == 'O' || before.Type != now.Type));
            if (before.Prefix != 'O' && (starts || now.Prefix == 'O')) chunks.Add(new Chunk(before.Type, start, i));
            if (starts) start = i;
            before = now;
        }
        return chunks;
    }

    /// <summary>The script's report: tokens, phrases, accuracy, then a line for each type.</summary>
    public override string ToString()
    {
        ChunkScore all = Overall;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"processed {tokens} tokens with {all.Actual} phrases; found: {all.Predicted} phrases; correct: {all.Correct}.\n");
        text.Append(CultureInfo.InvariantCulture, $"accuracy: {Percent(tokens == 0 ? 0 : TokenAccuracy)}; {Line(all)}\n");
        foreach (ChunkScore type in ByType) text.Append(CultureInfo.InvariantCulture, $"{type.Type,17}: {Line(type)}  {type.Predicted}\n");
        return text.ToString();

        static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share,6:F2}%");
        static string Line(ChunkScore s) => string.Create(CultureInfo.InvariantCulture, $"precision: {Percent(s.Score.Precision)}; recall: {Percent(s.Score.Recall)}; FB1: {100 * s.Score.F1,6:F2}");
    }

    private void Count(string type, int correct, int predicted, int actual)
    {
        (int c, int p, int a) = types.GetValueOrDefault(type);
        types[type] = (c + correct, p + predicted, a + actual);
    }

    private static (char Prefix, string Type) Parse(string tag, TagScheme scheme)
    {
        if (tag == "O") return ('O', "");
        char prefix = tag.Length >= 1 && (tag.Length == 1 || tag[1] == '-') ? tag[0] : '?';
        if (scheme == TagScheme.Bioes) prefix = prefix is 'S' or 'U' ? 'B' : prefix is 'E' or 'L' ? 'I' : prefix;
        if (prefix is not ('B' or 'I'))
            throw new ArgumentException($"ChunkScorer: a tag must be O or {(scheme == TagScheme.Bioes ? "B, I, E or S" : "B or I")}, a hyphen and a type, got '{tag}'.", nameof(tag));
        return (prefix, tag.Length > 2 ? tag[2..] : "");
    }
}
