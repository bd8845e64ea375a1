namespace Unroll.Tasks.Vectors;

/// <summary>Paths to the words from the root of a binary tree in which frequent ones stand near it (Huffman 1952).</summary>
internal sealed class HuffmanTree
{
    private readonly int[] starts;
    private readonly int[] nodes;
    private readonly float[] labels;

    /// <summary>Makes the tree.</summary>
    /// <param name="counts">How often each word stands, most frequent first; at least two.</param>
    public HuffmanTree(ReadOnlySpan<long> counts)
    {
        // Leaves from the rarest on, and inner nodes in the order they are made, are two rising queues: the two least are at their heads.
        int n = counts.Length, leaf = n - 1, inner = n;
        long[] weight = new long[(2 * n) - 1];
        int[] parent = new int[(2 * n) - 1];
        bool[] second = new bool[(2 * n) - 1];
        counts.CopyTo(weight);
        for (int made = n; made < weight.Length; made++)
        {
            for (int child = 0; child < 2; child++)
            {
                int least = inner == made || (leaf >= 0 && weight[leaf] <= weight[inner]) ? leaf-- : inner++;
                weight[made] += weight[least];
                (parent[least], second[least]) = (made, child == 1);
            }
        }

        int root = weight.Length - 1;
        starts = new int[n + 1];
        for (int w = 0; w < n; w++)
        {
            int depth = 0;
            for (int at = w; at != root; at = parent[at]) depth++;
            starts[w + 1] = starts[w] + depth;
            LongestPath = Math.Max(LongestPath, depth);
        }
        nodes = new int[starts[n]];
        labels = new float[starts[n]];
        for (int w = 0; w < n; w++)
        {
            int to = starts[w + 1];
            for (int at = w; at != root; at = parent[at])
            {
                to--;
                nodes[to] = parent[at] - n;
                labels[to] = second[at] ? 0 : 1;
            }
        }
    }

    /// <summary>Decisions to the deepest word.</summary>
    public int LongestPath { get; }

    /// <summary>The inner nodes from the root to a word, numbered from 0 to the number of words less 2.</summary>
    public ReadOnlySpan<int> Nodes(int word) => nodes.AsSpan(starts[word]..starts[word + 1]);

    /// <summary>Which way each of them goes: 1 for its first child.</summary>
    public ReadOnlySpan<float> Labels(int word) => labels.AsSpan(starts[word]..starts[word + 1]);
}
