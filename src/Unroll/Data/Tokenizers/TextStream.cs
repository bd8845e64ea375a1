namespace Unroll.Data.Tokenizers;

/// <summary>Turns tokens that come one by one into text as soon as it is certain: half a character waits for its other bytes.</summary>
/// <param name="tokenizer">Whose tokens come.</param>
public sealed class TextStream(Tokenizer tokenizer)
{
    private const char Unfinished = '\uFFFD';

    // The last token told about and those since: what a token reads as may depend on the one before (a space between words), never on earlier ones.
    private readonly List<int> window = [];
    private int told;

    /// <summary>Takes a token that the text begins behind: it is not told.</summary>
    /// <param name="token">The token.</param>
    public void Skip(int token)
    {
        window.Clear();
        window.Add(token);
        told = tokenizer.Decode([token]).Length;
    }

    /// <summary>Takes a token and gives the text that is certain with it, perhaps none.</summary>
    /// <param name="token">The token.</param>
    public string Add(int token)
    {
        window.Add(token);
        string text = tokenizer.Decode([.. window]);
        if (text.EndsWith(Unfinished) && window.Count < 8) return "";
        string fresh = text[Math.Min(told, text.Length)..];
        window.RemoveRange(0, window.Count - 1);
        told = tokenizer.Decode([token]).Length;
        return fresh;
    }

    /// <summary>What is left at the end.</summary>
    public string End()
    {
        string text = window.Count == 0 ? "" : tokenizer.Decode([.. window]);
        string rest = text[Math.Min(told, text.Length)..];
        window.Clear();
        told = 0;
        return rest;
    }
}
