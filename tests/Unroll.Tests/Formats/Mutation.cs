namespace Unroll.Tests.Formats;

/// <summary>Damages a file in the ways that files get damaged and attackers damage them; the same seed gives the same damage.</summary>
internal static class Mutation
{
    /// <summary>A copy of the bytes with one to four damages: flipped bits, other bytes, cuts, insertions, repeated parts, exchanged words.</summary>
    /// <param name="original">A good file.</param>
    /// <param name="words">Pieces of the format, to be put in and exchanged.</param>
    /// <param name="random">The source of all choices.</param>
    public static byte[] Of(byte[] original, string[] words, Random random)
    {
        List<byte> bytes = [.. original];
        for (int damage = random.Next(1, 5); damage > 0; damage--)
        {
            int at = random.Next(bytes.Count + 1);
            int count = Math.Min(random.Next(1, 1 + random.Next(1, 40)), bytes.Count - at);
            switch (random.Next(8))
            {
                case 0 when at < bytes.Count: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1 when at < bytes.Count: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes.RemoveRange(at, bytes.Count - at); break;
                case 3: bytes.RemoveRange(at, count); break;
                case 4: bytes.InsertRange(at, bytes.GetRange(at, count)); break;
                case 5: bytes.InsertRange(at, System.Text.Encoding.UTF8.GetBytes(words[random.Next(words.Length)])); break;
                case 6: bytes.InsertRange(at, Enumerable.Repeat((byte)random.Next(256), random.Next(1, 100))); break;
                default: Exchange(bytes, words[random.Next(words.Length)], words[random.Next(words.Length)]); break;
            }
        }
        return [.. bytes];
    }

    private static void Exchange(List<byte> bytes, string from, string to)
    {
        byte[] old = System.Text.Encoding.UTF8.GetBytes(from);
        int at = bytes.ToArray().AsSpan().IndexOf(old);
        if (at < 0) return;
        bytes.RemoveRange(at, old.Length);
        bytes.InsertRange(at, System.Text.Encoding.UTF8.GetBytes(to));
    }
}
