using System.CommandLine;
using System.Text;
using System.Text.Json;
using Unroll.Formats;

namespace Unroll.Cli.Tour;

/// <summary><c>unroll tour</c>: what recurrent networks are, shown by networks that run on the spot.</summary>
internal static class TourVerb
{
    private const string UsualPage = "tour.html";

    public static Command Make()
    {
        var output = new Option<string>("--out") { Description = $"The HTML file to write. Default {UsualPage}.", HelpName = "file", DefaultValueFactory = static _ => UsualPage };
        var seed = new Option<ulong>("--seed") { Description = "What all weights and data are drawn from; the same seed gives the same page. Default 1.", HelpName = "n", DefaultValueFactory = static _ => 1 };
        var json = new Option<string?>("--json") { Description = "Write the figures of all chapters as JSON too; - for standard output, which then shows nothing else.", HelpName = "file" };
        var quiet = new Option<bool>("--quiet") { Description = "Show results only." };
        var verbose = new Option<bool>("--verbose") { Description = "Show details of errors." };
        var command = new Command("tour", "A guided tour of recurrent networks: ten chapters on one page, every picture from a network that is trained on the spot.") { output, seed, json, quiet, verbose };
        command.SetAction(parsed =>
        {
            using var interruption = new Interruption();
            string page = parsed.GetValue(output)!;
            string? figures = parsed.GetValue(json);
            if (page.Length == 0) throw new UnrollException("--out is empty; name the HTML file to write.");
            if (figures is { Length: 0 }) throw new UnrollException("--json is empty; name the JSON file to write, or - for standard output.");
            CheckPlace(page);
            if (figures is not null and not "-") CheckPlace(figures);
            IReadOnlyList<Chapter> chapters = Run(parsed.GetValue(seed), parsed.GetValue(quiet), interruption.Token);
            TourPage.Of(chapters, parsed.GetValue(seed)).Save(page);
            if (figures is "-")
            {
                Console.Out.Write(Json(chapters));
                return Exit.Done;
            }
            if (figures is not null) AtomicFile.WriteText(figures, Json(chapters));
            Console.WriteLine($"wrote {page}{(figures is null ? "" : $", {figures}")}");
            return Exit.Done;
        });
        return command;
    }

    private static List<Chapter> Run(ulong seed, bool quiet, CancellationToken stop)
    {
        var chapters = new List<Chapter>();
        using var line = new ChapterLine(quiet);
        foreach ((string name, _, Func<ulong, CancellationToken, Chapter> run) in TourPage.Chapters)
        {
            line.Show(chapters.Count + 1, TourPage.Chapters.Count, name);
            chapters.Add(run(seed, stop));
            stop.ThrowIfCancellationRequested();
        }
        return chapters;
    }

    // Said before the networks run, not when they are done.
    private static void CheckPlace(string path)
    {
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full)) throw FileError.Writing(path, new IOException("it is a folder"));
        if (!Directory.Exists(Path.GetDirectoryName(full))) throw FileError.Writing(path, new DirectoryNotFoundException());
    }

    private static string Json(IReadOnlyList<Chapter> chapters)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            for (int i = 0; i < chapters.Count; i++)
            {
                json.WriteStartObject(TourPage.Chapters[i].Name);
                foreach ((string name, double value) in chapters[i].Figures)
                {
                    if (double.IsFinite(value)) json.WriteNumber(name, value);
                    else json.WriteNull(name);
                }
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }
}
