using System.Text.Json;
using Unroll.Data;
using Unroll.Data.Tokenizers;

namespace Unroll.Formats;

/// <summary>Reads and writes <c>tokenizer.json</c> as Hugging Face's tokenizers do, for the kinds of tokenizers that are known here: characters, words, byte-level byte pairs.</summary>
/// <remarks>What a file asks for that is not known here (another model, a normaliser, a template) is refused, not passed over: the tokens would be others.</remarks>
public static class TokenizerFile
{
    private const int MostTokens = 10_000_000;
    private const string EveryCharacter = "(?s).";

    /// <summary>Writes a tokenizer.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <exception cref="UnrollException">The file cannot be written.</exception>
    public static void Write(string path, Tokenizer tokenizer) => JsonFile.Write(path, json =>
    {
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        foreach (string special in (string[])[CharTokenizer.UnknownToken, WordTokenizer.EndToken])
            if (tokenizer is not BytePairTokenizer && tokenizer.Find(special) is >= 0 and var id) AddedToken(json, id, special);
        json.WriteEndArray();
        Normalizer(json, tokenizer);
        PreTokenizer(json, tokenizer);
        json.WriteNull("post_processor");
        if (tokenizer is BytePairTokenizer) ByteLevelPart(json, "decoder");
        else json.WriteNull("decoder");
        Model(json, tokenizer);
        json.WriteEndObject();
    });

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="path">The file, at most 64 MiB.</param>
    /// <exception cref="UnrollException">It cannot be read, is no <c>tokenizer.json</c>, or asks for what is not known here.</exception>
    public static Tokenizer Read(string path)
    {
        JsonElement root = JsonFile.Read(path);
        JsonElement model = Get(root, "model", path);
        string type = Text(Get(model, "type", path)), pre = KindOf(root, "pre_tokenizer");
        string[] vocabulary = Vocabulary(Get(model, "vocab", path), path);
        bool characters = pre == "Split" && root.GetProperty("pre_tokenizer").TryGetProperty("pattern", out JsonElement pattern) && pattern.TryGetProperty("Regex", out JsonElement regex) && Text(regex) == EveryCharacter;
        try
        {
            return (type, pre) switch
            {
                ("WordLevel", _) when characters => new CharTokenizer(vocabulary),
                ("WordLevel", "WhitespaceSplit" or "Sequence") => new WordTokenizer(vocabulary, LowerCase(root, path), PunctuationApart(root, path)),
                ("BPE", "ByteLevel") when KindOf(root, "normalizer").Length == 0 => new BytePairTokenizer(vocabulary, Merges(Get(model, "merges", path), path)),
                _ => throw new UnrollException($"a tokenizer of model '{type}' and pre-tokenizer '{pre}' is not known here; characters, words and byte-level byte pairs are"),
            };
        }
        catch (UnrollException e) when (!e.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new UnrollException($"{OneLine.Of(path)}: {e.Message}", e);
        }
    }

    private static void Normalizer(Utf8JsonWriter json, Tokenizer tokenizer)
    {
        if (tokenizer is not WordTokenizer words)
        {
            json.WriteNull("normalizer");
            return;
        }
        json.WriteStartObject("normalizer");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("normalizers");
        if (words.LowerCase) Part(json, "Lowercase");
        json.WriteStartObject();                                                       // the end of a line is a token
        json.WriteString("type", "Replace");
        json.WriteStartObject("pattern");
        json.WriteString("String", "\n");
        json.WriteEndObject();
        json.WriteString("content", $" {WordTokenizer.EndToken} ");
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void PreTokenizer(Utf8JsonWriter json, Tokenizer tokenizer)
    {
        switch (tokenizer)
        {
            case BytePairTokenizer:
                ByteLevelPart(json, "pre_tokenizer");
                break;
            case WordTokenizer { SplitPunctuation: true }:
                json.WriteStartObject("pre_tokenizer");
                json.WriteString("type", "Sequence");
                json.WriteStartArray("pretokenizers");
                Part(json, "WhitespaceSplit");
                json.WriteStartObject();
                json.WriteString("type", "Punctuation");
                json.WriteString("behavior", "Isolated");
                json.WriteEndObject();
                json.WriteEndArray();
                json.WriteEndObject();
                break;
            case WordTokenizer:
                json.WritePropertyName("pre_tokenizer");
                Part(json, "WhitespaceSplit");
                break;
            default:
                json.WriteStartObject("pre_tokenizer");
                json.WriteString("type", "Split");
                json.WriteStartObject("pattern");
                json.WriteString("Regex", EveryCharacter);
                json.WriteEndObject();
                json.WriteString("behavior", "Isolated");
                json.WriteBoolean("invert", false);
                json.WriteEndObject();
                break;
        }
    }

    private static void Model(Utf8JsonWriter json, Tokenizer tokenizer)
    {
        json.WriteStartObject("model");
        json.WriteString("type", tokenizer is BytePairTokenizer ? "BPE" : "WordLevel");
        json.WriteStartObject("vocab");
        for (int id = 0; id < tokenizer.Count; id++) json.WriteNumber(tokenizer.Vocabulary[id], id);
        json.WriteEndObject();
        if (tokenizer is BytePairTokenizer pairs)
        {
            json.WriteStartArray("merges");
            foreach ((string left, string right) in pairs.Merges) json.WriteStringValue($"{left} {right}");
            json.WriteEndArray();
        }
        else json.WriteString("unk_token", CharTokenizer.UnknownToken);
        json.WriteEndObject();
    }

    private static void AddedToken(Utf8JsonWriter json, int id, string content)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteString("content", content);
        foreach (string flag in (string[])["single_word", "lstrip", "rstrip", "normalized"]) json.WriteBoolean(flag, false);
        json.WriteBoolean("special", true);
        json.WriteEndObject();
    }

