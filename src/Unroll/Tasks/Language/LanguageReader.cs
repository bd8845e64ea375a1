using Unroll.Tasks.Decoding;
using Unroll.Tensors;

namespace Unroll.Tasks.Language;

/// <summary>A language model as decoders see it: rows that all begin behind one prompt.</summary>
internal sealed class LanguageReader(LanguageNetwork network, int tokens, Tape tape, int[] prompt, int rows) : TokenReader
{
    private const int ReadAtOnce = 512;

    private readonly float[] logits = new float[rows * tokens];
    private LanguageState state = network.Start(rows);

    /// <inheritdoc/>
    public override int Tokens => tokens;

    /// <inheritdoc/>
    public override int Rows => rows;

    /// <inheritdoc/>
    public override ReadOnlySpan<float> Begin()
    {
        int steps = Math.Max(1, ReadAtOnce / rows);
        int[] part = new int[steps * rows];
        for (int at = 0; at < prompt.Length; at += steps)
        {
            int n = Math.Min(steps, prompt.Length - at);
            for (int t = 0; t < n; t++) part.AsSpan(t * rows, rows).Fill(prompt[at + t]);
            Go(part.AsSpan(0, n * rows));
        }
        return logits;
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<float> Read(ReadOnlySpan<int> from, ReadOnlySpan<int> tokens)
    {
        for (int r = 0; r < from.Length; r++)
        {
            if (from[r] == r) continue;
            state = state.Of(from);
            break;
        }
        Go(tokens);
        return logits;
    }

    // Keeps the scores behind the last step alone.
    private void Go(ReadOnlySpan<int> read)
    {
        using Tape.Step step = tape.Open(record: false);
        (Tensor hidden, LanguageState after, _) = network.Forward(read, rows, state);
        network.Logits(Ops.Slice(hidden, 0, read.Length - rows, rows)).Data.CopyTo(logits);
        state = after.Keep();
    }
}
