using System.Globalization;

namespace Unroll.Training.Metrics;

/// <summary>How chrF is taken; the defaults are sacreBLEU's chrF2.</summary>
/// <param name="CharacterOrder">The longest n-grams of characters, at least 0.</param>
/// <param name="WordOrder">The longest n-grams of words: 0 for chrF, 2 for chrF++ (Popović 2017).</param>
/// <param name="Beta">How many times more recall counts than precision; above 0.</param>
/// <param name="Lowercase">Whether case is folded (by single characters: U+0130 and the final sigma differ from Python).</param>
/// <param name="Whitespace">Whether white space counts as a character.</param>
/// <param name="EpsilonSmoothing">Whether the F-scores of the orders are averaged, as in Popović's own script, and not precision and recall.</param>
public sealed record ChrfOptions(int CharacterOrder = 6, int WordOrder = 0, int Beta = 2, bool Lowercase = false, bool Whitespace = false, bool EpsilonSmoothing = false);

/// <summary>A chrF score.</summary>
/// <param name="Name"><c>chrF2</c>, <c>chrF2++</c>.</param>
/// <param name="Score">From 0 to 100.</param>
public sealed record ChrfScore(string Name, double Score)
{
    /// <summary>In sacreBLEU's form: <c>chrF2 = 59.73</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} = {Score:F2}");
}

/// <summary>chrF (Popović 2015) and chrF++ (Popović 2017) exactly as sacreBLEU scores them: (1 + b^2) P R / (b^2 P + R), P and R averaged over the orders of n-grams.</summary>
public sealed class Chrf
{
    private const double Epsilon = 1e-16;
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    private readonly ChrfOptions options;

    /// <summary>A measure.</summary>
    /// <param name="options">How it is taken; none for sacreBLEU's defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An order is negative, both are 0, or beta is below 1.</exception>
    public Chrf(ChrfOptions? options = null)
    {
        this.options = options ?? new ChrfOptions();
        (int characters, int words, int beta) = (this.options.CharacterOrder, this.options.WordOrder, this.options.Beta);
        if (characters < 0 || words < 0 || characters + words == 0)
            throw new ArgumentOutOfRangeException(nameof(options), $"Chrf: the orders must be at least 0 and not both 0, got {characters} and {words}.");
        if (beta < 1) throw new ArgumentOutOfRangeException(nameof(options), $"Chrf: beta must be at least 1, got {beta}.");
    }

    private int Orders => options.CharacterOrder + options.WordOrder;

    /// <summary>The score of a whole test set.</summary>
    /// <param name="hypotheses">What was written, a sentence each.</param>
    /// <param name="references">One or more sets of references; each set holds a sentence for each hypothesis, or none (null) where it has no more.</param>
    /// <exception cref="ArgumentException">A set has another number of sentences, or a sentence has no reference.</exception>
    public ChrfScore Corpus(IReadOnlyList<string> hypotheses, params IReadOnlyList<IReadOnlyList<string?>> references) => Score(Segments(hypotheses, references));

    /// <summary>The score of one sentence.</summary>
    /// <param name="hypothesis">What was written.</param>
    /// <param name="references">One or more references; the one that fits best counts.</param>
    /// <exception cref="ArgumentException">There is no reference.</exception>
    public ChrfScore Sentence(string hypothesis, params IReadOnlyList<string> references) => Corpus([hypothesis], [.. references.Select(r => (string[])[r])]);

