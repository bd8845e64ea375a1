namespace Unroll.Layers;

/// <summary>The hypotheses of one sequence on their way through the steps. They stand in a tree of prefixes, so that one that grows shares what it had.</summary>
internal sealed class CtcBeam(int width, int classes, int blank, CtcLanguageModel? languageModel)
{
    /// <summary>A hypothesis: its place in the tree, ln p of its alignments that end in a blank and of those that end in its last symbol, the language model's share.</summary>
    private record struct Entry(int Node, double Blank, double Symbol, double Language)
    {
        public readonly double Total => Sum(Blank, Symbol);

        public readonly double Score => Total + Language;
    }

    private readonly List<(int Parent, int Symbol, int Depth)> tree = [(-1, -1, 0)];
    private readonly Dictionary<(int Parent, int Symbol), int> children = [];
    private readonly Dictionary<int, int> places = [];                                 // node -> place among the entries
    private readonly PriorityQueue<(Entry Entry, int Parent, int Symbol), (double Score, int Order)> candidates = new();
    private readonly HashSet<long> merged = [];                                        // place * classes + symbol
    private List<Entry> entries = [new Entry(0, 0, double.NegativeInfinity, 0)];
    private List<Entry> next = [];

    /// <summary>Goes one step on.</summary>
    /// <param name="row">Log-probabilities of the classes.</param>
    public void Step(ReadOnlySpan<float> row)
    {
        places.Clear();
        merged.Clear();
        for (int i = 0; i < entries.Count; i++) places[entries[i].Node] = i;
        int order = 0;
        foreach (Entry e in entries)                                                   // stays as it is: a blank, or its last symbol once more
        {
            (int parent, int symbol, _) = tree[e.Node];
            double ofSymbol = symbol < 0 ? double.NegativeInfinity : e.Symbol + row[symbol];
            if (symbol >= 0 && places.TryGetValue(parent, out int place))              // or its own prefix, which is still here, grows into it
            {
                ofSymbol = Sum(ofSymbol, Grown(entries[place], symbol) + row[symbol]);
                merged.Add((long)place * classes + symbol);
            }
            Offer(new Entry(e.Node, e.Total + row[blank], ofSymbol, e.Language), -1, -1, order++);
        }
        for (int i = 0; i < entries.Count; i++)
        {
            Entry e = entries[i];
            int[]? symbols = languageModel is null ? null : Symbols(e.Node);
            int last = tree[e.Node].Symbol;
            double total = e.Total;                                                    // a symbol behind itself needs a blank in between
            for (int c = 0; c < classes; c++, order++)
            {
                double symbol = (c == last ? e.Blank : total) + row[c];
                if (c == blank || double.IsNegativeInfinity(symbol)) continue;
                double language = symbols is null ? 0 : e.Language + languageModel!(symbols, c);
                if (candidates.Count == width && candidates.TryPeek(out _, out (double Score, int Order) worst) && symbol + language < worst.Score) continue;
                if (!merged.Contains((long)i * classes + c)) Offer(new Entry(-1, double.NegativeInfinity, symbol, language), e.Node, c, order);
            }
        }
        next.Clear();
        while (candidates.TryDequeue(out (Entry Entry, int Parent, int Symbol) c, out _)) next.Add(c.Entry.Node >= 0 ? c.Entry : c.Entry with { Node = Child(c.Parent, c.Symbol) });
        next.Reverse();                                                                // best first
        (entries, next) = (next, entries);
    }

    /// <summary>All hypotheses, best first.</summary>
    public CtcHypothesis[] Best() => [.. entries.OrderByDescending(e => e.Score).Select(e => new CtcHypothesis(Symbols(e.Node), e.Score))];

    // A symbol behind itself needs a blank in between.
    private double Grown(Entry e, int symbol) => tree[e.Node].Symbol == symbol ? e.Blank : e.Total;

    // The worst of the candidates, of equal ones the later, leaves when there are too many.
    private void Offer(Entry entry, int parent, int symbol, int order)
    {
        if (candidates.Count < width) candidates.Enqueue((entry, parent, symbol), (entry.Score, -order));
        else candidates.EnqueueDequeue((entry, parent, symbol), (entry.Score, -order));
    }

    private int Child(int parent, int symbol)
    {
        if (children.TryGetValue((parent, symbol), out int node)) return node;
        tree.Add((parent, symbol, tree[parent].Depth + 1));
        return children[(parent, symbol)] = tree.Count - 1;
    }

    private int[] Symbols(int node)
    {
        var symbols = new int[tree[node].Depth];
        for (int i = symbols.Length - 1; i >= 0; i--, node = tree[node].Parent) symbols[i] = tree[node].Symbol;
        return symbols;
    }

    private static double Sum(double a, double b)
    {
        double most = Math.Max(a, b);
        return double.IsNegativeInfinity(most) ? most : most + Math.Log(Math.Exp(a - most) + Math.Exp(b - most));
    }
}
