namespace Unroll.Training.Metrics;

/// <summary>Counts the n-grams of a hypothesis and of its references, in a tree where a child is its parent with one symbol more.</summary>
internal sealed class NGramMatches(int orders)
{
    private readonly Dictionary<long, int> children = [];                              // node and symbol -> node
    private readonly List<Node> nodes = [];

    private record struct Node(int Order, int Hypothesis, int Reference, int Now);

    /// <summary>[orders]: how many n-grams the hypothesis has, how many of them a reference has too, how many the references have.</summary>
    public int[] Hypothesis { get; } = new int[orders];

    /// <inheritdoc cref="Hypothesis"/>
    public int[] Matches { get; } = new int[orders];

    /// <inheritdoc cref="Hypothesis"/>
    public int[] Reference { get; } = new int[orders];

    /// <summary>Counts anew. Of several references each n-gram counts as often as in the one that has it most often.</summary>
    public void Count(ReadOnlySpan<int> hypothesis, params ReadOnlySpan<int[]> references)
    {
        children.Clear();
        nodes.Clear();
        Array.Clear(Hypothesis);
        Array.Clear(Matches);
        Array.Clear(Reference);
        Walk(hypothesis, static node => node with { Hypothesis = node.Hypothesis + 1 });
        for (int r = 0; r < references.Length; r++)
        {
            Walk(references[r], static node => node with { Now = node.Now + 1 });
            for (int i = 0; i < nodes.Count; i++) nodes[i] = nodes[i] with { Reference = Math.Max(nodes[i].Reference, nodes[i].Now), Now = 0 };
        }
        foreach (Node node in nodes)
        {
            Hypothesis[node.Order] += node.Hypothesis;
            Reference[node.Order] += node.Reference;
            Matches[node.Order] += Math.Min(node.Hypothesis, node.Reference);
        }
    }

    private void Walk(ReadOnlySpan<int> symbols, Func<Node, Node> counted)
    {
        for (int start = 0; start < symbols.Length; start++)
        {
            int node = -1;
            for (int order = 0; order < orders && start + order < symbols.Length; order++)
            {
                long key = ((long)(node + 1) << 32) | (uint)symbols[start + order];
                if (!children.TryGetValue(key, out node))
                {
                    node = nodes.Count;
                    nodes.Add(new Node(order, 0, 0, 0));
                    children.Add(key, node);
                }
                nodes[node] = counted(nodes[node]);
            }
        }
    }
}
