using System.Text.Json;
using Unroll.Data;
using Unroll.Data.Tokenizers;

namespace Unroll.Formats;

/// <summary>Reads a tokenizer out of the root of a <c>tokenizer.json</c>.</summary>
internal sealed class TokenizerReader(JsonElement root)
{
    private const int MostTokens = 10_000_000;
    private const string OldEveryCharacter = "(?s).";

    /// <summary>The tokenizer.</summary>
    /// <exception cref="UnrollException">The file asks for what is not known here; the message lacks the file's name.</exception>
    public Tokenizer Read()
    {
        JsonElement model = Get(root, "model");
        // Old files of byte pairs do not say what they are.
        string type = Field(model, "type") is null && Field(model, "merges") is not null ? "BPE" : Text(Get(model, "type"));
        string pre = Field(root, "pre_tokenizer") is { } p ? Type(p) : "";
        Tokenizer tokenizer = (type, pre) switch
        {
            ("WordLevel", "Split") => Characters(model),
            ("WordLevel", "WhitespaceSplit" or "Sequence") => Words(model),
            ("BPE", "ByteLevel") => BytePairs(model),
            ("Unigram", "Metaspace" or "Sequence") => Unigram(model),
            _ => throw new UnrollException($"a tokenizer of model '{Shown(type)}' and pre-tokenizer '{Shown(pre)}' is not known here; characters, words, byte-level byte pairs and unigrams with byte fallback are"),
        };
        if (Field(root, "truncation") is not null) throw new UnrollException("truncation is not known here; it would cut texts short");
        if (Field(root, "post_processor") is { } post && Type(post) != "ByteLevel") throw new UnrollException($"the post-processor '{Shown(Type(post))}' is not known here; it would put tokens in");
        CheckAdded(tokenizer);
        return tokenizer;
    }

    private CharTokenizer Characters(JsonElement model)
    {
        Wanted(Normalizers() is [], "no normaliser with a split into characters");
        Wanted(PreTokenizers() is [var split] && Splits(split, "Regex", TokenizerWriter.EveryCharacter, OldEveryCharacter), "a split at every character");
        return new CharTokenizer(WordLevel(model));
    }

    private WordTokenizer Words(JsonElement model)
    {
        JsonElement[] normalizers = Normalizers(), parts = PreTokenizers();
        bool lower = normalizers is [var first, ..] && Type(first) == "Lowercase";
        Wanted(normalizers[(lower ? 1 : 0)..] is [var replace] && Type(replace) == "Replace" && Pattern(replace, "String") == "\n" && TextOf(replace, "content") == TokenizerWriter.LineEnd,
            $"a normaliser that puts '{TokenizerWriter.LineEnd}' in place of the end of a line, and at most 'Lowercase' before it");
        Wanted(parts is [var white, ..] && Type(white) == "WhitespaceSplit" && (parts.Length == 1 || parts is [_, var marks] && Splits(marks, "Regex", TokenizerWriter.EveryMark)),
            "a split at white space, and at most one at marks behind it");
        return new WordTokenizer(WordLevel(model), lower, parts.Length == 2);
    }

    private BytePairTokenizer BytePairs(JsonElement model)
    {
        Wanted(Normalizers() is [], "no normaliser with byte-level byte pairs");
        JsonElement pre = Get(root, "pre_tokenizer");
        Wanted(!IsTrue(pre, "add_prefix_space") && !IsFalse(pre, "use_regex"), "a byte-level pre-tokenizer that puts no space before the text and cuts as GPT-2 does");
        Wanted(!IsTrue(model, "ignore_merges") && (Field(model, "dropout") is not { } dropout || dropout.ValueKind == JsonValueKind.Number && dropout.TryGetDouble(out double share) && share == 0)
            && TextOf(model, "continuing_subword_prefix").Length == 0 && TextOf(model, "end_of_word_suffix").Length == 0, "byte pairs without dropout, prefix, suffix or merges that are ignored");
        return new BytePairTokenizer(Vocabulary(model), Merges(Get(model, "merges")));
    }

    private UnigramTokenizer Unigram(JsonElement model)
    {
        Wanted(Normalizers() is [], "no normaliser with unigrams");
        Wanted(IsTrue(model, "byte_fallback"), "a unigram model with byte_fallback");
        JsonElement[] parts = PreTokenizers();
        bool lines = parts is [var split, ..] && Splits(split, "String", "\n");
        Wanted(parts[(lines ? 1 : 0)..] is [var space] && Type(space) == "Metaspace" && TextOf(space, "replacement") == Metaspace.Mark.ToString() && !IsFalse(space, "split") && !IsTrue(space, "add_prefix_space")
            && (Field(space, "prepend_scheme") is null ? IsFalse(space, "add_prefix_space") : TextOf(space, "prepend_scheme") == "never"),
            "Metaspace that splits at '\u2581' and puts none before the text, and at most a split at the ends of lines before it");
        (string[] pieces, double[] scores) = Pieces(Get(model, "vocab"));
        if (!lines && pieces.FirstOrDefault(static p => p.Length > 1 && p.Contains('\n')) is { } across) throw new UnrollException($"the piece {ShownText.Of(across)} reaches across the end of a line, which is not known here");
        if (Field(model, "unk_id") is { } unknown)
            Wanted(unknown.ValueKind == JsonValueKind.Number && unknown.TryGetInt32(out int id) && (uint)id < (uint)pieces.Length && UnigramTokenizer.IsControl(pieces[id]),
                $"an unk_id that is the number of '{UnigramTokenizer.UnknownToken}'");
        return new UnigramTokenizer(pieces, scores);
    }

