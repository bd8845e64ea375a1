using Unroll.Data;
using Unroll.Training.Metrics;

namespace Unroll.Tasks.Translation;

/// <summary>How good translations are, against one reference a sentence.</summary>
/// <param name="Pairs">Sources and references.</param>
/// <param name="Sentences">What was made of the sources.</param>
/// <param name="Bleu">BLEU (Papineni et al. 2002) as sacreBLEU takes it.</param>
/// <param name="BleuSignature">How BLEU was taken.</param>
/// <param name="Chrf">chrF (Popović 2015) as sacreBLEU takes it.</param>
/// <param name="ChrfSignature">How chrF was taken.</param>
/// <param name="ExactMatch">The share of translations that are their reference, white space aside.</param>
public sealed record TranslationScore(IReadOnlyList<SentencePair> Pairs, IReadOnlyList<TranslatedSentence> Sentences, BleuScore Bleu, string BleuSignature, ChrfScore Chrf, string ChrfSignature, double ExactMatch)
{
    /// <summary>Translations that were cut off at the longest length.</summary>
    public int Unended => Sentences.Count(static s => !s.Best.Ended);

    internal static TranslationScore Of(IReadOnlyList<SentencePair> pairs, IReadOnlyList<TranslatedSentence> sentences, BleuTokenizer tokenizer)
    {
        string[] hypotheses = [.. sentences.Select(static s => s.Best.Text)], references = [.. pairs.Select(static p => p.Target)];
        var bleu = new Bleu(new BleuOptions(tokenizer));
        var chrf = new Chrf();
        int exact = hypotheses.Zip(references).Count(static p => Words(p.First).SequenceEqual(Words(p.Second)));
        return new TranslationScore(pairs, sentences, bleu.Corpus(hypotheses, [references]), bleu.Signature([references]), chrf.Corpus(hypotheses, [references]), chrf.Signature([references]),
            pairs.Count == 0 ? double.NaN : (double)exact / pairs.Count);
    }

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
