using System.Text;
using Unroll.Formats;

namespace Unroll.Tests.Formats;

public sealed class RecipeTests
{
    [Fact]
    public void Keys_values_lists_and_sections_come_with_their_places()
    {
        RecipeDocument recipe = RecipeDocument.Parse("""
            # help
            task: forecast
            horizon: 12      # months
            data:
              path: 'a b.csv'
              target: [x, "y"]
              known:
                - p
                - q
            empty:
            none: []
            """, "r.yaml");
        Assert.Equal(["task", "horizon", "data.path", "data.target", "data.known", "empty", "none"], recipe.Entries.Select(static e => e.Name));
        Assert.Equal([(2, 1), (3, 1), (5, 3), (6, 3), (7, 3), (10, 1), (11, 1)], recipe.Entries.Select(static e => (e.Line, e.Column)));
        RecipeEntry path = recipe.Find("data.path")!;
        Assert.Equal(("data", "path", "a b.csv", true, 5, 9),
            (path.Section, path.Key, path.Value.Text, path.Value.IsQuoted, path.Value.Line, path.Value.Column));
        Assert.Equal(["x", "y"], recipe.Find("data.target")!.Values.Select(static v => v.Text));
        Assert.Equal(["p", "q"], recipe.Find("data.known")!.Values.Select(static v => v.Text));
        Assert.True(recipe.Find("empty")!.Value.IsNull);
        Assert.True(recipe.Find("none")!.IsList);
        Assert.Empty(recipe.Find("none")!.Values);
        Assert.Null(recipe.Find("path"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("---\n")]
    [InlineData("--- \n...\n")]
    [InlineData("{}")]
    public void A_recipe_may_be_empty(string text) => Assert.Empty(RecipeDocument.Parse(text, "r.yaml").Entries);

    [Theory]
    [InlineData("a: ~", true)]
    [InlineData("a: null", true)]
    [InlineData("a:", true)]
    [InlineData("a: 'null'", false)]
    [InlineData("a: \"\"", false)]
    [InlineData("a: nul", false)]
    public void Nothing_is_nothing_only_without_quotes(string text, bool isNull) =>
        Assert.Equal(isNull, RecipeDocument.Parse(text, "r.yaml").Entries[0].Value.IsNull);

    [Fact]
    public void A_byte_order_mark_and_other_line_ends_are_read()
    {
        RecipeDocument recipe = RecipeDocument.Parse("\uFEFFa: 1\r\nb: 2\r\n", "r.yaml");
        Assert.Equal(["a", "b"], recipe.Entries.Select(static e => e.Key));
        Assert.Equal((2, 1), (recipe.Entries[1].Line, recipe.Entries[1].Column));
    }

    [Theory]
    [InlineData("hidden: 1\nhiden: 2", "r.yaml:2:1: unknown key 'hiden'; did you mean 'hidden'?")]
    [InlineData("model:\n  hidden: 1\n  droput: 2", "r.yaml:3:3: unknown key 'model.droput'; did you mean 'model.dropout'?")]
    [InlineData("learning_rate: 1", "r.yaml:1:1: unknown key 'learning_rate'; did you mean 'learning-rate'?")]
    [InlineData("Hidden: 1", "r.yaml:1:1: unknown key 'Hidden'; did you mean 'hidden'?")]
    [InlineData("zzzzzzz: 1", "r.yaml:1:1: unknown key 'zzzzzzz'")]
    [InlineData("x: 1", "r.yaml:1:1: unknown key 'x'")]
    public void An_unknown_key_is_named_with_its_place_and_its_nearest(string text, string message)
    {
        RecipeDocument recipe = RecipeDocument.Parse(text, "r.yaml");
        Assert.Equal(message, Assert.Throws<UnrollException>(() =>
            recipe.RejectUnknown(["hidden", "layers", "learning-rate", "lr", "model.hidden", "model.dropout"])).Message);
    }

    [Fact]
    public void Errors_about_an_entry_point_at_its_key_or_its_value()
    {
        RecipeEntry entry = RecipeDocument.Parse("model:\n  hidden: many", "r.yaml").Entries[0];
        Assert.Equal("r.yaml:2:3: 'model.hidden': must be a number", entry.Error("must be a number").Message);
        Assert.Equal("r.yaml:2:11: 'model.hidden': must be a number, got 'many'", entry.Error("must be a number, got 'many'", entry.Value).Message);
        Assert.Equal("r.yaml:1:1: 'a': one value is wanted, got a list",
            Assert.Throws<UnrollException>(() => RecipeDocument.Parse("a: [1]", "r.yaml").Entries[0].Value).Message);
    }

    [Theory]
    [InlineData("a: 1\na: 2", "r.yaml:2:1: the key 'a' stands twice")]
    [InlineData("s:\n  a: 1\n  a: 2", "r.yaml:3:3: the key 'a' stands twice")]
    [InlineData("s:\n  a: 1\ns.a: 1", "r.yaml:3:1: the key 's.a' stands twice")]
    [InlineData("s:\n  a: 1\ns:\n  b: 1", "r.yaml:3:1: the key 's' stands twice")]
    [InlineData("a: &x 1", "r.yaml:1:4: anchors (&) are not allowed in a recipe; write the value again where it is needed")]
    [InlineData("&x a: 1", "r.yaml:1:1: anchors (&) are not allowed")]
    [InlineData("a: [&x 1]", "r.yaml:1:5: anchors (&) are not allowed")]
    [InlineData("a: *x", "r.yaml:1:4: aliases (*) are not allowed in a recipe; write the value again")]
    [InlineData("<<: *x", "r.yaml:1:5: aliases (*) are not allowed")]
    [InlineData("a: !!str 1", "r.yaml:1:4: tags (!) are not allowed in a recipe; leave the tag out")]
    [InlineData("a: ! 1", "r.yaml:1:4: tags (!) are not allowed")]
    [InlineData("!x\na: 1", "r.yaml:1:1: tags (!) are not allowed")]
    [InlineData("a: !x [1]", "r.yaml:1:4: tags (!) are not allowed")]
    [InlineData("a:\n  b:\n    c: 1", "r.yaml:3:5: 'b' is nested too deep: sections hold keys with values or lists of values, not sections")]
    [InlineData("a: [[1]]", "r.yaml:1:5: the list 'a' may hold plain values only")]
    [InlineData("a: [{b: 1}]", "r.yaml:1:5: the list 'a' may hold plain values only")]
    [InlineData("a:\n  - b: 1", "r.yaml:2:5: the list 'a' may hold plain values only")]
    [InlineData("- a", "r.yaml:1:1: a recipe is made of lines 'key: value'")]
    [InlineData("text", "r.yaml:1:1: a recipe is made of lines 'key: value'")]
    [InlineData("'a'", "r.yaml:1:1: a recipe is made of lines 'key: value'")]
    [InlineData("? [a]\n: b", "r.yaml:1:3: a key must be plain text")]
    [InlineData("'': b", "r.yaml:1:1: a key must not be empty")]
    [InlineData(": b", "r.yaml:1:1: a key must not be empty")]
    [InlineData("a: 1\n---\nb: 1", "r.yaml:2:1: a recipe is one YAML document; remove the line '---' and what follows")]
    [InlineData("a: b: c", "r.yaml:1:5: not valid YAML: While scanning a plain scalar value, found invalid mapping.")]
    [InlineData("a: \"x", "r.yaml:1:4: not valid YAML: While scanning a quoted scalar, found unexpected end of stream.")]
    [InlineData("a: x\n\u001b: y", "r.yaml:2:1: the control character U+001B is not allowed in a recipe; remove it")]
    [InlineData("a: [1, 2\n", "r.yaml:2:1: not valid YAML: ")]
    public void What_is_no_recipe_is_rejected_with_its_place_and_reason(string text, string message)
    {
        UnrollException e = Assert.Throws<UnrollException>(() => RecipeDocument.Parse(text, "r.yaml"));
        Assert.StartsWith(message, e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Files_that_cannot_be_read_say_why()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal($"cannot read '{folder["no.yaml"]}': there is no such file; check the path",
            Assert.Throws<UnrollException>(() => RecipeDocument.Read(folder["no.yaml"])).Message);
        File.WriteAllBytes(folder["latin.yaml"], [.. "a: b"u8, 0xFC]);
        Assert.Equal($"{folder["latin.yaml"]}: byte 5 is not UTF-8; save the file as UTF-8",
            Assert.Throws<UnrollException>(() => RecipeDocument.Read(folder["latin.yaml"])).Message);
        File.WriteAllBytes(folder["big.yaml"], new byte[(1 << 20) + 1]);
        Assert.Equal($"{folder["big.yaml"]}: longer than 1048576 characters; this is no recipe",
            Assert.Throws<UnrollException>(() => RecipeDocument.Read(folder["big.yaml"])).Message);
    }

    [Fact]
    public void A_written_recipe_looks_as_a_person_would_write_it()
    {
        string text = RecipeWriter.ToText(
        [
            new(null, "task", RecipeValue.Of("forecast")) { Comment = "What to learn." },
            new(null, "horizon", RecipeValue.Of(12)) { Comment = "Steps ahead,\none or more." },
            new(null, "dropout", RecipeValue.Of(0.1)),
            new("data", "path", RecipeValue.Of("data/sales 2020.csv")) { Comment = "The file." },
            new("data", "target", [RecipeValue.Of("units"), RecipeValue.Of("no"), RecipeValue.Of("straße")], IsList: true),
            new("data", "known", [], IsList: true),
            new("model", "cell", RecipeValue.Null),
            new(null, "last", RecipeValue.Of(true)),
        ], heading: "Written by a test.");
        Assert.Equal("""
            # Written by a test.
            # What to learn.
            task: forecast
            # Steps ahead,
            # one or more.
            horizon: 12
            dropout: 0.1
            data:
              # The file.
              path: data/sales 2020.csv
              target: [units, "no", "straße"]
              known: []
            model:
              cell: null
            last: true

            """.ReplaceLineEndings("\n"), text);
    }

    public static TheoryData<string> HardTexts =>
    [
        "", " ", "yes", "No", "y", "on", "OFF", "true", "False", "null", "Null", "~", "1e3", "1.5", "-3", "+4", ".5", "5.", "0x1F", "0o17", "0b1", "1_000",
            "1:30", ".inf", "-.INF", ".nan", "2020-01-01", "2020-01-01 10:00:00", "2020-01-01T10:00:00Z",
        ": x", "a: b", "a:", "- a", "-", "--", "---", "...", "--- a", "#c", "a #b", "[x]", "{x}", "x]", "a, b", "'", "''", "\"", "\\", "C:\\data\\x.csv", "*x",
            "&y", "!z", "%d", "@a", "`", "|", ">", "? x", "?", "<<", "=",
        " lead", "trail ", "tab\t", "\ta", "a\nb", "a\r\nb", "\n", "a\n\n", "\r", "häß", "日本", "😀", "\u0085", "\u2028x", "\uFEFF", "\0", "\u0007",
        "\u001b[31m",
            "\u00a0", "\ufffe", new('x', 5000),
    ];

    [Theory]
    [MemberData(nameof(HardTexts))]
    public void Text_that_YAML_could_mistake_comes_back_as_the_same_text(string text)
    {
        RecipeEntry[] entries =
        [
            new(null, "scalar", RecipeValue.Of(text)), new(null, "list", [RecipeValue.Of(text), RecipeValue.Of(text)], IsList: true),
            new("section", "scalar", RecipeValue.Of(text)), new("section", "list", [RecipeValue.Of(text)], IsList: true),
                new(null, "end", RecipeValue.Of("end")),
        ];
        string yaml = RecipeWriter.ToText(entries);
        RecipeDocument recipe = RecipeDocument.Parse(yaml, "r.yaml");
        Assert.Equal(entries.Select(static e => e.Name), recipe.Entries.Select(static e => e.Name));
        foreach ((RecipeEntry written, RecipeEntry read) in entries.Zip(recipe.Entries))
        {
            Assert.Equal(written.IsList, read.IsList);
            Assert.Equal(written.Values.Select(static v => v.Text), read.Values.Select(static v => v.Text));
            Assert.All(read.Values, static v => Assert.False(v.IsNull));
        }
        Assert.Equal(yaml, RecipeWriter.ToText(recipe.Entries));
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("1e3")]
    [InlineData("~")]
    [InlineData("0x1f")]
    [InlineData("1949-01")]
    [InlineData("12:30")]
    public void Text_that_looks_like_another_type_is_written_in_quotes(string text) =>
        Assert.Equal($"k: \"{text}\"\n", RecipeWriter.ToText([new(null, "k", RecipeValue.Of(text))]));

    [Theory]
    [InlineData("lstm")]
    [InlineData("student-t")]
    [InlineData("data/air-passengers.csv")]
    [InlineData("Month of year")]
    [InlineData("_x1")]
    public void Ordinary_text_is_written_without_quotes(string text) =>
        Assert.Equal($"k: {text}\n", RecipeWriter.ToText([new(null, "k", RecipeValue.Of(text))]));

    [Fact]
    public void Random_text_and_keys_come_back()
    {
        var random = new Random(11);
        const string letters = "ab1-_.:#'\"[]{},&*!|>%@`?\\/~= \t\n\r\0\u0085\u2028üé日";
        for (int round = 0; round < 2000; round++)
        {
            string Text(int least)
            {
                var text = new StringBuilder();
                for (int n = random.Next(least, 12); n > 0; n--) text.Append(letters[random.Next(letters.Length)]);
                return text.ToString();
            }
            RecipeValue[] Texts() => [.. Enumerable.Range(0, random.Next(3)).Select(_ => RecipeValue.Of(Text(0)))];
            RecipeEntry[] entries =
            [
                .. Enumerable.Range(0, random.Next(4)).Select(i =>
                    new RecipeEntry(null, Text(0) + i, RecipeValue.Of(Text(0))) { Comment = random.Next(2) == 0 ? Text(0) : null }),
                .. Enumerable.Range(0, random.Next(1, 4)).Select(i => new RecipeEntry("s:" + round, Text(0) + i, Texts(), IsList: true) { Comment = "help" }),
            ];
            RecipeDocument recipe = RecipeDocument.Parse(RecipeWriter.ToText(entries), "r.yaml");
            Assert.Equal(entries.Select(Content), recipe.Entries.Select(Content));
        }
    }

    private static (string?, string, string) Content(RecipeEntry entry) =>
        (entry.Section, entry.Key, string.Join('\u0001', entry.Values.Select(static v => v.Text)));

    [Theory]
    [InlineData(0.1)]
    [InlineData(1e-300)]
    [InlineData(double.MaxValue)]
    [InlineData(-0.0)]
    public void Numbers_come_back_to_the_bit(double number)
    {
        string text = RecipeDocument.Parse(RecipeWriter.ToText([new(null, "k", RecipeValue.Of(number))]), "r.yaml").Entries[0].Value.Text;
        Assert.Equal(BitConverter.DoubleToInt64Bits(number),
            BitConverter.DoubleToInt64Bits(double.Parse(text, System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void What_cannot_be_written_is_a_programming_error()
    {
        Assert.Contains("the key 'a' stands twice",
            Assert.Throws<ArgumentException>(() => RecipeWriter.ToText([new(null, "a", RecipeValue.Null), new(null, "a", RecipeValue.Null)])).Message);
        Assert.Contains("do not stand together",
            Assert.Throws<ArgumentException>(() =>
            RecipeWriter.ToText([new("s", "a", RecipeValue.Null), new(null, "b", RecipeValue.Null), new("s", "c", RecipeValue.Null)])).Message);
        Assert.ThrowsAny<ArgumentException>(() => RecipeWriter.ToText([new(null, "a", RecipeValue.Of("\ud800"))]));
    }

    [Fact]
    public void A_file_is_written_and_read()
    {
        using var folder = new TemporaryFolder();
        RecipeWriter.Write(folder["recipe.yaml"], [new(null, "größe", RecipeValue.Of("weiß"))]);
        RecipeDocument recipe = RecipeDocument.Read(folder["recipe.yaml"]);
        Assert.Equal("weiß", recipe.Find("größe")!.Value.Text);
        Assert.Equal(["recipe.yaml"], folder.Names);
    }
}
