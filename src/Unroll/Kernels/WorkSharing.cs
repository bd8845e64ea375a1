namespace Unroll.Kernels;

/// <summary>Runs a job on the team's threads where it is worth waking them, and on the calling thread alone elsewhere; the bits are the same.</summary>
internal static class WorkSharing
{
    /// <summary>Runs all parts.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="job">The job.</param>
    /// <param name="parts">How many parts.</param>
    /// <param name="worthIt">False keeps to the calling thread.</param>
    public static void Run<TJob>(Team team, ref TJob job, int parts, bool worthIt) where TJob : struct, IJob
    {
        if (worthIt) team.Run(ref job, parts);
        else for (int i = 0; i < parts; i++) job.Run(i, 0);
    }
}
