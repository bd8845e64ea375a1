using Unroll.Tensors;

namespace Unroll.Tests.Contracts;

/// <summary>Calls of operations that have more than tensors for arguments, with all of them drawn at random, right or wrong. <see cref="MemoryFuzzTests"/> makes the calls.</summary>
internal static class FuzzCalls
{
    /// <summary>The calls by name. What they draw comes from the source they are given.</summary>
    public static readonly Dictionary<string, Func<Source, Tensor>> All = new()
    {
        ["reshape"] = s => Ops.Reshape(s.Tensor(), s.Shape()),
        ["select"] = s => Ops.Select(s.Tensor(), s.Number()),
        ["slice"] = s => Ops.Slice(s.Tensor(), s.Axis(), s.Number(), s.Number()),
        ["concat"] = s =>
        {
            (int rows, int columns) = (s.Small(), s.Small());
            return Ops.Concat(s.Near(1), s.Near(rows, columns), s.Near(rows, s.Near(columns) is > 0 and < 100 and int others ? others : 0));
        },
        ["stack"] = s =>
        {
            (int rows, int columns) = (s.Small(), s.Small());
            return Ops.Stack(s.Near(rows, columns), s.Near(rows, columns));
        },
        ["transpose"] = s => Ops.Transpose(s.Tensor(), s.Axis(), s.Axis()),
        ["sum"] = s => Ops.Sum(s.Tensor(), s.Axis(), s.Flag()),
        ["mean"] = s => Ops.Mean(s.Tensor(), s.Axis(), s.Flag()),
        ["max"] = s => Ops.Max(s.Tensor(), s.Axis(), s.Flag()),
        ["gather"] = s => Ops.Gather(s.Tensor(2), s.Numbers(), s.Number()),
        ["zero padding"] = s => Ops.ZeroPadding(s.Tensor(), s.Numbers()),
        ["cross-entropy"] = s => Loss.CrossEntropy(s.Tensor(), s.Numbers(), s.Number()),
        ["rnn"] = s => Recurrent(s, 1, (x, w, r, b, c, h, _, lengths) => Ops.Rnn(x, w, r, b, c, h, lengths, s.Flag()).Output),
        ["lstm"] = s => Recurrent(s, 4, (x, w, r, b, c, h, cell, lengths) => Ops.Lstm(x, w, r, b, c, h, cell, lengths).Output),
        ["gru"] = s => Recurrent(s, 3, (x, w, r, b, c, h, _, lengths) => Ops.Gru(x, w, r, b, c, h, lengths).Output),
        ["conv1d"] = s =>
        {
            (int groups, int batch, int inputs, int outputs) = (s.Small(), s.Small(), s.Small(), s.Small());
            return Ops.Conv1d(s.Near(s.Small() + 3, batch, inputs * groups), s.Near(outputs * groups, inputs, s.Small()), s.Maybe(outputs * groups), s.Number(), s.Number(), s.Number(), s.Near(groups), s.Flag(),
                s.Lengths(batch));
        },
        ["conv transpose 1d"] = s =>
        {
            (int groups, int batch, int inputs, int outputs) = (s.Small(), s.Small(), s.Small(), s.Small());
            return Ops.ConvTranspose1d(s.Near(s.Small() + 3, batch, inputs * groups), s.Near(inputs * groups, outputs, s.Small()), s.Maybe(outputs * groups), s.Number(), s.Near(0), s.Near(0), s.Number(),
                s.Near(groups), s.Lengths(batch));
        },
        ["conv2d"] = s =>
        {
            (int groups, int inputs, int outputs) = (s.Small(), s.Small(), s.Small());
            return Ops.Conv2d(s.Near(s.Small(), inputs * groups, s.Small() + 3, s.Small() + 3), s.Near(outputs * groups, inputs, s.Small(), s.Small()), s.Maybe(outputs * groups), s.Size(), s.Size(), s.Size(),
                s.Near(groups));
        },
        ["conv transpose 2d"] = s =>
        {
            (int groups, int inputs, int outputs) = (s.Small(), s.Small(), s.Small());
            return Ops.ConvTranspose2d(s.Near(s.Small(), inputs * groups, s.Small(), s.Small()), s.Near(inputs * groups, outputs, s.Small(), s.Small()), s.Maybe(outputs * groups), s.Size(), (s.Near(0), s.Near(0)),
                (s.Near(0), s.Near(0)), s.Size(), s.Near(groups));
        },
        ["max pool 1d"] = s => Ops.MaxPool1d(s.Tensor(3), s.Number(), s.Number(), s.Number(), s.Numbers()),
        ["average pool 1d"] = s => Ops.AvgPool1d(s.Tensor(3), s.Number(), s.Number(), s.Number(), s.Flag(), s.Numbers()),
        ["max pool 2d"] = s => Ops.MaxPool2d(s.Tensor(4), s.Size(), s.Size(), (s.Near(0), s.Near(0))),
        ["average pool 2d"] = s => Ops.AvgPool2d(s.Tensor(4), s.Size(), s.Size(), (s.Near(0), s.Near(0)), s.Flag()),
        ["global max pool 1d"] = s => Ops.GlobalMaxPool1d(s.Tensor(3), s.Numbers()),
        ["global average pool 1d"] = s => Ops.GlobalAvgPool1d(s.Tensor(3), s.Numbers()),
        ["batch norm"] = s =>
        {
            (int batch, int channels) = (s.Small(), s.Small());
            Tensor x = s.Flag() ? s.Near(s.Small(), batch, channels) : s.Flag() ? s.Near(batch, channels, s.Small(), s.Small()) : s.Near(batch, channels);
            return Ops.BatchNorm(x, s.Maybe(channels), s.Maybe(channels), s.Near([channels]), s.Near([channels]), s.Flag(), lengths: s.Lengths(batch));
        },
        ["group norm"] = s =>
        {
            (int groups, int each) = (s.Small(), s.Small());
            return Ops.GroupNorm(s.Near(s.Small(), groups * each, s.Small(), s.Small()), s.Near(groups), s.Near([groups * each]), s.Near([groups * each]));
        },
        ["conv lstm step"] = s =>
        {
            (int batch, int hidden, int height, int width) = (s.Small(), s.Small(), s.Small(), s.Small());
            return Ops.ConvLstmStep(s.Near(batch, 4 * hidden, height, width), s.Near(batch, hidden, height, width), s.Near(batch, hidden, height, width),
                s.Flag() ? s.Near(3, hidden, height, width) : null, s.Maybe(batch)).Hidden;
        },
        ["quantile"] = s =>
        {
            int rows = s.Small();
            return Loss.Quantile(s.Near(rows, 3), s.Near([rows]), ((float[])[0.1f, 0.5f, 0.9f])[..Math.Clamp(s.Near(3), 0, 3)], s.Maybe(rows));
        },
    };

