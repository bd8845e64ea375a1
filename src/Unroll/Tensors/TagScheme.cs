namespace Unroll.Tensors;

/// <summary>How chunks of a sequence (named entities, phrases) are written as tags of single tokens: a prefix, a hyphen, the chunk's type; O outside of all.</summary>
public enum TagScheme
{
    /// <summary>I inside a chunk; B only where a chunk follows one of the same type at once (Ramshaw and Marcus 1995).</summary>
    Iob1,

    /// <summary>B begins every chunk, I goes on; also called BIO.</summary>
    Iob2,

    /// <summary>B begins, I goes on, E ends a chunk of several tokens, S is a chunk of one; also called IOBES or BILOU.</summary>
    Bioes,
}
