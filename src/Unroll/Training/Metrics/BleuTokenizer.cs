namespace Unroll.Training.Metrics;

/// <summary>How BLEU cuts a text into words, under sacreBLEU's names.</summary>
public enum BleuTokenizer
{
    /// <summary><c>13a</c>: that of the script mteval-v13a, which the WMT evaluations use.</summary>
    V13A,

    /// <summary><c>intl</c>: that of mteval-v14 for all languages: every punctuation mark and symbol of Unicode by itself, unless between digits.</summary>
    International,

    /// <summary><c>zh</c>: every Chinese character by itself, the rest as 13a.</summary>
    Chinese,

    /// <summary><c>char</c>: every character by itself.</summary>
    Character,

    /// <summary><c>none</c>: at white space only, for text that is tokenised already.</summary>
    None,
}
