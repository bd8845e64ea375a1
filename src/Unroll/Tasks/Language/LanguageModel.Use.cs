using System.Runtime.CompilerServices;
using Unroll.Data.Tokenizers;
using Unroll.Kernels;
using Unroll.Tasks.Decoding;
using Unroll.Tasks.Vectors;
using Unroll.Tensors;

namespace Unroll.Tasks.Language;

/// <summary>What a model thinks of one token of a text.</summary>
/// <param name="Text">The token.</param>
/// <param name="LogProbability">Natural logarithm of its probability given all before it.</param>
public readonly record struct TokenScore(string Text, double LogProbability);

/// <summary>A token that may come next.</summary>
/// <param name="Text">The token.</param>
/// <param name="Probability">Its probability.</param>
public readonly record struct Continuation(string Text, double Probability);

/// <content>What a trained model is good for: writing, scoring, completing.</content>
public sealed partial class LanguageModel
{
    /// <summary>Writes on from a prompt, piece by piece as it is drawn; the prompt is not given again.</summary>
    /// <param name="prompt">What the text begins with; may be empty, then it begins a line.</param>
    /// <param name="options">How to draw.</param>
    /// <param name="cancellation">Stops between tokens.</param>
    /// <exception cref="UnrollException">An option is out of range.</exception>
    public async IAsyncEnumerable<string> Generate(string prompt, GenerateOptions options, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        foreach (string piece in Write(prompt, options, cancellation))
        {
            yield return piece;
            await Task.Yield();
        }
    }

    /// <summary>The same without waiting for anything.</summary>
    /// <param name="prompt">What the text begins with; may be empty, then it begins a line.</param>
    /// <param name="options">How to draw.</param>
    /// <param name="cancellation">Stops between tokens.</param>
    /// <exception cref="UnrollException">An option is out of range.</exception>
    public IEnumerable<string> Write(string prompt, GenerateOptions options, CancellationToken cancellation = default)
    {
        options.Check();
        return options.Beams > 1 ? Likeliest(prompt, options, cancellation) : Pieces(prompt, options, cancellation);
    }

    private IEnumerable<string> Likeliest(string prompt, GenerateOptions options, CancellationToken cancellation)
    {
        using var tape = new Tape(Options.Fit.Threads);
        int[] read = Opening(prompt);
        var reader = new LanguageReader(network, Tokenizer.Count, tape, read, options.Beams);
        IReadOnlyList<int> tokens = BeamSearch.Run(reader, new BeamOptions(options.Beams, options.Length) { Banned = Never }, cancellation)[0][0].Tokens;
        var stream = new TextStream(Tokenizer);
        stream.Skip(read[^1]);
        string text = string.Concat(tokens.Select(stream.Add)) + stream.End();
        int stop = options.Stop is { } s ? text.IndexOf(s, StringComparison.Ordinal) : -1;
        yield return stop < 0 ? text : text[..(stop + options.Stop!.Length)];
    }

    private IEnumerable<string> Pieces(string prompt, GenerateOptions options, CancellationToken cancellation)
    {
        var sampler = new TokenSampler(Tokenizer.Count, options, Never);
        var stream = new TextStream(Tokenizer);
        using var tape = new Tape(Options.Fit.Threads);
        int[] read = Opening(prompt);
        foreach (int token in prompt.Length > 0 ? read : []) sampler.Note(token);
        stream.Skip(read[^1]);
        var reader = new LanguageReader(network, Tokenizer.Count, tape, read, 1);
        string written = "";
        int[] one = new int[1];
        for (int i = 0; i < options.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            one[0] = sampler.Draw(i == 0 ? reader.Begin() : reader.Read([0], one));
            string piece = stream.Add(one[0]);
            if (options.Stop is { } stop)
            {
                // The stop may stand across two pieces.
                string joined = written + piece;
                int at = joined.IndexOf(stop, Math.Max(0, written.Length - stop.Length + 1), StringComparison.Ordinal);
                if (at >= 0)
                {
                    yield return joined[written.Length..Math.Max(written.Length, at + stop.Length)];
                    yield break;
                }
                written = joined.Length > 2 * stop.Length ? joined[^(2 * stop.Length)..] : joined;
            }
            if (piece.Length > 0) yield return piece;
        }
        if (stream.End() is { Length: > 0 } rest) yield return rest;
    }

