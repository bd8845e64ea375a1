using Unroll.Samples;

// The C# that the documentation shows: dotnet run -c Release --project samples -- passengers | stores | adding
switch (args.FirstOrDefault())
{
    case "passengers":
        Passengers.Run();
        return 0;
    case "stores":
        Stores.Run();
        return 0;
    case "adding":
        Adding.Run();
        return 0;
    default:
        Console.Error.WriteLine("usage: dotnet run -c Release --project samples -- passengers | stores | adding");
        return 2;
}
