using System.Diagnostics;

namespace Unroll.Tests;

/// <summary>What the test assembly does when it is started as a program: tests that kill a process or change its settings start themselves again in such a role.</summary>
public static class Program
{
    /// <summary>The <c>dotnet</c> that runs these tests.</summary>
    public static string Dotnet { get; } =
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));

    /// <summary>Starts this assembly as a program in a process of its own; what it writes can be read.</summary>
    /// <param name="role">The role and its arguments, as <see cref="Main"/> takes them.</param>
    /// <param name="settings">Environment variables on top of this process's own.</param>
    public static Process Start(string[] role, params (string Name, string Value)[] settings) => StartAssembly(typeof(Program).Assembly.Location, role, settings);

    /// <summary>Starts another assembly that lies beside this one.</summary>
    /// <param name="assembly">Its file.</param>
    /// <param name="arguments">What it is given.</param>
    /// <param name="settings">Environment variables on top of this process's own.</param>
    public static Process StartAssembly(string assembly, string[] arguments, params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo(Dotnet, ["exec", assembly, .. arguments]) { RedirectStandardOutput = true };
        foreach ((string name, string value) in settings) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Plays the role named first; the rest are its arguments.</summary>
    public static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["save-checkpoints", var folder]:
                Formats.CheckpointKillTests.SaveForever(folder);
                return 0;
            case ["check-instructions"]:
                return Kernels.InstructionSetTests.CheckAll();
            default:
                Console.Error.WriteLine("This assembly holds tests: run them with `dotnet test`.");
                return 2;
        }
    }
}
