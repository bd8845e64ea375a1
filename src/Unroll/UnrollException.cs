namespace Unroll;

/// <summary>An error the user can mend: bad input, a wrong option, a damaged file. Its message is one clear line that says what, where and how to mend it.</summary>
/// <param name="message">One line: what is wrong, where (file, line, column when known), how to mend it.</param>
/// <param name="inner">The cause, when another exception led here; shown only when details are asked for.</param>
public sealed class UnrollException(string message, Exception? inner = null) : Exception(message, inner);
