using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Unroll.Data.Tokenizers;
using Unroll.Formats;

namespace Unroll.Tests.Formats;

/// <summary>Files of other kinds, damaged and hostile ones: one clear line each, within bounded memory and time.</summary>
public sealed class TokenizerFileTests : IDisposable
{
    private const string Text = "the cat sat on the mat .\nthe dog don't like 3 cats , it 's 'll said \u00e9\u00e8 na\u00efve \U0001F600!\n\n  two  spaces\t tab\n";
    private const string Lines = "\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"String\":\"\\n\"},\"content\":\" <eos> \"},\"pre_tokenizer\":{\"type\":\"WhitespaceSplit\"}";
    private const string Levels = "\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false}";
    private const string Spaces = "\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"\u2581\",\"prepend_scheme\":\"never\"}";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static Tokenizer Of(string kind) => kind switch
    {
        "char" => CharTokenizer.Train([Text]),
        "word" => WordTokenizer.Train([Text], lowerCase: true, splitPunctuation: true),
        "unigrams" => UnigramTokenizer.Train([Text, Text], 300),
        _ => BytePairTokenizer.Train([Text, Text], 290),
    };

    private string Refused(string json)
    {
        File.WriteAllText(folder["t.json"], json);
        string said = Assert.Throws<UnrollException>(() => TokenizerFile.Read(folder["t.json"])).Message;
        Assert.StartsWith(folder["t.json"], said);
        Assert.DoesNotContain('\n', said);
        Assert.InRange(said.Length, 1, 1000);
        return said;
    }

