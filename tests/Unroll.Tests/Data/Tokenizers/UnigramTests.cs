using System.Text;
using Unroll.Data.Tokenizers;

namespace Unroll.Tests.Data.Tokenizers;

public sealed class UnigramTests
{
    private const string Text = "the cat sat on the mat .\nthe dog don't like 3 cats , it 's 'll said \u00e9\u00e8 na\u00efve \U0001F600!\n\n  two  spaces\t tab\n";

    private static readonly UnigramTokenizer Small = UnigramTokenizer.Train([Text, Text], 330);

    /// <summary>Words of two to four parts, of which any may go with any: what there is to learn are the parts.</summary>
    private static string Compounds(int words, out int parts)
    {
        var random = new Random(4);
        string[] part = ["house", "rain", "fire", "book", "snow", "moon", "boat", "light", "man", "keeper", "mark", "fall"];
        int all = 0;
        string text = string.Concat(Enumerable.Range(0, words).Select(i => string.Concat(Enumerable.Range(0, random.Next(2, 5)).Select(_ => part[Drawn()])) + (i % 9 == 8 ? "\n" : " ")));
        parts = all;
        return text;

        int Drawn()
        {
            all++;
            return random.Next(12);
        }
    }

    [Theory]
    [InlineData("a\u2581b \u2581\u2581 \u2581")]
    [InlineData("<0x41> <unk> x<0xE2><0x96><0x81>")]
    [InlineData("   three in front, two behind  ")]
    [InlineData("\t\ttabs\t \t\u00a0\u3000 and\r\nends\n\n\n of lines \n")]
    [InlineData("\0\u0001\u007f\ufffd\u4e2d\u6587\U0001F600\U0010FFFF")]
    public void Any_text_comes_back(string text) => Assert.Equal(text, Small.Decode(Small.Encode(text)));

