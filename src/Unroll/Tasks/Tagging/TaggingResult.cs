namespace Unroll.Tasks.Tagging;

/// <summary>How well a text was tagged.</summary>
/// <param name="Name">What the text is called.</param>
/// <param name="Score">By the model.</param>
/// <param name="Simple">By the most frequent tags, or nothing.</param>
public sealed record TaggingResult(string Name, TagScore Score, TagScore? Simple);
