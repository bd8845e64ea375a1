using System.Text;
using Unroll.Data;
using Unroll.Tests.Formats;

namespace Unroll.Tests.Data;

public sealed class LabelledRowsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static readonly LabelledLayout Reviews = new() { Text = "body", Label = "stars" };
    private static readonly LabelledLayout Sensors = new() { Series = ["id"], Time = "t", Targets = ["x", "y"], Label = "what" };

    public void Dispose() => folder.Dispose();

    private string Written(string name, string text)
    {
        File.WriteAllText(folder[name], text);
        return folder[name];
    }

    [Fact]
    public void Texts_come_from_csv_tsv_and_json_lines()
    {
        LabelledRows csv = LabelledRows.Read(Written("a.csv", "stars,body\n5,\"good, \"\"very\"\"\ngood\"\n,no label\n1,bad\n"), Reviews);
        Assert.Equal([("2", "good, \"very\"\ngood", "5"), ("4", "no label", null), ("5", "bad", "1")], csv.Rows.Select(static r => (r.Name, r.Text!, r.Label)));
        Assert.Equal(["4"], csv.Unlabelled);
        LabelledRows tsv = LabelledRows.Read(Written("a.tsv", "body\tstars\nan \"open quote\t3\n\"whole\"\t4\n"), Reviews);
        Assert.Equal([("an \"open quote", "3"), ("\"whole\"", "4")], tsv.Rows.Select(static r => (r.Text!, r.Label!)));
        LabelledRows bare = LabelledRows.Read(Written("b.tsv", "it 's fine\t1\n1999\t0\n"), new LabelledLayout { Text = "1", Label = "2", NoHeader = true });
        Assert.Equal([("1", "it 's fine", "1"), ("2", "1999", "0")], bare.Rows.Select(static r => (r.Name, r.Text!, r.Label!)));
        LabelledRows json = LabelledRows.Read(Written("a.jsonl", "{\"stars\": 5, \"body\": \"good\\u00e9\"}\n\n{\"body\": \"x\", \"more\": [1], \"stars\": [\"a\", \"b\"]}\n{\"body\": \"y\", \"stars\": null}\n"), Reviews);
        Assert.Equal([("1", "good\u00e9", "5"), ("3", "x", "a|b"), ("4", "y", null)], json.Rows.Select(static r => (r.Name, r.Text!, r.Label)));
    }

    [Fact]
    public void A_label_is_not_needed_to_predict()
    {
        LabelledRows rows = LabelledRows.Read(Written("p.csv", "body\nfine\n"), Reviews, labels: false);
        Assert.Null(rows.Rows[0].Label);
        Refused("no column 'stars'", () => LabelledRows.Read(folder["p.csv"], Reviews));
    }

    [Fact]
    public void Series_are_gathered_by_name_and_ordered_by_time()
    {
        LabelledRows rows = LabelledRows.Read(Written("s.csv", "id,t,x,y,what\nb,10,1,2,run\na,2,3,4,walk\nb,9,5,,run\na,1,7,8,\n"), Sensors);
        Assert.Equal(2, rows.Dimensions);
        Assert.Equal([("b", 2, "run"), ("a", 2, "walk")], rows.Rows.Select(static r => (r.Name, r.Steps, r.Label!)));
        Assert.Equal([5, float.NaN, 1, 2], rows.Rows[0].Values!);
        Assert.Equal([7, 8, 3, 4], rows.Rows[1].Values!);
        LabelledRows dated = LabelledRows.Read(Written("d.csv", "id,t,x,y,what\na,2024-01-02,3,4,walk\na,2024-01-01 23:59,7,8,walk\n"), Sensors);
        Assert.Equal([7, 8, 3, 4], dated.Rows[0].Values!);
    }

    [Theory]
    [InlineData("id,t,x,y,what\na,1,3,4,walk\na,2,3,4,run\n", "line 3, column 'what': the series 'a' has the label 'run' here and 'walk' in line 2")]
    [InlineData("id,t,x,y,what\na,1,3,4,walk\na,1,3,4,walk\n", "line 3, column 't': the series 'a' has the time '1' in line 2 too")]
    [InlineData("id,t,x,y,what\na,1,three,4,walk\n", "line 2, column 'x': 'three' is not a number")]
    [InlineData("id,t,x,y,what\na,1,3,4,walk\nb,soon,3,4,walk\n", "line 3, column 't': 'soon' is not a number, as the times before it")]
    [InlineData("id,t,x,what\na,1,3,walk\n", "no column 'y'")]
    public void What_is_wrong_with_series_is_told_with_its_place(string text, string words) => Refused(words, () => LabelledRows.Read(Written("w.csv", text), Sensors));

    [Fact]
    public void What_is_wrong_with_columns_and_lines_is_told()
    {
        Refused("--text, --audio and --series exclude each other", () => LabelledRows.Read("a.csv", Sensors with { Text = "x" }));
        Refused("--target is missing", () => LabelledRows.Read("a.csv", new LabelledLayout { Series = ["a"], Label = "b" }));
        Refused("'a' is named twice", () => LabelledRows.Read("a.csv", new LabelledLayout { Text = "a", Label = "a" }));
        Refused("what shall be classified", () => LabelledRows.Read("a.csv", new LabelledLayout { Label = "a" }));
        Refused("--label is missing", () => LabelledRows.Read(Written("x.csv", "body\na\n"), new LabelledLayout { Text = "body" }));
        Refused("line 2: not valid JSON", () => LabelledRows.Read(Written("x.jsonl", "{\"body\": \"a\", \"stars\": 1}\n{\"body\": \n"), Reviews));
        Refused("line 1: each line must be a JSON object", () => LabelledRows.Read(Written("x.jsonl", "[1]\n"), Reviews));
        Refused("a field is longer than", () => LabelledRows.Read(Written("x.csv", $"body,stars\n{new string('a', 1_100_000)},1\n"), Reviews));
    }

    [Fact]
    public void Any_bytes_give_rows_or_one_clear_error()
    {
        var random = new RandomStream(3);
        (string Name, string Text, LabelledLayout Layout)[] seeds =
        [
            ("m.csv", "id,t,x,y,what\na,1,3,4,walk\nb,2,3,4,run\n", Sensors), ("m.tsv", "body\tstars\na b\t3\nc\t4\n", Reviews), ("m.jsonl", "{\"body\": \"a\", \"stars\": 1}\n{\"body\": \"b\", \"stars\": [\"c\"]}\n", Reviews),
        ];
        foreach ((string name, string text, LabelledLayout layout) in seeds)
            for (int i = 0; i < 400; i++)
            {
                byte[] bytes = Encoding.UTF8.GetBytes(text);
                for (int k = 0; k <= random.NextInt(4); k++) bytes[random.NextInt(bytes.Length)] = (byte)(random.NextInt(2) == 0 ? random.NextInt(256) : "\t\n\",{}[]|:0"[random.NextInt(11)]);
                File.WriteAllBytes(folder[name], bytes[..(1 + random.NextInt(bytes.Length))]);
                try
                {
                    LabelledRows.Read(folder[name], layout);
                }
                catch (UnrollException e)
                {
                    Assert.DoesNotContain('\n', e.Message);
                }
            }
    }

    [Fact]
    public void Sounds_are_read_from_beside_their_list()
    {
        byte[] wav = SoundTests.Wav(8000, 1, [.. Enumerable.Range(0, 800).Select(static i => (short)(10_000 * Math.Sin(i)))]);
        Directory.CreateDirectory(folder["wav"]);
        File.WriteAllBytes(folder["wav/a.wav"], wav);
        File.WriteAllBytes(folder["wav/b.wav"], SoundTests.Wav(16_000, 1, [1, 2, 3]));
        var layout = new LabelledLayout { Audio = "path", Label = "digit" };
        LabelledRows rows = LabelledRows.Read(Written("list.csv", "path,digit\nwav/a.wav,one\n"), layout, mel: new MelOptions { Bands = 10 });
        Assert.Equal((10, 11, 8000), (rows.Dimensions, rows.Rows[0].Steps, rows.SampleRate));
        Refused("line 3, column 'path': wav/b.wav has 16000 samples a second, those before it 8000", () => LabelledRows.Read(Written("two.csv", "path,digit\nwav/a.wav,one\nwav/b.wav,two\n"), layout));
        Refused("no such file", () => LabelledRows.Read(Written("none.csv", "path,digit\nwav/c.wav,one\n"), layout));
    }

    private static void Refused(string words, Action act) => Assert.Contains(words, Assert.Throws<UnrollException>(act).Message, StringComparison.Ordinal);
}
