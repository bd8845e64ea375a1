namespace Unroll.Tasks.Translation;

/// <summary>Sources as a decoder copies from them: each step's token as the target side knows it. Words that the target side does not know get numbers behind its own, each sentence by itself.</summary>
internal sealed class CopySource
{
    private readonly string[][] strangers;

    /// <summary>Finds what can be copied.</summary>
    /// <param name="target">The target side's tokens.</param>
    /// <param name="spelt">What each token of each sentence stands for.</param>
    /// <param name="steps">S: steps of the batch.</param>
    /// <param name="reverse">True where sources are read from their ends.</param>
    public CopySource(SentenceVocabulary target, IReadOnlyList<string[]> spelt, int steps, bool reverse)
    {
        int count = spelt.Count;
        Known = target.Count;
        strangers = new string[count][];
        Tokens = new int[steps * count];
        Array.Fill(Tokens, -1);
        for (int b = 0; b < count; b++)
        {
            var own = new List<string>();
            string[] words = spelt[b];
            for (int s = 0; s < words.Length; s++)
            {
                string word = words[reverse ? words.Length - 1 - s : s];
                int token = target.Tokenizer.Find(word);
                if (token < 0 || token == target.Unknown)
                {
                    int at = own.IndexOf(word);
                    if (at < 0)
                    {
                        at = own.Count;
                        own.Add(word);
                    }
                    token = Known + at;
                }
                Tokens[s * count + b] = token;
            }
            Tokens[words.Length * count + b] = target.End;                             // an end for an end, so that probabilities sum to 1
            strangers[b] = [.. own];
            Strangers = Math.Max(Strangers, own.Count);
        }
    }

    /// <summary>V: the target side's own tokens.</summary>
    public int Known { get; }

    /// <summary>Most strange words of a sentence.</summary>
    public int Strangers { get; private set; }

    /// <summary>For each step of each source <c>[S * B]</c> the number it is copied as; -1 where there is nothing to copy.</summary>
    public int[] Tokens { get; }

    /// <summary>The word behind a number of a sentence's own.</summary>
    public string Word(int sentence, int token) => strangers[sentence][token - Known];

    /// <summary>Targets with the numbers that unknown words have in their source.</summary>
    /// <param name="wanted">What shall be written, <c>[T * B]</c>.</param>
    /// <param name="spelt">What each token of each target stands for.</param>
    /// <param name="unknown">The token of unknown words.</param>
    public int[] Wanted(int[] wanted, IReadOnlyList<string[]> spelt, int unknown)
    {
        int[] all = (int[])wanted.Clone();
        for (int i = 0; i < all.Length; i++)
        {
            if (all[i] != unknown) continue;
            int b = i % spelt.Count, at = Array.IndexOf(strangers[b], spelt[b][i / spelt.Count]);
            if (at >= 0) all[i] = Known + at;
        }
        return all;
    }
}
