namespace Unroll.Formats;

/// <summary>Finds the name that a mistyped one was probably meant to be.</summary>
internal static class NearestName
{
    private const int LongestName = 64;

    /// <summary>"; did you mean 'hidden'?" or nothing, to be put behind a message about an unknown name.</summary>
    public static string Hint(string name, IEnumerable<string> known)
    {
        string? nearest = null;
        int best = Math.Max(2, name.Length / 3) + 1;
        foreach (string candidate in known)
        {
            int distance = Distance(name, candidate, best);
            if (distance < best && distance < candidate.Length) (best, nearest) = (distance, candidate);
        }
        return nearest is null ? "" : $"; did you mean '{nearest}'?";
    }

    /// <summary>
    /// The least number of single characters to insert, delete, replace or swap with their neighbour (optimal string alignment), upper and lower case,
    /// hyphen and underscore being the same; <paramref name="limit"/> when it is no smaller.
    /// </summary>
    private static int Distance(string a, string b, int limit)
    {
        if (Math.Abs(a.Length - b.Length) >= limit || a.Length > LongestName || b.Length > LongestName) return limit;
        int[] twoBack = new int[b.Length + 1], back = new int[b.Length + 1], row = new int[b.Length + 1];
        for (int j = 0; j < row.Length; j++) back[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                bool same = Fold(a[i - 1]) == Fold(b[j - 1]);
                row[j] = Math.Min(Math.Min(back[j], row[j - 1]) + 1, back[j - 1] + (same ? 0 : 1));
                bool swapped = i > 1 && j > 1 && Fold(a[i - 1]) == Fold(b[j - 2]) && Fold(a[i - 2]) == Fold(b[j - 1]);
                if (swapped) row[j] = Math.Min(row[j], twoBack[j - 2] + 1);
            }
            (twoBack, back, row) = (back, row, twoBack);
        }
        return Math.Min(back[b.Length], limit);
    }

    private static char Fold(char c) => c == '_' ? '-' : char.ToLowerInvariant(c);
}
