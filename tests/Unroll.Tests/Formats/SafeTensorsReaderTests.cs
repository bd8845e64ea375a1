using System.Buffers.Binary;
using System.Text;
using Unroll.Formats;

namespace Unroll.Tests.Formats;

public sealed class SafeTensorsReaderTests
{
    [Fact]
    public void A_file_written_by_hand_is_read()
    {
        byte[] bytes =
        [
            0x5F, 0, 0, 0, 0, 0, 0, 0,
            .. """{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}        """u8,
            0x00, 0x00, 0x80, 0x3F, 0x00, 0x00, 0x20, 0xC1,
        ];
        using SafeTensorsFile file = SafeTensorsBytes.Open(bytes);
        Assert.Equal("pt", file.Metadata["format"]);
        SafeTensorInfo info = Assert.Single(file.Tensors);
        Assert.Equal(("w", SafeTensorType.F32, 2L), (info.Name, info.Type, info.Elements));
        Assert.Equal([2, 1], info.Shape);
        Assert.Equal([1f, -10f], file.ReadSingle("w"));
    }

    [Fact]
    public void Tensors_come_in_the_order_of_their_bytes_and_not_of_the_header()
    {
        using SafeTensorsFile file = SafeTensorsBytes.Open(SafeTensorsBytes.Of(
            """{"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},"a":{"shape":[],"data_offsets":[0,1],"dtype":"U8"}}""", 7, 8, 9));
        Assert.Equal(["a", "b"], file.Tensors.Select(static t => t.Name));
        Assert.Equal([8L, 9L], file.ReadInt64("b"));
        Assert.Equal([7L], file.ReadInt64("a"));
    }

    [Fact]
    public void An_empty_file_and_empty_tensors_are_legal()
    {
        using SafeTensorsFile none = SafeTensorsBytes.Open(SafeTensorsBytes.Of("{}"));
        Assert.Empty(none.Tensors);
        using SafeTensorsFile empty = SafeTensorsBytes.Open(SafeTensorsBytes.Of(
            """
            {"e":{"dtype":"F32","shape":[0,5],"data_offsets":[0,0]},"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},
            "f":{"dtype":"F64","shape":[3,0],"data_offsets":[1,1]}}
            """, 5));
        Assert.Empty(empty.ReadSingle("e"));
        Assert.Empty(empty.ReadDouble("f"));
        Assert.Equal([5f], empty.ReadSingle("x"));
    }

    [Theory]
    [InlineData("F64", new byte[] { 0, 0, 0, 0, 0, 0, 0xF8, 0x3F }, 1.5)]
    [InlineData("F32", new byte[] { 0, 0, 0xC0, 0x3F }, 1.5)]
    [InlineData("F16", new byte[] { 0x00, 0x3E }, 1.5)]
    [InlineData("BF16", new byte[] { 0xC0, 0x3F }, 1.5)]
    [InlineData("I64", new byte[] { 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF }, -2.0)]
    [InlineData("I32", new byte[] { 0xFE, 0xFF, 0xFF, 0xFF }, -2.0)]
    [InlineData("I16", new byte[] { 0xFE, 0xFF }, -2.0)]
    [InlineData("I8", new byte[] { 0xFE }, -2.0)]
    [InlineData("U8", new byte[] { 0xFE }, 254.0)]
    [InlineData("BOOL", new byte[] { 0x01 }, 1.0)]
    public void Every_type_is_read_as_single_and_double_and_whole_numbers_as_such(string type, byte[] element, double value)
    {
        byte[] data = [.. element, .. element, .. element];
        using SafeTensorsFile file = SafeTensorsBytes.Open(SafeTensorsBytes.One(type, "[3]", data));
        Assert.Equal(Enumerable.Repeat((float)value, 3), file.ReadSingle("t"));
        Assert.Equal(Enumerable.Repeat(value, 3), file.ReadDouble("t"));
        if (type.Contains('F'))
            Assert.Equal($"m.safetensors: tensor 't' is {type}; whole numbers are wanted", Assert.Throws<UnrollException>(() => file.ReadInt64("t")).Message);
        else
            Assert.Equal(Enumerable.Repeat((long)value, 3), file.ReadInt64("t"));
    }

