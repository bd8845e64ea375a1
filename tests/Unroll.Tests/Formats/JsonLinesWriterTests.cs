using Unroll.Formats;

namespace Unroll.Tests.Formats;

public sealed class JsonLinesWriterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_line_is_in_the_file_as_soon_as_it_is_written()
    {
        using var lines = new JsonLinesWriter(folder["m.jsonl"]);
        Write(lines, 1);
        Assert.Equal("{\"step\":1}\n", Read());
        Write(lines, 2);
        Assert.Equal("{\"step\":1}\n{\"step\":2}\n", Read());
        Assert.Equal(2, lines.Lines);
        Assert.Equal(2, lines.Commit());
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "{\"step\":1}\n")]
    [InlineData(2, "{\"step\":1}\n{\"step\":2}\n")]
    [InlineData(3, "{\"step\":1}\n{\"step\":2}\n{\"step\":3}\n")]
    [InlineData(9, "{\"step\":1}\n{\"step\":2}\n{\"step\":3}\n")]
    [InlineData(long.MaxValue, "{\"step\":1}\n{\"step\":2}\n{\"step\":3}\n")]
    public void On_resume_the_file_is_cut_back_to_the_lines_that_count(long keep, string kept)
    {
        File.WriteAllText(folder["m.jsonl"], "{\"step\":1}\n{\"step\":2}\n{\"step\":3}\n{\"st");
        using var lines = new JsonLinesWriter(folder["m.jsonl"], keep);
        Assert.Equal(kept, Read());
        Assert.Equal(Math.Min(keep, 3), lines.Lines);
        Write(lines, 4);
        Assert.Equal(kept + "{\"step\":4}\n", Read());
    }

    [Fact]
    public void Lines_are_counted_across_the_chunks_of_a_long_file()
    {
        string line = "{\"a\":\"" + new string('x', 1000) + "\"}\n";
        File.WriteAllText(folder["m.jsonl"], string.Concat(Enumerable.Repeat(line, 500)));
        using var lines = new JsonLinesWriter(folder["m.jsonl"], 499);
        Assert.Equal(499, lines.Lines);
        Assert.Equal(499L * line.Length, new FileInfo(folder["m.jsonl"]).Length);
    }

    [Fact]
    public void A_line_whose_writer_fails_is_not_written()
    {
        using var lines = new JsonLinesWriter(folder["m.jsonl"]);
        Write(lines, 1);
        Assert.Throws<ArgumentException>(() => lines.Write(static json => json.WriteNumber("loss", double.NaN)));
        Write(lines, 2);
        Assert.Equal("{\"step\":1}\n{\"step\":2}\n", Read());
        Assert.Equal(2, lines.Lines);
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_one_clear_line()
    {
        Assert.Equal($"cannot write '{folder.Path}': it is a folder; give the path of a file",
            Assert.Throws<UnrollException>(() => new JsonLinesWriter(folder.Path)).Message);
        string path = folder["no/m.jsonl"];
        Assert.Equal($"cannot write '{path}': the folder '{folder["no"]}' does not exist; create it or check the path",
            Assert.Throws<UnrollException>(() => new JsonLinesWriter(path)).Message);
    }

    private static void Write(JsonLinesWriter lines, int step) => lines.Write(json => json.WriteNumber("step", step));

    private string Read()
    {
        using var stream = new FileStream(folder["m.jsonl"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
