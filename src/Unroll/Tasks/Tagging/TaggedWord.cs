namespace Unroll.Tasks.Tagging;

/// <summary>A word with the tag that a model gave it.</summary>
/// <param name="Word">The word.</param>
/// <param name="Tag">Its tag, written as the training text writes tags.</param>
/// <param name="Probability">How probable the model holds this tag of this word, all other tags of the sentence left open; of a chunk's tag in the way that the network writes it.</param>
public readonly record struct TaggedWord(string Word, string Tag, float Probability);
