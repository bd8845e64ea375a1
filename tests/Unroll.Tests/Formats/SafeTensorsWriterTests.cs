using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Unroll.Formats;
using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tests.Formats;

public sealed class SafeTensorsWriterTests
{
    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        byte[] written = SafeTensorsBytes.Written([SafeTensorEntry.Single("w", [2, 1], new float[] { 1, -10 })], new Dictionary<string,
            string> { ["format"] = "pt" });
        byte[] expected =
        [
            0x58, 0, 0, 0, 0, 0, 0, 0,
            .. """{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}} """u8,
            0x00, 0x00, 0x80, 0x3F, 0x00, 0x00, 0x20, 0xC1,
        ];
        Assert.Equal(Encoding.Latin1.GetString(expected), Encoding.Latin1.GetString(written));
    }

    [Fact]
    public void Nothing_at_all_is_a_legal_file()
    {
        byte[] written = SafeTensorsBytes.Written([]);
        Assert.Equal([8, 0, 0, 0, 0, 0, 0, 0, .. "{}      "u8], written);
        using SafeTensorsFile file = SafeTensorsBytes.Open(written);
        Assert.Empty(file.Tensors);
        Assert.Empty(file.Metadata);
    }

    [Fact]
    public void What_is_written_is_read_back_to_the_bit()
    {
        var random = new Random(1);
        float[] singles = [.. Enumerable.Range(0, 3 * 5 * 7).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)))];
        double[] doubles = [double.NaN, double.NegativeInfinity, -0.0, double.Epsilon, Math.PI, 1e300];
        long[] longs = [long.MinValue, -1, 0, long.MaxValue];
        byte[] written = SafeTensorsBytes.Written(
            [
                SafeTensorEntry.Single("encoder.weight", [3, 5, 7], singles), SafeTensorEntry.Double("v", [2, 3], doubles),
                    SafeTensorEntry.Int64("counter", [4], longs),
                SafeTensorEntry.Single("größe 大", [], new float[] { 0.5f }), SafeTensorEntry.Single("", [0, 4], ReadOnlyMemory<float>.Empty),
                    SafeTensorEntry.Single("\"\\\n\0", [1], new float[] { 2 }),
            ],
            new Dictionary<string, string> { ["z"] = "", ["a"] = "ü\n\"<>&+😀" });
        using SafeTensorsFile file = SafeTensorsBytes.Open(written);
        Assert.Equal(singles.Select(BitConverter.SingleToInt32Bits), file.ReadSingle("encoder.weight").Select(BitConverter.SingleToInt32Bits));
        Assert.Equal(doubles.Select(BitConverter.DoubleToInt64Bits), file.ReadDouble("v").Select(BitConverter.DoubleToInt64Bits));
        Assert.Equal(longs, file.ReadInt64("counter"));
        Assert.Equal([0.5f], file.ReadSingle("größe 大"));
        Assert.Empty(file.ReadSingle(""));
        Assert.Equal([2f], file.ReadSingle("\"\\\n\0"));
        Assert.Equal(["a", "z"], file.Metadata.Keys.Order());
        Assert.Equal("ü\n\"<>&+😀", file.Metadata["a"]);
        Assert.Equal([3, 5, 7], file["encoder.weight"].Shape);
        Assert.Empty(file["größe 大"].Shape);
    }

    [Fact]
    public void An_independent_reading_of_the_format_finds_every_number_where_it_belongs()
    {
        var random = new Random(2);
        for (int round = 0; round < 50; round++)
        {
            var expected = new Dictionary<string, double[]>();
            var entries = new List<SafeTensorEntry>();
            for (int t = random.Next(6); t > 0; t--)
            {
                int[] shape = [.. Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(5))];
                int count = shape.Aggregate(1, static (a, b) => a * b);
                double[] values = [.. Enumerable.Range(0, count).Select(_ => (double)random.Next(-1000, 1000))];
                expected.Add($"t{t}", values);
                entries.Add(random.Next(3) switch
                {
                    0 => SafeTensorEntry.Single($"t{t}", shape, values.Select(static v => (float)v).ToArray()),
                    1 => SafeTensorEntry.Double($"t{t}", shape, values),
                    _ => SafeTensorEntry.Int64($"t{t}", shape, values.Select(static v => (long)v).ToArray()),
                });
            }
            byte[] bytes = SafeTensorsBytes.Written(entries);

            int headerLength = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            Assert.Equal(0, headerLength % 8);
            using JsonDocument header = JsonDocument.Parse(bytes.AsMemory(8, headerLength));
            int end = 8 + headerLength;
            foreach (JsonProperty tensor in header.RootElement.EnumerateObject())
            {
                string type = tensor.Value.GetProperty("dtype").GetString()!;
                int size = type == "F32" ? 4 : 8;
                int from = 8 + headerLength + tensor.Value.GetProperty("data_offsets")[0].GetInt32(),
                    to = 8 + headerLength + tensor.Value.GetProperty("data_offsets")[1].GetInt32();
                Assert.Equal(end, from);
                Assert.Equal(0, from % size);
                end = to;
                double[] values = expected[tensor.Name];
                Assert.Equal(values.Length * size, to - from);
                for (int i = 0; i < values.Length; i++)
                {
                    ReadOnlySpan<byte> element = bytes.AsSpan(from + i * size, size);
                    Assert.Equal(values[i],
                        type switch { "F32" => BitConverter.ToSingle(element), "F64" => BitConverter.ToDouble(element), _ => BitConverter.ToInt64(element) });
                }
                expected.Remove(tensor.Name);
            }
            Assert.Equal(bytes.Length, end);
            Assert.Empty(expected);
        }
    }

    [Fact]
    public void The_same_entries_give_the_same_bytes_whatever_the_order_of_the_metadata()
    {
        SafeTensorEntry[] entries = [SafeTensorEntry.Single("a", [1], new float[] { 1 })];
        byte[] one = SafeTensorsBytes.Written(entries, new Dictionary<string, string> { ["x"] = "1", ["y"] = "2" });
        byte[] two = SafeTensorsBytes.Written(entries, new Dictionary<string, string> { ["y"] = "2", ["x"] = "1" });
        Assert.Equal(one, two);
    }

    [Fact]
    public void Wrong_entries_are_refused_with_what_was_expected_and_what_came()
    {
        Assert.Contains("'w' of shape [2, 3] has 6 elements, got 5 values.",
            Assert.Throws<ArgumentException>(() => SafeTensorEntry.Single("w", [2, 3], new float[5])).Message);
        Assert.Contains("has 0 elements, got 1 values.",
            Assert.Throws<ArgumentException>(() =>
            SafeTensorEntry.Single("w", [int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue, 0], new float[1])).Message);
        Assert.Throws<ArgumentException>(() => SafeTensorEntry.Single("w", [65536, 65536], ReadOnlyMemory<float>.Empty));
        Assert.Throws<ArgumentOutOfRangeException>(() => SafeTensorEntry.Single("w", [-1], ReadOnlyMemory<float>.Empty));
        Assert.Contains("has 9 axes, at most 8 are allowed",
            Assert.Throws<ArgumentException>(() => SafeTensorEntry.Single("w", [1, 1, 1, 1, 1, 1, 1, 1, 1], new float[1])).Message);
        Assert.Contains("cannot name a tensor", Assert.Throws<ArgumentException>(() => SafeTensorEntry.Single("__metadata__", [1], new float[1])).Message);
        SafeTensorEntry entry = SafeTensorEntry.Single("w", [1], new float[1]);
        Assert.Contains("there are two tensors 'w'", Assert.Throws<ArgumentException>(() => SafeTensorsBytes.Written([entry, entry])).Message);
        Assert.ThrowsAny<ArgumentException>(() => SafeTensorsBytes.Written([SafeTensorEntry.Single("\ud800", [1], new float[1])]));
    }

    [Fact]
    public void The_weights_of_a_layer_go_into_a_file_and_come_back_to_the_bit()
    {
        using var folder = new TemporaryFolder();
        string path = folder["model.safetensors"];
        var saved = new Linear(3, 5);
        saved.Initialize(1);
        SafeTensorsWriter.Write(path, saved.NamedParameters().Select(static p => SafeTensorEntry.Of(p.Name, p.Value)));
        var loaded = new Linear(3, 5);
        loaded.Initialize(2);
        using (SafeTensorsFile file = SafeTensorsFile.Open(path)) loaded.Load(file.ReadState());
        foreach ((string name, Tensor value) in saved.NamedParameters())
            Assert.Equal(value.ToArray(), loaded.NamedParameters().Single(p => p.Name == name).Value.ToArray());
    }

    [Fact]
    public void Writing_copies_no_tensor()
    {
        float[] big = new float[1 << 22];
        SafeTensorEntry entry = SafeTensorEntry.Single("big", [1 << 22], big);
        long before = GC.GetAllocatedBytesForCurrentThread();
        SafeTensorsWriter.Write(Stream.Null, [entry]);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void Reading_a_tensor_into_memory_allocates_nothing_of_its_size()
    {
        using var folder = new TemporaryFolder();
        string path = folder["big.safetensors"];
        float[] big = [.. Enumerable.Range(0, 1 << 20).Select(static i => (float)i)];
        SafeTensorsWriter.Write(path, [SafeTensorEntry.Single("big", [1 << 20], big)]);
        using SafeTensorsFile file = SafeTensorsFile.Open(path);
        float[] into = new float[1 << 20];
        long before = GC.GetAllocatedBytesForCurrentThread();
        file.ReadSingle("big", into);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        Assert.Equal(big, into);
        Assert.Equal(big, file.ReadState()["big"].Values);
    }
}
