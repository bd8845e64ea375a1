using System.Text.Json;
using Unroll.Data.Tokenizers;

namespace Unroll.Formats;

/// <summary>Writes a tokenizer as <c>tokenizer.json</c>: the parts that together cut a text as the tokenizer does.</summary>
internal sealed class TokenizerWriter(Utf8JsonWriter json)
{
    /// <summary>A regular expression for any one character; Oniguruma, which Hugging Face's library uses, has no flag <c>s</c>.</summary>
    public const string EveryCharacter = @"[\s\S]";

    /// <summary>A regular expression for a mark of punctuation or a symbol.</summary>
    public const string EveryMark = @"[\p{P}\p{S}]";

    /// <summary>What a word tokenizer's normaliser puts in place of a line's end: a word of its own.</summary>
    public const string LineEnd = $" {WordTokenizer.EndToken} ";

    /// <summary>Writes all of it.</summary>
    public void Write(Tokenizer tokenizer)
    {
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        // Found before punctuation is split, which would take its brackets apart.
        if (tokenizer is WordTokenizer { SplitPunctuation: true }) AddedToken(tokenizer.Find(WordTokenizer.EndToken), WordTokenizer.EndToken);
        json.WriteEndArray();
        switch (tokenizer)
        {
            case BytePairTokenizer pairs: Write(pairs); break;
            case UnigramTokenizer unigram: Write(unigram); break;
            case WordTokenizer words: Write(words); break;
            default: WriteCharacters(tokenizer); break;
        }
        json.WriteEndObject();
    }

    private void Write(BytePairTokenizer pairs)
    {
        json.WriteNull("normalizer");
        ByteLevel("pre_tokenizer");
        json.WriteNull("post_processor");
        ByteLevel("decoder");
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        Vocabulary(pairs);
        json.WriteStartArray("merges");
        foreach ((string left, string right) in pairs.Merges) json.WriteStringValue($"{left} {right}");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void Write(UnigramTokenizer unigram)
    {
        json.WriteNull("normalizer");
        Sequence("pre_tokenizer", "pretokenizers", () =>
        {
            Split("String", "\n");
            Part("Metaspace", () =>
            {
                json.WriteString("replacement", Metaspace.Mark.ToString());
                json.WriteBoolean("add_prefix_space", false);
                json.WriteString("prepend_scheme", "never");
                json.WriteBoolean("split", true);
            });
        });
        json.WriteNull("post_processor");
        // Marks become spaces before bytes become text, so that bytes can give a mark.
        Sequence("decoder", "decoders", () =>
        {
            Replace(Metaspace.Mark.ToString(), " ");
            Part("ByteFallback");
            Part("Fuse");
        });
        json.WriteStartObject("model");
        json.WriteString("type", "Unigram");
        json.WriteNumber("unk_id", Math.Max(0, unigram.Find(UnigramTokenizer.UnknownToken)));
        json.WriteBoolean("byte_fallback", true);
        json.WriteStartArray("vocab");
        for (int id = 0; id < unigram.Count; id++)
        {
            json.WriteStartArray();
            json.WriteStringValue(unigram.Vocabulary[id]);
            json.WriteNumberValue(unigram.Scores[id]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void Write(WordTokenizer words)
    {
        Sequence("normalizer", "normalizers", () =>
        {
            if (words.LowerCase) Part("Lowercase");
            Replace("\n", LineEnd);
        });
        Sequence("pre_tokenizer", "pretokenizers", () =>
        {
            Part("WhitespaceSplit");
            if (words.SplitPunctuation) Split("Regex", EveryMark);
        });
        json.WriteNull("post_processor");
        // WordPiece puts a space before each word that does not begin with its prefix; none can begin so.
        Sequence("decoder", "decoders", () =>
        {
            Part("WordPiece", () =>
            {
                json.WriteString("prefix", "\n##");
                json.WriteBoolean("cleanup", false);
            });
            Part("Fuse");
            Replace($" {WordTokenizer.EndToken}", "\n");
            Replace(WordTokenizer.EndToken, "\n");
            Replace("\n ", "\n");
        });
        WordLevel(words);
    }

    private void WriteCharacters(Tokenizer characters)
    {
        json.WriteNull("normalizer");
        json.WritePropertyName("pre_tokenizer");
        Split("Regex", EveryCharacter);
        json.WriteNull("post_processor");
        json.WritePropertyName("decoder");
        Part("Fuse");
        WordLevel(characters);
    }

    private void WordLevel(Tokenizer tokenizer)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "WordLevel");
        Vocabulary(tokenizer);
        json.WriteString("unk_token", CharTokenizer.UnknownToken);
        json.WriteEndObject();
    }

    private void Vocabulary(Tokenizer tokenizer)
    {
        json.WriteStartObject("vocab");
        for (int id = 0; id < tokenizer.Count; id++) json.WriteNumber(tokenizer.Vocabulary[id], id);
        json.WriteEndObject();
    }

    private void AddedToken(int id, string content)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteString("content", content);
        foreach (string flag in (string[])["single_word", "lstrip", "rstrip"]) json.WriteBoolean(flag, false);
        json.WriteBoolean("normalized", true);                                         // looked for behind the normaliser, which puts it in
        json.WriteBoolean("special", false);
        json.WriteEndObject();
    }

    private void ByteLevel(string name)
    {
        json.WritePropertyName(name);
        Part("ByteLevel", () =>
        {
            json.WriteBoolean("add_prefix_space", false);
            json.WriteBoolean("trim_offsets", true);
            json.WriteBoolean("use_regex", true);
        });
    }

    private void Sequence(string name, string list, Action parts)
    {
        json.WritePropertyName(name);
        Part("Sequence", () =>
        {
            json.WriteStartArray(list);
            parts();
            json.WriteEndArray();
        });
    }

    private void Replace(string text, string by) => Part("Replace", () =>
    {
        Pattern("String", text);
        json.WriteString("content", by);
    });

    private void Split(string kind, string pattern) => Part("Split", () =>
    {
        Pattern(kind, pattern);
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
    });

    private void Pattern(string kind, string pattern)
    {
        json.WriteStartObject("pattern");
        json.WriteString(kind, pattern);
        json.WriteEndObject();
    }

    private void Part(string type, Action? fields = null)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        fields?.Invoke();
        json.WriteEndObject();
    }
}
