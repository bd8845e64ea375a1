using Unroll.Samples;

// The C# that the documentation shows: dotnet run -c Release --project samples -- NAME
(string Name, Action Run)[] samples =
[
    ("passengers", Passengers.Run), ("stores", Stores.Run), ("adding", Adding.Run), ("dates", Dates.Run), ("names", Names.Run), ("requests", Requests.Run),
    ("spirals", Spirals.Run), ("spelling", Spelling.Run), ("waves", Waves.Run), ("binary-sums", BinarySums.Run), ("sorting", Sorting.Run), ("inspect", Inspect.Run),
];
if (Array.Find(samples, s => s.Name == args.FirstOrDefault()).Run is not { } run)
{
    Console.Error.WriteLine($"usage: dotnet run -c Release --project samples -- {string.Join(" | ", samples.Select(s => s.Name))}");
    return 2;
}
run();
return 0;
