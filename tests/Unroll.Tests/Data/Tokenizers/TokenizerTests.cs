using Unroll.Data.Tokenizers;
using Unroll.Formats;
using Unroll.Tests.Formats;

namespace Unroll.Tests.Data.Tokenizers;

public sealed class TokenizerTests : IDisposable
{
    private const string Text = "the cat sat on the mat .\nthe dog don't like 3 cats , it 's 'll said \u00e9\u00e8 na\u00efve \U0001F600!\n\n  two  spaces\t tab\n";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static Tokenizer Of(string kind) => kind switch
    {
        "char" => CharTokenizer.Train([Text]),
        "word" => WordTokenizer.Train([Text]),
        "word, lower case, punctuation" => WordTokenizer.Train([Text], lowerCase: true, splitPunctuation: true),
        "unigrams" => UnigramTokenizer.Train([Text, Text], 330),
        _ => BytePairTokenizer.Train([Text, Text], 290),
    };

    public static TheoryData<string> Kinds => ["char", "word", "word, lower case, punctuation", "byte pairs", "unigrams"];

    [Theory]
    [InlineData("char")]
    [InlineData("byte pairs")]
    [InlineData("unigrams")]
    public void A_text_comes_back_as_it_was(string kind)
    {
        Tokenizer tokenizer = Of(kind);
        Assert.Equal(Text, tokenizer.Decode(tokenizer.Encode(Text)));
    }

