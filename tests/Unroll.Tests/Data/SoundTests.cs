using System.Buffers.Binary;
using System.Numerics;
using Unroll.Data;

namespace Unroll.Tests.Data;

public class SoundTests
{
    /// <summary>A WAV file of 16-bit samples.</summary>
    public static byte[] Wav(int rate, int channels, short[] samples, bool odd = false)
    {
        int extra = odd ? 12 : 0;                                                       // a chunk of three bytes in front, and the one that fills it up
        byte[] file = new byte[44 + extra + 2 * samples.Length];
        "RIFF"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
        "WAVEfmt "u8.CopyTo(file.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(22), (short)channels);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(24), rate);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(28), rate * channels * 2);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(32), (short)(channels * 2));
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(34), 16);
        if (odd)
        {
            "LIST"u8.CopyTo(file.AsSpan(36));
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(40), 3);
        }
        "data"u8.CopyTo(file.AsSpan(36 + extra));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(40 + extra), 2 * samples.Length);
        for (int i = 0; i < samples.Length; i++) BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(44 + extra + 2 * i), samples[i]);
        return file;
    }

    [Fact]
    public void Samples_are_shares_of_the_largest_and_channels_are_mixed()
    {
        WavFile mono = WavFile.Parse(Wav(8000, 1, [0, 16384, -32768, 32767], odd: true), "a.wav");
        Assert.Equal(8000, mono.SampleRate);
        Assert.Equal([0, 0.5f, -1, 32767 / 32768f], mono.Samples);
        Assert.Equal([0.25f, -0.5f], WavFile.Parse(Wav(44_100, 2, [0, 16384, -32768, 0]), "b.wav").Samples);
    }

    [Fact]
    public void Any_bytes_give_a_sound_or_one_clear_error()
    {
        var random = new RandomStream(1);
        byte[] whole = Wav(8000, 2, [1, 2, 3, 4, 5, 6], odd: true);
        for (int i = 0; i < 3000; i++)
        {
            byte[] bytes = [.. whole];
            for (int k = 0; k <= random.NextInt(4); k++) bytes[random.NextInt(bytes.Length)] = (byte)random.NextInt(256);
            try
            {
                Assert.True(WavFile.Parse(bytes.AsSpan(0, random.NextInt(bytes.Length + 1)), "m.wav").Samples.Length <= whole.Length);
            }
            catch (UnrollException e)
            {
                Assert.StartsWith("m.wav: ", e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(256)]
    public void The_fast_transform_is_the_plain_one(int n)
    {
        var random = new RandomStream(2);
        double[] x = [.. Enumerable.Range(0, n).Select(_ => random.NextNormal())], power = new double[n / 2 + 1];
        new FourierTransform(n).Power(x, power);
        for (int k = 0; k <= n / 2; k++) Assert.Equal(Plain(x, k), power[k], 1e-9 * n);
    }

    [Theory]
    [InlineData(8000, 1)]
    [InlineData(16_000, 777)]
    [InlineData(22_050, 3000)]
    public void The_spectrogram_is_that_of_its_definition(int rate, int samples)
    {
        var random = new RandomStream(3);
        float[] x = [.. Enumerable.Range(0, samples).Select(_ => (float)(0.1 * random.NextNormal()))];
        var options = new MelOptions { Bands = 12, Window = 20, Hop = 7 };
        float[] values = new MelSpectrogram(rate, options).Of(x);
        int window = (int)Math.Round(0.020 * rate), hop = (int)Math.Round(0.007 * rate), n = 1;
        while (n < window) n *= 2;
        int steps = 1 + samples / hop;
        Assert.Equal(steps * 12, values.Length);
        double top = Slaney(rate / 2.0);
        double[] edges = [.. Enumerable.Range(0, 14).Select(i => Back(top * i / 13))];
        for (int t = 0; t < steps; t++)
        {
            var frame = new double[n];
            for (int i = 0; i < window; i++)
            {
                int at = t * hop + (n - window) / 2 + i - n / 2;
                if (at >= 0 && at < samples) frame[(n - window) / 2 + i] = x[at] * (0.5 - 0.5 * Math.Cos(2 * Math.PI * i / window));
            }
            double[] power = [.. Enumerable.Range(0, n / 2 + 1).Select(k => Plain(frame, k))];
            for (int b = 0; b < 12; b++)
            {
                double sum = 0;
                for (int k = 0; k <= n / 2; k++)
                {
                    double hertz = (double)k * rate / n, up = (hertz - edges[b]) / (edges[b + 1] - edges[b]), down = (edges[b + 2] - hertz) / (edges[b + 2] - edges[b + 1]);
                    sum += Math.Max(0, Math.Min(up, down)) * 2 / (edges[b + 2] - edges[b]) * power[k];
                }
                Assert.Equal(Math.Log(Math.Max(sum, 1e-10)), values[t * 12 + b], 1e-4);
            }
        }
    }

    [Fact]
    public void The_mel_scale_is_librosas()
    {
        // librosa.hz_to_mel(60) = 0.9, hz_to_mel(440) = 6.6, hz_to_mel(1000) = 15 (its documentation); mel_to_hz(3) = 200, mel_to_hz([1, 2, 3, 4, 5]) = 66.667, 133.333, 200, 266.667, 333.333.
        Assert.Equal(0.9, MelSpectrogram.Mel(60), 1e-12);
        Assert.Equal(6.6, MelSpectrogram.Mel(440), 1e-12);
        Assert.Equal(15, MelSpectrogram.Mel(1000), 1e-12);
        Assert.Equal(42, MelSpectrogram.Mel(6400), 1e-9);                               // 27 steps of a factor of 6.4 behind 15
        Assert.Equal(200, MelSpectrogram.Hertz(3), 1e-9);
        foreach (double hertz in (double[])[0, 10, 999, 1001, 5000]) Assert.Equal(hertz, MelSpectrogram.Hertz(MelSpectrogram.Mel(hertz)), 1e-8);
    }

    private static double Slaney(double hertz) => hertz < 1000 ? 3 * hertz / 200 : 15 + 27 * Math.Log(hertz / 1000) / Math.Log(6.4);

    private static double Back(double mel) => mel < 15 ? 200 * mel / 3 : 1000 * Math.Pow(6.4, (mel - 15) / 27);

    private static double Plain(double[] x, int k)
    {
        Complex sum = 0;
        for (int i = 0; i < x.Length; i++) sum += x[i] * Complex.Exp(new Complex(0, -2 * Math.PI * k * i / x.Length));
        return sum.Real * sum.Real + sum.Imaginary * sum.Imaginary;
    }
}
