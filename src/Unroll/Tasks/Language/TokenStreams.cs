using Unroll.Data;

namespace Unroll.Tasks.Language;

/// <summary>A text laid out as streams side by side: stream b reads the b-th part of it, window after window, so that a state can be carried from one window to the next.</summary>
internal sealed class TokenStreams
{
    private readonly TokenFile tokens;
    private readonly long length;
    private readonly int[] part;

    /// <summary>Lays a text out.</summary>
    /// <param name="tokens">The text.</param>
    /// <param name="batch">B: how many streams, fewer where the text is too short for them.</param>
    /// <param name="window">T: most steps of a window, fewer where a stream is shorter.</param>
    /// <param name="shifts">True leaves room to begin up to a window less a step later, where a stream has more than one window.</param>
    public TokenStreams(TokenFile tokens, int batch, int window, bool shifts = false)
    {
        this.tokens = tokens;
        Batch = (int)Math.Min(batch, Math.Max(1, tokens.Count / 2));
        length = tokens.Count / Batch;
        Window = (int)Math.Min(window, Math.Max(1, length - 1));
        part = new int[Window + 1];
        Shifts = shifts && length - 1 >= 2L * Window ? Window : 1;
    }

    /// <summary>B.</summary>
    public int Batch { get; }

    /// <summary>T.</summary>
    public int Window { get; }

    /// <summary>How many places there are to begin at: 0 to this less 1.</summary>
    public int Shifts { get; }

    /// <summary>Whole windows of a pass over the text.</summary>
    public int Windows => (int)Math.Max(0, (length - Shifts) / Window);

    /// <summary>Steps left behind the last whole window.</summary>
    public int Rest => (int)Math.Max(0, length - 1 - (long)Windows * Window);

    /// <summary>One window: the tokens and those that follow them, step by step.</summary>
    /// <param name="index">0 for the first; <see cref="Windows"/> for what is left behind the last.</param>
    /// <param name="inputs"><c>[T * B]</c>.</param>
    /// <param name="targets"><c>[T * B]</c>.</param>
    /// <param name="shift">Steps that the pass begins later.</param>
    public void Read(int index, Span<int> inputs, Span<int> targets, int shift = 0)
    {
        int steps = inputs.Length / Batch;
        Span<int> row = part.AsSpan(0, steps + 1);
        for (int b = 0; b < Batch; b++)
        {
            tokens.Read(b * length + (long)index * Window + shift, row);
            for (int t = 0; t < steps; t++) (inputs[t * Batch + b], targets[t * Batch + b]) = (row[t], row[t + 1]);
        }
    }
}
