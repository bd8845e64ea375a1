using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Classification;

/// <summary>A temporal convolutional network (Bai, Kolter and Koltun 2018), without their weight normalisation.</summary>
/// <remarks>Level i: y = relu(x + conv(conv(x))), both convolutions causal, of 3 taps 2^i steps apart, each behind a rectifier and dropout of whole channels; a linear map of x where the widths differ.</remarks>
internal sealed class TemporalEncoder : SequenceEncoder
{
    private const int Kernel = 3;

    private readonly ModuleList<Level> levels;
    private readonly StepPool pool;

    private sealed class Level : Module
    {
        private readonly Conv1d first, second;
        private readonly Linear? through;
        private readonly float dropout;

        public Level(int inputs, int channels, int dilation, float dropout)
        {
            this.dropout = dropout;
            first = Child("first", new Conv1d(inputs, channels, Kernel, dilation: dilation, causal: true));
            second = Child("second", new Conv1d(channels, channels, Kernel, dilation: dilation, causal: true));
            if (inputs != channels) through = Child("through", new Linear(inputs, channels));
        }

        public Tensor Forward(Tensor x, ReadOnlySpan<int> lengths, RandomStream? random)
        {
            Tensor y = Ops.LockedDropout(Ops.Relu(first.Forward(x, lengths)), dropout, random);
            y = Ops.LockedDropout(Ops.Relu(second.Forward(y, lengths)), dropout, random);
            return Ops.ZeroPadding(Ops.Relu((through?.Forward(x) ?? x) + y), lengths);
        }
    }

    public TemporalEncoder(ClassificationNetworkOptions options, int inputs, int longest)
    {
        Width = options.Width;
        levels = Child("levels", new ModuleList<Level>(options.LayerCount(longest), i => new Level(i == 0 ? inputs : Width, Width, 1 << Math.Min(i, 20), (float)options.Regularisation.WeightDrop)));
        pool = Child("pool", new StepPool(options.Pooling, Width));
    }

    /// <inheritdoc/>
    public override int Width { get; }

    /// <inheritdoc/>
    public override Encoded Forward(Tensor x, ExampleBatch batch, RandomStream? random)
    {
        for (int i = 0; i < levels.Count; i++) x = levels[i].Forward(x, batch.Lengths, random);
        return pool.Forward(x, batch.Lengths);
    }
}

/// <summary>LSTM-FCN (Karim et al. 2017): three convolutions with batch normalisation and the mean over time, beside the last state of an LSTM.</summary>
/// <remarks>The first convolution has 7 taps where the paper has 8, so that every step stays in its place; the LSTM reads the steps one by one, the paper's a series as one step.</remarks>
internal sealed class LstmFcnEncoder : SequenceEncoder
{
    private static readonly (int Kernel, int Times)[] Blocks = [(7, 1), (5, 2), (3, 1)];

    private readonly Conv1d[] convolutions;
    private readonly BatchNorm1d[] norms;
    private readonly Recurrent rnn;
    private readonly float dropout;

    public LstmFcnEncoder(ClassificationNetworkOptions options, int inputs)
    {
        int channels = options.Width;
        (convolutions, norms) = (new Conv1d[Blocks.Length], new BatchNorm1d[Blocks.Length]);
        for (int i = 0, from = inputs; i < Blocks.Length; from = channels * Blocks[i++].Times)
        {
            int to = channels * Blocks[i].Times;
            convolutions[i] = Child($"conv{i + 1}", new Conv1d(from, to, Blocks[i].Kernel, padding: Blocks[i].Kernel / 2));
            norms[i] = Child($"norm{i + 1}", new BatchNorm1d(to));
        }
        rnn = Child("rnn", Stack(options, CellKind.Lstm, inputs, 1, both: false));
        dropout = (float)options.Regularisation.Dropout;
        Width = channels + rnn.Outputs;
    }

    /// <inheritdoc/>
    public override int Width { get; }

    /// <inheritdoc/>
    public override Encoded Forward(Tensor x, ExampleBatch batch, RandomStream? random)
    {
        Tensor y = x;
        for (int i = 0; i < convolutions.Length; i++) y = Ops.Relu(norms[i].Forward(convolutions[i].Forward(y, batch.Lengths), batch.Lengths, random));
        (_, RecurrentState state) = rnn.Forward(x, null, batch.Lengths, random);
        return new Encoded(Ops.Concat(1, Ops.GlobalAvgPool1d(y, batch.Lengths), Ops.Dropout(rnn.Last(state), dropout, random)));
    }
}