    private static void ByteLevelPart(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject(name);
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", true);
        json.WriteEndObject();
    }

    private static void Part(Utf8JsonWriter json, string type)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteEndObject();
    }

    private static JsonElement Get(JsonElement of, string name, string path) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out JsonElement value)
        ? value
        : throw new UnrollException($"{OneLine.Of(path)}: no tokenizer.json: '{name}' is missing");

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    // The kind of a part: empty where the part is null or missing.
    private static string KindOf(JsonElement root, string part) =>
        root.TryGetProperty(part, out JsonElement p) && p.ValueKind == JsonValueKind.Object && p.TryGetProperty("type", out JsonElement type) ? Text(type) : "";

    private static string[] Vocabulary(JsonElement vocab, string path)
    {
        if (vocab.ValueKind != JsonValueKind.Object) throw new UnrollException($"{OneLine.Of(path)}: the vocabulary must be an object of tokens and their numbers");
        int count = vocab.EnumerateObject().Count();
        if (count is 0 or > MostTokens) throw new UnrollException($"{OneLine.Of(path)}: the vocabulary must have 1 to {MostTokens} tokens, got {count}");
        var tokens = new string?[count];
        foreach (JsonProperty token in vocab.EnumerateObject())
        {
            if (token.Value.ValueKind != JsonValueKind.Number || !token.Value.TryGetInt32(out int id) || (uint)id >= (uint)count || tokens[id] is not null)
                throw new UnrollException($"{OneLine.Of(path)}: the token {ShownText.Of(token.Name)} must have a number of its own from 0 to {count - 1}, got {OneLine.Of(token.Value.GetRawText(), 40)}");
            tokens[id] = token.Name;
        }
        return tokens!;
    }

    // "left right", or a list of the two.
    private static (string, string)[] Merges(JsonElement merges, string path)
    {
        if (merges.ValueKind != JsonValueKind.Array) throw new UnrollException($"{OneLine.Of(path)}: the merges must be a list");
        var pairs = new (string, string)[merges.GetArrayLength()];
        int i = 0;
        foreach (JsonElement merge in merges.EnumerateArray())
        {
            string[] parts = merge.ValueKind == JsonValueKind.Array ? [.. merge.EnumerateArray().Take(3).Select(Text)] : Text(merge).Split(' ');
            if (parts.Length != 2 || parts[0].Length == 0 || parts[1].Length == 0)
                throw new UnrollException($"{OneLine.Of(path)}: merge {i + 1} must be two tokens, got {OneLine.Of(merge.GetRawText(), 40)}");
            pairs[i++] = (parts[0], parts[1]);
        }
        return pairs;
    }

    private static bool LowerCase(JsonElement root, string path)
    {
        bool lower = false;
        foreach (string type in Parts(root, "normalizer", "normalizers"))
            lower |= type switch
            {
                "Lowercase" => true,
                "Replace" => false,
                _ => throw new UnrollException($"{OneLine.Of(path)}: the normaliser '{type}' is not known here"),
            };
        return lower;
    }

    private static bool PunctuationApart(JsonElement root, string path)
    {
        bool apart = false;
        foreach (string type in Parts(root, "pre_tokenizer", "pretokenizers"))
            apart |= type switch
            {
                "Punctuation" => true,
                "WhitespaceSplit" => false,
                _ => throw new UnrollException($"{OneLine.Of(path)}: the pre-tokenizer '{type}' is not known here"),
            };
        return apart;
    }

    private static IEnumerable<string> Parts(JsonElement root, string name, string list)
    {
        string kind = KindOf(root, name);
        if (kind.Length == 0) return [];
        return kind == "Sequence" && root.GetProperty(name).TryGetProperty(list, out JsonElement parts) && parts.ValueKind == JsonValueKind.Array
            ? parts.EnumerateArray().Select(static p => p.ValueKind == JsonValueKind.Object && p.TryGetProperty("type", out JsonElement t) ? Text(t) : "")
            : [kind];
    }
}