    /// <summary>What each sentence adds to the score of a set: for each order n-grams of the hypothesis, of the reference that fits best, and in both. For resampling.</summary>
    /// <param name="hypotheses">What was written, a sentence each.</param>
    /// <param name="references">One or more sets of references.</param>
    /// <exception cref="ArgumentException">A set has another number of sentences, or a sentence has no reference.</exception>
    public IReadOnlyList<int[]> Segments(IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string?>> references)
    {
        ReferenceSets.Check("Chrf", hypotheses, references);
        var segments = new int[hypotheses.Count][];
        NGramMatches characters = new(options.CharacterOrder), words = new(options.WordOrder);
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < segments.Length; i++)
        {
            (int[] hypothesis, int[] hypothesisWords) = Symbols(hypotheses[i], known);
            double best = -1;
            foreach (string reference in ReferenceSets.Of(references, i))
            {
                (int[] symbols, int[] referenceWords) = Symbols(reference, known);
                characters.Count(hypothesis, symbols);
                words.Count(hypothesisWords, referenceWords);
                int[] found = [.. Triples(characters), .. Triples(words)];
                double score = Measure(Array.ConvertAll(found, v => (long)v));
                if (!(score > best)) continue;
                best = score;
                segments[i] = found;
            }
        }
        return segments;
    }

    /// <summary>The score of some sentences together.</summary>
    /// <param name="segments">From <see cref="Segments"/>.</param>
    /// <param name="chosen">The numbers of the sentences, which may come several times; empty takes all.</param>
    public ChrfScore Score(IReadOnlyList<int[]> segments, ReadOnlySpan<int> chosen = default)
    {
        ArgumentNullException.ThrowIfNull(segments);
        string name = string.Create(CultureInfo.InvariantCulture, $"chrF{options.Beta}{new string('+', options.WordOrder)}");
        return new ChrfScore(name, Measure(ReferenceSets.Sum(segments, chosen, 3 * Orders)));
    }

    /// <summary>How the score was taken, in sacreBLEU's form: <c>nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:...</c>; the version is that of this library.</summary>
    /// <param name="references">The sets of references.</param>
    public string Signature(params IReadOnlyList<IReadOnlyList<string?>> references)
    {
        string letters = options.Lowercase ? "lc" : "mixed", effective = options.EpsilonSmoothing ? "no" : "yes", space = options.Whitespace ? "yes" : "no";
        return string.Create(CultureInfo.InvariantCulture,
            $"nrefs:{ReferenceSets.Count(references)}|case:{letters}|eff:{effective}|nc:{options.CharacterOrder}|nw:{options.WordOrder}|space:{space}|version:{ReferenceSets.Version}");
    }

    private double Measure(long[] counts)
    {
        double factor = options.Beta * options.Beta, score = 0, precisions = 0, recalls = 0;
        int effective = 0;
        for (int n = 0; n < Orders; n++)
        {
            long said = counts[3 * n], there = counts[3 * n + 1], both = counts[3 * n + 2];
            double precision = said > 0 ? both / (double)said : Epsilon, recall = there > 0 ? both / (double)there : Epsilon, below = factor * precision + recall;
            score += below > 0 ? (1 + factor) * precision * recall / below : Epsilon;
            if (said == 0 || there == 0) continue;
            precisions += precision;
            recalls += recall;
            effective++;
        }
        if (options.EpsilonSmoothing) return 100 * score / Orders;
        if (effective == 0 || precisions + recalls == 0) return 0;
        precisions /= effective;
        recalls /= effective;
        return 100 * (1 + factor) * precisions * recalls / (factor * precisions + recalls);
    }

    // Where the reference has no n-gram of an order, the hypothesis' own do not count against it.
    private static IEnumerable<int> Triples(NGramMatches m)
    {
        for (int n = 0; n < m.Matches.Length; n++)
        {
            yield return m.Reference[n] == 0 ? 0 : m.Hypothesis[n];
            yield return m.Reference[n];
            yield return m.Matches[n];
        }
    }

    private (int[] Characters, int[] Words) Symbols(string text, Dictionary<string, int> known)
    {
        if (options.Lowercase) text = text.ToLowerInvariant();
        List<int> points = BleuText.CodePoints(text);
        int[] characters = [.. points.Where(c => options.Whitespace || !BleuText.IsSpace(c))];
        return (characters, options.WordOrder == 0 ? [] : ReferenceSets.Numbers([.. BleuText.Split(points).SelectMany(Parts)], known));
    }

    // A mark at a word's end is a word of its own, else one at its start; not both.
    private static string[] Parts(string word)
    {
        if (word.Length < 2) return [word];
        if (Punctuation.Contains(word[^1], StringComparison.Ordinal)) return [word[..^1], word[^1..]];
        return Punctuation.Contains(word[0], StringComparison.Ordinal) ? [word[..1], word[1..]] : [word];
    }
}
