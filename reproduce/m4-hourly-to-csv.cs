#:project M4/M4.csproj
#:property PublishAot=false

// Writes the 414 hourly series of the M4 competition as two long-format CSV files (series,time,value), for training:
//     dotnet run reproduce/m4-hourly-to-csv.cs -- <output folder> [data folder]
// m4-hourly-train.csv holds what the competitors were given, m4-hourly-full.csv the 48 hours to forecast as well.
// The competition's files bear no times, so every series starts at a made-up one, 2015-01-01 00:00.

using System.Globalization;
using Unroll.Reproduce;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args.Length == 0)
{
    Console.Error.WriteLine("Usage: dotnet run reproduce/m4-hourly-to-csv.cs -- <output folder> [data folder]");
    return 2;
}

string data = M4Hourly.DataFolder(args.ElementAtOrDefault(1));
if (!M4Hourly.IsIn(data))
{
    Console.Error.WriteLine($"{data}/series holds no m4-Hourly-train.csv.gz and m4-Hourly-test.csv.gz: name the data folder, or set UNROLL_DATA.");
    return 2;
}

Directory.CreateDirectory(args[0]);
IReadOnlyList<M4Hourly> all = M4Hourly.Read(data);
Write("m4-hourly-train.csv", series => series.Train);
Write("m4-hourly-full.csv", series => [.. series.Train, .. series.Test]);
return 0;

void Write(string name, Func<M4Hourly, double[]> part)
{
    string path = Path.Combine(args[0], name);
    using var writer = new StreamWriter(path) { NewLine = "\n" };
    writer.WriteLine("series,time,value");
    int rows = 0;
    foreach (M4Hourly series in all)
    {
        var time = new DateTime(2015, 1, 1);
        foreach (double value in part(series))
        {
            writer.WriteLine($"{series.Name},{time:yyyy-MM-dd HH:mm},{value}");
            time = time.AddHours(1);
            rows++;
        }
    }

    Console.WriteLine($"{path}: {all.Count} series, {rows} rows");
}
