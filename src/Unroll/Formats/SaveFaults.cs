namespace Unroll.Formats;

/// <summary>Where a test makes a save fail: a save calls it before each of its steps on the disk, and sends what it writes through
/// <paramref name="Wrap"/>.</summary>
/// <param name="Step">Called with the step's name; throws to make the step fail.</param>
/// <param name="Wrap">Gives a stream that fails in the middle.</param>
internal sealed record SaveFaults(Action<string> Step, Func<Stream, Stream> Wrap);
