using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Unroll.Data;

/// <summary>A sentence of a file of JSON lines: words with tags, or a text with spans, whose words it cuts itself.</summary>
internal sealed class JsonSentence
{
    private const string TokensKey = "tokens", TagsKey = "tags", TextKey = "text", Outside = "O";
    private static readonly string[] SpanKeys = ["spans", "entities", "label", "labels"];

    private readonly string line, text;
    private readonly List<(int Start, int End)>? cuts;                                  // of a text its words

    private JsonSentence(string line, string text, List<(int, int)>? cuts, IReadOnlyList<string> words, IReadOnlyList<string>? tags, bool widened) =>
        (this.line, this.text, this.cuts, Words, Tags, Widened) = (line, text, cuts, words, tags, widened);

    /// <summary>The words.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>A tag each (of spans IOB2), or nothing where there are none.</summary>
    public IReadOnlyList<string>? Tags { get; }

    /// <summary>Whether a span began or ended within a word.</summary>
    public bool Widened { get; }

    /// <summary>Reads a line.</summary>
    /// <param name="line">The object.</param>
    /// <param name="place">File and line, for errors.</param>
    /// <exception cref="UnrollException">It is no such object.</exception>
    public static JsonSentence Read(string line, string place)
    {
        using JsonDocument document = Parse(line, place);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object) throw new UnrollException($"{place}: must be a JSON object.");
        if (root.TryGetProperty(TokensKey, out JsonElement tokens))
        {
            string[] words = Texts(tokens, place, TokensKey);
            string[]? tags = root.TryGetProperty(TagsKey, out JsonElement given) ? Texts(given, place, TagsKey) : null;
            if (tags is not null && tags.Length != words.Length) throw new UnrollException($"{place}: has {words.Length} tokens and {tags.Length} tags; a tag for each token is needed.");
            return new JsonSentence(line, "", null, words, tags is not null && tags.Contains("") ? null : tags, widened: false);
        }
        if (!root.TryGetProperty(TextKey, out JsonElement plain) || plain.ValueKind != JsonValueKind.String)
            throw new UnrollException($"{place}: must have \"tokens\" and \"tags\", or \"text\" and \"spans\".");
        string text = plain.GetString()!;
        List<(int Start, int End)> cuts = WordCut.Of(text);
        string[]? spans = null;
        bool widened = false;
        foreach (string key in SpanKeys)
        {
            if (!root.TryGetProperty(key, out JsonElement all) || all.ValueKind != JsonValueKind.Array) continue;
            spans = Spans(all, text, cuts, place, key, ref widened);
            break;
        }
        return new JsonSentence(line, text, cuts, [.. cuts.Select(c => text[c.Start..c.End])], spans, widened);
    }

    /// <summary>The object once more with other tags; what else it holds stands as it stood.</summary>
    /// <param name="tags">A tag a word; of a text IOB1, IOB2 or BIOES.</param>
    public string WithTags(IReadOnlyList<string> tags)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using JsonDocument document = JsonDocument.Parse(line);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            string mine = cuts is null ? TagsKey : SpanKeys.FirstOrDefault(k => document.RootElement.TryGetProperty(k, out JsonElement e) && e.ValueKind == JsonValueKind.Array) ?? SpanKeys[0];
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
                if (property.Name != mine) property.WriteTo(json);
            json.WriteStartArray(mine);
            if (cuts is null)
                foreach (string tag in tags) json.WriteStringValue(tag);
            else WriteSpans(json, tags);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private void WriteSpans(Utf8JsonWriter json, IReadOnlyList<string> tags)
    {
        for (int i = 0; i < tags.Count;)
        {
            if (tags[i] == Outside)
            {
                i++;
                continue;
            }
            int end = i + 1;
            string type = Type(tags[i]);
            while (end < tags.Count && tags[end].Length > 2 && (tags[end][0] is 'I' or 'E' or 'L') && Type(tags[end]) == type) end++;
            json.WriteStartObject();
            json.WriteNumber("start", Points(text.AsSpan(0, cuts![i].Start)));
            json.WriteNumber("end", Points(text.AsSpan(0, cuts[end - 1].End)));
            json.WriteString("label", type);
            json.WriteEndObject();
            i = end;
        }

        static string Type(string tag) => tag.Length > 2 && tag[1] == '-' ? tag[2..] : tag;
    }

    private static JsonDocument Parse(string line, string place)
    {
        try
        {
            return JsonDocument.Parse(line);
        }
        catch (JsonException e)
        {
            throw new UnrollException($"{place}, column {(e.BytePositionInLine ?? 0) + 1}: no JSON: each line must be an object.", e);
        }
    }

    private static string[] Texts(JsonElement array, string place, string key)
    {
        if (array.ValueKind != JsonValueKind.Array || array.EnumerateArray().Any(static e => e.ValueKind != JsonValueKind.String)) throw new UnrollException($"{place}: \"{key}\" must be a list of texts.");
        return [.. array.EnumerateArray().Select(static e => e.GetString()!)];
    }

    // Each word's tag by IOB2. Places count characters as most programs do: code points.
    private static string[] Spans(JsonElement all, string text, List<(int Start, int End)> cuts, string place, string key, ref bool widened)
    {
        string[] tags = new string[cuts.Count];
        Array.Fill(tags, Outside);
        foreach (JsonElement span in all.EnumerateArray())
        {
            (int start, int end, string label) = Span(span, place, key);
            int from = Index(text, start), to = Index(text, end);
            if (from < 0 || to < 0 || to <= from) throw new UnrollException($"{place}: the span from {start} to {end} is not within the text's {Points(text)} characters.");
            bool first = true;
            for (int w = 0; w < cuts.Count; w++)
            {
                if (cuts[w].End <= from || cuts[w].Start >= to) continue;
                if (tags[w] != Outside) throw new UnrollException($"{place}: the span from {start} to {end} overlaps another.");
                widened |= cuts[w].Start < from || cuts[w].End > to;
                tags[w] = (first ? "B-" : "I-") + label;
                first = false;
            }
        }
        return tags;
    }

    private static (int Start, int End, string Label) Span(JsonElement span, string place, string key)
    {
        if (span.ValueKind == JsonValueKind.Array && span.GetArrayLength() == 3 && span[0].TryWhole(out int s) && span[1].TryWhole(out int e) && span[2].ValueKind == JsonValueKind.String)
            return (s, e, span[2].GetString()!);
        if (span.ValueKind == JsonValueKind.Object && span.TryGetProperty("start", out JsonElement a) && a.TryWhole(out s) && span.TryGetProperty("end", out JsonElement b) && b.TryWhole(out e)
            && span.TryGetProperty("label", out JsonElement label) && label.ValueKind == JsonValueKind.String)
            return (s, e, label.GetString()!);
        throw new UnrollException($"{place}: a span of \"{key}\" must be {{\"start\": n, \"end\": n, \"label\": \"...\"}} or [n, n, \"...\"].");
    }

    private static int Points(ReadOnlySpan<char> text)
    {
        int n = 0;
        foreach (Rune _ in text.EnumerateRunes()) n++;
        return n;
    }

    // Where the n-th code point begins, or -1.
    private static int Index(string text, int points)
    {
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (points-- <= 0) return points == -1 ? at : -1;
            at += rune.Utf16SequenceLength;
        }
        return points == 0 ? at : -1;
    }
}

/// <summary>Numbers of JSON that need not be numbers.</summary>
internal static class JsonNumber
{
    /// <summary>The whole number that an element is, if it is one.</summary>
    public static bool TryWhole(this JsonElement element, out int value)
    {
        value = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out value);
    }
}
