using System.Text;
using Unroll.Data;

namespace Unroll.Tests.Data;

public sealed class CsvTableTests : IDisposable
{
    private readonly DataFiles files = new();

    public void Dispose() => files.Dispose();

    [Theory]
    [InlineData(',')]
    [InlineData(';')]
    [InlineData('\t')]
    [InlineData('|')]
    public void Finds_each_separator(char separator)
    {
        CsvTable table = Parse($"a{separator}b{separator}c\n1{separator}2{separator}3\n4{separator}5{separator}6\n");

        Assert.Equal(separator, table.Separator);
        Assert.Equal(["a", "b", "c"], table.Columns);
        Assert.Equal(["4", "5", "6"], Record(table, 1));
    }

    [Theory]
    [InlineData("date;value (a, b)\n2020-01-01;1\n2020-01-02;2\n", ';')]
    [InlineData("date;x\n2020-01-01;1,5\n2020-01-02;2,5\n", ';')]
    [InlineData("\"a;b;c\",d\n\"1;2;3\",4\n", ',')]
    [InlineData("a|b,c|d\n1|2,2|3\n1|2|3\n1|2|4\n", '|')]
    [InlineData("alone\n1\n", ',')]
    public void Separators_in_names_quotes_and_numbers_do_not_mislead(string text, char separator) => Assert.Equal(separator, Parse(text).Separator);

