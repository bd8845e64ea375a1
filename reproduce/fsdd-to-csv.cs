#:project ../src/Unroll/Unroll.csproj
#:property PublishAot=false

// The Free Spoken Digit Dataset as `unroll train classify` reads it: WAV files and two CSVs that name them, path,label.
//     dotnet run -c Release reproduce/fsdd-to-csv.cs -- OUT-FOLDER [data folder]
// Test is what the data set's own notes say: recordings 0 to 4 of each digit and speaker; all others are for training.

using System.Formats.Tar;
using System.IO.Compression;
using System.Text.RegularExpressions;
using Unroll.Formats;

if (args.Length == 0)
{
    Console.Error.WriteLine("Usage: dotnet run -c Release reproduce/fsdd-to-csv.cs -- OUT-FOLDER [data folder]");
    return 2;
}

string target = args[0];
string archive = Path.Combine(args.ElementAtOrDefault(1) ?? Environment.GetEnvironmentVariable("UNROLL_DATA") ?? Path.Combine("..", "shared", "data"), "fsdd", "fsdd.tar.gz");
Directory.CreateDirectory(Path.Combine(target, "wav"));
var rows = new SortedDictionary<string, (string Digit, bool Test)>(StringComparer.Ordinal);
using (var tar = new TarReader(new GZipStream(File.OpenRead(archive), CompressionMode.Decompress)))
{
    while (tar.GetNextEntry() is { } entry)
    {
        Match name = Regex.Match(entry.Name, @"(?:^|/)((\d)_\w+?_(\d+)\.wav)$");
        if (!name.Success) continue;
        entry.ExtractToFile(Path.Combine(target, "wav", name.Groups[1].Value), overwrite: true);
        rows.Add($"wav/{name.Groups[1].Value}", (name.Groups[2].Value, int.Parse(name.Groups[3].Value) <= 4));
    }
}
foreach (bool test in new[] { false, true })
{
    string[] lines = [.. rows.Where(r => r.Value.Test == test).Select(r => $"{r.Key},{r.Value.Digit}")];
    AtomicFile.WriteText(Path.Combine(target, test ? "test.csv" : "train.csv"), $"path,label\n{string.Join('\n', lines)}\n");
    Console.WriteLine($"{(test ? "test.csv" : "train.csv")}: {lines.Length} recordings");
}
return 0;
