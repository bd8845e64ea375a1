namespace Unroll.Kernels;

/// <summary>What an attention works on, as spans; the fields are those of <see cref="AttentionProblem"/>, and an empty span is a null there.</summary>
internal ref struct AttentionOperands
{
    public Team Team;
    public int Batch, Heads, Queries, Keys, KeyWidth, ValueWidth;
    public float Scale;
    public bool Causal;
    public AttentionDropout Dropout;
    public ReadOnlySpan<float> Query, Key, Value, Slopes, Bias;
    public ReadOnlySpan<int> QueryLengths, KeyLengths;
    public long BiasBatch, BiasHead;
    public Span<float> Output, LogSum;

    /// <summary>The same with the pointers of whoever has pinned the spans.</summary>
    public readonly unsafe AttentionProblem At(float* query, float* key, float* value, float* slopes, float* bias, int* queryLengths, int* keyLengths, float* output, float* logSum) => new()
    {
        Team = Team, Batch = Batch, Heads = Heads, Queries = Queries, Keys = Keys, KeyWidth = KeyWidth, ValueWidth = ValueWidth, Scale = Scale, Causal = Causal, Dropout = Dropout,
        Query = query, Key = key, Value = value, Slopes = slopes, Bias = bias, BiasBatch = BiasBatch, BiasHead = BiasHead, QueryLengths = queryLengths, KeyLengths = keyLengths,
        Output = output, LogSum = logSum,
    };
}
