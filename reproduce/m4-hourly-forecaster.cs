#:project ../src/Unroll/Unroll.csproj
#:project M4/M4.csproj
#:property PublishAot=false

// The forecaster with its defaults on the 414 hourly series of the M4 competition: trained on what the competitors were given, scored on the 48 hours that followed.
//     dotnet run -c Release reproduce/m4-hourly-forecaster.cs -- [direct|autoregressive] [seed] [data folder]

using System.Diagnostics;
using System.Globalization;
using Unroll.Data;
using Unroll.Reproduce;
using Unroll.Tasks.Forecasting;
using Unroll.Training;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var mode = args.ElementAtOrDefault(0) == "autoregressive" ? ForecastMode.Autoregressive : ForecastMode.Direct;
ulong seed = ulong.Parse(args.ElementAtOrDefault(1) ?? "1");
string folder = M4Hourly.DataFolder(args.ElementAtOrDefault(2));
if (!M4Hourly.IsIn(folder))
{
    Console.Error.WriteLine($"{folder}/series holds no m4-Hourly-train.csv.gz and m4-Hourly-test.csv.gz: name the data folder, or set UNROLL_DATA.");
    return 2;
}

// The competition's files bear no times, so every series starts at a made-up one.
IReadOnlyList<M4Hourly> all = M4Hourly.Read(folder);
var start = new DateTime(2015, 1, 1);
SeriesSet train = SeriesSet.From(all.Select(s => KeyValuePair.Create(s.Name, Array.ConvertAll(s.Train, v => (float)v))), start, Frequency.Hourly);
SeriesSet full = SeriesSet.From(all.Select(s => KeyValuePair.Create(s.Name, Array.ConvertAll([.. s.Train, .. s.Test], v => (float)v))), start, Frequency.Hourly);

long began = Stopwatch.GetTimestamp();
var options = new ForecastOptions { Horizon = M4Hourly.Horizon, Mode = mode, Fit = new FitOptions { Seed = seed } };
Forecaster model = Forecaster.Train(train, options, progress: new Progress());
Backtest test = model.Backtest(full);
Console.WriteLine($"{mode}, seed {seed}, {model.ParameterCount:N0} weights, {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s with the backtest");
Console.WriteLine("| method | sMAPE | MASE | OWA | wQL | cover 50 % | 80 % | 95 % |");
Console.WriteLine("|---|---|---|---|---|---|---|---|");
foreach (MethodScore m in test.Methods)
    Console.WriteLine($"| {m.Name} | {m.Score.Smape:F3} | {m.Score.Mase:F3} | {m.Owa:F3} | {m.Score.WeightedQuantileLoss:F4} | {string.Join(" | ", m.Score.Intervals.Select(i => i.Coverage.ToString("F3")))} |");
return 0;

sealed class Progress : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress p)
    {
        if (p.EpochDone && p.Epoch % 10 == 0) Console.Error.WriteLine($"epoch {p.Epoch}/{p.Epochs}: loss {p.Loss:F4}, validation {p.ValidationLoss:F4}, {p.StepsPerSecond:F0} steps/s");
    }
}