    private delegate Tensor Cell(Tensor x, Tensor weightIh, Tensor weightHh, Tensor? biasIh, Tensor? biasHh, Tensor? hidden, Tensor? cell, int[] lengths);

    private static Tensor Recurrent(Source s, int gates, Cell cell)
    {
        (int batch, int inputs, int hidden) = (s.Small(), s.Small(), s.Small());
        return cell(s.Near(s.Small() + 2, batch, inputs), s.Near(gates * hidden, inputs), s.Near(gates * hidden, hidden), s.Maybe(gates * hidden), s.Maybe(gates * hidden),
            s.Flag() ? s.Near(batch, hidden) : null, s.Flag() ? s.Near(batch, hidden) : null, s.Lengths(batch));
    }

    /// <summary>Random arguments: mostly small and often fitting, now and then far out.</summary>
    public sealed class Source(Random random)
    {
        // Few different lengths, so that axes often agree.
        private readonly int[] lengths = [.. Enumerable.Range(0, 4).Select(_ => random.Next(8) == 0 ? random.Next(40) : random.Next(1, 7))];

        /// <summary>An axis' length.</summary>
        private int Length() => random.Next(12) switch { 0 => 0, 1 => 1, 2 => lengths[0] * 2, 3 => lengths[1] * 4, _ => lengths[random.Next(4)] };

        public Shape Shape(int rank = -1) => new([.. Enumerable.Range(0, rank < 0 || random.Next(10) == 0 ? random.Next(6) : rank).Select(_ => Length())]);

        /// <summary>A tensor in guarded memory that wants a gradient.</summary>
        public Tensor Tensor(int rank = -1) => Guarded(Shape(rank), random);

        /// <summary>A length that is at least 1.</summary>
        public int Small() => random.Next(8) == 0 ? random.Next(1, 20) : random.Next(1, 5);

        /// <summary>A number that is mostly as said.</summary>
        public int Near(int number) => random.Next(12) == 0 ? Number() : number;

        /// <summary>A tensor that is mostly of that shape.</summary>
        public Tensor Near(params int[] axes) => Guarded(random.Next(10) == 0 ? MemoryFuzzTests.Bent(new Shape(axes), random) : new Shape(axes), random);

        /// <summary>A bias or the like that is mostly of that length, or none.</summary>
        public Tensor? Maybe(int length) => random.Next(2) == 0 ? null : Near([length]);

        /// <summary>Mostly one length a sequence, or none.</summary>
        public int[] Lengths(int batch)
        {
            if (random.Next(2) == 0) return [];
            int most = random.Next(1, 6);
            return [.. Enumerable.Range(0, Near(batch) is >= 0 and < 100 and int count ? count : batch).Select(_ => random.Next(60) == 0 ? Number() : random.Next(most + 1))];
        }

        public bool Flag() => random.Next(2) == 0;

        public int Axis() => random.Next(-4, 4);

        public int Number() => random.Next(24) switch { 0 => int.MaxValue, 1 => int.MinValue, 2 => -1, 3 => 100, 4 => int.MaxValue / 2, 5 => lengths[0], 6 => 0, < 16 => 1, _ => random.Next(2, 6) };

        public Size2 Size() => new(Number(), Number());

        public int[] Numbers()
        {
            int count = random.Next(3) == 0 ? 0 : Length(), most = lengths[random.Next(4)];
            return [.. Enumerable.Range(0, count).Select(_ => random.Next(40) == 0 ? Number() : random.Next(most + 1))];
        }

        public static Tensor Guarded(Shape shape, Random random)
        {
            Tensor x = Tape.Make(shape, requiresGrad: true);
            foreach (ref float v in x.Data) v = (float)((2 * random.NextDouble()) - 1);
            return x;
        }
    }
}
