namespace Unroll.Data;

/// <summary>Finds what a mistyped name was meant to be.</summary>
internal static class NearestNames
{
    /// <summary>The names that differ from the wrong one by few slips (a letter too much, too little, wrong, or two swapped; case does not count), nearest first, three at most.</summary>
    public static IReadOnlyList<string> Among(string wrong, IEnumerable<string> names)
    {
        int limit = Math.Max(1, wrong.Length / 3);
        return [.. names
            .Select(name => (Name: name, Slips: Distance(wrong, name, limit)))
            .Where(one => one.Slips <= limit)
            .OrderBy(one => one.Slips)
            .Take(3)
            .Select(one => one.Name)];
    }

    /// <summary>A question to add to an error: <c> Did you mean 'a' or 'b'?</c>; empty when nothing is near.</summary>
    public static string Question(string wrong, IEnumerable<string> names)
    {
        IReadOnlyList<string> near = Among(wrong, names);
        return near.Count == 0 ? "" : $"; did you mean {string.Join(" or ", near.Select(name => ShownText.Of(name)))}?";
    }

    /// <summary>The optimal string alignment distance (Damerau 1964), or more than the limit.</summary>
    public static int Distance(string a, string b, int limit)
    {
        if (Math.Abs(a.Length - b.Length) > limit)
        {
            return limit + 1;
        }

        int[] beforeLast = new int[b.Length + 1];
        int[] last = new int[b.Length + 1];
        int[] row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
        {
            last[j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            int best = i;
            for (int j = 1; j <= b.Length; j++)
            {
                bool same = Same(a[i - 1], b[j - 1]);
                int slips = Math.Min(Math.Min(last[j], row[j - 1]) + 1, last[j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                {
                    slips = Math.Min(slips, beforeLast[j - 2] + 1);
                }

                row[j] = slips;
                best = Math.Min(best, slips);
            }

            if (best > limit)
            {
                return limit + 1;
            }

            (beforeLast, last, row) = (last, row, beforeLast);
        }

        return last[b.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
