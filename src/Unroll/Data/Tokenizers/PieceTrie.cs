using System.Numerics;

namespace Unroll.Data.Tokenizers;

/// <summary>The pieces of a vocabulary as a tree of characters, in one hash table of its edges: all pieces that begin at a place are found in one walk.</summary>
internal sealed class PieceTrie
{
    private readonly Edge[] edges;
    private readonly int shift;
    private int nodes = 1;

    /// <summary>An empty tree.</summary>
    /// <param name="characters">Most characters of all pieces together.</param>
    public PieceTrie(int characters)
    {
        int bits = Math.Max(4, BitOperations.Log2((uint)Math.Max(1, characters)) + 2);  // at most half full
        edges = new Edge[1 << bits];
        shift = 64 - bits;
    }

    /// <summary>Puts a piece in.</summary>
    /// <param name="piece">One character or more.</param>
    /// <param name="token">Its number, at least 0.</param>
    public void Add(ReadOnlySpan<char> piece, int token)
    {
        int node = 0;
        for (int i = 0; i < piece.Length; i++)
        {
            ulong key = Key(node, piece[i]);
            int at = Find(key);
            if (edges[at].Key == 0) edges[at] = new Edge { Key = key, To = nodes++, Token = -1 };
            node = edges[at].To;
            if (i == piece.Length - 1) edges[at].Token = token;
        }
    }

    /// <summary>One step down the tree.</summary>
    /// <param name="node">Where from; 0 is the root.</param>
    /// <param name="next">The character.</param>
    /// <param name="token">The piece that ends there, -1 for none.</param>
    /// <returns>Where to; 0 where no piece goes on so.</returns>
    public int Step(int node, char next, out int token)
    {
        ref readonly Edge edge = ref edges[Find(Key(node, next))];
        token = edge.Token;
        return edge.To;                                                                // an edge that is not there leads to 0
    }

    private static ulong Key(int node, char next) => ((ulong)(uint)node << 16 | next) + 1;

    private int Find(ulong key)
    {
        int at = (int)((key * 0x9E3779B97F4A7C15) >> shift);
        while (edges[at].Key != key && edges[at].Key != 0) at = (at + 1) & (edges.Length - 1);
        return at;
    }

    private struct Edge
    {
        public ulong Key;
        public int To, Token;
    }
}
