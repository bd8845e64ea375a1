using Unroll.Data;
using Unroll.Tasks.Decoding;
using Unroll.Tensors;
using Unroll.Training.Metrics;

namespace Unroll.Tasks.Translation;

/// <content>What a trained model is good for: translating, measuring, showing where it looks.</content>
public sealed partial class Translator
{
    private const int SentencesAtOnce = 64;

    /// <summary>The best translation of a sentence.</summary>
    /// <param name="sentence">Any text; ends of lines count as spaces.</param>
    /// <param name="options">How to search; a beam of 5 when not given.</param>
    /// <exception cref="UnrollException">An option is out of range.</exception>
    public string Translate(string sentence, DecodingOptions? options = null) => Translate([sentence], options)[0].Best.Text;

    /// <summary>Translations of sentences; each is the same whatever stands beside it.</summary>
    /// <param name="sentences">Any texts; an empty one has the empty translation.</param>
    /// <param name="options">How to search; a beam of 5 when not given.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="UnrollException">An option is out of range.</exception>
    public IReadOnlyList<TranslatedSentence> Translate(IReadOnlyList<string> sentences, DecodingOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new DecodingOptions();
        options.Check();
        var translated = new TranslatedSentence[sentences.Count];
        PairText.Pair[] read = [.. sentences.Select(s => text.Read(new SentencePair(s, "", 0)))];
        int[] cut = [.. read.Select(p => Math.Max(0, p.Source.Length - Options.Fit.Longest))];
        for (int i = 0; i < read.Length; i++)
        {
            if (cut[i] > 0) read[i] = read[i] with { Source = read[i].Source[..Options.Fit.Longest], SourceWords = read[i].SourceWords?[..Options.Fit.Longest] };
            if (read[i].Source.Length == 0) translated[i] = new TranslatedSentence(sentences[i], [new TranslatedText("", 0, 0, true)], [], 0);
        }
        // Those of like length side by side.
        int[] order = [.. Enumerable.Range(0, read.Length).Where(i => translated[i] is null).OrderBy(i => read[i].Source.Length)];
        using var tape = new Tape(Options.Fit.Threads);
        foreach (int[] some in order.Chunk(SentencesAtOnce))
        {
            PairText.Pair[] pairs = [.. some.Select(i => read[i])];
            SourceBatch batch = text.Sources(pairs);
            IReadOnlyList<Hypothesis>[] found = options.Sample ? Drawn(batch, pairs, options, tape, some, cancellation) : Searched(batch, pairs, options, tape, cancellation);
            for (int b = 0; b < some.Length; b++)
            {
                string sentence = sentences[some[b]];
                translated[some[b]] = new TranslatedSentence(sentence,
                    [.. found[b].Take(options.Alternatives).Select(h => new TranslatedText(Spelt(h.Tokens, batch.Copy, b), h.LogProbability, h.Score, h.Ended))],
                    source.Tokenizer.UnknownIn(sentence), cut[some[b]]);
            }
        }
        return translated;
    }

    /// <summary>How well the model translates.</summary>
    /// <param name="pairs">Sources and references.</param>
    /// <param name="options">How to search; a beam of 5 when not given.</param>
    /// <param name="tokenizer">How BLEU cuts sentences into words; the usual 13a is for plain text, none for text that is cut already.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="UnrollException">An option is out of range.</exception>
    public TranslationScore Evaluate(IReadOnlyList<SentencePair> pairs, DecodingOptions? options = null, BleuTokenizer tokenizer = BleuTokenizer.V13A, CancellationToken cancellation = default) =>
        TranslationScore.Of(pairs, Translate([.. pairs.Select(static p => p.Source)], options, cancellation), tokenizer);

    /// <summary>Where the model looks in a source while it writes a target; nothing where it has no attention.</summary>
    /// <param name="sentence">The source.</param>
    /// <param name="translation">The target.</param>
    public AttentionMap? Align(string sentence, string translation)
    {
        PairText.Pair pair = text.Read(new SentencePair(sentence, translation, 0));
        if (!Fits(pair) || Options.Network.Model is TranslationModel.Plain or TranslationModel.Context) return null;
        SourceBatch batch = text.Sources([pair]);
        using var tape = new Tape(Options.Fit.Threads);
        var reader = new TranslationReader(network, target, tape, batch, 1, pair.Target.Length + 1, looks: true);
        reader.Begin();
        var weights = new List<float[]> { InOrder(reader.Attention) };
        foreach (int token in pair.Target)
        {
            reader.Read([0], [token]);
            weights.Add(InOrder(reader.Attention));
        }
        return new AttentionMap([.. pair.Source.Select(source.Show), "</s>"], [.. pair.Target.Select(target.Show), "</s>"], weights);
    }

