using System.Buffers.Binary;

namespace Unroll.Data;

/// <summary>An array of bytes in the idx format, as MNIST's images and labels are kept; plain or packed by gzip.</summary>
/// <remarks>
/// Two zero bytes, the type (8 for unsigned bytes), the number of axes, each axis' length as a big-endian 32-bit number, then the elements, row-major
/// (LeCun, Cortes and Burges, "The MNIST database of handwritten digits"). Other types than unsigned bytes are refused.
/// </remarks>
public sealed class IdxFile
{
    private const int UnsignedByte = 8, MaxAxes = 6;

    private readonly int[] shape;
    private readonly byte[] values;

    private IdxFile(int[] shape, byte[] values) => (this.shape, this.values) = (shape, values);

    /// <summary>The lengths of the axes, outermost first: <c>[60000, 28, 28]</c> for MNIST's training images.</summary>
    public ReadOnlySpan<int> Shape => shape;

    /// <summary>The number of items: the length of the first axis.</summary>
    public int Count => shape[0];

    /// <summary>All elements, row-major.</summary>
    public ReadOnlySpan<byte> Values => values;

    /// <summary>One item: the elements at one index of the first axis.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such item.</exception>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            if ((uint)index >= (uint)Count) throw new ArgumentOutOfRangeException(nameof(index), $"IdxFile: index must be within {Count} items, got {index}.");
            int size = values.Length / Count;
            return values.AsSpan(index * size, size);
        }
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">For example <c>train-images-idx3-ubyte.gz</c>.</param>
    /// <exception cref="UnrollException">No such file, no idx file of unsigned bytes, or one that is shorter or longer than its header says.</exception>
    public static IdxFile Read(string path)
    {
        using Stream stream = SourceFile.Open(path, "an idx file");
        try
        {
            Span<byte> number = stackalloc byte[4];
            if (stream.ReadAtLeast(number, 4, throwOnEndOfStream: false) < 4 || number is not [0, 0, _, > 0 and <= MaxAxes])
            {
                throw new UnrollException($"{path}: not an idx file; it must begin with two zero bytes, a type and 1 to {MaxAxes} axes.");
            }

            if (number[2] != UnsignedByte)
            {
                throw new UnrollException($"{path}: idx files of unsigned bytes (type 8) can be read, got type {number[2]}.");
            }

            int[] shape = new int[number[3]];
            long length = 1;
            for (int i = 0; i < shape.Length; i++)
            {
                stream.ReadExactly(number);
                uint axis = BinaryPrimitives.ReadUInt32BigEndian(number);
                if (axis > Array.MaxLength || (length *= axis) > Array.MaxLength) throw new UnrollException($"{path}: the header tells of more than {Array.MaxLength} elements.");
                shape[i] = (int)axis;
            }

            // What the header says is believed only as far as the file goes: memory grows with what is really there.
            var values = new MemoryStream();
            byte[] buffer = new byte[1 << 16];
            while (stream.Read(buffer) is var read and > 0)
            {
                values.Write(buffer, 0, read);
                if (values.Length > length) throw new UnrollException($"{path}: must end after {length} elements ({string.Join(" x ", shape)}), but goes on.");
            }

            if (values.Length < length) throw new UnrollException($"{path}: must have {length} elements ({string.Join(" x ", shape)}), ends after {values.Length}.");
            return new IdxFile(shape, values.ToArray());
        }
        catch (Exception cause) when (cause is EndOfStreamException or InvalidDataException or IOException)
        {
            throw new UnrollException($"{path}: the file cannot be read to its end ({cause.Message.ReplaceLineEndings(" ")}).", cause);
        }
    }
}
