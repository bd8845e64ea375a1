using Unroll.Data;
using Unroll.Data.Tokenizers;

namespace Unroll.Tasks.Vectors;

/// <summary>A text as training sees it: lines of words that have a vector, the most frequent word 0, in pieces that can be read in any order.</summary>
internal sealed class VectorCorpus
{
    /// <summary>Tokens of a piece; a line across its end is cut there.</summary>
    private const int ChunkLength = 8192;

    private readonly TokenFile text;
    private readonly WordTokenizer tokenizer;
    private readonly PhraseList phrases;
    private readonly int[] wordOf;                                                     // by token or phrase: the word, or -1
    private readonly int end;

    /// <summary>Counts a text.</summary>
    /// <param name="text">The text, laid out by <paramref name="tokenizer"/>.</param>
    /// <param name="tokenizer">What it was cut by.</param>
    /// <param name="options">Which words and phrases get a vector.</param>
    /// <param name="cancellation">Stops between pieces.</param>
    /// <exception cref="UnrollException">Fewer than two words are left.</exception>
    public VectorCorpus(TokenFile text, WordTokenizer tokenizer, VectorTextOptions options, CancellationToken cancellation)
    {
        (this.text, this.tokenizer) = (text, tokenizer);
        end = tokenizer.Find(WordTokenizer.EndToken);
        Chunks = (int)Math.Min(int.MaxValue, (text.Count + ChunkLength - 1) / ChunkLength);
        phrases = new PhraseList(tokenizer.Vocabulary);
        for (int pass = 0; pass < options.Phrases; pass++) phrases.AddPass(JoinedLines(cancellation), options.LeastCount, options.PhraseThreshold / Math.Pow(2, pass));

        long[] counts = new long[phrases.Words.Count];
        foreach (ReadOnlyMemory<int> line in JoinedLines(cancellation))
            foreach (int token in line.Span)
                if (token >= 0) counts[token]++;
        int[] kept = [.. Enumerable.Range(0, counts.Length).Where(i => counts[i] >= options.LeastCount && i != end && i != tokenizer.Unknown)
            .OrderByDescending(i => counts[i]).ThenBy(i => phrases.Words[i], StringComparer.Ordinal).Take(options.Vocabulary)];
        if (kept.Length < 2)
        {
            throw new UnrollException(kept.Length == 0
                ? $"no word stands at least {options.LeastCount} times in the text; lower least-count."
                : $"only the word {ShownText.Of(phrases.Words[kept[0]])} stands at least {options.LeastCount} times in the text, at least 2 words are needed; lower least-count.");
        }
        wordOf = new int[counts.Length];
        wordOf.AsSpan().Fill(-1);
        for (int w = 0; w < kept.Length; w++) wordOf[kept[w]] = w;
        Words = [.. kept.Select(i => phrases.Words[i])];
        Counts = [.. kept.Select(i => counts[i])];
        Total = Counts.Sum();
    }

    /// <summary>The words, most frequent first.</summary>
    public string[] Words { get; }

    /// <summary>How often each word stands.</summary>
    public long[] Counts { get; }

    /// <summary>Their sum.</summary>
    public long Total { get; }

    /// <summary>How many pieces there are.</summary>
    public int Chunks { get; }

    /// <summary>Phrases that have been found, those without a vector included.</summary>
    public int Phrases => phrases.Count;

    /// <summary>Memory that one piece needs.</summary>
    public int[] NewBuffer() => new int[(int)Math.Min(ChunkLength, text.Count)];

    /// <summary>Reads a piece: its words, -1 behind each line. Other tokens are left out.</summary>
    /// <param name="chunk">0 to <see cref="Chunks"/> less 1.</param>
    /// <param name="buffer">What <see cref="NewBuffer"/> made.</param>
    /// <returns>How much of the buffer is used.</returns>
    public int Read(int chunk, int[] buffer)
    {
        int length = ReadTokens(chunk, buffer), kept = 0;
        for (int from = 0; from < length;)
        {
            int to = from;
            while (to < length && buffer[to] != end) to++;
            int joined = Join(buffer.AsSpan(from, to - from));
            for (int i = from; i < from + joined; i++)
            {
                int word = buffer[i] < 0 ? -1 : wordOf[buffer[i]];
                if (word >= 0) buffer[kept++] = word;
            }
            if (to < length) buffer[kept++] = -1;
            from = to + 1;
        }
        return kept;
    }

    private IEnumerable<ReadOnlyMemory<int>> JoinedLines(CancellationToken cancellation)
    {
        int[] buffer = NewBuffer();
        for (int chunk = 0; chunk < Chunks; chunk++)
        {
            cancellation.ThrowIfCancellationRequested();
            int length = ReadTokens(chunk, buffer);
            for (int from = 0; from < length;)
            {
                int to = from;
                while (to < length && buffer[to] != end) to++;
                yield return buffer.AsMemory(from, Join(buffer.AsSpan(from, to - from)));
                from = to + 1;
            }
        }
    }

    private int ReadTokens(int chunk, int[] buffer)
    {
        long from = (long)chunk * ChunkLength;
        int length = (int)Math.Min(ChunkLength, text.Count - from);
        text.Read(from, buffer.AsSpan(0, length));
        return length;
    }

    // What is unknown belongs to no phrase.
    private int Join(Span<int> line)
    {
        line.Replace(tokenizer.Unknown, -1);
        return phrases.Join(line);
    }
}
