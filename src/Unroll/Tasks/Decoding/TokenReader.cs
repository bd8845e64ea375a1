namespace Unroll.Tasks.Decoding;

/// <summary>What a decoder asks of a model: hypotheses stand in rows side by side, each with what the model knows of it.</summary>
internal abstract class TokenReader
{
    /// <summary>V: how many different tokens there are.</summary>
    public abstract int Tokens { get; }

    /// <summary>How many rows there are.</summary>
    public abstract int Rows { get; }

    /// <summary>Scores before anything is written.</summary>
    /// <returns>Logits <c>[rows, V]</c>, good until the next call.</returns>
    public abstract ReadOnlySpan<float> Begin();

    /// <summary>Puts hypotheses into the rows and reads a token behind each.</summary>
    /// <param name="from">For each row the one whose hypothesis it gets.</param>
    /// <param name="tokens">For each row the token that comes next.</param>
    /// <returns>Logits <c>[rows, V]</c> of what comes then, good until the next call.</returns>
    public abstract ReadOnlySpan<float> Read(ReadOnlySpan<int> from, ReadOnlySpan<int> tokens);

    /// <summary>Where the rows looked in a source for the scores given last, <c>[rows, S]</c>; empty where there is no source to look at.</summary>
    public virtual ReadOnlySpan<float> Attention => [];

    /// <summary>Steps of a row's source; S at most.</summary>
    public virtual int SourceLength(int row) => 0;
}
