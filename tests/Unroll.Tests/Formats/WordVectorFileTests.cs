using System.IO.Compression;
using System.Text;
using Unroll.Formats;

namespace Unroll.Tests.Formats;

/// <summary>Word vectors come back from files bit by bit; what is damaged, cut or claims too much ends in one line that says where.</summary>
public sealed class WordVectorFileTests : IDisposable
{
    private static readonly string[] Words = ["the", "caf\u00e9", "new_york", "\U0001F600"];
    private static readonly float[] Values = [0.1f, -1.5e-7f, 3, float.Epsilon, -0f, float.MaxValue, 1f / 3, 2, -2, 0.25f, 1e10f, -1];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("v.txt")]
    [InlineData("v.vec")]
    [InlineData("v.bin")]
    [InlineData("v.txt.gz")]
    [InlineData("v.BIN.gz")]
    public void What_is_written_is_read_back_to_the_bit(string name)
    {
        WordVectorFile.Write(folder[name], Words, Values, 3);
        (string[] words, float[] values, int size) = WordVectorFile.Read(folder[name]);
        Assert.Equal((Words.Length, 3), (words.Length, size));
        Assert.Equal(Words, words);
        Assert.Equal(Values.Select(BitConverter.SingleToInt32Bits), values.Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void Files_of_other_programs_are_read()
    {
        // The authors' program: a space behind the last number, a line's end behind each binary vector. gensim: none. GloVe: no first line. A word again: passed over.
        Assert.Equal([1f, 2, 3, 4], Text("2 2\na 1.000000 2.000000 \nb 3.000000 4.000000 \n").Values);
        Assert.Equal([1f, 2, 3, 4], Text("a 1 2\r\nb 3 4").Values);
        Assert.Equal(["a", "b"], Text("3 2\na 1 2\nb 3 4\na 5 6\n").Words);
        byte[] one = [.. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(2f)];
        Assert.Equal([1f, 2, 1, 2], Binary([.. "2 2\n"u8, .. "a "u8, .. one, .. "\nb "u8, .. one, .. "\n"u8]).Values);
        Assert.Equal([1f, 2, 1, 2], Binary([.. "2 2\n"u8, .. "a "u8, .. one, .. "b "u8, .. one]).Values);
    }

    [Theory]
    [InlineData("", "line 1: a word and its numbers must stand here")]
    [InlineData("word\n", "line 1: a word and its numbers must stand here")]
    [InlineData("1000000 300\na 1 2\n", "for which the file is too short")]
    [InlineData("9999999999 9999999\na 1\n", "the length of a vector must be 1 to")]
    [InlineData("9999999999 99999\na 1\n", "cannot be read")]
    [InlineData("0 3\n", "0 words of 3 numbers cannot be read")]
    [InlineData("2 2\na 1 2\n     \n", "line 3: the line is empty")]
    [InlineData("2 2\na 1 2\nb 1          \n", "line 3: the line has 1 numbers, 2 are wanted")]
    [InlineData("2 2\na 1 2\nb 1 2 3\n", "line 3: the line has more than 2 numbers")]
    [InlineData("2 2\na 1 2\nb x 2\n", "line 3: the line must have a number in field 2, got 'x'")]
    [InlineData("2 2\na 1 2\nb nan 2\n", "line 3")]
    [InlineData("2 2\na 1 1e99\nb 1 2\n", "line 2: the line has a number that is not finite in field 3")]
    [InlineData("2 2\na 1 2\nb 3 4\nc 5 6\n", "line 4: the line is more than the 2 words")]
    [InlineData("3 1\na 1\nb 2      \n", "the file ends after 2 of the 3 words")]
    [InlineData("a 1 2\nb 1\n", "line 2: the line has 1 numbers, 2 are wanted")]
    public void A_damaged_text_is_told_with_its_line(string text, string words) => Refused(words, () => Text(text));

    [Fact]
    public void A_damaged_binary_file_is_told_with_its_place()
    {
        byte[] good = [.. "2 2\n"u8, .. "a "u8, .. new byte[8], .. "b "u8, .. new byte[8]];
        Refused("v.bin, byte 14: the file ends in the vector of the word 2 of 2", () => Binary(good[..^1], claimed: 100));
        Refused("more stands behind the 2 words", () => Binary([.. good, 1]));
        Refused("begins with a line of two numbers", () => Binary("a b c\n"u8.ToArray()));
        Refused("for which the file is too short", () => Binary([.. "2000000 300\n"u8, .. good]));
        Refused("the vector of 'a' has a number that is not finite", () => Binary([.. "1 1\na "u8, .. BitConverter.GetBytes(float.NaN)]));
        Refused("byte 4: a word is not UTF-8", () => Binary([.. "1 1\n"u8, 0xff, .. " "u8, 0, 0, 0, 0]));
        Refused("byte 4: a word is empty", () => Binary([.. "1 1\n "u8, 0, 0, 0, 0, 0]));
    }

    [Fact]
    public void Names_and_words_that_no_file_can_have_are_refused()
    {
        Refused("ends with .txt, .vec or .bin", () => WordVectorFile.Read(folder["v.npy"]));
        Refused("has white space", () => WordVectorFile.Write(folder["v.txt"], ["a b"], new float[1], 1));
        Refused("no such file", () => WordVectorFile.Read(folder["none.bin"]));
        File.WriteAllBytes(folder["cut.txt.gz"], Packed("2 1\na 1\nb 2\n")[..^9]);
        Refused("cut.txt.gz: the file is damaged", () => WordVectorFile.Read(folder["cut.txt.gz"]));
        Assert.Empty(folder.Names.Except(["cut.txt.gz"]));
    }

    [Theory]
    [InlineData("v.txt", "3 2\nab 1.5 -2\ncd 3 4e2\nef 0.25 6\n")]
    [InlineData("v.bin", "3 2\nab 12345678\ncd 12345678\nef 12345678\n")]
    public void Damaged_files_end_in_an_error_or_a_value_within_bounded_memory(string name, string text)
    {
        byte[] original = Encoding.UTF8.GetBytes(text);
        string[] words = ["3", "2", "\n", " ", "2147483647", "99999999999999999999", "-1", "1e38", "nan", "\u00e9", "\0", "3 2\n", "1000000 1000000", "ab", "\t", "."];
        var random = new Random(4);
        int read = 0, refused = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        const int inputs = 20_000;
        for (int i = 0; i < inputs; i++)
        {
            byte[] bytes = Mutation.Of(original, words, random);
            long most = bytes.Length, start = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                (string[] found, float[] values, int size) = WordVectorFile.Read(new MemoryStream(bytes), name, most);
                Assert.Equal(found.Length * size, values.Length);
                Assert.All(values, static v => Assert.True(float.IsFinite(v)));
                read++;
            }
            catch (UnrollException e)
            {
                Assert.DoesNotContain('\n', e.Message);
                refused++;
            }
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - start < 512 * 1024);
        }
        Assert.True(read > 100 && refused > 100, $"{read} read, {refused} refused");
        Assert.True(GC.GetAllocatedBytesForCurrentThread() > before);
    }

    private static (string[] Words, float[] Values, int Size) Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return WordVectorFile.Read(new MemoryStream(bytes), "v.txt", bytes.Length);
    }

    private static (string[] Words, float[] Values, int Size) Binary(byte[] bytes, long? claimed = null) => WordVectorFile.Read(new MemoryStream(bytes), "v.bin", claimed ?? bytes.Length);

    private static byte[] Packed(string text)
    {
        var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return memory.ToArray();
    }

    private static void Refused(string words, Action read)
    {
        string message = Assert.Throws<UnrollException>(read).Message;
        Assert.Contains(words, message);
        Assert.DoesNotContain('\n', message);
    }
}