    /// <summary>The logarithm of the probability of each token of a text, the first given the beginning of a line.</summary>
    /// <param name="text">Any text.</param>
    public IReadOnlyList<TokenScore> Score(string text)
    {
        int[] tokens = Tokenizer.Encode(text);
        if (tokens.Length == 0) return [];
        int[] read = [.. Opening(""), .. tokens[..^1]];
        var scores = new TokenScore[tokens.Length];
        using var tape = new Tape(Options.Fit.Threads);
        LanguageState state = network.Start(1);
        for (int at = 0; at < read.Length; at += ScoredAtOnce)
        {
            int n = Math.Min(ScoredAtOnce, read.Length - at);
            using Tape.Step step = tape.Open(record: false);
            (Tensor hidden, LanguageState after, _) = network.Forward(read.AsSpan(at, n), 1, state);
            Tensor log = Ops.LogSoftmax(network.Logits(hidden));
            for (int i = 0; i < n; i++) scores[at + i] = new TokenScore(Tokenizer.Show(tokens[at + i]), log.Data[i * Tokenizer.Count + tokens[at + i]]);
            state = after.Keep();
        }
        return scores;
    }

    /// <summary>The likeliest next tokens.</summary>
    /// <param name="prompt">What stands before; may be empty, then a line begins.</param>
    /// <param name="count">How many.</param>
    public IReadOnlyList<Continuation> Complete(string prompt, int count)
    {
        using var tape = new Tape(Options.Fit.Threads);
        float[] logits = new LanguageReader(network, Tokenizer.Count, tape, Opening(prompt), 1).Begin().ToArray();
        double top = logits.Max(), sum = logits.Sum(l => Math.Exp(l - top));
        return [.. logits.Select((l, i) => (Logit: l, Token: i)).OrderByDescending(static p => p.Logit).ThenBy(static p => p.Token).Take(count)
            .Select(p => new Continuation(Tokenizer.Show(p.Token), Math.Exp(p.Logit - top) / sum))];
    }

    /// <summary>Where tokens stand in the plane in which the network's vectors of them differ most: the first two principal components of vectors of length 1. Tokens that are used alike stand near each other.</summary>
    /// <param name="count">Most tokens: the first of the vocabulary, of subwords those of several characters.</param>
    public IReadOnlyList<(string Token, double X, double Y)> Map(int count)
    {
        bool pieces = Tokenizer is SubwordTokenizer;
        int[] tokens = [.. Enumerable.Range(0, Tokenizer.Count).Where(t => t != Tokenizer.Unknown && (!pieces || Tokenizer.Show(t).Trim().Length > 1)).Take(count)];
        if (tokens.Length == 0) return [];
        using var tape = new Tape(Options.Fit.Threads);
        using Tape.Step step = tape.Open(record: false);
        Tensor vectors = network.Vectors(tokens);
        int width = vectors.Shape[1];
        var points = new double[tokens.Length][];
        for (int i = 0; i < points.Length; i++)
        {
            ReadOnlySpan<float> row = vectors.Data.Slice(i * width, width);
            double length = Math.Sqrt(VectorMath.Dot(row, row));
            points[i] = [.. row.ToArray().Select(v => length > 0 ? v / length : 0)];
        }
        (double X, double Y)[] places = PrincipalAxes.Plane(points);
        return [.. tokens.Select((t, i) => (Tokenizer.Show(t), places[i].X, places[i].Y))];
    }

    // What is never written: no text says it.
    private int[] Never => Tokenizer.Unknown >= 0 ? [Tokenizer.Unknown] : [];

    // A prompt's tokens; without one, the end of the line before.
    private int[] Opening(string prompt)
    {
        int[] tokens = Tokenizer.Encode(prompt);
        if (tokens.Length > 0) return tokens;
        tokens = Tokenizer.Encode("\n");
        return tokens[0] == Tokenizer.Unknown ? [0] : tokens;
    }
}
