using Unroll.Tasks.Tagging;
using Unroll.Tensors;
using Unroll.Training.Metrics;

namespace Unroll.Tests.Tasks.Tagging;

public sealed class ChunkTagsTests
{
    [Theory]
    [InlineData("I-A I-A O I-B", TagScheme.Iob1)]
    [InlineData("I-A B-A O", TagScheme.Iob1)]
    [InlineData("B-A I-A O B-B", TagScheme.Iob2)]
    [InlineData("B-A E-A O S-B", TagScheme.Bioes)]
    [InlineData("B-A L-A O U-B", TagScheme.Bioes)]
    public void The_way_is_found(string tags, TagScheme scheme) => Assert.Equal(scheme, ChunkTags.SchemeOf([tags.Split(' ')]));

    [Theory]
    [InlineData("NOUN VERB")]
    [InlineData("O O O")]
    [InlineData("B-A X")]
    [InlineData("I- O")]
    public void Tags_that_write_no_chunks(string tags) => Assert.Null(ChunkTags.SchemeOf([tags.Split(' ')]));

    [Theory]
    [InlineData("I-A I-A B-A O I-B I-A", "B-A I-A B-A O B-B B-A", "B-A E-A S-A O S-B S-A")]
    [InlineData("O", "O", "O")]
    [InlineData("I-A B-A B-A", "B-A B-A B-A", "S-A S-A S-A")]
    [InlineData("I-A O I-A I-A I-A", "B-A O B-A I-A I-A", "S-A O B-A I-A E-A")]
    public void The_same_chunks_are_written_each_way(string iob1, string iob2, string bioes)
    {
        (TagScheme Way, string[] Tags)[] all = [(TagScheme.Iob1, iob1.Split(' ')), (TagScheme.Iob2, iob2.Split(' ')), (TagScheme.Bioes, bioes.Split(' '))];
        foreach ((TagScheme from, string[] tags) in all)
            foreach ((TagScheme to, string[] wanted) in all) Assert.Equal(wanted, ChunkTags.Convert(tags, from, to));
    }

    [Fact]
    public void Any_tags_become_tags_that_the_scheme_allows()
    {
        var random = new RandomStream(5);
        string[] names = ["O", "B-A", "I-A", "E-A", "S-A", "B-B", "I-B", "E-B", "S-B"];
        TagConstraints rules = TagConstraints.For(TagScheme.Bioes, names);
        for (int n = 0; n < 2000; n++)
        {
            string[] tags = [.. Enumerable.Range(0, 1 + random.NextInt(8)).Select(_ => names[random.NextInt(names.Length)])];
            string[] mended = ChunkTags.Convert(tags, TagScheme.Bioes, TagScheme.Bioes);
            int[] numbers = [.. mended.Select(t => Array.IndexOf(names, t))];
            Assert.True(rules.AllowsFirst(numbers[0]) && rules.AllowsLast(numbers[^1]), string.Join(' ', mended));
            for (int i = 1; i < numbers.Length; i++) Assert.True(rules.Allows(numbers[i - 1], numbers[i]), string.Join(' ', mended));
            Assert.Equal(ChunkScorer.Chunks(tags, TagScheme.Bioes), ChunkScorer.Chunks(mended, TagScheme.Bioes));
        }
    }
}
