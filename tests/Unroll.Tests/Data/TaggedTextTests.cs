using Unroll.Data;
using Unroll.Tests.Formats;

namespace Unroll.Tests.Data;

public sealed class TaggedTextTests : IDisposable
{
    private const string Conllu = """
        # sent_id = 1
        # text = Don't go
        1-2	Don't	_	_	_	_	_	_	_	_
        1	Do	do	AUX	VB	_	3	aux	_	_
        2	n't	not	PART	RB	_	3	advmod	_	_
        2.1	(you)	_	_	_	_	_	_	_	_
        3	go	go	VERB	VB	_	0	root	_	SpaceAfter=No

        # sent_id = 2
        1	Stop	stop	VERB	VB	_	0	root	_	_

        """;

    private const string Columns = "-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\nrejects VBZ I-VP O\n\n\nPeter NNP I-NP I-PER\nBlackburn NNP I-NP I-PER\n";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private TaggedText Read(string text, bool tags = true, string? column = null, TaggedFormat? format = null)
    {
        File.WriteAllText(folder["text"], text);
        return TaggedText.Read(folder["text"], tags, column, format);
    }

    private static string Shown(TaggedText text) => string.Join(" | ", text.Sentences.Select(static s => string.Join(' ', s.Words.Select((w, i) => $"{w}/{(s.Tags.Count == 0 ? "?" : s.Tags[i])}"))));

    [Theory]
    [InlineData(null, "Do/AUX n't/PART go/VERB | Stop/VERB")]
    [InlineData("xpos", "Do/VB n't/RB go/VB | Stop/VB")]
    [InlineData("8", "Do/aux n't/advmod go/root | Stop/root")]
    public void Conllu_is_read_and_written_with_other_tags(string? column, string shown)
    {
        TaggedText text = Read(Conllu, column: column);
        Assert.Equal(TaggedFormat.Conllu, text.Format);
        Assert.Equal(shown, Shown(text));
        Assert.Equal([4, 10], text.Sentences.Select(static s => s.Line));
        Assert.Equal(Conllu, text.WithTags([.. text.Sentences.Select(static s => s.Tags)]));
        Assert.Contains("2\tn't\tnot\tPART\tRB\t_\t3\tadvmod".Replace(column is null ? "PART" : column == "xpos" ? "RB" : "advmod", "NEW"), text.WithTags([["A", "NEW", "B"], ["C"]]));
    }

    [Fact]
    public void Columns_between_white_space_are_read_and_written()
    {
        TaggedText text = Read(Columns);
        Assert.Equal((TaggedFormat.Columns, "EU/I-ORG rejects/O | Peter/I-PER Blackburn/I-PER"), (text.Format, Shown(text)));
        Assert.Equal(Columns, text.WithTags([.. text.Sentences.Select(static s => s.Tags)]));
        Assert.Equal("EU/I-NP rejects/I-VP | Peter/I-NP Blackburn/I-NP", Shown(Read(Columns, column: "3")));
    }

    [Fact]
    public void Words_before_a_tab_may_hold_spaces_and_begin_with_a_number_sign()
    {
        TaggedText text = Read("#tag\tX\nNew York\tLOC\n\nb\tO\n");
        Assert.Equal((TaggedFormat.Tabs, "#tag/X New York/LOC | b/O"), (text.Format, Shown(text)));
    }

    [Fact]
    public void Words_without_tags_are_read_where_none_are_wanted_and_get_them()
    {
        TaggedText text = Read("EU\nrejects\n\nPeter\n", tags: false);
        Assert.Equal("EU/? rejects/? | Peter/?", Shown(text));
        Assert.Equal("EU A\nrejects B\n\nPeter C\n", text.WithTags([["A", "B"], ["C"]]));
        TaggedText plain = Read("EU rejects, it.\n\nPeter\n", tags: false, format: TaggedFormat.Plain);
        Assert.Equal("EU/? rejects/? ,/? it/? ./? | Peter/?", Shown(plain));
        Assert.StartsWith("EU\tA\nrejects\tB\n", plain.WithTags([["A", "B", "O", "O", "O"], ["C"]]));
    }

    [Fact]
    public void Lists_of_words_as_JSON_are_read_and_written()
    {
        TaggedText text = Read("""
            {"id": 7, "tokens": ["EU", "rejects"], "tags": ["B-ORG", "O"]}
            {"tokens": ["x"]}

            {"tokens": ["y"], "tags": ["O"]}
            """);
        Assert.Equal((TaggedFormat.Json, "EU/B-ORG rejects/O | y/O"), (text.Format, Shown(text)));
        Assert.Equal([2], text.Untagged);
        Assert.Equal("""{"id":7,"tokens":["EU","rejects"],"tags":["A","B"]}""" + "\n" + """{"tokens":["y"],"tags":["C"]}""" + "\n", text.WithTags([["A", "B"], ["C"]]));
    }

