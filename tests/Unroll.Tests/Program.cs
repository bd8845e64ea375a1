namespace Unroll.Tests;

/// <summary>What the test assembly does when it is started as a program: tests that kill a process start themselves again in such a role.</summary>
public static class Program
{
    /// <summary>Plays the role named first; the rest are its arguments.</summary>
    public static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["save-checkpoints", var folder]:
                Formats.CheckpointKillTests.SaveForever(folder);
                return 0;
            default:
                Console.Error.WriteLine("This assembly holds tests: run them with `dotnet test`.");
                return 2;
        }
    }
}
