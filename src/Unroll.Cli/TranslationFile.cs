using System.Globalization;
using System.Text;
using Unroll.Formats;
using Unroll.Tasks.Translation;

namespace Unroll.Cli;

/// <summary>Writes translations: a line a sentence; or several of each, with tabs: line, rank, score, ln p, text.</summary>
internal static class TranslationFile
{
    public static void Write(string path, IReadOnlyList<TranslatedSentence> sentences, bool several)
    {
        var text = new StringBuilder();
        if (several) text.Append("line\trank\tscore\tlog_probability\ttext\n");
        for (int i = 0; i < sentences.Count; i++)
        {
            IReadOnlyList<TranslatedText> all = sentences[i].Translations;
            for (int k = 0; k < all.Count; k++)
                text.Append(several ? string.Create(CultureInfo.InvariantCulture, $"{i + 1}\t{k + 1}\t{all[k].Score:F4}\t{all[k].LogProbability:F4}\t{all[k].Text}\n") : all[k].Text + "\n");
        }
        if (path == "-") Console.Out.Write(text.ToString());
        else AtomicFile.WriteText(path, text.ToString());
    }
}
