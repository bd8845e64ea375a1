using Unroll.Data;
using Unroll.Data.Tokenizers;
using Unroll.Tasks.Vectors;

namespace Unroll.Tests.Tasks.Vectors;

/// <summary>The parts that training is made of: tree, draws, phrases, pieces of words, axes.</summary>
public class VectorPartsTests
{
    [Fact]
    public void A_tree_gives_frequent_words_short_paths_and_no_two_words_one()
    {
        long[] counts = [40, 20, 10, 8, 8, 4, 2, 2, 1, 1];
        var tree = new HuffmanTree(counts);
        string[] codes = [.. counts.Select((_, w) => string.Concat(tree.Labels(w).ToArray().Select(static l => l == 1 ? '0' : '1')))];
        for (int a = 0; a < codes.Length; a++)
            for (int b = 0; b < codes.Length; b++) Assert.True(a == b || !codes[b].StartsWith(codes[a], StringComparison.Ordinal), $"{codes[a]} begins {codes[b]}");
        Assert.Equal(Optimal(), counts.Select((c, w) => c * tree.Nodes(w).Length).Sum());
        Assert.All(counts.Select((_, w) => w), w => Assert.Equal(counts.Length - 2, tree.Nodes(w)[0]));          // from the root on
        Assert.Equal(codes.Max(static c => c.Length), tree.LongestPath);

        // The sum of an optimal code, reckoned by joining the two least again and again.
        long Optimal()
        {
            var queue = new PriorityQueue<long, long>(counts.Select(static c => (c, c)));
            long sum = 0;
            while (queue.Count > 1)
            {
                long joined = queue.Dequeue() + queue.Dequeue();
                sum += joined;
                queue.Enqueue(joined, joined);
            }
            return sum;
        }
    }

    [Fact]
    public void Draws_come_as_often_as_their_weights_say()
    {
        double[] weights = [5, 1, 0, 3, 1];
        var table = new AliasTable(weights);
        var random = new SplitMix(1);
        int[] drawn = new int[5];
        const int draws = 100_000;
        for (int i = 0; i < draws; i++) drawn[table.Draw(ref random)]++;
        for (int i = 0; i < 5; i++) Assert.Equal(weights[i] / 10, (double)drawn[i] / draws, 0.006);      // four deviations
        Assert.Equal(0, drawn[2]);
    }

    [Fact]
    public void Phrases_are_joined_in_passes()
    {
        // "new york times" always stands together, "the" everywhere.
        string text = string.Concat(Enumerable.Range(0, 300).Select(static i => i % 3 == 0 ? $"the new york times a{i % 50} the\n" : $"the b{i % 50} the c{i % 40}\n"));
        string[] one = Words(1), two = Words(2);
        Assert.Contains("new_york", one);
        Assert.DoesNotContain("new_york_times", one);
        Assert.Contains("new_york_times", two);
        Assert.DoesNotContain("new_york", two);
        Assert.DoesNotContain(two, static w => w.StartsWith("the_", StringComparison.Ordinal) || w.EndsWith("_the", StringComparison.Ordinal));
        Assert.DoesNotContain(Words(0), static w => w.Contains('_'));

        string[] Words(int passes)
        {
            WordTokenizer tokenizer = WordTokenizer.Train([text]);
            return new VectorCorpus(TokenFile.Of(text, tokenizer), tokenizer, new VectorTextOptions { LeastCount = 2, Phrases = passes, PhraseThreshold = 8 }, default).Words;
        }
    }

    [Fact]
    public void Pieces_and_their_hash_are_those_of_fastText()
    {
        // gensim 4.2: [ft_hash_bytes(b) % 2000000 for b in compute_ngrams_bytes(word, 3, 6)].
        var options = new SubwordOptions { Use = true, Shortest = 3, Longest = 6 };
        Assert.Equal(new[] { 1429031, 419163, 1039177 }.Order(), new Subwords(["as"], options).Buckets);
        Assert.Equal(new[] { 65143, 792761, 451067, 718751, 197507 }.Order(), new Subwords(["n\u00e9t"], options with { Longest = 4 }).Buckets);
    }

    [Fact]
    public void A_text_is_read_in_lines_of_known_words()
    {
        string text = "a b <unk> a\n\nb c a rare\n";
        WordTokenizer tokenizer = WordTokenizer.Train([text], leastCount: 1);
        var corpus = new VectorCorpus(TokenFile.Of(text, tokenizer), tokenizer, new VectorTextOptions { LeastCount = 1, Vocabulary = 3 }, default);
        Assert.Equal(["a", "b", "c"], corpus.Words);
        Assert.Equal([3L, 2, 1], corpus.Counts);
        int[] buffer = corpus.NewBuffer();
        Assert.Equal([0, 1, 0, -1, -1, 1, 2, 0, -1], buffer[..corpus.Read(0, buffer)]);
    }

    [Fact]
    public void The_axes_are_those_along_which_points_differ_most()
    {
        var random = new RandomStream(5);
        double[][] points = [.. Enumerable.Range(0, 200).Select(_ =>
        {
            double a = 3 * random.NextNormal(), b = random.NextNormal();
            return new[] { 7 + (0.6 * a) - (0.8 * b), (0.8 * a) + (0.6 * b), 0.01 * random.NextNormal(), 5 };
        })];
        (double X, double Y)[] plane = PrincipalAxes.Plane(points);
        Assert.Equal(0, plane.Average(static p => p.X), 1e-9);
        Assert.InRange(plane.Average(static p => p.X * p.X), 7, 11);
        Assert.InRange(plane.Average(static p => p.Y * p.Y), 0.7, 1.3);
        Assert.Equal(0, plane.Average(static p => p.X * p.Y), 1e-4);
        Assert.Equal([(0.0, 0.0), (0.0, 0.0)], PrincipalAxes.Plane([[1, 2], [1, 2]]));
        Assert.Empty(PrincipalAxes.Plane([]));
    }
}