    [Fact]
    public void Spans_count_characters_and_become_chunks_and_spans_again()
    {
        // The face is one character of two code units.
        TaggedText text = Read("{\"text\": \"\ud83d\ude00 John Smith, of New York.\", \"spans\": [{\"start\": 2, \"end\": 12, \"label\": \"PER\"}, {\"start\": 17, \"end\": 22, \"label\": \"LOC\"}]}\n");
        Assert.Equal("\ud83d\ude00/O John/B-PER Smith/I-PER ,/O of/O New/B-LOC York/I-LOC ./O", Shown(text));
        Assert.Equal([1], text.Widened);                                                // 22 is within York
        Assert.Contains("\"spans\":[{\"start\":2,\"end\":12,\"label\":\"PER\"},{\"start\":17,\"end\":25,\"label\":\"LOC\"}]", text.WithTags([text.Sentences[0].Tags]));
        Assert.Contains("\"spans\":[{\"start\":2,\"end\":6,\"label\":\"PER\"},{\"start\":7,\"end\":12,\"label\":\"PER\"}]", text.WithTags([["O", "S-PER", "S-PER", "O", "O", "O", "O", "O"]]));
        Assert.Equal("a/B-X", Shown(Read("{\"text\": \"a\", \"label\": [[0, 1, \"X\"]]}")));
    }

    [Theory]
    [InlineData("", "the file holds no sentence")]
    [InlineData("\n\n", "the file holds no sentence")]
    [InlineData("a\n", "line 1: has one column; a word and its tag are needed")]
    [InlineData("a X\n\nb\n", "line 3: has one column")]
    [InlineData("a\tX\n\tY\n", "line 2: the first column, the word, is empty")]
    [InlineData("a\tX\nb\t\n", "line 1 is the first without")]
    [InlineData("1\ta\t_\t_\t_\t_\t_\t_\t_\t_\n", "line 1 is the first without")]
    [InlineData("1\ta\t_\tX\t_\t_\t_\t_\t_\t_\n2\tb\t_\n", "line 2: must have 10 columns between tabs, got 3")]
    [InlineData("{\"tokens\": [\"a\"], \"tags\": []}", "line 1: has 1 tokens and 0 tags")]
    [InlineData("{\"tokens\": [1], \"tags\": []}", "line 1: \"tokens\" must be a list of texts")]
    [InlineData("{\"tokens\": [\"a\"]", "line 1, column 17: no JSON")]
    [InlineData("{\"words\": []}", "line 1: must have \"tokens\" and \"tags\", or \"text\" and \"spans\"")]
    [InlineData("{\"text\": \"ab\", \"spans\": [{\"start\": 0, \"end\": 3, \"label\": \"X\"}]}", "line 1: the span from 0 to 3 is not within the text's 2 characters")]
    [InlineData("{\"text\": \"ab\", \"spans\": [{\"start\": -1, \"end\": 1, \"label\": \"X\"}]}", "the span from -1 to 1 is not within")]
    [InlineData("{\"text\": \"ab\", \"spans\": [{\"start\": 0, \"end\": 2, \"label\": \"X\"}, [1, 2, \"Y\"]]}", "overlaps another")]
    [InlineData("{\"text\": \"ab\", \"spans\": [{\"start\": 0.5, \"end\": 2, \"label\": \"X\"}]}", "a span of \"spans\" must be")]
    public void What_is_wrong_is_told_with_its_place(string text, string words) => Assert.Contains(words, Assert.Throws<UnrollException>(() => Read(text)).Message);

    [Theory]
    [InlineData("1", "column must be behind that of the words")]
    [InlineData("upos", "names are for CoNLL-U")]
    [InlineData("4", "line 1: has no column 4")]
    public void Columns_that_are_none(string column, string words) => Assert.Contains(words, Assert.Throws<UnrollException>(() => Read("a b X\n", column: column)).Message);

    [Fact]
    public void Changed_at_random_a_file_is_read_or_refused()
    {
        var random = new RandomStream(11);
        string[] seeds = [Conllu, Columns, "{\"text\": \"John, of York\", \"spans\": [{\"start\": 0, \"end\": 4, \"label\": \"PER\"}]}\n{\"tokens\": [\"a\", \"b\"], \"tags\": [\"X\", \"Y\"]}\n"];
        int read = 0;
        for (int n = 0; n < 3000; n++)
        {
            char[] text = seeds[random.NextInt(seeds.Length)].ToCharArray();
            for (int k = 1 + random.NextInt(4); k > 0; k--) text[random.NextInt(text.Length)] = "{}[]\",:\t\n 0159ax-"[random.NextInt(17)];
            try
            {
                TaggedText some = Read(new string(text), tags: n % 2 == 0);
                some.WithTags([.. some.Sentences.Select(static s => s.Words.Select(static _ => "B-X").ToArray())]);
                read++;
            }
            catch (UnrollException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
        }
        Assert.True(read > 500, $"{read} read");
    }
}
