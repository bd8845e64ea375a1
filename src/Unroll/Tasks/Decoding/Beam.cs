namespace Unroll.Tasks.Decoding;

/// <summary>A way to go on with a row's hypothesis.</summary>
/// <param name="Row">The row.</param>
/// <param name="Token">The next token.</param>
/// <param name="LogProbability">Of the whole, with it.</param>
/// <param name="Rank">The same less what it loses for being like others: what ways are chosen by.</param>
internal readonly record struct Way(int Row, int Token, double LogProbability, double Rank);

/// <summary>The hypotheses of one text, or of one group of them.</summary>
/// <param name="first">The first of its rows.</param>
/// <param name="size">How many rows it has.</param>
/// <param name="longest">Most tokens.</param>
/// <param name="options">How to search.</param>
internal sealed class Beam(int first, int size, int longest, BeamOptions options)
{
    private readonly List<Hypothesis> ended = [];

    public bool Done { get; private set; }

    public Way[] Alive { get; private set; } = [new(first, -1, 0, 0)];

    public int First => first;

    /// <summary>Takes the best ways on: those that end are put aside, the others fill the beam.</summary>
    /// <param name="ways">The ways.</param>
    /// <param name="written">The tokens of a row's hypothesis.</param>
    /// <param name="uncovered">What a row's hypothesis loses for what it left of the source, at most 0.</param>
    /// <param name="length">Tokens with the new ones.</param>
    public void Choose(List<Way> ways, Func<int, IEnumerable<int>> written, Func<int, double> uncovered, int length)
    {
        // Of equals the earlier hypothesis and the lower token, so that nothing depends on how a sort treats them.
        ways.Sort(static (a, b) => a.Rank != b.Rank ? b.Rank.CompareTo(a.Rank) : a.Row != b.Row ? a.Row.CompareTo(b.Row) : a.Token.CompareTo(b.Token));
        var alive = new List<Way>(size);
        foreach (Way way in ways)
        {
            if (alive.Count == size) break;
            if (way.Token == options.End) ended.Add(new Hypothesis([.. written(way.Row)], way.LogProbability, Scored(way.LogProbability, length) + uncovered(way.Row), true));
            else alive.Add(way);
        }
        Alive = [.. alive];
        ended.Sort(static (a, b) => b.Score.CompareTo(a.Score));
        if (ended.Count > size) ended.RemoveRange(size, ended.Count - size);
        // No living hypothesis can come before the worst of those that ended: it only loses probability, and the length penalty helps most at the longest length.
        Done = Alive.Length == 0 || length == longest || (ended.Count == size && Scored(Alive[0].LogProbability, longest) <= ended[^1].Score);
    }

    /// <summary>What was found, best first; a hypothesis that had to be cut off stands behind all that ended.</summary>
    public IReadOnlyList<Hypothesis> Found { get; private set; } = [];

    /// <summary>Ends the search: living hypotheses are cut off.</summary>
    public void Close(Func<int, IEnumerable<int>> written, Func<int, double> uncovered, int length)
    {
        Done = true;
        IEnumerable<Hypothesis> cut = Alive.Select(way => new Hypothesis(way.Token < 0 ? [] : [.. written(way.Row), way.Token], way.LogProbability, Scored(way.LogProbability, length) + uncovered(way.Row), false))
            .OrderByDescending(static h => h.Score);
        Found = [.. ended, .. cut.Take(size - ended.Count)];
    }

    /// <summary>Puts the living hypotheses into the beam's own rows.</summary>
    public void Settle()
    {
        for (int k = 0; k < Alive.Length; k++) Alive[k] = Alive[k] with { Row = first + k };
    }

    private double Scored(double logProbability, int length) => logProbability / Math.Pow((5.0 + Math.Max(1, length)) / 6, options.LengthPenalty);
}
