namespace Unroll.Cli.Tour;

/// <summary>Shows which chapter runs: one line that rewrites itself on a terminal, a plain line a chapter elsewhere. On standard error.</summary>
/// <param name="quiet">True shows nothing.</param>
internal sealed class ChapterLine(bool quiet) : IDisposable
{
    private readonly bool live = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("CI") is null;
    private int width;

    /// <summary>Says that a chapter begins.</summary>
    public void Show(int number, int of, string name)
    {
        if (quiet) return;
        string text = $"chapter {number}/{of}  {name}";
        if (!live)
        {
            Console.Error.WriteLine(text);
            return;
        }
        Console.Error.Write("\r" + text.PadRight(width));
        width = text.Length;
    }

    /// <summary>Takes the live line away, so that something else can be written.</summary>
    public void Dispose()
    {
        if (live && width > 0) Console.Error.Write("\r" + new string(' ', width) + "\r");
    }
}
