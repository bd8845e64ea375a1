using System.Globalization;

namespace Unroll.Training.Metrics;

/// <summary>What stands in for the precision of an order of n-grams without a match (Chen and Cherry 2014).</summary>
public enum BleuSmoothing
{
    /// <summary><c>exp</c>: half, a quarter, ... of a match, halved at each such order: method 3, that of mteval-v13a.</summary>
    Exponential,

    /// <summary><c>floor</c>: so many matches: method 1, 0.1 unless said otherwise.</summary>
    Floor,

    /// <summary><c>add-k</c>: k is added to matches and n-grams of every order above the first: method 2, 1 unless said otherwise.</summary>
    AddK,

    /// <summary><c>none</c>: such a score is 0.</summary>
    None,
}

/// <summary>How BLEU is taken; the defaults are sacreBLEU's.</summary>
/// <param name="Tokenizer">How words are cut.</param>
/// <param name="Smoothing">What stands in where an order has no match.</param>
/// <param name="SmoothingValue">The number of <see cref="BleuSmoothing.Floor"/> or <see cref="BleuSmoothing.AddK"/>; none takes 0.1 and 1.</param>
/// <param name="Lowercase">Whether case is folded (by single characters: U+0130 and the final sigma differ from Python).</param>
/// <param name="EffectiveOrder">Whether orders of which a hypothesis has no n-gram are left out: for single sentences.</param>
/// <param name="MaxOrder">The longest n-grams, at least 1.</param>
public sealed record BleuOptions(BleuTokenizer Tokenizer = BleuTokenizer.V13A, BleuSmoothing Smoothing = BleuSmoothing.Exponential, double? SmoothingValue = null, bool Lowercase = false,
    bool EffectiveOrder = false, int MaxOrder = 4);

/// <summary>A BLEU score and what it is made of.</summary>
/// <param name="Score">From 0 to 100.</param>
/// <param name="Precisions">In percent by order, smoothed.</param>
/// <param name="Matches">n-grams of the hypotheses that a reference has too, by order; with what add-k adds.</param>
/// <param name="Totals">n-grams of the hypotheses, by order; with what add-k adds.</param>
/// <param name="BrevityPenalty">e^(1 - r / h) where the hypotheses are shorter than the references, else 1.</param>
/// <param name="HypothesisLength">h: words of the hypotheses.</param>
/// <param name="ReferenceLength">r: words of the references, of each sentence the one nearest in length.</param>
public sealed record BleuScore(double Score, IReadOnlyList<double> Precisions, IReadOnlyList<double> Matches, IReadOnlyList<double> Totals, double BrevityPenalty, long HypothesisLength,
    long ReferenceLength)
{
    /// <summary>In sacreBLEU's form: <c>BLEU = 48.53 82.4/50.0/45.5/37.5 (BP = 0.943 ratio = 0.944 hyp_len = 17 ref_len = 18)</c>.</summary>
    public override string ToString()
    {
        string precisions = string.Join('/', Precisions.Select(p => p.ToString("F1", CultureInfo.InvariantCulture)));
        double ratio = ReferenceLength == 0 ? 0 : HypothesisLength / (double)ReferenceLength;
        return string.Create(CultureInfo.InvariantCulture,
            $"BLEU = {Score:F2} {precisions} (BP = {BrevityPenalty:F3} ratio = {ratio:F3} hyp_len = {HypothesisLength} ref_len = {ReferenceLength})");
    }
}

/// <summary>BLEU (Papineni et al. 2002) exactly as sacreBLEU scores it (Post 2018): BP exp(mean over n of ln p_n), p_n the share of the hypotheses' n-grams found in a reference.</summary>
public sealed class Bleu
{
    /// <summary>What sacreBLEU takes for ln 0.</summary>
    private const double LogOfNothing = -9999999999;

    private readonly BleuOptions options;

    /// <summary>A measure.</summary>
    /// <param name="options">How it is taken; none for sacreBLEU's defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">The greatest order is below 1.</exception>
    public Bleu(BleuOptions? options = null)
    {
        this.options = options ?? new BleuOptions();
        if (this.options.MaxOrder < 1) throw new ArgumentOutOfRangeException(nameof(options), $"Bleu: the greatest order must be at least 1, got {this.options.MaxOrder}.");
    }

    /// <summary>The score of a whole test set.</summary>
    /// <param name="hypotheses">What was written, a sentence each.</param>
    /// <param name="references">One or more sets of references; each set holds a sentence for each hypothesis, or none (null) where it has no more.</param>
    /// <exception cref="ArgumentException">A set has another number of sentences, or a sentence has no reference.</exception>
    public BleuScore Corpus(IReadOnlyList<string> hypotheses, params IReadOnlyList<IReadOnlyList<string?>> references) => Score(Segments(hypotheses, references));

