using Unroll.Data;
using Unroll.Data.Tokenizers;
using Unroll.Tasks.Translation;
using Unroll.Tests.Formats;

namespace Unroll.Tests.Tasks.Translation;

public sealed class PairTextTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static (SentenceVocabulary Vocabulary, PairText Text) Make(bool reverse = false, bool copy = false)
    {
        var vocabulary = new SentenceVocabulary(new WordTokenizer(["<unk>", "<eos>", "a", "b", "c"]));
        return (vocabulary, new PairText(vocabulary, vocabulary, reverse, copy));
    }

    [Fact]
    public void Begin_end_and_padding_stand_where_they_belong()
    {
        (SentenceVocabulary v, PairText text) = Make();
        PairBatch batch = text.Batch([text.Read(new("a b", "c", 1)), text.Read(new("c", "a b c", 2))]);
        (int s, int e, int p) = (v.Begin, v.End, SentenceVocabulary.Padding);
        Assert.Equal((5, 6, 7), (s, e, v.Count));
        Assert.Equal([2, 4, 3, e, e, e], batch.Source.Tokens);
        Assert.Equal([3, 2], batch.Source.Lengths);
        Assert.Equal([s, s, 4, 2, e, 3, e, 4], batch.Given);
        Assert.Equal([4, 2, e, 3, p, 4, p, e], batch.Wanted);
        Assert.Equal([2, 4], batch.Lengths);
        Assert.Equal(6, batch.Tokens);
        Assert.Equal([3, 4, 2, e, e, e], Make(reverse: true).Text.Batch([text.Read(new("a b", "c", 1)), text.Read(new("c", "a b c", 2))]).Source.Tokens);
    }

    [Fact]
    public void Strange_words_get_numbers_of_their_own_sentence()
    {
        (SentenceVocabulary v, PairText text) = Make(copy: true);
        PairBatch batch = text.Batch([text.Read(new("x a y x", "y b q", 1)), text.Read(new("y a", "y", 2))]);
        CopySource copy = batch.Source.Copy!;
        Assert.Equal(2, copy.Strangers);
        Assert.Equal([v.Count, v.Count, 2, 2, v.Count + 1, v.End, v.Count, -1, v.End, -1], copy.Tokens);
        Assert.Equal(("x", "y", "y"), (copy.Word(0, v.Count), copy.Word(0, v.Count + 1), copy.Word(1, v.Count)));
        Assert.Equal([v.Count + 1, v.Count, 3, v.End, v.Unknown, SentenceVocabulary.Padding, v.End, SentenceVocabulary.Padding], batch.WantedCopies!);
        Assert.Equal(v.Unknown, batch.Wanted[0]);
    }

    [Theory]
    [InlineData(32, 0)]
    [InlineData(1000, 60)]
    public void Each_pass_has_every_pair_once_in_batches_within_their_bounds(int most, int tokens)
    {
        (SentenceVocabulary v, PairText text) = Make();
        PairText.Pair[] pairs = [.. Enumerable.Range(0, 500).Select(i => new PairText.Pair([.. Enumerable.Repeat(2, 1 + i % 13)], [.. Enumerable.Repeat(3, 1 + i * 7 % 11), 2 + i % 3], null, null))];
        var batches = new PairBatches(text, pairs, most, tokens, 4);
        string? before = null;
        for (int epoch = 0; epoch < 3; epoch++)
        {
            PairBatch[] all = [.. Enumerable.Range(0, batches.Count).Select(i => batches.At(epoch, i))];
            Assert.Equal(500, all.Sum(static b => b.Source.Count));
            Assert.Equal(pairs.Sum(static p => p.Target.Length + 1), all.Sum(static b => b.Tokens));
            Assert.All(all, b => Assert.True(b.Source.Count <= most && (tokens == 0 || b.Source.Count * Math.Max(b.Steps, b.Source.Steps) <= tokens)));
            int padded = all.Sum(static b => b.Steps * b.Source.Count), real = all.Sum(static b => b.Tokens);
            Assert.True(padded < 1.35 * real, $"{padded} of {real}");
            string order = string.Join(' ', all.Select(static b => $"{b.Source.Count}x{b.Steps}:{b.Wanted[0]}"));
            Assert.NotEqual(before, order);
            before = order;
            var later = new PairBatches(text, pairs, most, tokens, 4);
            Assert.Equal(all[^1].Given, later.At(epoch, batches.Count - 1).Given);     // from the pass's number alone
        }
    }

    [Fact]
    public void Pairs_are_read_from_one_file_or_two_and_lines_without_a_side_are_told()
    {
        File.WriteAllText(folder["pairs.tsv"], "a b\tc\n\tc\n\na\t \nb\ta a\r\n");
        SentencePairs read = SentencePairs.Read(folder["pairs.tsv"]);
        Assert.Equal([new SentencePair("a b", "c", 1), new SentencePair("b", "a a", 5)], read.Pairs);
        Assert.Equal([2, 3, 4], read.Empty);
        File.WriteAllText(folder["de"], "eins\nzwei\n\n");
        File.WriteAllText(folder["en"], "one\ntwo\nthree\n");
        Assert.Equal([new SentencePair("eins", "one", 1), new SentencePair("zwei", "two", 2)], SentencePairs.Read(folder["de"], folder["en"]).Pairs);
        File.WriteAllText(folder["fr"], "un\n");
        Refused($"{folder["de"]} has 3 lines and {folder["fr"]} has 1", () => SentencePairs.Read(folder["de"], folder["fr"]));
        File.WriteAllText(folder["no-tab"], "a\tb\na b\n");
        Refused("line 2: there is no tab", () => SentencePairs.Read(folder["no-tab"]));
        File.WriteAllText(folder["tabs"], "a\tb\tc\n");
        Refused("line 1, column 4: there is a second tab", () => SentencePairs.Read(folder["tabs"]));
        File.WriteAllText(folder["none"], "\t\n");
        Refused("there is no pair", () => SentencePairs.Read(folder["none"]));
    }

    private static void Refused(string words, Action act) => Assert.Contains(words, Assert.Throws<UnrollException>(act).Message, StringComparison.Ordinal);
}