    [Theory]
    [InlineData("{}", "no tokenizer.json: 'model' is missing")]
    [InlineData("[]", "no tokenizer.json: 'model' is missing")]
    [InlineData("{\"model\":{}}", "no tokenizer.json: 'type' is missing")]
    [InlineData("[1", "not valid JSON")]
    [InlineData("", "not valid JSON")]
    [InlineData("{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":0}}}", "a tokenizer of model 'WordPiece' and pre-tokenizer '' is not known here")]
    [InlineData("{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":0}},\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"}}", "a tokenizer of model 'WordPiece' and pre-tokenizer 'BertPreTokenizer' is not known here")]
    [InlineData("{\"model\":{\"type\":\"Word\\nLevel\",\"vocab\":{\"a\":0}}}", "a tokenizer of model 'Word\\nLevel'")]
    [InlineData("{\"model\":{\"type\":\"\\ud800\",\"vocab\":{\"a\":0}}}", "holds half of a surrogate pair")]
    [InlineData("{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0,\"b\":0}}," + Lines + "}", "the token 'b' must have a number of its own from 0 to 1, got 0")]
    [InlineData("{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0,\"b\":1000000000}}," + Lines + "}", "the token 'b' must have a number of its own from 0 to 1, got 1000000000")]
    [InlineData("{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":-1,\"b\":1}}," + Lines + "}", "the token 'a' must have a number of its own from 0 to 1, got -1")]
    [InlineData("{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0.5}}," + Lines + "}", "got 0.5")]
    [InlineData("{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":99999999999999999999}}," + Lines + "}", "got 99999999999999999999")]
    [InlineData("{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":null}}," + Lines + "}", "got null")]
    [InlineData("{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0,\"a\":1}}," + Lines + "}", "not valid JSON: Duplicate")]
    [InlineData("{\"model\":{\"type\":\"WordLevel\",\"vocab\":{}}," + Lines + "}", "the vocabulary must have 1 to 10000000 tokens, got 0")]
    [InlineData("{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0}}," + Lines + "}", "needs the tokens '<unk>' and '<eos>'")]
    [InlineData("{\"model\":{\"type\":\"WordLevel\",\"vocab\":[]}," + Lines + "}", "the vocabulary must be an object")]
    [InlineData("{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0},\"unk_token\":\"[UNK]\"}," + Lines + "}", "the unk_token '<unk>' is wanted")]
    [InlineData("{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0}},\"pre_tokenizer\":{\"type\":\"WhitespaceSplit\"}}", "a normaliser that puts ' <eos> ' in place of the end of a line")]
    [InlineData("{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0}},\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"x\"},\"behavior\":\"Isolated\"}}", "a split at every character is wanted")]
    [InlineData("{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0}},\"normalizer\":{\"type\":\"NFC\"},\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"[\\\\s\\\\S]\"},\"behavior\":\"Isolated\"}}", "no normaliser")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}," + Levels + "}", "no token for the byte 0; it is no byte-level one")]
    [InlineData("{\"model\":{\"vocab\":{\"a\":0},\"merges\":[]}," + Levels + "}", "no token for the byte 0; it is no byte-level one")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a\"]}," + Levels + "}", "merge 1 must be two tokens, got \"a\"")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[[\"a\",\"b\",\"c\"]]}," + Levels + "}", "merge 1 must be two tokens")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":{}}," + Levels + "}", "the merges must be a list")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]},\"normalizer\":{\"type\":\"NFC\"}," + Levels + "}", "no normaliser with byte-level byte pairs is wanted")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[],\"ignore_merges\":true}," + Levels + "}", "merges that are ignored")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[],\"end_of_word_suffix\":\"</w>\"}," + Levels + "}", "byte pairs without dropout, prefix, suffix")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]},\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":true}}", "puts no space before the text")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}," + Spaces + "}", "a tokenizer of model 'BPE' and pre-tokenizer 'Metaspace' is not known here")]
    [InlineData("{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",-1]]}," + Spaces + "}", "a unigram model with byte_fallback is wanted")]
    [InlineData("{\"model\":{\"type\":\"Unigram\",\"byte_fallback\":true,\"vocab\":[[\"a\",-1]]}," + Spaces + "}", "no token <0x00>; all 256 bytes must have one")]
    [InlineData("{\"model\":{\"type\":\"Unigram\",\"byte_fallback\":true,\"vocab\":{\"a\":0}}," + Spaces + "}", "the vocabulary must be a list of pieces and their scores")]
    [InlineData("{\"model\":{\"type\":\"Unigram\",\"byte_fallback\":true,\"vocab\":[[\"\\udc00\",-1]]}," + Spaces + "}", "holds half of a surrogate pair")]
    [InlineData("{\"model\":{\"type\":\"Unigram\",\"byte_fallback\":true,\"vocab\":[[\"a\",\"b\"]]}," + Spaces + "}", "piece 0 must be a text and a score")]
    [InlineData("{\"model\":{\"type\":\"Unigram\",\"byte_fallback\":true,\"vocab\":[]}," + Spaces + "}", "the vocabulary must have 1 to 10000000 tokens, got 0")]
    [InlineData("{\"model\":{\"type\":\"Unigram\",\"byte_fallback\":true,\"vocab\":[[\"a\",NaN]]}," + Spaces + "}", "not valid JSON")]
    [InlineData("{\"model\":{\"type\":\"Unigram\",\"byte_fallback\":true,\"vocab\":[[\"a\\nb\",-1]]}," + Spaces + "}", "the piece 'a\\nb' reaches across the end of a line")]
    [InlineData("{\"model\":{\"type\":\"Unigram\",\"byte_fallback\":true,\"vocab\":[[\"a\",-1]],\"unk_id\":7}," + Spaces + "}", "an unk_id that is the number of '<unk>' is wanted")]
    [InlineData("{\"model\":{\"type\":\"Unigram\",\"byte_fallback\":true,\"vocab\":[[\"a\",-1]]},\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"\"}," + Spaces + "}", "no normaliser with unigrams is wanted")]
    [InlineData("{\"model\":{\"type\":\"Unigram\",\"byte_fallback\":true,\"vocab\":[[\"a\",-1]]},\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"\u2581\",\"add_prefix_space\":true}}", "puts none before the text")]
    public void What_is_no_tokenizer_is_said(string json, string words) => Assert.Contains(words, Refused(json));

    [Fact]
    public void Files_of_earlier_versions_are_read()
    {
        CharTokenizer characters = CharTokenizer.Train([Text]);
        TokenizerFile.Write(folder["t.json"], characters);
        JsonNode root = JsonNode.Parse(File.ReadAllText(folder["t.json"]))!;
        root["pre_tokenizer"]!["pattern"]!["Regex"] = "(?s).";
        root["decoder"] = null;
        root["added_tokens"]!.AsArray().Add(JsonNode.Parse("""{"id":0,"content":"<unk>","special":true}"""));
        File.WriteAllText(folder["t.json"], root.ToJsonString());
        Assert.Equal(characters.Encode(Text), TokenizerFile.Read(folder["t.json"]).Encode(Text));

        WordTokenizer words = WordTokenizer.Train([Text]);
        TokenizerFile.Write(folder["t.json"], words);
        root = JsonNode.Parse(File.ReadAllText(folder["t.json"]))!;
        root["pre_tokenizer"] = JsonNode.Parse("""{"type":"WhitespaceSplit"}""");
        File.WriteAllText(folder["t.json"], root.ToJsonString());
        Assert.Equal(words.Encode(Text), TokenizerFile.Read(folder["t.json"]).Encode(Text));
    }

    /// <summary>What a good file is changed to, by the place in it.</summary>
    [Theory]
    [InlineData("unigrams", "model.vocab.300", "[\"xyz\",1e999]", "must be the logarithm of a probability")]
    [InlineData("unigrams", "model.vocab.300", "[\"xyz\",-1e300]", "must be the logarithm of a probability, -1000000 to 0")]
    [InlineData("unigrams", "model.vocab.300", "[\"xyz\",12]", "must be the logarithm of a probability, -1000000 to 0, got 12")]
    [InlineData("unigrams", "model.vocab.300", "[\"<unk>\",-1]", "the token '<unk>' stands twice")]
    [InlineData("unigrams", "model.vocab.300", "[\"\",-1]", "a piece must have 1 to 256 characters, '' has 0")]
    [InlineData("unigrams", "model.unk_id", "-1", "an unk_id that is the number of '<unk>'")]
    [InlineData("byte pairs", "model.merges.0", "\"zq zq\"", "the merge of 'zq' and 'zq' is of or to no token of the vocabulary")]
    [InlineData("byte pairs", "model.merges.1", "0", "stands twice")]
    [InlineData("byte pairs", "truncation", "{\"max_length\":512}", "truncation is not known here")]
    [InlineData("byte pairs", "post_processor", "{\"type\":\"TemplateProcessing\"}", "the post-processor 'TemplateProcessing' is not known here")]
    [InlineData("byte pairs", "added_tokens", "[{\"id\":100000,\"content\":\"<|end|>\"}]", "the added token '<|end|>' is not in the vocabulary under its number")]
    [InlineData("char", "added_tokens", "[{\"id\":1,\"content\":\"<unk>\"}]", "the added token '<unk>' is not in the vocabulary under its number")]
    [InlineData("char", "added_tokens", "{}", "added_tokens that are a list")]
    public void A_file_that_asks_for_too_much_is_refused(string kind, string place, string value, string words)
    {
        TokenizerFile.Write(folder["tokenizer.json"], Of(kind));
        JsonNode root = JsonNode.Parse(File.ReadAllText(folder["tokenizer.json"]))!, at = root;
        string[] steps = place.Split('.');
        foreach (string step in steps[..^1]) at = int.TryParse(step, out int i) ? at[i]! : at[step]!;
        if (value == "0") at.AsArray().Insert(1, at[0]!.DeepClone());
        else if (at is JsonArray list && int.Parse(steps[^1]) >= list.Count) list.Add(JsonNode.Parse(value));
        else if (at is JsonArray) at[int.Parse(steps[^1])] = JsonNode.Parse(value);
        else at[steps[^1]] = JsonNode.Parse(value);
        Assert.Contains(words, Refused(root.ToJsonString()));
    }

    [Theory]
    [InlineData("too large", "more than the 67108864 that are read")]
    [InlineData("too deep", "not valid JSON: The maximum configured depth of 64 has been exceeded")]
    [InlineData("the same key a million times", "not valid JSON: Duplicate")]
    [InlineData("a piece of millions of characters", "a piece must have 1 to 256 characters")]
    [InlineData("very many added tokens", "the added token 'x' is not in the vocabulary")]
    [InlineData("a million merges of nothing", "merge 1 must be two tokens, got []")]
    public void A_hostile_size_is_refused_soon_and_within_bounded_memory(string how, string words)
    {
        TokenizerFile.Write(folder["tokenizer.json"], Of(how.Contains("merges") || how.Contains("added") ? "byte pairs" : "unigrams"));
        string good = File.ReadAllText(folder["tokenizer.json"]);
        string bad = how switch
        {
            "too large" => good + new string(' ', 64 << 20),
            "too deep" => good.Replace("\"truncation\": null", $"\"truncation\": {new string('[', 100_000)}{new string(']', 100_000)}"),
            "the same key a million times" => good.Replace("\"truncation\": null", $"\"truncation\": {{{string.Join(',', Enumerable.Repeat("\"a\":0", 1_000_000))}}}"),
            "a piece of millions of characters" => good.Replace("\"unk_id\": 0", "\"unk_id\": null").Replace("\"vocab\": [", $"\"vocab\": [[\"{new string('x', 8_000_000)}\",-1],"),
            "very many added tokens" => good.Replace("\"added_tokens\": []", $"\"added_tokens\": [{string.Join(',', Enumerable.Repeat("{\"id\":9,\"content\":\"x\"}", 200_000))}]"),
            _ => good.Replace("\"merges\": [", $"\"merges\": [{string.Join(',', Enumerable.Repeat("[]", 1_000_000))},"),
        };
        Assert.NotEqual(good, bad);
        File.WriteAllText(folder["t.json"], bad);
        var clock = Stopwatch.StartNew();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains(words, Assert.Throws<UnrollException>(() => TokenizerFile.Read(folder["t.json"])).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 512L << 20);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 10);
    }

    [Theory]
    [InlineData("char")]
    [InlineData("word")]
    [InlineData("byte pairs")]
    [InlineData("unigrams")]
    public void Damaged_files_end_in_an_error_or_a_tokenizer(string kind)
    {
        TokenizerFile.Write(folder["tokenizer.json"], Of(kind));
        byte[] good = Encoding.UTF8.GetBytes(JsonNode.Parse(File.ReadAllText(folder["tokenizer.json"]))!.ToJsonString());
        string[] words =
        [
            "\"", "{", "}", "[", "]", ",", ":", "null", "true", "false", "-1", "0", "1e999", "NaN", "2147483648", "\\ud800", "\\u0000", "\"type\"", "\"model\"", "\"vocab\"", "\"merges\"", "\"pre_tokenizer\"", "\"normalizer\"", "\"added_tokens\"",
            "\"WordLevel\"", "\"BPE\"", "\"Unigram\"", "\"Sequence\"", "\"Metaspace\"", "\"ByteLevel\"", "\"Split\"", "\"WhitespaceSplit\"", "\"<unk>\"", "\"<eos>\"", "\"<0x00>\"", "\u2581", "\ufeff", "[\"a\",-1],", "{\"type\":\"NFC\"}", "[[[[[[[[[[",
        ];
        var random = new Random(3);
        int values = 0, errors = 0;
        for (int n = 0; n < 1500; n++)
        {
            byte[] bytes = Mutation.Of(good, words, random);
            try
            {
                Tokenizer tokenizer = new TokenizerReader(JsonFile.Parse(bytes, "t.json")).Read();
                tokenizer.Decode(tokenizer.Encode(Text));
                values++;
            }
            catch (UnrollException e)
            {
                errors++;
                Assert.DoesNotContain('\n', e.Message);
                Assert.InRange(e.Message.Length, 1, 1000);
            }
        }
        Assert.InRange(values, 20, 1500);
        Assert.InRange(errors, 300, 1500);
    }
}
