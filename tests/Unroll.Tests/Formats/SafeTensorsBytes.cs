using System.Buffers.Binary;
using System.Text;
using Unroll.Formats;

namespace Unroll.Tests.Formats;

/// <summary>Safetensors files put together by hand.</summary>
internal static class SafeTensorsBytes
{
    /// <summary>Length, header, data: the whole format.</summary>
    public static byte[] Of(string header, params byte[] data) => Of(Encoding.UTF8.GetBytes(header), data);

    /// <summary>A file with one tensor, 't', that spans the data.</summary>
    public static byte[] One(string type, string shape, byte[] data) =>
        Of("{\"t\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":[0," + data.Length + "]}}", data);

    public static byte[] Of(byte[] header, byte[] data)
    {
        byte[] length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        return [.. length, .. header, .. data];
    }

    public static SafeTensorsFile Open(byte[] bytes) => SafeTensorsFile.Read(new MemoryStream(bytes), "m.safetensors");

    public static byte[] Written(IEnumerable<SafeTensorEntry> entries, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var stream = new MemoryStream();
        SafeTensorsWriter.Write(stream, entries, metadata);
        return stream.ToArray();
    }
}
