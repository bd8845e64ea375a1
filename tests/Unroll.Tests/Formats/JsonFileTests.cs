using System.Text.Json;
using Unroll.Formats;

namespace Unroll.Tests.Formats;

public sealed class JsonFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_file_is_written_indented_and_read_back()
    {
        JsonFile.Write(folder["c.json"], static json =>
        {
            json.WriteStartObject();
            json.WriteString("größe", "a<b>&'\"😀");
            json.WriteNumber("rate", 0.1);
            json.WriteEndObject();
        });
        Assert.Equal("{\n  \"größe\": \"a<b>&'\\\"\\uD83D\\uDE00\",\n  \"rate\": 0.1\n}\n", File.ReadAllText(folder["c.json"]));
        JsonFields fields = JsonFields.Read(folder["c.json"]);
        Assert.Equal("a<b>&'\"😀", fields.Text("größe"));
        Assert.Equal(0.1, fields.Double("rate"));
        fields.RejectUnknown();
    }

    [Fact]
    public void A_failure_of_the_writer_leaves_the_old_file()
    {
        File.WriteAllText(folder["c.json"], "{}");
        Assert.Throws<InvalidOperationException>(() => JsonFile.Write(folder["c.json"], static json =>
        {
            json.WriteStartObject();
            json.WriteStartObject();
        }));
        Assert.Equal("{}", File.ReadAllText(folder["c.json"]));
        Assert.Equal(["c.json"], folder.Names);
    }

    [Theory]
    [InlineData("", ":1:1: not valid JSON: ")]
    [InlineData("{\n  \"a\": 1,\n  \"b\": x\n}", ":3:8: not valid JSON: 'x' is an invalid start of a value.")]
    [InlineData("{\"a\":1", ":1:7: not valid JSON: ")]
    [InlineData("{\"a\":1,}", ":1:8: not valid JSON: ")]
    [InlineData("{} {}", ":1:4: not valid JSON: ")]
    [InlineData("// c\n{}", ":1:1: not valid JSON: ")]
    [InlineData("{\"a\":1,\"a\":2}", ": not valid JSON: Duplicate property 'a' encountered during deserialization.")]
    [InlineData("{\"a\":1,\"\\u0061\":2}", ": not valid JSON: Duplicate property")]
    [InlineData("{\"\\ud800\":1}", ": the name of a field is not valid text")]
    public void What_is_no_JSON_is_rejected_with_its_place(string text, string message)
    {
        File.WriteAllText(folder["c.json"], text);
        UnrollException e = Assert.Throws<UnrollException>(() => JsonFile.Read(folder["c.json"]));
        Assert.StartsWith(folder["c.json"] + message, e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Too_deep_too_long_and_no_UTF_8_are_rejected()
    {
        File.WriteAllText(folder["deep.json"], new string('[', 65) + new string(']', 65));
        Assert.Contains("not valid JSON: The maximum configured depth of 64 has been exceeded",
            Assert.Throws<UnrollException>(() => JsonFile.Read(folder["deep.json"])).Message);
        File.WriteAllText(folder["deep.json"], new string('[', 64) + new string(']', 64));
        Assert.Equal(JsonValueKind.Array, JsonFile.Read(folder["deep.json"]).ValueKind);
        using (var stream = new FileStream(folder["long.json"], FileMode.Create)) stream.SetLength((64 << 20) + 1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("67108865 bytes, more than the 67108864 that are read",
            Assert.Throws<UnrollException>(() => JsonFile.Read(folder["long.json"])).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        File.WriteAllBytes(folder["latin.json"], [(byte)'"', 0xFC, (byte)'"']);
        Assert.EndsWith(": not UTF-8; save the file as UTF-8", Assert.Throws<UnrollException>(() => JsonFile.Read(folder["latin.json"])).Message);
        Assert.Equal($"cannot read '{folder["no.json"]}': there is no such file; check the path",
            Assert.Throws<UnrollException>(() => JsonFile.Read(folder["no.json"])).Message);
    }

    [Fact]
    public void A_byte_order_mark_is_passed_over()
    {
        File.WriteAllBytes(folder["c.json"], [0xEF, 0xBB, 0xBF, .. "{\"a\":1}"u8]);
        Assert.Equal(1, JsonFields.Read(folder["c.json"]).Int32("a"));
    }

    private const string Sample = """
        {
          "task": "forecast", "hidden": 40, "big": 9223372036854775807, "rate": 1e-3, "flag": true, "none": null,
          "names": ["a", "b"], "lags": [1,12], "scales": [0.5, 2], "model": { "cell": "lstm", "parts": [{ "n": 1 }, { "n": 2 }] }
        }
        """;

    private static JsonFields Fields(string json = Sample) => new(JsonFile.Parse(System.Text.Encoding.UTF8.GetBytes(json), "c.json"), "c.json");

    [Fact]
    public void Every_kind_of_field_is_read()
    {
        JsonFields fields = Fields();
        Assert.Equal("forecast", fields.Text("task"));
        Assert.Equal(40, fields.Int32("hidden", 1, 100));
        Assert.Equal(long.MaxValue, fields.Int64("big"));
        Assert.Equal(1e-3, fields.Double("rate", 0, 1));
        Assert.True(fields.Boolean("flag"));
        Assert.False(fields.Has("none"));
        Assert.False(fields.Has("absent"));
        Assert.True(fields.Has("flag"));
        Assert.Equal(["a", "b"], fields.Texts("names"));
        Assert.Equal([1L, 12L], fields.Int64s("lags", 1));
        Assert.Equal([0.5, 2.0], fields.Doubles("scales"));
        JsonFields model = fields.Object("model");
        Assert.Equal("lstm", model.Text("cell"));
        Assert.Equal([1, 2], model.Objects("parts").Select(static p => p.Int32("n")));
        Assert.Equal(["cell", "parts"], model.Names);
        fields.RejectUnknown();
        model.RejectUnknown();
    }

    public static TheoryData<Action<JsonFields>, string> WrongFields => new()
    {
        { static f => f.Text("absent"), "c.json: 'absent' is missing" },
        { static f => f.Text("hidden"), "c.json: 'hidden' must be text, got 40" },
        { static f => f.Int32("task"), "c.json: 'task' must be a whole number from -2147483648 to 2147483647, got \"forecast\"" },
        { static f => f.Int32("rate", 0), "c.json: 'rate' must be a whole number of at least 0, got 1e-3" },
        { static f => f.Int32("big"), "c.json: 'big' must be a whole number from -2147483648 to 2147483647, got 9223372036854775807" },
        { static f => f.Int64("none"), "c.json: 'none' must be a whole number, got null" },
        { static f => f.Int32("hidden", 1, 32), "c.json: 'hidden' must be a whole number from 1 to 32, got 40" },
        { static f => f.Double("hidden", 0, 1), "c.json: 'hidden' must be a number from 0 to 1, got 40" },
        { static f => f.Double("rate", 1), "c.json: 'rate' must be a number of at least 1, got 1e-3" },
        { static f => f.Double("task"), "c.json: 'task' must be a number, got \"forecast\"" },
        { static f => f.Boolean("hidden"), "c.json: 'hidden' must be true or false, got 40" },
        { static f => f.Texts("task"), "c.json: 'task' must be a list, got \"forecast\"" },
        { static f => f.Texts("lags"), "c.json: 'lags[0]' must be text, got 1" },
        { static f => f.Int64s("lags", 1, 10), "c.json: 'lags[1]' must be a whole number from 1 to 10, got 12" },
        { static f => f.Object("lags"), "c.json: 'lags' must be an object { }, got [1,12]" },
        { static f => f.Object("model").Int32("cell"), "c.json: 'model.cell' must be a whole number from -2147483648 to 2147483647, got \"lstm\"" },
        { static f => f.Object("model").Objects("parts")[1].Text("n"), "c.json: 'model.parts[1].n' must be text, got 2" },
        { static f => f.Object("model").RejectUnknown(), "c.json: unknown field 'model.cell'" },
    };

    [Theory]
    [MemberData(nameof(WrongFields))]
    public void A_wrong_field_is_named_with_what_was_wanted_and_what_came(Action<JsonFields> read, string message) =>
        Assert.Equal(message, Assert.Throws<UnrollException>(() => read(Fields())).Message);

    [Fact]
    public void Numbers_beyond_the_range_and_halves_of_characters_are_rejected()
    {
        Assert.Equal("c.json: 'a' must be a number, got 1e999", Assert.Throws<UnrollException>(() => Fields("{\"a\":1e999}").Double("a")).Message);
        Assert.Equal("c.json: 'a' is not valid text", Assert.Throws<UnrollException>(() => Fields("{\"a\":\"\\ud800\"}").Text("a")).Message);
        Assert.Equal("c.json: the file must be an object { }, got [1]", Assert.Throws<UnrollException>(() => Fields("[1]")).Message);
    }
}
