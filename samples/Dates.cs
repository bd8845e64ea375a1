using Unroll.Data;
using Unroll.Tasks;
using Unroll.Tasks.Translation;

namespace Unroll.Samples;

/// <summary>Days as people write them become days as ISO 8601 writes them, letter by letter.</summary>
internal static class Dates
{
    public static void Run()
    {
        SentencePairs pairs = SentencePairs.Read("samples/dates.tsv");
        var options = new TranslationOptions
        {
            Text = new TextOptions { Unit = TextUnit.Char },
            Network = new TranslationNetworkOptions { Model = TranslationModel.Attention, Hidden = 96 },
        };
        Translator translator = Translator.Train([.. pairs.Pairs.Skip(200)], null, options);
        TranslationScore score = translator.Evaluate([.. pairs.Pairs.Take(200)]);
        Console.WriteLine($"{score.ExactMatch * 200:F0} of 200 days held out right");
    }
}
