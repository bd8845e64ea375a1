namespace Unroll.Tests;

/// <summary>What warm code allocates on the thread that runs it.</summary>
internal static class Allocations
{
    private const int Tries = 60, AtOnce = 5;

    /// <summary>The fewest bytes that some steps took together, over several tries: the runtime itself allocates while it compiles code anew, later and longer on a busy
    /// machine, so all but the first tries follow a pause. What a step allocates every time is in each of them.</summary>
    /// <param name="step">Warm already, or it becomes so in the first try.</param>
    /// <param name="steps">How many a try takes.</param>
    public static long Least(Action step, int steps = 10)
    {
        long least = long.MaxValue;
        for (int attempt = 0; attempt < Tries && least > 0; attempt++)
        {
            if (attempt >= AtOnce) Thread.Sleep(25);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < steps; i++) step();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}

/// <summary>Tests that count what several threads allocate run with nothing beside them: what other tests make the runtime do shows up on these threads too.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneInTheProcess
{
    public const string Name = "alone in the process";
}
