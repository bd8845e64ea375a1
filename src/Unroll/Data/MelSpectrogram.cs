namespace Unroll.Data;

/// <summary>How sound becomes numbers.</summary>
public sealed record MelOptions
{
    /// <summary>Bands, which are the numbers a step; 1 to 512.</summary>
    public int Bands { get; init; } = 40;

    /// <summary>Milliseconds of sound that a step sees; 1 to 1000.</summary>
    public double Window { get; init; } = 25;

    /// <summary>Milliseconds from one step to the next; 1 to 1000.</summary>
    public double Hop { get; init; } = 10;
}

/// <summary>The logarithm of how strong a sound is in bands of the mel scale, step by step.</summary>
/// <remarks>
/// As librosa has it, <c>log(max(melspectrogram(y, sr, n_fft, hop_length, win_length, n_mels), 1e-10))</c> with its defaults: a periodic Hann window, in the middle of n_fft samples (the next power of two);
/// step t is centred at sample t hop, zeros stand before the beginning and behind the end; power; Slaney's mel scale (Auditory Toolbox: a line up to 1000 Hz, then logarithmic) from 0 to half the sample
/// rate, triangular filters of equal area (norm "slaney"); natural logarithm.
/// </remarks>
public sealed class MelSpectrogram
{
    private const double Floor = 1e-10, LineHertz = 200.0 / 3, BreakHertz = 1000, BreakMel = BreakHertz / LineHertz;
    private static readonly double LogStep = Math.Log(6.4) / 27;

    private readonly int window, hop, bands;
    private readonly double[] shape;
    private readonly double[][] filters;                                                // [bands][n / 2 + 1]
    private readonly FourierTransform transform;
    private readonly double[] frame, power;

    /// <summary>Prepares the window and the filters.</summary>
    /// <param name="sampleRate">Samples a second.</param>
    /// <param name="options">Bands, window and hop; the usual when not given.</param>
    /// <exception cref="UnrollException">Window or hop are shorter than a sample, or the window is longer than 65536.</exception>
    public MelSpectrogram(int sampleRate, MelOptions? options = null)
    {
        options ??= new MelOptions();
        (SampleRate, bands) = (sampleRate, options.Bands);
        window = (int)Math.Round(options.Window * sampleRate / 1000);
        hop = (int)Math.Round(options.Hop * sampleRate / 1000);
        if (window is < 2 or > 65_536 || hop < 1) throw new UnrollException($"a window of {options.Window} ms and a hop of {options.Hop} ms are {window} and {hop} samples at {sampleRate} a second; the window must have 2 to 65536, the hop 1.");
        if (bands < 1) throw new ArgumentOutOfRangeException(nameof(options), $"MelSpectrogram: bands must be at least 1, got {bands}.");
        int n = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)window);
        shape = new double[n];
        for (int i = 0; i < window; i++) shape[(n - window) / 2 + i] = 0.5 - 0.5 * Math.Cos(2 * Math.PI * i / window);
        transform = new FourierTransform(n);
        (frame, power) = (new double[n], new double[n / 2 + 1]);
        filters = Filters(sampleRate, n, bands);
    }

    /// <summary>Samples a second.</summary>
    public int SampleRate { get; }

    /// <summary>How many steps come of so many samples: none of none, else one and one for every whole hop.</summary>
    /// <param name="samples">Samples.</param>
    public int Steps(int samples) => samples == 0 ? 0 : 1 + samples / hop;

    /// <summary>The spectrogram of a sound.</summary>
    /// <param name="samples">From -1 to 1.</param>
    /// <returns><c>[steps, bands]</c>, row-major.</returns>
    public float[] Of(ReadOnlySpan<float> samples)
    {
        int steps = Steps(samples.Length);
        var values = new float[checked(steps * bands)];
        for (int t = 0; t < steps; t++)
        {
            long from = (long)t * hop - frame.Length / 2;
            for (int i = 0; i < frame.Length; i++) frame[i] = from + i >= 0 && from + i < samples.Length ? shape[i] * samples[(int)(from + i)] : 0;
            transform.Power(frame, power);
            for (int b = 0; b < bands; b++)
            {
                double sum = 0;
                double[] filter = filters[b];
                for (int k = 0; k < filter.Length; k++) sum += filter[k] * power[k];
                values[t * bands + b] = (float)Math.Log(Math.Max(sum, Floor));
            }
        }
        return values;
    }

    /// <summary>Hertz to mel, Slaney's scale.</summary>
    internal static double Mel(double hertz) => hertz < BreakHertz ? hertz / LineHertz : BreakMel + Math.Log(hertz / BreakHertz) / LogStep;

    /// <summary>Mel to Hertz.</summary>
    internal static double Hertz(double mel) => mel < BreakMel ? mel * LineHertz : BreakHertz * Math.Exp(LogStep * (mel - BreakMel));

    private static double[][] Filters(int sampleRate, int n, int bands)
    {
        double top = Mel(sampleRate / 2.0);
        double[] edges = [.. Enumerable.Range(0, bands + 2).Select(i => Hertz(top * i / (bands + 1)))];
        var filters = new double[bands][];
        for (int b = 0; b < bands; b++)
        {
            (double low, double mid, double high) = (edges[b], edges[b + 1], edges[b + 2]);
            filters[b] = new double[n / 2 + 1];
            for (int k = 0; k <= n / 2; k++)
            {
                double hertz = (double)k * sampleRate / n;
                filters[b][k] = Math.Max(0, Math.Min((hertz - low) / (mid - low), (high - hertz) / (high - mid))) * 2 / (high - low);
            }
        }
        return filters;
    }
}
