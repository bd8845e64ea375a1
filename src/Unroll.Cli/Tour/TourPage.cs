using Unroll.Reports;

namespace Unroll.Cli.Tour;

/// <summary>The ten chapters in their order, each run on the spot.</summary>
internal static class TourPage
{
    /// <summary>The chapters: a heading, the file they stand in, and what runs them from a seed.</summary>
    public static IReadOnlyList<(string Name, string Source, Func<ulong, CancellationToken, Chapter> Run)> Chapters { get; } =
    [
        ("Unrolling", "UnrollingChapter.cs", UnrollingChapter.Run),
        ("Vanishing and exploding gradients", "VanishingChapter.cs", VanishingChapter.Run),
        ("Gates", "GatesChapter.cs", GatesChapter.Run),
        ("Why LSTM helps", "LongLagChapter.cs", LongLagChapter.Run),
        ("Backpropagation through time, in full and truncated", "TruncationChapter.cs", TruncationChapter.Run),
        ("Padding and masking", "MaskingChapter.cs", MaskingChapter.Run),
        ("Softmax and cross-entropy", "SoftmaxChapter.cs", SoftmaxChapter.Run),
        ("Embeddings", "EmbeddingChapter.cs", EmbeddingChapter.Run),
        ("Teacher forcing", "TeacherForcingChapter.cs", TeacherForcingChapter.Run),
        ("Attention", "AttentionChapter.cs", AttentionChapter.Run),
    ];

    /// <summary>The page of chapters that have run.</summary>
    /// <param name="chapters">All of them, in order.</param>
    /// <param name="seed">What they ran from.</param>
    public static HtmlReport Of(IReadOnlyList<Chapter> chapters, ulong seed) => new()
    {
        Title = "A tour of recurrent networks",
        Subtitle = $"Ten ideas, each shown by a network that ran for this page, seed {seed}. Every picture, every figure and every sentence with a figure in it comes from that run.",
        Contents = true,
        Sections = [.. chapters.Select((chapter, i) => chapter.Section($"{i + 1}. {Chapters[i].Name}", Chapters[i].Source))],
    };
}