    [Fact]
    public void Infinite_and_undefined_numbers_keep_their_kind_when_widened_and_narrowed()
    {
        byte[] data = [.. Bytes(double.PositiveInfinity), .. Bytes(double.NaN), .. Bytes(1e-320), .. Bytes(0.1)];
        using SafeTensorsFile file = SafeTensorsBytes.Open(SafeTensorsBytes.Of("""{"t":{"dtype":"F64","shape":[4],"data_offsets":[0,32]}}""", data));
        Assert.Equal([float.PositiveInfinity, float.NaN, 0f, 0.1f], file.ReadSingle("t"));
    }

    [Theory]
    [InlineData("F64", "1E+39")]
    [InlineData("I64", "16777217")]
    [InlineData("I64", "9223372036854775807")]
    [InlineData("I32", "16777217")]
    [InlineData("I32", "2147483647")]
    public void A_value_that_single_precision_cannot_hold_is_an_error_that_names_it(string type, string value)
    {
        byte[] bad = type switch
        {
            "F64" => Bytes(double.Parse(value, System.Globalization.CultureInfo.InvariantCulture)),
            "I64" => BitConverter.GetBytes(long.Parse(value)),
            _ => BitConverter.GetBytes(int.Parse(value)),
        };
        using SafeTensorsFile file = SafeTensorsBytes.Open(SafeTensorsBytes.One(type, "[2]", [.. new byte[bad.Length], .. bad]));
        UnrollException e = Assert.Throws<UnrollException>(() => file.ReadSingle("t"));
        Assert.Equal($"m.safetensors: tensor 't': element 1, {value}, does not fit single precision", e.Message);
    }

    [Fact]
    public void A_whole_number_that_double_precision_cannot_hold_is_an_error()
    {
        using SafeTensorsFile file = SafeTensorsBytes.Open(SafeTensorsBytes.Of("""{"t":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}""",
            BitConverter.GetBytes(9007199254740993)));
        Assert.Equal("m.safetensors: tensor 't': element 0, 9007199254740993, does not fit double precision",
            Assert.Throws<UnrollException>(() => file.ReadDouble("t")).Message);
        Assert.Equal([9007199254740993], file.ReadInt64("t"));
    }

    [Fact]
    public void A_flag_that_is_neither_0_nor_1_is_damage()
    {
        using SafeTensorsFile file = SafeTensorsBytes.Open(SafeTensorsBytes.Of("""{"t":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}""", 1, 2));
        foreach (Action read in new Action[] { () => file.ReadSingle("t"), () => file.ReadDouble("t"), () => file.ReadInt64("t") })
            Assert.StartsWith("m.safetensors: tensor 't' is BOOL, but element 1 is 2; the file is damaged", Assert.Throws<UnrollException>(read).Message);
    }

    [Fact]
    public void A_missing_tensor_is_named_with_its_nearest()
    {
        using SafeTensorsFile file = SafeTensorsBytes.Open(SafeTensorsBytes.Of("""{"encoder.weight_ih_l0":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}""",
            1));
        Assert.Equal("m.safetensors: there is no tensor 'encoder.wieght_ih_l0'; did you mean 'encoder.weight_ih_l0'?",
            Assert.Throws<UnrollException>(() => file.ReadSingle("encoder.wieght_ih_l0")).Message);
        Assert.False(file.Contains("x"));
        Assert.True(file.TryGet("encoder.weight_ih_l0", out _));
    }

    [Fact]
    public void Memory_of_another_length_is_a_programming_error()
    {
        using SafeTensorsFile file = SafeTensorsBytes.Open(SafeTensorsBytes.Of("""{"t":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""", 1, 2, 3));
        Assert.Equal("SafeTensorsFile: tensor 't' has 3 elements, got memory for 4.",
            Assert.Throws<ArgumentException>(() => file.ReadSingle("t", new float[4])).Message);
    }