    [Fact]
    public void A_given_separator_is_taken_even_when_another_seems_likelier()
    {
        CsvTable table = CsvTable.Read(new StringReader("a;b,c\n1;2,3\n"), "x", new CsvOptions { Separator = ',' });

        Assert.Equal(["a;b", "c"], table.Columns);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void Reads_each_line_ending_and_counts_lines(string end)
    {
        CsvTable table = Parse(string.Join(end, "a,b", "1,2", "", "3,4", " , ", "5,6"));

        Assert.Equal(3, table.Rows);
        Assert.Equal([2, 4, 6], Enumerable.Range(0, 3).Select(table.Line));
        Assert.Equal(["5", "6"], Record(table, 2));
    }

    [Fact]
    public void Quoted_fields_hold_separators_quotes_and_line_breaks()
    {
        CsvTable table = Parse("id,text\r\n1,\"a, \"\"b\"\"\r\nc\"\r\n2, \"d\" \r\n\"3\",\"\"\r\n");

        Assert.Equal(["1", "a, \"b\"\r\nc"], Record(table, 0));
        Assert.Equal(["2", "d"], Record(table, 1));
        Assert.Equal(["3", ""], Record(table, 2));
        Assert.Equal([2, 4, 5], Enumerable.Range(0, 3).Select(table.Line));
    }

    [Fact]
    public void Another_quote_can_be_chosen()
    {
        CsvTable table = CsvTable.Read(new StringReader("a,b\n'x, ''y''',2\"\n"), "x", new CsvOptions { Quote = '\'' });

        Assert.Equal(["x, 'y'", "2\""], Record(table, 0));
    }

    [Fact]
    public void Names_and_fields_lose_the_spaces_round_them()
    {
        CsvTable table = Parse(" date , value\n 2020-01-01 , 3 \n");

        Assert.Equal(["date", "value"], table.Columns);
        Assert.Equal(["2020-01-01", "3"], Record(table, 0));
    }

    [Fact]
    public void A_column_without_a_name_is_called_by_its_position() => Assert.Equal(["column1", "y"], Parse(",y\n0,5\n").Columns);

    [Fact]
    public void Reads_files_with_and_without_byte_order_mark_and_compressed()
    {
        const string text = "größe,b\n1,2\n";
        byte[] plain = Encoding.UTF8.GetBytes(text);
        foreach (string path in (string[])[
            files.Write("plain.csv", plain), files.Write("bom.csv", [0xEF, 0xBB, 0xBF, .. plain]),
            files.Write("packed.csv.gz", DataFiles.Gzip(text)), files.Write("packed-without-saying.csv", DataFiles.Gzip('\uFEFF' + text))])
        {
            CsvTable table = CsvTable.Read(path);
            Assert.Equal(["größe", "b"], table.Columns);
            Assert.Equal(["1", "2"], Record(table, 0));
        }
    }

    [Fact]
    public void Records_survive_wherever_the_parser_buffer_ends()
    {
        // 32 Ki characters are read at a time: fields, quotes and line ends of odd lengths come to stand across that border in every way.
        var expected = new List<string[]>();
        var text = new StringBuilder("a,b,c\r\n");
        for (int i = 0; i < 9000; i++)
        {
            string[] record = [new string('x', i % 7), $"q \"{i}\" {new string('y', i % 11)},\r\n", i.ToString()];
            expected.Add(record);
            text.Append(record[0]).Append(i % 3 == 0 ? " , " : ",").Append('"').Append(record[1].Replace("\"", "\"\"")).Append("\",").Append(record[2]).Append("\r\n");
        }

        CsvTable table = Parse(text.ToString());

        Assert.Equal(expected.Count, table.Rows);
        for (int i = 0; i < expected.Count; i++)
        {
            Assert.Equal(expected[i], Record(table, i));
            Assert.Equal(2 + 2 * i, table.Line(i));
        }
    }

    [Fact]
    public void No_such_file_names_near_ones()
    {
        files.Write("sales.csv", "a\n1\n");

        Fails(() => CsvTable.Read(files.Absent("sale.csv")), "sale.csv: no such file; did you mean 'sales.csv'?");
        Fails(() => CsvTable.Read(files.Absent("quite-different.txt")), "quite-different.txt: no such file");
        Fails(() => CsvTable.Read(Path.Combine(files.Absent("no-folder"), "a.csv")), "a.csv: no such file");
        Fails(() => CsvTable.Read(Path.GetDirectoryName(files.Absent("x"))!), "this is a folder");
        Fails(() => CsvTable.Read(""), "No data file is named");
        Fails(() => CsvTable.Read("a\0b"), "cannot be read");
    }

    [Theory]
    [InlineData("")]
    [InlineData("\uFEFF")]
    [InlineData("\n\r\n  \n")]
    public void An_empty_file_says_so(string text) => Fails(() => Parse(text), "x.csv: the file is empty");

    [Theory]
    [InlineData("a,b")]
    [InlineData("a,b\n\n")]
    public void A_header_alone_says_so(string text) => Fails(() => Parse(text), "x.csv: the file has a header but no rows.");

    [Fact]
    public void A_name_that_stands_twice_says_where() => Fails(() => Parse("a,b,a\n1,2,3\n"), "x.csv, line 1: the header names 'a' twice, as columns 1 and 3.");

    [Fact]
    public void A_file_without_header_says_so() => Fails(() => Parse("0.7855,1.6110\n0.7818,1.6100\n"), "x.csv, line 1: the first line holds data (0.7855, 1.6110); a header");

    [Theory]
    [InlineData("a,b\n1,2\n\n3\n", "x.csv, line 4: expected 2 fields as in the header, found 1")]
    [InlineData("a,b\n\"1\n\",2\n3,4,5\n", "x.csv, line 4: expected 2 fields as in the header, found 3 (separated by ',')")]
    public void A_ragged_record_says_line_and_counts(string text, string message) => Fails(() => Parse(text), message);

    [Theory]
    [InlineData("a,b\n1,\"open\n3,4\n5,6\n", "x.csv, line 2: a quote is opened and never closed, before 'open\\n3,4")]
    [InlineData("a,b\n\"open,2\n", "x.csv, line 2: a quote is opened and never closed")]
    [InlineData("a,b\n1,5\" pipe\n", "x.csv, line 2: a quote stands within the field '5\" pipe'")]
    [InlineData("a,b\n1,2\n1,\"x\"y\n", "x.csv, line 3: a quote stands within the field '\"x\"y'")]
    public void A_bad_quote_says_line_and_text(string text, string message) => Fails(() => Parse(text), message);

    [Fact]
    public void A_quote_open_over_a_million_characters_is_not_read_to_the_end()
    {
        var text = new StringBuilder("a,b\n1,2\n3,\"");
        for (int i = 0; i < 500_000; i++)
        {
            text.Append("4\n5,");
        }

        Fails(() => Parse(text.ToString()), "x.csv, line 3: a field is longer than 1,048,576 characters; is a quote not closed?");
    }

    [Fact]
    public void Bytes_that_are_not_utf8_say_line_and_byte()
    {
        byte[] latin = Encoding.Latin1.GetBytes("a,b\n1,2\n3,grün\n");
        Fails(() => CsvTable.Read(files.Write("latin.csv", latin)), "latin.csv, line 3: byte 0xFC is not UTF-8 text (offset 12); save the file as UTF-8");

        // Far behind the first buffer, and cut in the middle of a character.
        byte[] far = [.. Encoding.UTF8.GetBytes("a,b\n" + string.Concat(Enumerable.Repeat("ä,ü\n", 40_000))), (byte)'x', 0xC3];
        Fails(() => CsvTable.Read(files.Write("far.csv", far)), "far.csv, line 40002: byte 0xC3 is not UTF-8 text (offset 240005)");
    }

    [Theory]
    [InlineData(new byte[] { 0x50, 0x4B, 3, 4, 20, 0 }, "an Excel workbook")]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x61, 0 }, "UTF-16 text")]
    [InlineData(new byte[] { 0x61, 0, 0x62, 0 }, "binary file")]
    [InlineData(new byte[] { 0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10 }, "not UTF-8 text")]
    [InlineData(new byte[] { 0x1F, 0x8B, 8, 0, 1, 2, 3 }, "gzip data is damaged or cut short")]
    public void Files_of_other_kinds_are_called_by_name(byte[] bytes, string message) => Fails(() => CsvTable.Read(files.Write("other.csv", bytes)), message);

    [Fact]
    public void A_gzip_file_cut_short_is_an_error_and_not_a_shorter_table()
    {
        byte[] whole = DataFiles.Gzip("a,b\n" + string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{i},{i * 7919 % 1009}\n")));
        Fails(() => CsvTable.Read(files.Write("cut.gz", whole[..(whole.Length / 2)])), "cut.gz: the gzip data is damaged or cut short.");
        Fails(() => CsvTable.Read(files.Write("cut.gz", whole[..^1])), "cut.gz: the gzip data is damaged or cut short.");
        Assert.Equal(20_000, CsvTable.Read(files.Write("whole.gz", whole)).Rows);
    }

    [Fact]
    public void A_gzip_file_of_several_members_is_read_whole() =>
        Assert.Equal(3, CsvTable.Read(files.Write("members.gz", [.. DataFiles.Gzip("a,b\n1,2\n"), .. DataFiles.Gzip("3,4\n5,6\n")])).Rows);

    [Fact]
    public void An_unknown_column_names_the_nearest_and_all()
    {
        CsvTable table = Parse("month,passengers\n1949-01,112\n");

        Fails(() => table.IndexOf("passenger"), "x.csv: no column 'passenger'; did you mean 'passengers'? The columns are month, passengers.");
        Fails(() => table.IndexOf("Month"), "did you mean 'month'?");
        Fails(() => table.IndexOf("mnoth"), "did you mean 'month'?");
        Fails(() => table.IndexOf("temperature"), "x.csv: no column 'temperature'; the columns are month, passengers.");
        Assert.Equal(1, table.IndexOf("passengers"));
        Assert.Equal(-1, table.Find("passenger"));
    }

    [Fact]
    public void Impossible_dialects_are_refused()
    {
        Fails(() => CsvTable.Read(new StringReader("a\n1\n"), "x", new CsvOptions { Separator = '"' }), "cannot separate fields");
        Fails(() => CsvTable.Read(new StringReader("a\n1\n"), "x", new CsvOptions { Separator = ',', DecimalComma = true }), "decimal commas");
    }

    [Fact]
    public void Reading_stops_when_cancelled()
    {
        string text = "a,b\n" + string.Concat(Enumerable.Repeat("1,2\n", 10_000));
        Assert.Throws<OperationCanceledException>(() => CsvTable.Read(new StringReader(text), "x", null, new CancellationToken(canceled: true)));
    }

    [Theory]
    [InlineData("passengers", "passengers", 0)]
    [InlineData("passenger", "passengers", 1)]
    [InlineData("apssengers", "passengers", 1)]
    [InlineData("PASSENGERS", "passengers", 0)]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    public void Slips_are_counted(string a, string b, int slips) => Assert.Equal(slips, NearestNames.Distance(a, b, 10));

    [Fact]
    public void Messages_stay_on_one_line()
    {
        UnrollException error = Assert.Throws<UnrollException>(() => Parse("a,b\n1,\"x\ny\"z\n"));
        Assert.DoesNotContain('\n', error.Message);
    }

    private static CsvTable Parse(string text) => CsvTable.Read(new StringReader(text), "x.csv");

    private static string[] Record(CsvTable table, int row) => [.. Enumerable.Range(0, table.Columns.Count).Select(column => table[row, column].ToString())];

    private static void Fails(Action action, string message) => Assert.Contains(message, Assert.Throws<UnrollException>(action).Message);
}