    private IReadOnlyList<Hypothesis>[] Searched(SourceBatch batch, PairText.Pair[] pairs, DecodingOptions options, Tape tape, CancellationToken cancellation)
    {
        int[] lengths = [.. pairs.Select(p => LengthOf(p, options))];
        var reader = new TranslationReader(network, target, tape, batch, options.Beams, lengths.Max() + 1, looks: options.CoveragePenalty > 0);
        return BeamSearch.Run(reader, new BeamOptions(options.Beams, lengths.Max(), options.LengthPenalty, target.End)
        {
            Banned = Never(options),
            CoveragePenalty = options.CoveragePenalty, Groups = options.Groups, Diversity = options.Groups > 1 ? options.Diversity : 0, Lengths = lengths,
        }, cancellation);
    }

    // Each sentence draws from a stream of its own, so that it does not matter what stands beside it.
    private IReadOnlyList<Hypothesis>[] Drawn(SourceBatch batch, PairText.Pair[] pairs, DecodingOptions options, Tape tape, int[] numbers, CancellationToken cancellation)
    {
        int[] lengths = [.. pairs.Select(p => LengthOf(p, options))];
        var reader = new TranslationReader(network, target, tape, batch, 1, lengths.Max() + 1, looks: false);
        int rows = reader.Rows, most = lengths.Max();
        TokenSampler[] samplers = [.. numbers.Select(n => new TokenSampler(reader.Tokens, options with { Seed = options.Seed + (ulong)n }, Never(options)))];
        var written = new List<int>[rows];
        var ended = new bool[rows];
        var logs = new double[rows];
        for (int r = 0; r < rows; r++) written[r] = [];
        int[] from = [.. Enumerable.Range(0, rows)], tokens = new int[rows];
        for (int step = 0; step < most; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            ReadOnlySpan<float> logits = step == 0 ? reader.Begin() : reader.Read(from, tokens);
            for (int r = 0; r < rows; r++)
            {
                tokens[r] = target.End;
                if (ended[r] || step >= lengths[r]) continue;
                ReadOnlySpan<float> row = logits.Slice(r * reader.Tokens, reader.Tokens);
                tokens[r] = samplers[r].Draw(row);
                float top = Kernels.VectorMath.Max(row);
                logs[r] += row[tokens[r]] - top - Math.Log(Kernels.VectorMath.SumOfPowers(row, top));
                ended[r] = tokens[r] == target.End;
                if (!ended[r]) written[r].Add(tokens[r]);
            }
            if (Array.TrueForAll(ended, static e => e)) break;
        }
        return [.. written.Select((w, r) => (IReadOnlyList<Hypothesis>)[new Hypothesis(w, logs[r], logs[r], ended[r])])];
    }

    // A sentence begins once, and the unknown word says nothing.
    private int[] Never(DecodingOptions options) => options.Unknown || target.Unknown < 0 ? [target.Begin] : [target.Begin, target.Unknown];

    private int LengthOf(PairText.Pair pair, DecodingOptions options) => Math.Min(options.Length > 0 ? options.Length : 2 * pair.Source.Length + 10, Options.Fit.Longest + 1);

    // A word of the source's own stands between runs of tokens that are known.
    private string Spelt(IReadOnlyList<int> tokens, CopySource? copy, int sentence)
    {
        if (copy is null || !tokens.Any(t => t >= target.Count)) return target.Write(tokens);
        var parts = new List<string>();
        var run = new List<int>();
        foreach (int token in tokens)
        {
            if (token < target.Count)
            {
                run.Add(token);
                continue;
            }
            if (run.Count > 0) parts.Add(target.Write(run));
            run.Clear();
            parts.Add(copy.Word(sentence, token));
        }
        if (run.Count > 0) parts.Add(target.Write(run));
        return string.Join(' ', parts);
    }

    private float[] InOrder(ReadOnlySpan<float> weights)
    {
        float[] all = weights.ToArray();
        if (Options.Network.ReverseSource) Array.Reverse(all, 0, all.Length - 1);       // the end stays behind
        return all;
    }
}
