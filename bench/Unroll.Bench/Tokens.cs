namespace Unroll.Bench;

/// <summary>Made-up text.</summary>
internal static class Tokens
{
    public static int[] Random(RandomStream random, int count, int vocabulary)
    {
        float[] draws = new float[count];
        random.FillUniform(draws, 0, vocabulary);
        return [.. draws.Select(x => Math.Min(vocabulary - 1, (int)x))];
    }
}