    [Fact]
    public void Random_text_comes_back_and_lines_one_by_one_give_the_tokens_of_the_whole()
    {
        var random = new Random(1);
        for (int n = 0; n < 500; n++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 80)).Select(_ => random.Next(6) switch
            {
                0 => " ", 1 => "\n\t\u2581"[random.Next(3)].ToString(), 2 => "the cat<0x>"[random.Next(11)].ToString(), 3 => ((char)random.Next(32, 127)).ToString(), 4 => char.ConvertFromUtf32(random.Next(0x80, 0xD800)),
                _ => char.ConvertFromUtf32(random.Next(0xE000, 0x110000)),
            }));
            int[] tokens = Small.Encode(text);
            Assert.Equal(text, Small.Decode(tokens));
            Assert.Equal(Encoding.UTF8.GetBytes(text), tokens.SelectMany(t => Small.Bytes(t).ToArray()));
            string[] lines = [.. text.Split('\n').Select((line, i) => i < text.Count(static c => c == '\n') ? line + "\n" : line)];
            Assert.Equal(tokens, lines.SelectMany(Small.Encode));
            Assert.Equal(text.EnumerateRunes().Count(), tokens.Sum(Small.Characters));
        }
        string run = new('t', 100_000);
        Assert.Equal(run, Small.Decode(Small.Encode(run)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_best_cut_is_the_best_of_all_cuts_and_what_is_expected_is_summed_over_all(int seed)
    {
        var random = new Random(seed);
        string[] pieces = [.. "abc".Select(static c => c.ToString()), .. Enumerable.Range(0, 12).Select(_ => string.Concat(Enumerable.Range(0, random.Next(2, 5)).Select(_ => "abc"[random.Next(3)]))).Distinct()];
        double[] scores = [.. pieces.Select(_ => -random.NextDouble() * 6)];
        var lattice = new UnigramLattice(pieces, scores);
        for (int n = 0; n < 100; n++)
        {
            string word = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => "abc"[random.Next(3)]));
            (int[] Cut, double Score)[] all = [.. Cuts(word, pieces).Select(cut => (cut, cut.Sum(p => scores[p])))];
            Assert.Equal(all.Max(static c => c.Score), lattice.Best(word), 1e-9);
            var best = new List<int>();
            for (int end = word.Length; end > 0;)
            {
                (end, int piece) = lattice.Last(end);
                best.Insert(0, piece);
            }
            Assert.Equal(word, string.Concat(best.Select(p => pieces[p])));
            Assert.Equal(all.Max(static c => c.Score), best.Sum(p => scores[p]), 1e-9);

            double sum = all.Sum(static c => Math.Exp(c.Score));
            var expected = new double[pieces.Length];
            lattice.Expect(word, 3, expected);
            for (int p = 0; p < pieces.Length; p++) Assert.Equal(3 * all.Sum(c => c.Cut.Count(q => q == p) * Math.Exp(c.Score)) / sum, expected[p], 1e-9);

            // Without a piece: the best of the cuts that lack it.
            int banned = random.Next(3, pieces.Length);
            Assert.Equal(all.Where(c => !c.Cut.Contains(banned)).Max(static c => c.Score), lattice.Best(word, banned), 1e-9);
        }
    }

    private static IEnumerable<int[]> Cuts(string word, string[] pieces)
    {
        if (word.Length == 0) return [[]];
        return pieces.Index().Where(p => word.StartsWith(p.Item, StringComparison.Ordinal)).SelectMany(p => Cuts(word[p.Item.Length..], pieces).Select(rest => (int[])[p.Index, .. rest]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Candidates_are_all_substrings_that_stand_twice_and_end_where_more_than_one_thing_follows(int seed)
    {
        var random = new Random(seed);
        (string Text, long Count)[] words =
            [.. Enumerable.Range(0, 60).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 20)).Select(_ => "ab\U0001F600"[random.Next(3)] is var c && char.IsSurrogate(c) ? "\U0001F600" : c.ToString()))).Distinct().Select(w => (w, (long)random.Next(1, 4)))];
        var counts = new Dictionary<string, long>();
        var next = new Dictionary<string, HashSet<string>>();
        foreach ((string text, long count) in words)
        {
            string[] runes = [.. text.EnumerateRunes().Select(static r => r.ToString())];
            for (int from = 0; from < runes.Length; from++)
                for (int end = from + 2; end <= runes.Length; end++)
                {
                    string sub = string.Concat(runes[from..end]);
                    if (sub.Length > 16) break;
                    counts[sub] = counts.GetValueOrDefault(sub) + count;
                    if (!next.TryGetValue(sub, out HashSet<string>? followers)) next[sub] = followers = [];
                    followers.Add(end < runes.Length && sub.Length + runes[end].Length <= 16 ? runes[end] : "");
                }
        }
        Dictionary<string, double> found = new UnigramCandidates(words).Take(int.MaxValue).ToDictionary(static c => c.Text, static c => c.Score);
        foreach ((string sub, long count) in counts)
        {
            bool wanted = count >= 2 && (next[sub].Count > 1 || next[sub].Contains(""));
            Assert.True(wanted == found.ContainsKey(sub) || (count >= 2 && sub.Length >= 15), $"{sub} {count}");
            if (found.TryGetValue(sub, out double score)) Assert.Equal((double)count * sub.Length, score);
        }
        Assert.Subset(counts.Keys.ToHashSet(), found.Keys.ToHashSet());
    }

    [Fact]
    public void Learning_finds_the_parts_of_compounds()
    {
        string text = Compounds(2000, out int parts);
        UnigramTokenizer tokenizer = UnigramTokenizer.Train([text], 340);
        Assert.Equal(340, tokenizer.Count);
        // Whether a space comes is independent of the part behind it: it is a piece of its own, and with the parts the likeliest.
        Assert.Equal(["boat", "book", "fall", "fire", "house", "keeper", "light", "man", "mark", "moon", "rain", "snow", "\u2581"], tokenizer.Vocabulary.Skip(257).Take(13).Order(StringComparer.Ordinal));
        Assert.Equal(["house", "light", "\n", " ", "moon", "keeper"], tokenizer.Encode("houselight\n moonkeeper").Select(tokenizer.Show));
        Assert.InRange(tokenizer.Encode(text).Length, parts, parts + 2000);
    }

    [Fact]
    public void The_same_text_gives_the_same_vocabulary_in_whatever_pieces_it_comes()
    {
        string text = Compounds(500, out _) + Text;
        UnigramTokenizer once = UnigramTokenizer.Train([text], 400), again = UnigramTokenizer.Train(text.Split('\n').Select(static (line, i) => line + "\n").SkipLast(1), 400);
        Assert.Equal(once.Vocabulary, again.Vocabulary);
        Assert.Equal(once.Scores, again.Scores);
    }

    [Fact]
    public void Pieces_keep_letters_numbers_and_marks_apart_and_probabilities_sum_to_one()
    {
        UnigramTokenizer tokenizer = UnigramTokenizer.Train([string.Concat(Enumerable.Repeat("ab12, ab12, (x1) \u0928\u092e\u0938\u094d\u0924\u0947 \u0928\u092e\u0938\u094d\u0924\u0947\n", 50))], 400);
        foreach (string piece in tokenizer.Vocabulary.Skip(257))
        {
            string word = piece.TrimStart('\u2581');
            Assert.True(word.All(char.IsAsciiDigit) || word.All(static c => !char.IsAsciiDigit(c) && !char.IsPunctuation(c) && !char.IsSymbol(c)) || word.All(static c => char.IsPunctuation(c) || char.IsSymbol(c)), piece);
        }
        Assert.True(tokenizer.Find("\u2581\u0928\u092e\u0938\u094d\u0924\u0947") >= 0);      // the marks of a script stay with its letters
        Assert.InRange(tokenizer.Scores.Skip(257).Sum(Math.Exp), 0.5, 1.0001);             // the digamma function takes a little from rare ones
        Assert.True(tokenizer.Count < 400, "more pieces than stand twice");
    }

    [Theory]
    [InlineData("<0x07>", "gone", -1, "the vocabulary has no token <0x07>; all 256 bytes must have one")]
    [InlineData("new", "", -1, "a piece must have 1 to 256 characters, '' has 0")]
    [InlineData("new", "the cat", double.NaN, "the score of 'the cat' must be the logarithm of a probability, -1000000 to 0, got NaN")]
    [InlineData("new", "x", 0.5, "the score of 'x' must be the logarithm of a probability, -1000000 to 0, got 0.5")]
    [InlineData("new", "x", double.NegativeInfinity, "got -Infinity")]
    [InlineData("new", "<unk>", -1, "the token '<unk>' stands twice in the vocabulary")]
    public void A_vocabulary_that_cannot_be_is_refused(string replaced, string by, double score, string said)
    {
        List<string> vocabulary = [UnigramTokenizer.UnknownToken, .. Enumerable.Range(0, 256).Select(UnigramTokenizer.ByteToken), "new"];
        List<double> scores = [.. Enumerable.Repeat(-5.0, 258)];
        int at = vocabulary.IndexOf(replaced);
        (vocabulary[at], scores[at]) = (by, score);
        Assert.Contains(said, Assert.Throws<UnrollException>(() => new UnigramTokenizer(vocabulary, scores)).Message);
    }
}
