using System.Globalization;
using System.IO.Compression;

namespace Unroll.Reproduce;

/// <summary>One series of the M4 competition: what the competitors were given, and the 48 hours that they had to forecast.</summary>
/// <param name="Name">The competition's name for it, H1 ... H414.</param>
/// <param name="Train">The history, 700 or 960 hours.</param>
/// <param name="Test">What came next, [Horizon].</param>
public sealed record M4Hourly(string Name, double[] Train, double[] Test)
{
    /// <summary>The hours to forecast.</summary>
    public const int Horizon = 48;

    /// <summary>The hours of a day, which the competition took as the season.</summary>
    public const int Season = 24;

    /// <summary>The folder of the data: the one given, else UNROLL_DATA, else <c>shared/data</c> beside the folder that the command runs in.</summary>
    public static string DataFolder(string? given) =>
        given ?? (Environment.GetEnvironmentVariable("UNROLL_DATA") is { Length: > 0 } folder ? folder : Path.Combine("..", "shared", "data"));

    /// <summary>Whether both files are in the data folder.</summary>
    public static bool IsIn(string dataFolder) => File.Exists(TrainFile(dataFolder)) && File.Exists(TestFile(dataFolder));

    /// <summary>Reads all series from <c>series/m4-Hourly-train.csv.gz</c> and <c>series/m4-Hourly-test.csv.gz</c>, the files Hourly-train.csv and
    /// Hourly-test.csv of the competition's repository (M4Competition/M4-methods, folder Dataset): one row a series, its name first, shorter rows filled up
    /// with empty cells.</summary>
    /// <exception cref="InvalidDataException">A series is in one file only, or its test part does not hold <see cref="Horizon"/> values.</exception>
    public static IReadOnlyList<M4Hourly> Read(string dataFolder)
    {
        Dictionary<string, double[]> test = ReadWide(TestFile(dataFolder)).ToDictionary();
        List<M4Hourly> all = [];
        foreach ((string name, double[] train) in ReadWide(TrainFile(dataFolder)))
        {
            if (!test.TryGetValue(name, out double[]? ahead) || ahead.Length != Horizon)
            {
                throw new InvalidDataException($"M4 hourly: series {name} must have {Horizon} test values, got {ahead?.Length ?? 0}.");
            }

            all.Add(new M4Hourly(name, train, ahead));
        }

        return all;
    }

    private static string TrainFile(string dataFolder) => Path.Combine(dataFolder, "series", "m4-Hourly-train.csv.gz");

    private static string TestFile(string dataFolder) => Path.Combine(dataFolder, "series", "m4-Hourly-test.csv.gz");

    private static IEnumerable<KeyValuePair<string, double[]>> ReadWide(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        reader.ReadLine();                                              // V1, V2 ...
        while (reader.ReadLine() is { Length: > 0 } line)
        {
            string[] cells = line.Split(',', StringSplitOptions.TrimEntries);
            double[] values = [.. cells.Skip(1).Select(cell => cell.Trim('"')).TakeWhile(cell => cell.Length > 0 && cell != "NA")
                .Select(cell => double.Parse(cell, CultureInfo.InvariantCulture))];
            yield return new(cells[0].Trim('"'), values);
        }
    }
}
