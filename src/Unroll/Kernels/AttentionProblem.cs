namespace Unroll.Kernels;

/// <summary>
/// One attention over whole sequences: what stands where. A step of a sequence holds its heads side by side; query t of sequence b and head h starts at
/// t B H w + b H w + h w, with w the width of a head, and keys, values and outputs alike.
/// </summary>
internal unsafe struct AttentionProblem
{
    /// <summary>Fewer multiply-adds than this are not worth waking a thread for.</summary>
    private const long WorthSharing = 1 << 19;

    public Team Team;

    /// <summary>B, H, T and S.</summary>
    public int Batch, Heads, Queries, Keys;

    /// <summary>Numbers of a query and key, and of a value, in one head.</summary>
    public int KeyWidth, ValueWidth;

    /// <summary>What the products of queries and keys are multiplied by.</summary>
    public float Scale;

    /// <summary>True where query t sees keys 0 to t alone.</summary>
    public bool Causal;

    public float* Query, Key, Value, Output;

    /// <summary>[B] or null: how many queries and keys a sequence has. What stands behind is neither read nor written.</summary>
    public int* QueryLengths, KeyLengths;

    /// <summary>[H] or null: a score is lowered by this times the distance of query and key.</summary>
    public float* Slopes;

    /// <summary>Null, or added to the scores: the entry of query t and key s of sequence b and head h stands at b BiasBatch + h BiasHead + t S + s.</summary>
    public float* Bias;

    public long BiasBatch, BiasHead;

    /// <summary>[B, H, T]: the logarithm of the sum of the powers of each query's scores; infinity where a query sees nothing.</summary>
    public float* LogSum;

    public AttentionDropout Dropout;

    /// <summary>How many queries and keys of a sequence there are.</summary>
    public readonly (int Queries, int Keys) Lengths(int b) => (QueryLengths == null ? Queries : QueryLengths[b], KeyLengths == null ? Keys : KeyLengths[b]);

    /// <summary>From a query to the one of the next step.</summary>
    public readonly int KeyStep => Batch * Heads * KeyWidth;

    /// <summary>From a value to the one of the next step.</summary>
    public readonly int ValueStep => Batch * Heads * ValueWidth;

    public readonly float Slope(int h) => Slopes == null ? 0 : Slopes[h];

    public readonly float* BiasOf(int b, int h) => Bias == null ? null : Bias + (b * BiasBatch) + (h * BiasHead);

    /// <summary>Runs the parts, on the caller alone where they are little work.</summary>
    public readonly void Do<TJob>(ref TJob job, int parts) where TJob : struct, IJob
    {
        if ((long)Batch * Heads * Queries * Keys * (KeyWidth + ValueWidth) >= WorthSharing) Team.Run(ref job, parts);
        else for (int i = 0; i < parts; i++) job.Run(i, 0);
    }
}
