using System.Buffers.Binary;

namespace Unroll.Data;

/// <summary>A sound from a WAV file: 16-bit PCM, any sample rate; several channels are mixed to one.</summary>
/// <param name="SampleRate">Samples a second.</param>
/// <param name="Samples">From -1 up to but not including 1.</param>
public sealed record WavFile(int SampleRate, float[] Samples)
{
    private const int MostBytes = 1 << 29, Pcm = 1, Extensible = 0xFFFE, MostRate = 1_000_000;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UnrollException">It cannot be read, is no WAV file, or not 16-bit PCM; the message says what it is.</exception>
    public static WavFile Read(string path)
    {
        byte[] bytes;
        try
        {
            using Stream stream = SourceFile.Open(path, "a WAV file");
            using var copy = new MemoryStream();
            byte[] buffer = new byte[1 << 16];
            for (int read; (read = stream.Read(buffer)) > 0;)
            {
                if (copy.Length + read > MostBytes) throw new UnrollException($"{path}: the file is larger than {MostBytes >> 20} MiB; cut the sound into pieces.");
                copy.Write(buffer, 0, read);
            }
            bytes = copy.ToArray();
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new UnrollException($"{path}: the file cannot be read ({e.Message.ReplaceLineEndings(" ")}).", e);
        }
        return Parse(bytes, path);
    }

    /// <summary>Reads a file that is in memory.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="UnrollException">As for a file.</exception>
    public static WavFile Parse(ReadOnlySpan<byte> bytes, string name)
    {
        if (bytes.Length < 12 || !bytes[..4].SequenceEqual("RIFF"u8) || !bytes.Slice(8, 4).SequenceEqual("WAVE"u8)) throw new UnrollException($"{name}: this is no WAV file (it does not begin with RIFF and WAVE).");
        int channels = 0, rate = 0;
        // Chunks: four letters, their length, so many bytes, and one more where that is odd.
        for (long at = 12; at + 8 <= bytes.Length;)
        {
            ReadOnlySpan<byte> id = bytes.Slice((int)at, 4);
            long length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[((int)at + 4)..]), from = at + 8;
            ReadOnlySpan<byte> body = bytes.Slice((int)from, (int)Math.Min(length, bytes.Length - from));
            if (id.SequenceEqual("fmt "u8))
            {
                if (body.Length < 16) throw new UnrollException($"{name}: the format chunk is cut short.");
                int format = BinaryPrimitives.ReadUInt16LittleEndian(body), bits = BinaryPrimitives.ReadUInt16LittleEndian(body[14..]);
                if (format == Extensible && body.Length >= 26) format = BinaryPrimitives.ReadUInt16LittleEndian(body[24..]);
                channels = BinaryPrimitives.ReadUInt16LittleEndian(body[2..]);
                long said = BinaryPrimitives.ReadUInt32LittleEndian(body[4..]);
                if (format != Pcm || bits != 16) throw new UnrollException($"{name}: must be 16-bit PCM, is {bits}-bit of format {format}; convert it (ffmpeg -i in.wav -c:a pcm_s16le out.wav).");
                if (channels is < 1 or > 64 || said is < 1 or > MostRate) throw new UnrollException($"{name}: {channels} channels at {said} samples a second cannot be read.");
                rate = (int)said;
            }
            else if (id.SequenceEqual("data"u8))
            {
                return rate > 0 ? new WavFile(rate, Mixed(body, channels)) : throw new UnrollException($"{name}: the format chunk is missing in front of the samples.");
            }
            at = from + length + (length & 1);
        }
        throw new UnrollException($"{name}: holds no samples (no data chunk).");
    }

    private static float[] Mixed(ReadOnlySpan<byte> data, int channels)
    {
        var samples = new float[data.Length / (2 * channels)];
        for (int i = 0; i < samples.Length; i++)
        {
            int sum = 0;
            for (int c = 0; c < channels; c++) sum += BinaryPrimitives.ReadInt16LittleEndian(data[(2 * (i * channels + c))..]);
            samples[i] = sum / (32768f * channels);
        }
        return samples;
    }
}
