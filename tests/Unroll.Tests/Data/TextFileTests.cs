using System.Text;
using Unroll.Data;
using Unroll.Data.Tokenizers;
using Unroll.Tests.Formats;

namespace Unroll.Tests.Data;

public sealed class TextFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(folder[name], bytes);
        return folder[name];
    }

    [Theory]
    [InlineData(7)]
    [InlineData(90)]
    [InlineData(100_000)]
    public void The_pieces_are_the_text(int lineLength)
    {
        var random = new Random(lineLength);
        var text = new StringBuilder();
        while (text.Length < 700_000)
        {
            for (int i = random.Next(lineLength); i > 0; i--) text.Append(random.Next(8) == 0 ? " " : random.Next(50) == 0 ? "\U0001F600" : ((char)random.Next('a', 'z' + 1)).ToString());
            text.Append('\n');
        }
        string path = Write("t.txt", Encoding.UTF8.GetBytes(text.ToString()));
        string[] pieces = [.. TextFile.Pieces(path)];
        Assert.Equal(text.ToString(), string.Concat(pieces));
        Assert.True(pieces.Length > 1);
        Assert.All(pieces[..^1], static p => Assert.EndsWith("\n", p));
        Assert.Equal(text.ToString().Split('\n')[..^1], TextFile.Lines(path));
        var pairs = BytePairTokenizer.Train(["aa bb"], 258);
        Assert.Equal(pairs.Encode(text.ToString()), pieces.SelectMany(p => pairs.Encode(p)));
    }

    [Fact]
    public void A_line_without_end_is_bounded()
    {
        string text = string.Concat(Enumerable.Repeat("word\U0001F600", 600_000));
        string[] pieces = [.. TextFile.Pieces(Write("t.txt", Encoding.UTF8.GetBytes(text)))];
        Assert.Equal(text, string.Concat(pieces));
        Assert.All(pieces, static p => Assert.InRange(p.Length, 1, 1_200_000));
        Assert.All(pieces, static p => Assert.False(char.IsLowSurrogate(p[0])));
    }

    [Fact]
    public void Line_ends_of_all_systems_and_a_mark_are_read_alike()
    {
        Assert.Equal("a\nb\n", string.Concat(TextFile.Pieces(Write("t.txt", [0xEF, 0xBB, 0xBF, .. "a\r\nb\r\n"u8]))));
        Assert.Equal("a\nb", string.Concat(TextFile.Pieces(Write("t.txt.gz", DataFiles.Gzip("a\nb")))));
        Assert.Empty(TextFile.Pieces(Write("e.txt", [])));
    }

    [Fact]
    public void What_is_no_text_is_said_with_its_place()
    {
        string path = Write("t.txt", [.. "fine\nalso fine\nnot \xff here"u8.ToArray().Select(static b => b)]);
        File.WriteAllBytes(path, [.. "fine\nalso fine\nnot "u8, 0xff, .. " here"u8]);
        Assert.Contains("line 3: byte 0xFF is not UTF-8 text (offset 19)", Assert.Throws<UnrollException>(() => TextFile.Pieces(path).ToArray()).Message);
        string late = string.Concat(Enumerable.Repeat("\u00e9 line\n", 40_000));
        File.WriteAllBytes(path, [.. Encoding.UTF8.GetBytes(late), 0xE2, 0x96]);
        Assert.Contains("line 40001: byte 0xE2 is not UTF-8 text (offset 320000)", Assert.Throws<UnrollException>(() => TextFile.Pieces(path).ToArray()).Message);
        Assert.Contains("no such file", Assert.Throws<UnrollException>(() => TextFile.Check(folder["none.txt"])).Message);
        Assert.Contains("holds no text", Assert.Throws<UnrollException>(() => TextFile.Check(Write("e.txt", []))).Message);
    }

    [Fact]
    public void Tokens_are_kept_and_made_anew_only_where_something_changed()
    {
        string path = Write("t.txt", Encoding.UTF8.GetBytes("the cat\nthe dog \u00e9\n")), kept = folder["t.tokens"];
        CharTokenizer characters = CharTokenizer.Train(TextFile.Pieces(path));
        using (TokenFile first = TokenFile.Of(path, characters, kept)) Same("the cat\nthe dog \u00e9\n", first, characters);
        DateTime made = File.GetLastWriteTimeUtc(kept);
        using (TokenFile again = TokenFile.Of(path, characters, kept)) Assert.Equal(18, again.Characters);
        Assert.Equal(made, File.GetLastWriteTimeUtc(kept));
        WordTokenizer words = WordTokenizer.Train(TextFile.Pieces(path));
        using (TokenFile other = TokenFile.Of(path, words, kept)) Same("the cat\nthe dog \u00e9\n", other, words);

        // A damaged file is made anew.
        byte[] bytes = File.ReadAllBytes(kept);
        File.WriteAllBytes(kept, bytes[..^3]);
        using (TokenFile mended = TokenFile.Of(path, words, kept)) Same("the cat\nthe dog \u00e9\n", mended, words);
        File.WriteAllText(path, "another text\n");
        using TokenFile changed = TokenFile.Of(path, characters, kept);
        Same("another text\n", changed, characters);
        TokenFile part = changed.Part(8, 4, characters);
        Assert.Equal((4, 4), (part.Count, part.Characters));
        Assert.Throws<ArgumentOutOfRangeException>(() => part.Read(1, new int[4]));
        Assert.Empty(Directory.GetFiles(folder.Path, "*.tmp"));

        static void Same(string text, TokenFile file, Tokenizer tokenizer)
        {
            int[] tokens = new int[file.Count];
            file.Read(0, tokens);
            Assert.Equal(tokenizer.Encode(text), tokens);
            Assert.Equal(text.EnumerateRunes().Count(), file.Characters);
        }
    }
}