    private string[] WordLevel(JsonElement model)
    {
        Wanted(Field(model, "unk_token") is not { } || TextOf(model, "unk_token") == CharTokenizer.UnknownToken, $"the unk_token '{CharTokenizer.UnknownToken}'");
        return Vocabulary(model);
    }

    private static string[] Vocabulary(JsonElement model)
    {
        JsonElement vocab = Get(model, "vocab");
        if (vocab.ValueKind != JsonValueKind.Object) throw new UnrollException("the vocabulary must be an object of tokens and their numbers");
        int count = Counted(vocab.GetPropertyCount());
        var tokens = new string?[count];
        foreach (JsonProperty token in vocab.EnumerateObject())
        {
            if (token.Value.ValueKind != JsonValueKind.Number || !token.Value.TryGetInt32(out int id) || (uint)id >= (uint)count || tokens[id] is not null)
                throw new UnrollException($"the token {ShownText.Of(token.Name)} must have a number of its own from 0 to {count - 1}, got {OneLine.Of(token.Value.GetRawText(), 40)}");
            tokens[id] = token.Name;
        }
        return tokens!;
    }

    private static (string[], double[]) Pieces(JsonElement vocab)
    {
        if (vocab.ValueKind != JsonValueKind.Array) throw new UnrollException("the vocabulary must be a list of pieces and their scores");
        int count = Counted(vocab.GetArrayLength()), i = 0;
        (string[] pieces, double[] scores) = (new string[count], new double[count]);
        foreach (JsonElement pair in vocab.EnumerateArray())
        {
            if (pair.ValueKind != JsonValueKind.Array || pair.GetArrayLength() != 2 || pair[0].ValueKind != JsonValueKind.String || pair[1].ValueKind != JsonValueKind.Number || !pair[1].TryGetDouble(out scores[i]))
                throw new UnrollException($"piece {i} must be a text and a score, got {OneLine.Of(pair.GetRawText(), 40)}");
            pieces[i++] = Text(pair[0]);
        }
        return (pieces, scores);
    }

    private static int Counted(int tokens) => tokens is >= 1 and <= MostTokens ? tokens : throw new UnrollException($"the vocabulary must have 1 to {MostTokens} tokens, got {tokens}");

    // "left right", or a list of the two.
    private static (string, string)[] Merges(JsonElement merges)
    {
        if (merges.ValueKind != JsonValueKind.Array) throw new UnrollException("the merges must be a list");
        var pairs = new (string, string)[merges.GetArrayLength()];
        int i = 0;
        foreach (JsonElement merge in merges.EnumerateArray())
        {
            string[] parts = merge.ValueKind == JsonValueKind.Array ? [.. merge.EnumerateArray().Take(3).Select(Text)] : Text(merge).Split(' ');
            if (parts.Length != 2 || parts[0].Length == 0 || parts[1].Length == 0) throw new UnrollException($"merge {i + 1} must be two tokens, got {OneLine.Of(merge.GetRawText(), 40)}");
            pairs[i++] = (parts[0], parts[1]);
        }
        return pairs;
    }

    // Tokens that are looked for in the text before all else; those of the vocabulary may be, others would have numbers that it does not have.
    private void CheckAdded(Tokenizer tokenizer)
    {
        if (Field(root, "added_tokens") is not { } added) return;
        Wanted(added.ValueKind == JsonValueKind.Array, "added_tokens that are a list");
        foreach (JsonElement token in added.EnumerateArray())
        {
            string content = TextOf(token, "content");
            if (Field(token, "id") is not { ValueKind: JsonValueKind.Number } number || !number.TryGetInt32(out int id) || id < 0 || tokenizer.Find(content) != id)
                throw new UnrollException($"the added token {ShownText.Of(content)} is not in the vocabulary under its number, which is not known here");
        }
    }

    private JsonElement[] Normalizers() => Parts("normalizer", "normalizers");

    private JsonElement[] PreTokenizers() => Parts("pre_tokenizer", "pretokenizers");

    // The parts of a sequence, or the one part there is.
    private JsonElement[] Parts(string name, string list)
    {
        if (Field(root, name) is not { } part) return [];
        return Type(part) != "Sequence" ? [part] : Field(part, list) is { ValueKind: JsonValueKind.Array } parts ? [.. parts.EnumerateArray().Take(8)] : [];
    }

    private static bool Splits(JsonElement part, string kind, params ReadOnlySpan<string> patterns) =>
        Type(part) == "Split" && TextOf(part, "behavior") == "Isolated" && !IsTrue(part, "invert") && patterns.Contains(Pattern(part, kind));

    private static string Pattern(JsonElement part, string kind) => Field(part, "pattern") is { } pattern ? TextOf(pattern, kind) : "";

    private static void Wanted(bool there, string what)
    {
        if (!there) throw new UnrollException($"not known here; {what} is wanted");
    }

    private static JsonElement Get(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out JsonElement value)
        ? value
        : throw new UnrollException($"no tokenizer.json: '{name}' is missing");

    // None where it is null or missing.
    private static JsonElement? Field(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string Type(JsonElement part) => TextOf(part, "type");

    private static string TextOf(JsonElement of, string name) => Field(of, name) is { } value ? Text(value) : "";

    private static bool IsTrue(JsonElement of, string name) => Field(of, name) is { ValueKind: JsonValueKind.True };

    private static bool IsFalse(JsonElement of, string name) => Field(of, name) is { ValueKind: JsonValueKind.False };

    private static string Shown(string text) => ShownText.Of(text)[1..^1];

    private static string Text(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String) return "";
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new UnrollException("a text is not valid: it holds half of a surrogate pair", e);
        }
    }
}
