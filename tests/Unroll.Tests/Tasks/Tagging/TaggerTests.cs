using Unroll.Data;
using Unroll.Tasks;
using Unroll.Tasks.Tagging;
using Unroll.Tensors;
using Unroll.Tests.Formats;
using Unroll.Training;

namespace Unroll.Tests.Tasks.Tagging;

public sealed class TaggerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static TaggingOptions Small(SpellingKind spelling = SpellingKind.Convolution, bool crf = true, int epochs = 8) => new()
    {
        Network = new TaggingNetworkOptions { Hidden = 24, Embedding = 12, CharacterEmbedding = 12, SpellingHidden = 24, Spelling = spelling, Crf = crf, Dropout = 0.1 },
        Fit = new TaggingFitOptions { Epochs = epochs, Batch = 16, LearningRate = 0.01, Averaging = WeightAveraging.None },
    };

    [Theory]
    [InlineData(SpellingKind.Convolution, true)]
    [InlineData(SpellingKind.Convolution, false)]
    [InlineData(SpellingKind.Lstm, true)]
    public void Names_are_found_and_their_kind_read_from_the_right(SpellingKind spelling, bool crf)
    {
        Tagger tagger = Tagger.Train(ToyTags.Names(500, 1), ToyTags.Names(50, 2), Small(spelling, crf));
        TagScore score = tagger.Evaluate(ToyTags.Names(200, 3));
        Assert.Equal(TagScheme.Iob2, tagger.Scheme);
        Assert.True(score.Main > 0.98, $"F1 {score.Main}");
        Assert.True(score.UnknownWords > 300, $"{score.UnknownWords} unknown words");
        Assert.InRange(score.Interval().Lower, 0.9, score.Main);
        // Words alone cannot know: the simple method is far behind.
        Assert.InRange(tagger.Evaluate(new FrequentTags(ToyTags.Names(500, 1)), ToyTags.Names(200, 3)).Main, 0, 0.6);
    }

    [Fact]
    public void Endings_of_words_never_seen_are_read_by_their_spelling_alone()
    {
        TaggingOptions options = Small();
        Tagger tagger = Tagger.Train(ToyTags.Endings(400, 1), null, options with { Network = options.Network with { Embedding = 0 } });
        TagScore score = tagger.Evaluate(ToyTags.Endings(100, 2));
        Assert.Null(tagger.Scheme);
        Assert.True(score.Accuracy > 0.99, $"{score.Accuracy}");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Saved_and_loaded_alone_and_beside_others_tags_are_the_same(bool crf)
    {
        Tagger tagger = Tagger.Train(ToyTags.Names(100, 1), null, Small(crf: crf, epochs: 2));
        tagger.Save(folder["model"]);
        Tagger loaded = Tagger.Load(folder["model"]);
        string[][] sentences = [.. ToyTags.Names(150, 5).Select(static s => s.Words.ToArray()), [], ["x"], [new string('y', 100_000), "\ud83d\ude00", "\ud800"]];
        IReadOnlyList<IReadOnlyList<TaggedWord>> all = tagger.Tag(sentences), again = loaded.Tag(sentences);
        for (int i = 0; i < sentences.Length; i++)
        {
            Assert.Equal(sentences[i], all[i].Select(static w => w.Word));
            Assert.Equal(all[i], again[i]);
            IReadOnlyList<TaggedWord> alone = loaded.Tag([sentences[i]])[0];
            Assert.Equal(all[i].Select(static w => w.Tag), alone.Select(static w => w.Tag));
            for (int w = 0; w < alone.Count; w++) Assert.Equal(all[i][w].Probability, alone[w].Probability, 1e-4);
            Assert.All(all[i], static w => Assert.InRange(w.Probability, 0, 1));
        }
        Assert.Equal(["Rome", ",", "said", "don't"], tagger.Tag("Rome, said don't").Select(static w => w.Word));
    }

    [Fact]
    public void What_spoke_for_a_tag_adds_up_and_is_the_word_behind_the_name()
    {
        Tagger tagger = Tagger.Train(ToyTags.Names(500, 1), null, Small());
        string[] words = ["bado", "Keka", "city", "bado", "bado"], place = ["O", "B-LOC", "O", "O", "O"], person = ["O", "B-PER", "O", "O", "O"];
        IReadOnlyList<double> why = tagger.Explain(words, 1, place, person);
        Assert.Equal(5, why.Count);
        // Whether it is a place or a person stands in the word behind it alone.
        Assert.Equal(2, Enumerable.Range(0, 5).MaxBy(i => why[i]));
        IReadOnlyList<double> against = tagger.Explain(words, 1, person, place);
        for (int i = 0; i < 5; i++) Assert.Equal(-why[i], against[i], 1e-4);
        Assert.All(tagger.Explain(words, 1, place, ["O", "B-NEW", "O", "O", "O"]), static s => Assert.True(double.IsFinite(s)));
    }

    [Fact]
    public void A_long_sentence_is_read_in_pieces_and_nothing_is_lost()
    {
        TaggingOptions options = Small(epochs: 1);
        TaggedSentence all = Joined(ToyTags.Names(300, 1));
        Tagger tagger = Tagger.Train([all], null, options with { Fit = options.Fit with { Longest = 7 } });
        IReadOnlyList<TaggedWord> tagged = tagger.Tag([all.Words])[0];
        Assert.Equal(all.Words, tagged.Select(static w => w.Word));

        static TaggedSentence Joined(TaggedSentence[] some) => new([.. some.SelectMany(static s => s.Words)], [.. some.SelectMany(static s => s.Tags)], 1);
    }

    [Fact]
    public void Lengths_from_1_to_10000_stand_in_one_text()
    {
        TaggedSentence[] some = ToyTags.Endings(60, 1);
        TaggedSentence longest = new([.. Enumerable.Range(0, 10_000).Select(static i => i % 2 == 0 ? "ba" : "be")], [.. Enumerable.Range(0, 10_000).Select(static i => i % 2 == 0 ? "A" : "E")], 61);
        Tagger tagger = Tagger.Train([.. some, longest], null, Small(epochs: 1));
        Assert.Equal(10_000, tagger.Tag([longest.Words, ["bo"]])[0].Count);
    }

    [Fact]
    public void The_threads_do_not_change_a_bit_and_a_broken_run_ends_as_the_unbroken()
    {
        TaggedSentence[] train = ToyTags.Names(300, 1), held = ToyTags.Names(30, 2);
        TaggingOptions options = Small(epochs: 3);
        Tagger.Train(train, held, options).Save(folder["whole"]);
        using var source = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Tagger.Train(train, held, options, new TrainingRun(folder["run"]), new Stop(source, 25), source.Token));
        Tagger.Train(train, held, options, new TrainingRun(folder["run"], Resume: true)).Save(folder["resumed"]);
        byte[] whole = File.ReadAllBytes(folder["whole/model.safetensors"]);
        Assert.Equal(whole, File.ReadAllBytes(folder["resumed/model.safetensors"]));
        Tagger.Train(train, held, options with { Fit = options.Fit with { Threads = 1 } }).Save(folder["one"]);
        Assert.Equal(whole, File.ReadAllBytes(folder["one/model.safetensors"]));
    }

    [Fact]
    public void Probabilities_of_a_conditional_random_field_are_those_of_all_its_paths()
    {
        TaggedSentence[] sentences = ToyTags.Endings(40, 1);
        TaggingOptions options = Small();
        TaggingVocabulary vocabulary = TaggingVocabulary.Learn(sentences, [.. sentences.Select(static s => s.Tags.ToArray())], options, out _);
        var network = new TaggingNetwork(options.Network, vocabulary, null);
        network.Initialize(3);
        var reader = new SentenceReader(vocabulary, 100);
        string[] words = ["ba", "ke", "tu"];
        using var tape = new Tape(1);
        (int[] tags, float[] probabilities) = network.Tag(new TaggingBatch([.. reader.Read(words)], reader.Spellings), tape)[0];
        // Every path by its own loss, a mean over the three words: -3 ln p.
        int count = vocabulary.Tags.Count;
        double all = 0, best = 0;
        double[] marginals = new double[3];
        for (int p = 0; p < count * count * count; p++)
        {
            int[] path = [p % count, p / count % count, p / count / count];
            double probability;
            using (tape.Open(record: false)) probability = Math.Exp(-3 * network.Loss(new TaggingBatch([.. reader.Read(words, path)], reader.Spellings), null).Item());
            all += probability;
            best = Math.Max(best, probability);
            for (int t = 0; t < 3; t++)
                if (path[t] == tags[t]) marginals[t] += probability;
        }
        Assert.Equal(1, all, 1e-4);
        for (int t = 0; t < 3; t++) Assert.Equal(marginals[t], probabilities[t], 1e-5);
        double taken;
        using (tape.Open(record: false)) taken = Math.Exp(-3 * network.Loss(new TaggingBatch([.. reader.Read(words, tags)], reader.Spellings), null).Item());
        Assert.Equal(best, taken, 1e-6);
    }

    [Fact]
    public void Tags_never_seen_count_as_wrong_and_are_told()
    {
        Tagger tagger = Tagger.Train(ToyTags.Endings(60, 1), null, Small(epochs: 1));
        TagScore score = tagger.Evaluate([new TaggedSentence(["ba", "be"], ["A", "NEW"], 1)]);
        Assert.Equal(["NEW"], score.Unseen);
        Assert.InRange(score.Accuracy, 0, 0.5);
    }

    [Fact]
    public void What_cannot_be_learnt_is_refused_in_a_line()
    {
        Refused([], "there is no sentence to learn from");
        Refused([new TaggedSentence(["a", "b"], ["X", "X"], 1)], "every word has the tag 'X'");
        Refused([new TaggedSentence(["a", "b"], ["X"], 4)], "line 4: the sentence has 2 words and 1 tags");
        Tagger names = Tagger.Train(ToyTags.Names(40, 1), null, Small(epochs: 1));
        Assert.Contains("line 3: the model's tags write chunks", Assert.Throws<UnrollException>(() => names.Evaluate([new TaggedSentence(["a"], ["NOUN"], 3)])).Message);

        static void Refused(TaggedSentence[] sentences, string words) =>
            Assert.Contains(words, Assert.Throws<UnrollException>(() => Tagger.Train(sentences, null, Small())).Message);
    }

    private sealed class Stop(CancellationTokenSource source, int step) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Step >= step) source.Cancel();
        }
    }
}
