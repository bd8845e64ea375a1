namespace Unroll;

/// <summary>Where a <see cref="RandomStream"/> stands: set it again and the stream goes on with the same numbers.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Stream">Which of the seed's streams.</param>
/// <param name="Position">How many 32-bit numbers have been drawn.</param>
public readonly record struct RandomState(ulong Seed, ulong Stream, ulong Position);