    /// <summary>The score of one sentence; <see cref="BleuOptions.EffectiveOrder"/> is meant for it.</summary>
    /// <param name="hypothesis">What was written.</param>
    /// <param name="references">One or more references.</param>
    /// <exception cref="ArgumentException">There is no reference.</exception>
    public BleuScore Sentence(string hypothesis, params IReadOnlyList<string> references) => Corpus([hypothesis], [.. references.Select(r => (string[])[r])]);

    /// <summary>What each sentence adds to the score of a set: its length, its reference's length, matches by order, n-grams by order. For resampling.</summary>
    /// <param name="hypotheses">What was written, a sentence each.</param>
    /// <param name="references">One or more sets of references.</param>
    /// <exception cref="ArgumentException">A set has another number of sentences, or a sentence has no reference.</exception>
    public IReadOnlyList<int[]> Segments(IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string?>> references)
    {
        ReferenceSets.Check("Bleu", hypotheses, references);
        var segments = new int[hypotheses.Count][];
        var matches = new NGramMatches(options.MaxOrder);
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < segments.Length; i++)
        {
            int[] hypothesis = Words(hypotheses[i]);
            int[][] all = [.. ReferenceSets.Of(references, i).Select(Words)];
            matches.Count(hypothesis, all);
            int nearest = all.Select(r => r.Length).OrderBy(r => Math.Abs(r - hypothesis.Length)).ThenBy(r => r).First();
            segments[i] = [hypothesis.Length, nearest, .. matches.Matches, .. matches.Hypothesis];
        }
        return segments;

        int[] Words(string text) => ReferenceSets.Numbers(BleuText.Words(TrimEnd(options.Lowercase ? text.ToLowerInvariant() : text), options.Tokenizer), known);
    }

    /// <summary>The score of some sentences together.</summary>
    /// <param name="segments">From <see cref="Segments"/>.</param>
    /// <param name="chosen">The numbers of the sentences, which may come several times; empty takes all.</param>
    public BleuScore Score(IReadOnlyList<int[]> segments, ReadOnlySpan<int> chosen = default)
    {
        ArgumentNullException.ThrowIfNull(segments);
        int orders = options.MaxOrder, effective = orders;
        long[] sum = ReferenceSets.Sum(segments, chosen, 2 + 2 * orders);
        double[] right = [.. sum.AsSpan(2, orders).ToArray().Select(v => (double)v)], all = [.. sum.AsSpan(2 + orders, orders).ToArray().Select(v => (double)v)];
        var precisions = new double[orders];
        double penalty = sum[0] >= sum[1] ? 1 : sum[0] == 0 ? 0 : Math.Exp(1 - sum[1] / (double)sum[0]);
        if (!right.Any(r => r > 0)) return new BleuScore(0, precisions, right, all, penalty, sum[0], sum[1]);
        double value = options.SmoothingValue ?? (options.Smoothing == BleuSmoothing.Floor ? 0.1 : 1), share = 1;
        for (int n = 0; n < orders; n++)
        {
            if (options.Smoothing == BleuSmoothing.AddK && n > 0)
            {
                right[n] += value;
                all[n] += value;
            }
            if (all[n] == 0) break;
            if (options.EffectiveOrder) effective = n + 1;
            if (right[n] > 0) precisions[n] = 100 * right[n] / all[n];
            else if (options.Smoothing == BleuSmoothing.Exponential) precisions[n] = 100 / ((share *= 2) * all[n]);
            else if (options.Smoothing == BleuSmoothing.Floor) precisions[n] = 100 * value / all[n];
        }
        double logs = precisions.Take(effective).Sum(p => p == 0 ? LogOfNothing : Math.Log(p));
        return new BleuScore(penalty * Math.Exp(logs / effective), precisions, right, all, penalty, sum[0], sum[1]);
    }

    /// <summary>How the score was taken, in sacreBLEU's form, to stand beside it: <c>nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:...</c>; the version is that of this library.</summary>
    /// <param name="references">The sets of references.</param>
    public string Signature(params IReadOnlyList<IReadOnlyList<string?>> references)
    {
        string smoothing = options.Smoothing switch
        {
            BleuSmoothing.Exponential => "exp",
            BleuSmoothing.Floor => string.Create(CultureInfo.InvariantCulture, $"floor[{options.SmoothingValue ?? 0.1:F2}]"),
            BleuSmoothing.AddK => string.Create(CultureInfo.InvariantCulture, $"add-k[{options.SmoothingValue ?? 1:F2}]"),
            _ => "none",
        };
        string letters = options.Lowercase ? "lc" : "mixed", effective = options.EffectiveOrder ? "yes" : "no";
        return $"nrefs:{ReferenceSets.Count(references)}|case:{letters}|eff:{effective}|tok:{BleuText.Name(options.Tokenizer)}|smooth:{smoothing}|version:{ReferenceSets.Version}";
    }

    private static string TrimEnd(string text)
    {
        int last = text.Length;
        while (last > 0 && BleuText.IsSpace(text[last - 1])) last--;
        return text[..last];
    }
}
