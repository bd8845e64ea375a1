using Unroll.Data;
using Unroll.Formats;
using Unroll.Tasks.Tagging;

namespace Unroll.Cli;

/// <summary><c>unroll predict MODEL</c> of a tagger: a file of sentences, one text, or what comes on standard input.</summary>
internal static class PredictTagging
{
    public static void Run(string folder, string? file, string? text, bool stream, string? path, string? column, TaggedFormat? format, CancellationToken stop)
    {
        int given = (file is null ? 0 : 1) + (text is null ? 0 : 1) + (stream ? 1 : 0);
        if (given == 0) throw new UnrollException("--text, --data or --stream is missing: give a text, name a file of sentences, or read standard input.");
        if (given > 1) throw new UnrollException("--text, --data and --stream exclude each other.");
        if (file is not null)
        {
            // What is wrong with the file shows before the model is read.
            TaggedText read = TaggedText.Read(file, tags: false, column, format, stop);
            Whole(Tagger.Load(folder), read, path ?? "tagged" + Ending(file), stop);
            return;
        }
        Tagger tagger = Tagger.Load(folder);
        if (text is not null) Show(tagger, text);
        else
            while (!stop.IsCancellationRequested && Console.In.ReadLine() is { } line)
            {
                Show(tagger, line);
                Console.WriteLine();
                Console.Out.Flush();
            }
    }

    private static void Whole(Tagger tagger, TaggedText read, string path, CancellationToken stop)
    {
        IReadOnlyList<IReadOnlyList<TaggedWord>> tagged = tagger.Tag([.. read.Sentences.Select(static s => s.Words)], stop);
        string written = read.WithTags([.. tagged.Select(static s => (IReadOnlyList<string>)[.. s.Select(static w => w.Tag)])]);
        if (path == "-") Console.Out.Write(written);
        else
        {
            AtomicFile.WriteText(path, written);
            Console.WriteLine($"wrote {path}: {ResultTable.Count(tagged.Count, "sentence")}, {ResultTable.Count(tagged.Sum(static s => s.Count), "word")}");
        }
    }

    private static void Show(Tagger tagger, string text)
    {
        foreach (TaggedWord word in tagger.Tag(text)) Console.WriteLine(FormattableString.Invariant($"{word.Word}\t{word.Tag}\t{word.Probability:F4}"));
    }

    private static string Ending(string file) =>
        Path.GetExtension(file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? file[..^3] : file) is { Length: > 0 } ending ? ending : ".txt";
}
