using Unroll.Data;
using Unroll.Tasks;
using Unroll.Tasks.Translation;

namespace Unroll.Tests.Tasks.Translation;

/// <summary>Tasks that cannot be learnt where attention, masks or teacher forcing are wrong.</summary>
public sealed class TranslationLearningTests
{
    private static double Right(Translator translator, IReadOnlyList<SentencePair> pairs, int beams = 1) => translator.Evaluate(pairs, new DecodingOptions { Beams = beams }).ExactMatch;

    [Theory]
    [InlineData("additive")]
    [InlineData("general")]
    [InlineData("feeding")]
    [InlineData("copy")]
    [InlineData("convolution")]
    [InlineData("transformer")]
    public void Reversing_is_learnt_and_the_attention_goes_backwards(string name)
    {
        bool recurrent = name is not ("convolution" or "transformer");
        Translator translator = Translator.Train(ToyPairs.Reversed(4000, 1), ToyPairs.Reversed(200, 2), ToyModels.Of(name, epochs: recurrent ? 8 : 14, rate: recurrent ? 5e-3 : 2e-3));
        SentencePair[] test = ToyPairs.Reversed(300, 3);
        Assert.True(Right(translator, test) >= 0.99, $"greedy: {Right(translator, test):P1}");
        Assert.True(Right(translator, test, beams: 4) >= 0.99, "beam");
        if (name is "feeding" or "convolution") return;                                // may look a step ahead: what it writes next is decided before
        int on = 0, all = 0;
        foreach (SentencePair pair in test.Where(static p => p.Source.Length > 8).Take(50))
        {
            AttentionMap map = translator.Align(pair.Source, pair.Target)!;
            int n = map.Source.Count - 1;
            Assert.Equal(n, map.Target.Count - 1);
            Assert.All(map.Weights, static row => Assert.Equal(1, row.Sum(), 1e-4));
            for (int t = 0; t < n; t++, all++)
                if (Array.IndexOf(map.Weights[t], map.Weights[t].Max()) == n - 1 - t) on++;
        }
        Assert.True(on >= (name == "transformer" ? 0.5 : 0.9) * all, $"the largest weight is on the anti-diagonal for {on} of {all} steps");
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("context")]
    public void Without_attention_short_ones_are_reversed(string name)
    {
        Translator translator = Translator.Train(ToyPairs.Reversed(4000, 1, longest: 5), null, ToyModels.Of(name, hidden: 128, epochs: 16));
        Assert.True(Right(translator, ToyPairs.Reversed(300, 3, longest: 5)) >= 0.99);
        Assert.Null(translator.Align("a b", "b a"));
    }

    [Fact]
    public void Sorting_is_learnt_with_half_of_the_steps_the_models_own()
    {
        TranslationOptions options = ToyModels.Of("additive", epochs: 12);
        Translator translator = Translator.Train(ToyPairs.Sorted(4000, 1), null, options with { Fit = options.Fit with { TeacherForcing = 1, TeacherForcingEnd = 0.5 } });
        Assert.True(Right(translator, ToyPairs.Sorted(300, 3)) >= 0.99);
    }

    [Fact]
    public void Dates_are_normalised_letter_by_letter()
    {
        TranslationOptions options = ToyModels.Of("additive", hidden: 96, epochs: 14);
        options = options with { Text = new TextOptions { Unit = TextUnit.Char }, Network = options.Network with { Dropout = 0.05 } };
        Translator translator = Translator.Train(ToyPairs.Dates(4000, 1), ToyPairs.Dates(200, 2), options);
        double right = Right(translator, ToyPairs.Dates(300, 3));
        Assert.True(right >= 0.99, $"{right:P1}");
    }

    [Fact]
    public void Words_never_seen_are_copied()
    {
        // "call NAME now" -> "NAME , now": the names of the test stand in no pair of training.
        static SentencePair[] Calls(int from, int count) => [.. Enumerable.Range(from, count).Select(static i => new SentencePair($"{(i % 2 == 0 ? "call" : "ring")} x{i} now", $"x{i} , {(i % 2 == 0 ? "now" : "soon")}", i))];
        TranslationOptions options = ToyModels.Of("copy", epochs: 12);
        Translator translator = Translator.Train(Calls(0, 1500), null, options with { Text = new TextOptions { LeastCount = 2 } });
        Assert.True(translator.TargetTokenizer.Count < 10, "the names are known");
        Assert.True(Right(translator, Calls(5000, 100), beams: 2) >= 0.99);
    }
}