    [Fact]
    public void Long_tensors_are_converted_across_chunks()
    {
        const int count = 100_003;
        byte[] data = new byte[2 * count];
        for (int i = 0; i < count; i++) BinaryPrimitives.WriteInt16LittleEndian(data.AsSpan(2 * i), (short)(i * 7));
        using SafeTensorsFile file = SafeTensorsBytes.Open(SafeTensorsBytes.One("I16", $"[{count}]", data));
        Assert.Equal(Enumerable.Range(0, count).Select(static i => (float)(short)(i * 7)), file.ReadSingle("t"));
    }

    public static TheoryData<string, int, string> Rejections => new()
    {
        { """[]""", 0, "its header does not start with '{'" },
        { """ {}""", 0, "its header does not start with '{'" },
        { """{"a":1}""", 0, "its header's 'a' is not an object" },
        { """{"a":{}}""", 0, "tensor 'a' lacks 'dtype'" },
        { """{"a":{"dtype":"U8"}}""", 0, "tensor 'a' lacks 'shape'" },
        { """{"a":{"dtype":"U8","shape":[]}}""", 0, "tensor 'a' lacks 'data_offsets'" },
        { """{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1],"more":1}}""", 1, "tensor 'a' has an unknown field 'more'" },
        { """{"a":{"dtype":"U8","dtype":"U8","shape":[],"data_offsets":[0,1]}}""", 1, "tensor 'a' has two 'dtype'" },
        { """{"a":{"dtype":"U8","shape":[],"shape":[],"data_offsets":[0,1]}}""", 1, "tensor 'a' has two 'shape'" },
        { """{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1],"data_offsets":[0,1]}}""", 1, "tensor 'a' has two 'data_offsets'" },
        { """{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[],"data_offsets":[1,2]}}""", 2, "its header names 'a' twice" },
        { """{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[],"data_offsets":[1,2]}}""", 2, "its header names 'a' twice" },
        { """{"a":{"dtype":8,"shape":[],"data_offsets":[0,1]}}""", 1, "tensor 'a': dtype is not a string" },
        { """{"a":{"dtype":"U8","shape":1,"data_offsets":[0,1]}}""", 1, "tensor 'a': shape is not a list" },
        { """{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}""", 1, "tensor 'a': axis 0 of its shape is not a whole number from 0 to 2147483647" },
        { """{"a":{"dtype":"U8","shape":[1,1.5],"data_offsets":[0,1]}}""", 1, "tensor 'a': axis 1 of its shape is not a whole number" },
        { """{"a":{"dtype":"U8","shape":[2147483648],"data_offsets":[0,1]}}""", 1, "tensor 'a': axis 0 of its shape is not a whole number" },
        { """{"a":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}}""", 1, "tensor 'a': axis 0 of its shape is not a whole number" },
        { """{"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}}""", 1, "tensor 'a' has more than 8 axes" },
        { """{"a":{"dtype":"U8","shape":[],"data_offsets":[0]}}""", 1, "tensor 'a': data_offsets are not two ascending whole numbers" },
        { """{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1,1]}}""", 1, "tensor 'a': data_offsets are not two ascending whole numbers" },
        { """{"a":{"dtype":"U8","shape":[],"data_offsets":[1,0]}}""", 1, "tensor 'a': data_offsets are not two ascending whole numbers" },
        { """{"a":{"dtype":"U8","shape":[],"data_offsets":[-1,0]}}""", 1, "tensor 'a': data_offsets are not two ascending whole numbers" },
        { """{"a":{"dtype":"U8","shape":[],"data_offsets":[0,9223372036854775808]}}""", 1, "tensor 'a': data_offsets are not two ascending whole numbers" },
        { """{"a":{"dtype":"U8","shape":[],"data_offsets":{}}}""", 1, "tensor 'a': data_offsets are not two ascending whole numbers" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "tensor 'a' needs 8 bytes for F32 [2], but its data_offsets span 4" },
        { """{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,4]}}""", 4, "tensor 'a' has more elements than can be counted" },
        { """{"a":{"dtype":"F64","shape":[2147483647,1073741824],"data_offsets":[0,0]}}""", 0, "tensor 'a' has more elements than can be counted" },
        { """{"a":{"dtype":"U8","shape":[65536,65536,65536,65536],"data_offsets":[0,0]}}""", 0, "tensor 'a' has more elements than can be counted" },
        { """{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647,0],"data_offsets":[0,0]}}""", 0,
            "tensor 'a' has more elements than can be counted" },
        { """{"a":{"dtype":"U8","shape":[2147483647,2147483647],"data_offsets":[0,4611686014132420609]}}""", 4,
            "its tensors need 4611686014132420609 bytes, but only 4 follow the header" },
        { """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 1, "its tensors need 2 bytes, but only 1 follow the header" },
        { """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 3, "2 bytes follow the last tensor" },
        { """{}""", 1, "1 bytes follow the last tensor" },
        { """{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "1 bytes before tensor 'a' belong to none" },
        { """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3,
            "tensor 'b' shares bytes with another" },
        { """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 2, "shares bytes with another" },
        { """{"__metadata__":{"a":1}}""", 0, "metadata 'a' is not a string" },
        { """{"__metadata__":{"a":{}}}""", 0, "metadata 'a' is not a string" },
        { """{"__metadata__":{"a":"1","a":"1"}}""", 0, "metadata 'a' stands twice" },
        { """{"__metadata__":{},"__metadata__":{}}""", 0, "its header names '__metadata__' twice" },
        { """{"__metadata__":"x"}""", 0, "its header's '__metadata__' is not an object" },
        { """{"a":{"dtype":"U8","shape":[[1]],"data_offsets":[0,1]}}""", 1, "its header is not valid JSON near byte" },
        { """{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},}""", 1, "its header is not valid JSON near byte" },
        { """{} x""", 0, "its header is not valid JSON near byte" },
        { """{}{}""", 0, "its header is not valid JSON near byte" },
        { """{"a":""", 0, "its header is not valid JSON near byte" },
        { """{/**/}""", 0, "its header is not valid JSON near byte" },
        { """{"\ud800":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}""", 1, "a string in its header is not valid text" },
        { """{"__metadata__":{"a":"\udc00"}}""", 0, "a string in its header is not valid text" },
    };

    [Theory]
    [MemberData(nameof(Rejections))]
    public void What_the_format_forbids_is_rejected_with_its_reason(string header, int dataLength, string reason)
    {
        UnrollException e = Assert.Throws<UnrollException>(() => SafeTensorsBytes.Open(SafeTensorsBytes.Of(header, new byte[dataLength])));
        Assert.Contains(reason, e.Message);
        Assert.StartsWith("m.safetensors: ", e.Message);
        Assert.EndsWith("; the file is damaged or not in the safetensors format", e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void A_type_that_is_not_read_here_is_named()
    {
        UnrollException e = Assert.Throws<UnrollException>(() =>
            SafeTensorsBytes.Open(SafeTensorsBytes.Of("""{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}""", 1)));
        Assert.Equal("m.safetensors: tensor 'a' has dtype 'F8_E4M3'; F32, F64, F16, BF16, I64, I32, I16, I8, U8 and BOOL can be read: " +
            "convert the file to one of them", e.Message);
    }

    [Fact]
    public void Header_lengths_are_checked_against_the_file_before_anything_is_allocated()
    {
        (ulong Length, string Reason)[] cases =
        [
            (ulong.MaxValue, "its header claims 18446744073709551615 bytes, more than the 100000000 that the format allows"),
            ((ulong)long.MaxValue + 1, "more than the 100000000"),
            (100_000_001, "its header claims 100000001 bytes, more than"),
            (100_000_000, "its header claims 100000000 bytes, but only 10 follow"),
            (11, "its header claims 11 bytes, but only 10 follow"),
            (1, "its header claims 1 bytes, too few for '{}'"),
            (0, "its header claims 0 bytes, too few for '{}'"),
        ];
        foreach ((ulong length, string reason) in cases)
        {
            byte[] bytes = [.. BitConverter.GetBytes(length), .. "{}        "u8];
            long before = GC.GetAllocatedBytesForCurrentThread();
            UnrollException e = Assert.Throws<UnrollException>(() => SafeTensorsBytes.Open(bytes));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
            Assert.Contains(reason, e.Message);
        }
        foreach (int short_ in new[] { 0, 1, 8, 9 })
            Assert.Contains($"it has {short_} bytes, too few for a header",
                Assert.Throws<UnrollException>(() => SafeTensorsBytes.Open(new byte[short_])).Message);
    }

    [Fact]
    public void A_header_that_is_not_UTF_8_is_rejected()
    {
        byte[] header = [.. "{\"a"u8, 0xFF, .. "\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}"u8];
        Assert.Contains("its header is not UTF-8", Assert.Throws<UnrollException>(() => SafeTensorsBytes.Open(SafeTensorsBytes.Of(header, [1]))).Message);
    }

    [Fact]
    public void Names_from_the_file_cannot_break_the_line_of_a_message()
    {
        string name = "a\\nb" + new string('x', 500);
        UnrollException e = Assert.Throws<UnrollException>(() =>
            SafeTensorsBytes.Open(SafeTensorsBytes.Of("{\"" + name + "\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,1]}}", 1)));
        Assert.Contains("tensor 'a\\nbxxx", e.Message);
        Assert.InRange(e.Message.Length, 1, 300);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Very_many_tensors_in_the_header_cost_a_small_multiple_of_its_size()
    {
        var header = new StringBuilder("{");
        for (int i = 0; i < 40_000; i++)
        {
            if (i > 0) header.Append(',');
            header.Append($$"""
                "{{i}}":{"dtype":"U8","shape":[],"data_offsets":[{{i}},{{i + 1}}]}
                """);
        }
        byte[] bytes = SafeTensorsBytes.Of(header.Append('}').ToString(), new byte[40_000]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        using SafeTensorsFile file = SafeTensorsBytes.Open(bytes);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10L * bytes.Length);
        Assert.Equal(40_000, file.Tensors.Count);
    }

    [Fact]
    public void Files_that_cannot_be_read_say_why()
    {
        using var folder = new TemporaryFolder();
        string missing = folder["no.safetensors"];
        Assert.Equal($"cannot read '{missing}': there is no such file; check the path",
            Assert.Throws<UnrollException>(() => SafeTensorsFile.Open(missing)).Message);
        Assert.Equal($"cannot read '{folder.Path}': it is a folder; give the path of a file",
            Assert.Throws<UnrollException>(() => SafeTensorsFile.Open(folder.Path)).Message);
        string deeper = folder["no/such.safetensors"];
        Assert.Equal($"cannot read '{deeper}': the folder '{folder["no"]}' does not exist; create it or check the path",
            Assert.Throws<UnrollException>(() => SafeTensorsFile.Open(deeper)).Message);
        File.WriteAllBytes(folder["bad"], [1, 2, 3]);
        Assert.StartsWith($"{folder["bad"]}: it has 3 bytes", Assert.Throws<UnrollException>(() => SafeTensorsFile.Open(folder["bad"])).Message);
        File.Delete(folder["bad"]);
    }

    [Fact]
    public void A_file_that_shrinks_after_it_was_opened_is_an_error_and_not_zeros()
    {
        using var folder = new TemporaryFolder();
        string path = folder["m.safetensors"];
        SafeTensorsWriter.Write(path, [SafeTensorEntry.Single("t", [1000], new float[1000])]);
        using SafeTensorsFile file = SafeTensorsFile.Open(path);
        using (var cut = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)) cut.SetLength(500);
        Assert.Equal($"cannot read '{path}': it ends too early; the file is damaged", Assert.Throws<UnrollException>(() => file.ReadSingle("t")).Message);
        Assert.Equal($"cannot read '{path}': it ends too early; the file is damaged", Assert.Throws<UnrollException>(() => file.ReadDouble("t")).Message);
    }

    private static byte[] Bytes(double value) => BitConverter.GetBytes(value);
}
