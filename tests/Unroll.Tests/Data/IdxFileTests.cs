using Unroll.Data;
using Unroll.Tests.Formats;

namespace Unroll.Tests.Data;

public sealed class IdxFileTests : IDisposable
{
    private static readonly byte[] Good = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255];

    private readonly DataFiles files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void Axes_and_elements_are_read_plain_and_packed()
    {
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest))
            gzip.Write(Good);
        foreach (byte[] bytes in (byte[][])[Good, packed.ToArray()])
        {
            IdxFile idx = IdxFile.Read(files.Write("a", bytes));
            Assert.Equal([2, 1, 3], idx.Shape.ToArray());
            Assert.Equal(2, idx.Count);
            Assert.Equal([1, 2, 3], idx[0].ToArray());
            Assert.Equal([4, 5, 255], idx[1].ToArray());
            Assert.Equal([1, 2, 3, 4, 5, 255], idx.Values.ToArray());
            Assert.Throws<ArgumentOutOfRangeException>(() => idx[2].Length);
        }
    }

    [Theory]
    [InlineData(new byte[] { }, "not an idx file")]
    [InlineData(new byte[] { 0, 0, 8 }, "not an idx file")]
    [InlineData(new byte[] { 1, 0, 8, 1, 0, 0, 0, 0 }, "not an idx file")]
    [InlineData(new byte[] { 0, 0, 8, 0 }, "not an idx file")]
    [InlineData(new byte[] { 0, 0, 8, 7 }, "not an idx file")]
    [InlineData(new byte[] { 0, 0, 13, 1, 0, 0, 0, 0 }, "type 13")]
    [InlineData(new byte[] { 0, 0, 8, 1, 0, 0 }, "cannot be read to its end")]
    [InlineData(new byte[] { 0, 0, 8, 1, 0, 0, 0, 3, 1, 2 }, "must have 3 elements (3), ends after 2")]
    [InlineData(new byte[] { 0, 0, 8, 1, 0, 0, 0, 1, 1, 2 }, "must end after 1 elements")]
    [InlineData(new byte[] { 0, 0, 8, 2, 255, 255, 255, 255, 0, 0, 0, 1 }, "more than")]
    [InlineData(new byte[] { 0, 0, 8, 2, 0, 1, 0, 0, 0, 1, 0, 0 }, "more than")]
    public void What_is_wrong_is_said(byte[] bytes, string message)
    {
        string path = files.Write("bad", bytes);
        UnrollException error = Assert.Throws<UnrollException>(() => IdxFile.Read(path));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_and_a_folder_are_refused()
    {
        Assert.Contains("no such file", Assert.Throws<UnrollException>(() => IdxFile.Read(files.Absent("none"))).Message, StringComparison.Ordinal);
        Assert.Contains("an idx file is needed", Assert.Throws<UnrollException>(() => IdxFile.Read(Path.GetDirectoryName(files.Absent("x"))!)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_of_an_empty_first_axis_gives_no_items()
    {
        IdxFile none = IdxFile.Read(files.Write("none", [0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 5]));
        Assert.Equal(0, none.Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => none[0].Length);
    }

    [Fact]
    public void Thousands_of_damaged_files_end_in_a_value_or_a_clear_error()
    {
        var random = new Random(1);
        int refused = 0;
        for (int i = 0; i < 2000; i++)
        {
            byte[] bytes = Mutation.Of(Good, ["\0\0\b\u0001", "\0\0\b\u0002", "\0\0\0\u0003", "\u001f\u008b"], random);
            string path = files.Write("mutant", bytes);
            try
            {
                IdxFile idx = IdxFile.Read(path);
                Assert.Equal(idx.Values.Length, idx.Shape.ToArray().Aggregate(1, (a, b) => a * b));
            }
            catch (UnrollException error)
            {
                Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
                refused++;
            }
        }
        Assert.InRange(refused, 500, 2000);
    }

    [Fact]
    public void The_digits_are_sixty_thousand_and_ten_thousand()
    {
        if (DataFiles.Shared("mnist/t10k-images-idx3-ubyte.gz") is not { } images || DataFiles.Shared("mnist/t10k-labels-idx1-ubyte.gz") is not { } labels)
            return;
        IdxFile test = IdxFile.Read(images), classes = IdxFile.Read(labels);
        Assert.Equal([10_000, 28, 28], test.Shape.ToArray());
        Assert.Equal([7, 2, 1, 0, 4], classes.Values[..5].ToArray());
        Assert.Equal(980, classes.Values.ToArray().Count(c => c == 0));
    }
}
