using Unroll.Tensors;
using Unroll.Training.Metrics;

namespace Unroll.Tasks.Tagging;

/// <summary>Tags that write chunks (named entities, phrases): how a text writes them, and the same chunks written another way.</summary>
internal static class ChunkTags
{
    private const string Outside = "O";

    /// <summary>How tags write chunks, or nothing where they write none: parts of speech.</summary>
    /// <param name="sentences">For each sentence a tag a word.</param>
    public static TagScheme? SchemeOf(IEnumerable<IReadOnlyList<string>> sentences)
    {
        bool any = false, ends = false, inside = false;
        foreach (IReadOnlyList<string> tags in sentences)
        {
            for (int i = 0; i < tags.Count; i++)
            {
                string tag = tags[i];
                if (tag == Outside) continue;
                if (tag.Length < 3 || tag[1] != '-' || !"BIESLU".Contains(tag[0], StringComparison.Ordinal)) return null;
                any = true;
                ends |= tag[0] is 'E' or 'S' or 'L' or 'U';
                inside |= tag[0] == 'I' && (i == 0 || tags[i - 1] == Outside || tags[i - 1].AsSpan(1) is var before && !before.SequenceEqual(tag.AsSpan(1)));
            }
        }
        return !any ? null : ends ? TagScheme.Bioes : inside ? TagScheme.Iob1 : TagScheme.Iob2;
    }

    /// <summary>The same chunks written another way; tags that no scheme would write are read as conlleval reads them.</summary>
    public static string[] Convert(IReadOnlyList<string> tags, TagScheme from, TagScheme to)
    {
        string[] written = new string[tags.Count];
        Array.Fill(written, Outside);
        Chunk before = default;
        foreach (Chunk chunk in ChunkScorer.Chunks(tags, from))
        {
            // IOB1 marks a beginning only where it parts two chunks of one type.
            bool parted = before.End == chunk.Start && before.Type == chunk.Type && chunk.Start > 0;
            for (int i = chunk.Start; i < chunk.End; i++)
            {
                bool first = i == chunk.Start, last = i == chunk.End - 1;
                char prefix = to switch
                {
                    TagScheme.Iob1 => first && parted ? 'B' : 'I',
                    TagScheme.Iob2 => first ? 'B' : 'I',
                    _ => first && last ? 'S' : first ? 'B' : last ? 'E' : 'I',
                };
                written[i] = $"{prefix}-{chunk.Type}";
            }
            before = chunk;
        }
        return written;
    }
}
