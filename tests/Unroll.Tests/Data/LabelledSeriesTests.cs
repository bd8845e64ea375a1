using System.Text;
using Unroll.Data;
using Unroll.Tests.Formats;

namespace Unroll.Tests.Data;

public sealed class LabelledSeriesTests : IDisposable
{
    private const string Good = "# a remark\n@problemName Two Vowels\n@timeStamps false\n@univariate false\n@classLabel true a b\n@data\n1,2,3:4,5,6:b\n-1.5,?:1e-2,0: a\n";

    private readonly DataFiles files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void Series_stand_step_by_step_with_their_classes()
    {
        foreach (byte[] bytes in (byte[][])[Encoding.UTF8.GetBytes(Good), DataFiles.Gzip(Good), Encoding.UTF8.GetBytes(Good.Replace("\n", "\r\n", StringComparison.Ordinal))])
        {
            LabelledSeriesSet set = LabelledSeriesSet.Read(files.Write("good.ts", bytes));
            Assert.Equal(("Two Vowels", 2, 3), (set.Name, set.Dimensions, set.LongestLength));
            Assert.Equal(["a", "b"], set.Labels);
            Assert.Equal([1, 4, 2, 5, 3, 6], set.Series[0].Values);
            Assert.Equal((3, 1), (set.Series[0].Length, set.Series[0].Label));
            Assert.Equal([-1.5f, 0.01f, float.NaN, 0], set.Series[1].Values);
            Assert.Equal((2, 0), (set.Series[1].Length, set.Series[1].Label));
        }
    }

    [Theory]
    [InlineData("", "holds no series")]
    [InlineData("@classLabel true a\n@data\n", "holds no series")]
    [InlineData("@data\n1:a\n", "line 1: @classLabel must stand in front of @data")]
    [InlineData("@classLabel false\n@data\n1:a\n", "line 1: needs classes")]
    [InlineData("hello\n", "line 1: a line in front of @data")]
    [InlineData("@timeStamps true\n", "line 1: time stamps are not read")]
    [InlineData("@classLabel true a\n@data\n1,2:b\n", "line 3: the class 'b' is none of those")]
    [InlineData("@classLabel true a\n@data\n1,x:a\n", "line 3: dimension 1, value 2: 'x' is not a number")]
    [InlineData("@classLabel true a\n@data\n1,inf:a\n", "line 3: dimension 1, value 2: 'inf' is not a number")]
    [InlineData("@classLabel true a\n@data\n1,2:1:a\n", "line 3: dimension 2 must have 2 values as the first, got 1")]
    [InlineData("@classLabel true a\n@data\n1:a\n1:2:a\n", "line 4: must have 1 dimensions and a class, got 2")]
    [InlineData("@classLabel true a\n@data\na\n", "line 3: must have 1 dimensions and a class, got 0")]
    public void What_is_wrong_is_said_with_its_line(string text, string message)
    {
        string path = files.Write("bad.ts", text);
        UnrollException error = Assert.Throws<UnrollException>(() => LabelledSeriesSet.Read(path));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused() =>
        Assert.Contains("cannot be read as text", Assert.Throws<UnrollException>(() => LabelledSeriesSet.Read(files.Write("bad.ts", [.. "@classLabel true a\n@data\n"u8, 0xFF, 0xFE]))).Message, StringComparison.Ordinal);

    [Fact]
    public void Thousands_of_damaged_files_end_in_a_value_or_a_clear_error()
    {
        var random = new Random(2);
        byte[] good = Encoding.UTF8.GetBytes(Good);
        int refused = 0;
        for (int i = 0; i < 2000; i++)
        {
            string path = files.Write("mutant.ts", Mutation.Of(good, ["@data\n", ":", ",", "@classLabel true", "\n", "?", "1e38", "a"], random));
            try
            {
                LabelledSeriesSet set = LabelledSeriesSet.Read(path);
                Assert.All(set.Series, s => Assert.Equal(s.Length * set.Dimensions, s.Values.Length));
            }
            catch (UnrollException error)
            {
                Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
                refused++;
            }
        }
        Assert.InRange(refused, 300, 1900);
    }

    [Theory]
    [InlineData("JapaneseVowels_TRAIN", 270, 12, 9, 26)]
    [InlineData("JapaneseVowels_TEST", 370, 12, 9, 29)]
    [InlineData("GunPoint_TRAIN", 50, 1, 2, 150)]
    public void The_archive_s_files_are_as_published(string name, int count, int dimensions, int classes, int longest)
    {
        if (DataFiles.Shared($"uea/{name}.ts") is not { } path)
            return;
        LabelledSeriesSet set = LabelledSeriesSet.Read(path);
        Assert.Equal((count, dimensions, classes, longest), (set.Series.Count, set.Dimensions, set.Labels.Count, set.LongestLength));
        Assert.All(set.Series, s => Assert.All(s.Values, v => Assert.True(float.IsFinite(v))));
    }
}
