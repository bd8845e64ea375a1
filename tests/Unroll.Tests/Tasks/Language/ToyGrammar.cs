namespace Unroll.Tests.Tasks.Language;

/// <summary>A grammar: a subject of one number takes the verb of that number; the colour in front tells nothing. What comes next is known but for free choices, whose entropy is known too.</summary>
internal static class ToyGrammar
{
    /// <summary>Nats of free choice a sentence: one of four colours, of two numbers, of two animals.</summary>
    public static readonly double Entropy = Math.Log(4) + Math.Log(2) + Math.Log(2);

    public static string Sentences(int count, ulong seed)
    {
        var random = new RandomStream(seed);
        string[] colours = ["red", "green", "blue", "black"], one = ["cat", "dog"], many = ["cats", "dogs"];
        return string.Concat(Enumerable.Range(0, count).Select(_ =>
        {
            bool single = random.NextInt(2) == 0;
            return $"the {colours[random.NextInt(4)]} {(single ? one : many)[random.NextInt(2)]} {(single ? "runs" : "run")} home\n";
        }));
    }
}
