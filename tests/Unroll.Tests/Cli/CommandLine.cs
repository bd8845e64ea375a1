using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using System.Text;

namespace Unroll.Tests.Cli;

/// <summary>The program <c>unroll</c> as a user meets it: a process of its own with a working folder, an exit code and two streams.</summary>
internal sealed class CommandLine : IDisposable
{
    /// <summary>How long a process may take before it counts as hung; where the machine imitates its instructions, many times as long.</summary>
    private static readonly int PatienceMilliseconds = Vector256.IsHardwareAccelerated ? 120_000 : 3_600_000;

    private readonly Process process;
    private readonly Task<string> output, error;
    private readonly StringBuilder said = new();

    private CommandLine(string folder, IEnumerable<string> arguments, string input = "", int? processors = null)
    {
        var start = new ProcessStartInfo(Program.Dotnet, ["exec", Path.Combine(AppContext.BaseDirectory, "Unroll.Cli.dll"), .. arguments])
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        if (processors is { } count) start.Environment["DOTNET_PROCESSOR_COUNT"] = count.ToString(System.Globalization.CultureInfo.InvariantCulture);
        process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        (output, error) = (process.StandardOutput.ReadToEndAsync(), Listen());
    }

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    /// <summary>What it has written to standard error so far.</summary>
    public string ErrorSoFar
    {
        get
        {
            lock (said) return said.ToString();
        }
    }

    /// <summary>Starts the program and leaves it running.</summary>
    public static CommandLine Start(string folder, params IEnumerable<string> arguments) => new(folder, arguments);

    /// <summary>Runs the program to its end.</summary>
    public static Outcome Run(string folder, params IEnumerable<string> arguments)
    {
        using var program = new CommandLine(folder, arguments);
        return program.End();
    }

    /// <summary>Runs the program on a text on its standard input and wants it to have gone well.</summary>
    public static Outcome SucceedOn(string folder, string input, params IEnumerable<string> arguments)
    {
        using var program = new CommandLine(folder, arguments, input);
        Outcome outcome = program.End();
        Assert.True(outcome.Code == 0, $"unroll {string.Join(' ', arguments)}: {outcome}");
        return outcome;
    }

    /// <summary>Runs the program to its end and wants it to have gone well.</summary>
    public static Outcome Succeed(string folder, params IEnumerable<string> arguments)
    {
        Outcome outcome = Run(folder, arguments);
        Assert.True(outcome.Code == 0, $"unroll {string.Join(' ', arguments)}: {outcome}");
        return outcome;
    }

    /// <summary>Runs the program as on a machine of some processors and wants it to have gone well.</summary>
    public static Outcome SucceedOn(int processors, string folder, params IEnumerable<string> arguments)
    {
        using var program = new CommandLine(folder, arguments, processors: processors);
        Outcome outcome = program.End();
        Assert.True(outcome.Code == 0, $"unroll {string.Join(' ', arguments)}: {outcome}");
        return outcome;
    }

    /// <summary>Words as a shell would split them; '' is an empty one.</summary>
    public static string[] Split(string line) => [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static word => word == "''" ? "" : word)];

    /// <summary>Waits for the end.</summary>
    public Outcome End()
    {
        if (!process.WaitForExit(PatienceMilliseconds))
        {
            process.Kill();
            Assert.Fail("unroll did not end");
        }
        return new Outcome(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    /// <summary>Ends the program as <c>kill -9</c> does.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.Dispose();
    }

    private async Task<string> Listen()
    {
        char[] block = new char[1024];
        for (int read; (read = await process.StandardError.ReadAsync(block)) > 0;)
            lock (said) said.Append(block, 0, read);
        return ErrorSoFar;
    }

    /// <summary>Every file and folder below a folder with a checksum of its bytes.</summary>
    public static string[] Listing(string folder) =>
    [
        .. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories)
            .Select(path => $"{Path.GetRelativePath(folder, path)} {(File.Exists(path) ? Checksum(path) : "")}")
            .Order(StringComparer.Ordinal),
    ];

    public static string Checksum(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));

    /// <summary>How a run ended.</summary>
    internal sealed record Outcome(int Code, string Out, string Error)
    {
        public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