    [Fact]
    public void Any_text_comes_back_from_byte_pairs()
    {
        var tokenizer = (BytePairTokenizer)Of("byte pairs");
        var random = new Random(1);
        for (int n = 0; n < 500; n++)
        {
            // Valid UTF-16 of every plane, white space and quotes more often.
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 60)).Select(_ => random.Next(5) switch
            {
                0 => " ", 1 => "'s\n"[random.Next(3)].ToString(), 2 => ((char)random.Next(32, 127)).ToString(), 3 => char.ConvertFromUtf32(random.Next(0x80, 0xD800)), _ => char.ConvertFromUtf32(random.Next(0xE000, 0x110000)),
            }));
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        }
        string run = new('a', 5000);
        Assert.Equal(run, tokenizer.Decode(tokenizer.Encode(run)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Pieces_that_end_with_a_line_give_the_tokens_of_the_whole(string kind)
    {
        Tokenizer tokenizer = Of(kind);
        int cut = Text.IndexOf('\n') + 1;
        Assert.Equal(tokenizer.Encode(Text), tokenizer.Encode(Text[..cut]).Concat(tokenizer.Encode(Text[cut..])));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Text_told_token_by_token_is_the_text_told_at_once(string kind)
    {
        Tokenizer tokenizer = Of(kind);
        int[] tokens = tokenizer.Encode(Text);
        var stream = new TextStream(tokenizer);
        Assert.Equal(tokenizer.Decode(tokens), string.Concat(tokens.Select(stream.Add)) + stream.End());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_tokenizer_that_was_written_and_read_gives_the_same_tokens(string kind)
    {
        Tokenizer tokenizer = Of(kind);
        TokenizerFile.Write(folder["tokenizer.json"], tokenizer);
        Tokenizer read = TokenizerFile.Read(folder["tokenizer.json"]);
        Assert.Equal(tokenizer.GetType(), read.GetType());
        Assert.Equal(tokenizer.Vocabulary, read.Vocabulary);
        Assert.Equal(tokenizer.Signature, read.Signature);
        Assert.Equal(tokenizer.Encode(Text + " Never Seen \u4e2d"), read.Encode(Text + " Never Seen \u4e2d"));
    }

    [Theory]
    [InlineData("char", "zzz cat \u4e2d\u4e2dz", "z \u4e2d")]
    [InlineData("word", "zebra the zebra\n\nqux cat", "zebra qux")]
    [InlineData("word, lower case, punctuation", "The Zebra! cat; zebra", "zebra ;")]
    [InlineData("byte pairs", "zebra \u4e2d", "")]
    [InlineData("unigrams", "zebra \u4e2d", "")]
    public void What_is_not_known_is_named(string kind, string text, string unknown)
    {
        Assert.Equal(unknown.Split(' ', StringSplitOptions.RemoveEmptyEntries), Of(kind).UnknownIn(text));
        Assert.Equal(unknown.Length > 0, Of(kind).Encode(text).Contains(Of(kind).Unknown));
    }

    [Fact]
    public void Words_are_the_most_frequent_first_and_the_rest_unknown()
    {
        WordTokenizer words = WordTokenizer.Train(["b a a\n", "a b c <unk> <eos>\n"], most: 4);
        Assert.Equal(["<unk>", "<eos>", "a", "b"], words.Vocabulary);
        Assert.Equal([3, 2, 0, 0, 1, 1, 2], words.Encode("b a c <unk>\n\na"));
        Assert.Equal("b a\n\na", words.Decode([3, 2, 1, 1, 2]));
        Assert.Equal(["<unk>", "<eos>", "a", "b"], WordTokenizer.Train(["b a a b c\n"], leastCount: 2).Vocabulary);
        Assert.Equal(["<unk>", "<eos>", "x", "!", "don", "t", "\u2019"], WordTokenizer.Train(["X! x don\u2019t\n"], lowerCase: true, splitPunctuation: true).Vocabulary);
    }

    [Fact]
    public void Characters_are_in_order_and_those_beyond_the_limit_unknown()
    {
        CharTokenizer characters = CharTokenizer.Train(["bab\U0001F600\U0001F600c"], most: 4);
        Assert.Equal(["<unk>", "a", "b", "\U0001F600"], characters.Vocabulary);
        Assert.Equal([2, 1, 0, 3, 0], characters.Encode("bac\U0001F600\ud800"));
    }

    [Fact]
    public void Byte_pairs_are_those_of_the_paper()
    {
        // Sennrich et al. 2016, algorithm 1: low 5, lower 2, newest 6, widest 3: es and est come first, then low. Words begin with a space here.
        string text = string.Concat(Enumerable.Repeat(" low", 5).Concat(Enumerable.Repeat(" lower", 2)).Concat(Enumerable.Repeat(" newest", 6)).Concat(Enumerable.Repeat(" widest", 3)));
        BytePairTokenizer tokenizer = BytePairTokenizer.Train([text], 256 + 6);
        Assert.Equal([("e", "s"), ("es", "t"), ("\u0120", "l"), ("o", "w"), ("\u0120l", "ow")], tokenizer.Merges.Take(5));
        Assert.Equal(256 + 6, tokenizer.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Byte_pairs_are_those_that_counting_anew_each_time_gives(int seed)
    {
        var random = new Random(seed);
        string text = string.Concat(Enumerable.Range(0, 400).Select(_ => " " + string.Concat(Enumerable.Range(0, random.Next(1, 8)).Select(_ => "abcd"[random.Next(4)]))));
        BytePairTokenizer tokenizer = BytePairTokenizer.Train([text], 256 + 60);
        Assert.Equal(Slowly(text, 60), tokenizer.Merges);

        // A token is what the merges give in their order, whatever the length.
        string longWord = string.Concat(Enumerable.Range(0, 300).Select(_ => "abcd"[random.Next(4)]));
        var symbols = longWord.Select(static c => c.ToString()).ToList();
        foreach ((string left, string right) in tokenizer.Merges) Join(symbols, left, right);
        Assert.Equal(symbols, tokenizer.Encode(longWord).Select(t => tokenizer.Vocabulary[t]));
    }

    private static List<(string, string)> Slowly(string text, int merges)
    {
        List<string>[] words = [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static w => w.Select(static c => c.ToString()).Prepend("\u0120").ToList())];
        var order = new List<string>(Enumerable.Range(0, 256).Select(static b => ByteLevel.Spell((byte)b).ToString()));
        var made = new List<(string, string)>();
        while (made.Count < merges)
        {
            (string Left, string Right) best = words.SelectMany(static w => w.Zip(w.Skip(1))).GroupBy(static p => p)
                .OrderByDescending(static g => g.Count()).ThenBy(g => order.IndexOf(g.Key.First)).ThenBy(g => order.IndexOf(g.Key.Second)).First().Key;
            made.Add(best);
            order.Add(best.Left + best.Right);
            foreach (List<string> word in words) Join(word, best.Left, best.Right);
        }
        return made;
    }

    private static void Join(List<string> symbols, string left, string right)
    {
        for (int i = 0; i + 1 < symbols.Count; i++)
            if (symbols[i] == left && symbols[i + 1] == right)
            {
                symbols[i] += right;
                symbols.RemoveAt(i + 1);
            }
    }

    [Theory]
    [InlineData("Hello world", "Hello| world")]
    [InlineData("don't I'll we've they're it's I'm he'd 'x", "don|'t| I|'ll| we|'ve| they|'re| it|'s| I|'m| he|'d| '|x")]
    [InlineData("a  b   c \n\n d\n", "a| | b|  | c| \n\n| d|\n")]
    [InlineData("x=1, y2;; \u00e9t\u00e9 \u4e2d\u6587 3\u00bd", "x|=|1|,| y|2|;;| \u00e9t\u00e9| \u4e2d\u6587| 3\u00bd")]
    public void Text_is_cut_as_GPT2_cuts_it(string text, string pieces)
    {
        var cut = new List<string>();
        for (int at = 0, end; at < text.Length; at = end) cut.Add(text[at..(end = ByteLevel.PieceEnd(text, at))]);
        Assert.Equal(pieces.Split('|'), cut);
        Assert.Equal(System.Text.RegularExpressions.Regex.Matches(text, @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+").Select(static m => m.Value), cut);
    }
}
