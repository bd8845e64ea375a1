using System.Text;

namespace Unroll.Formats;

/// <summary>UTF-8 that throws where text or bytes are not valid, instead of putting U+FFFD in silence.</summary>
internal static class StrictUtf8
{
    /// <summary>Without byte-order mark; throws an <see cref="ArgumentException"/> on half a surrogate pair and on bytes that are not UTF-8.</summary>
    public static readonly UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text itself, once it is known to have no half of a surrogate pair. Two names that differ in such halves would become one in a
    /// file.</summary>
    /// <exception cref="ArgumentException">It has one.</exception>
    public static string Checked(string text)
    {
        Encoding.GetByteCount(text);
        return text;
    }
}
