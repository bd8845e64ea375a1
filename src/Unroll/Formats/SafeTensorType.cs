namespace Unroll.Formats;

/// <summary>The element types of the safetensors format that are read here. <see cref="SafeTensorsWriter"/> writes F32, F64 and I64.</summary>
public enum SafeTensorType
{
    /// <summary>IEEE 754 single precision, 4 bytes.</summary>
    F32,

    /// <summary>IEEE 754 double precision, 8 bytes.</summary>
    F64,

    /// <summary>IEEE 754 half precision, 2 bytes.</summary>
    F16,

    /// <summary>The upper half of a single-precision number, 2 bytes.</summary>
    BF16,

    /// <summary>Whole numbers with sign, 8 bytes.</summary>
    I64,

    /// <summary>Whole numbers with sign, 4 bytes.</summary>
    I32,

    /// <summary>Whole numbers with sign, 2 bytes.</summary>
    I16,

    /// <summary>Whole numbers with sign, 1 byte.</summary>
    I8,

    /// <summary>Whole numbers from 0 to 255, 1 byte.</summary>
    U8,

    /// <summary>0 or 1, 1 byte.</summary>
    Bool,
}

/// <summary>Names and sizes of the element types, as they stand in the file.</summary>
internal static class SafeTensorTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this SafeTensorType type) => type switch
    {
        SafeTensorType.F64 or SafeTensorType.I64 => 8,
        SafeTensorType.F32 or SafeTensorType.I32 => 4,
        SafeTensorType.F16 or SafeTensorType.BF16 or SafeTensorType.I16 => 2,
        _ => 1,
    };

    /// <summary>The name in the header.</summary>
    public static string FileName(this SafeTensorType type) => type == SafeTensorType.Bool ? "BOOL" : type.ToString();

    /// <summary>The type of that name in the header.</summary>
    public static SafeTensorType? Parse(string name) => name switch
    {
        "F32" => SafeTensorType.F32,
        "F64" => SafeTensorType.F64,
        "F16" => SafeTensorType.F16,
        "BF16" => SafeTensorType.BF16,
        "I64" => SafeTensorType.I64,
        "I32" => SafeTensorType.I32,
        "I16" => SafeTensorType.I16,
        "I8" => SafeTensorType.I8,
        "U8" => SafeTensorType.U8,
        "BOOL" => SafeTensorType.Bool,
        _ => null,
    };
}
