using System.Diagnostics;
using System.Globalization;
using Unroll.Formats;

namespace Unroll.Tests.Formats;

public sealed class CheckpointKillTests
{
    private const int Kills = 10;
    private const int Elements = 1 << 17;

    [Fact]
    public void A_process_killed_at_any_moment_leaves_a_state_that_loads_whole()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(7);
        long before = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            long announced = RunAndKill(folder.Path, random.Next(0, 40));
            var store = new CheckpointStore(folder.Path);
            Assert.True(store.TryLoadLatest(out Checkpoint? checkpoint, out string? warning));
            using (checkpoint)
            {
                Assert.Null(warning);
                // What the process called saved is there, and nothing is older than before.
                Assert.True(checkpoint.Step >= announced, $"step {announced} was saved, step {checkpoint.Step} was found");
                Assert.True(checkpoint.Step > before);
                Assert.All(checkpoint.Tensors.ReadSingle("w"), v => Assert.Equal(checkpoint.Step, v));
                before = checkpoint.Step;
            }
        }
    }

    /// <summary>What the killed process does: goes on from the latest state, saves one after the other, says so after each.</summary>
    internal static void SaveForever(string folder)
    {
        var store = new CheckpointStore(folder);
        long step = 0;
        if (store.TryLoadLatest(out Checkpoint? latest, out _))
        {
            step = latest.Step;
            latest.Dispose();
        }
        float[] values = new float[Elements];
        while (true)
        {
            Array.Fill(values, ++step);
            store.Save(step, [SafeTensorEntry.Single("w", [Elements], values)]);
            Console.Out.WriteLine(step.ToString(CultureInfo.InvariantCulture));
            Console.Out.Flush();
        }
    }

    /// <summary>Starts this assembly as a program, waits until it has saved once, lets it run on for a moment, and kills it.</summary>
    /// <returns>The last step that it called saved.</returns>
    private static long RunAndKill(string folder, int milliseconds)
    {
        using Process child = Program.Start(["save-checkpoints", folder]);
        string? first = child.StandardOutput.ReadLine();
        Assert.NotNull(first);
        Thread.Sleep(milliseconds);
        child.Kill();
        child.WaitForExit();
        string said = $"{first}\n{child.StandardOutput.ReadToEnd()}";
        string lastWhole = said[..said.LastIndexOf('\n')].Split('\n')[^1];
        return long.Parse(lastWhole, CultureInfo.InvariantCulture);
    }
}
