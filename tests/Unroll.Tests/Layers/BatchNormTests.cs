using Unroll.Formats;
using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Tests.Contracts;
using Unroll.Tests.Formats;
using Unroll.Training;

namespace Unroll.Tests.Layers;

public class BatchNormTests
{
    private static readonly RandomStream Training = new(1);

    [Fact]
    public void A_random_stream_makes_a_training_step_and_none_uses_the_running_statistics()
    {
        var layer = new BatchNorm1d(3, momentum: 0.5f);
        Tensor x = LayerRows.Numbers([40, 3], 1) * 3 + 5;
        Tensor before = layer.Forward(x);
        Assert.Equal(x.Data[0] / MathF.Sqrt(1 + 1e-5f), before.Data[0], 1e-5f);         // untouched: mean 0, variance 1
        Assert.Equal(0, Of(layer, "num_batches_tracked").Item());
        Tensor y = layer.Forward(x, Training);
        for (int c = 0; c < 3; c++)
        {
            float[] column = [.. Enumerable.Range(0, 40).Select(r => y.Data[(r * 3) + c])];
            Assert.Equal(0, column.Average(), 1e-5f);
            Assert.Equal(1, column.Average(v => v * v), 1e-4f);
        }
        Assert.Equal(1, Of(layer, "num_batches_tracked").Item());
        float moved = Of(layer, "running_mean").Data[0];
        Assert.InRange(moved, 2, 3);                                                   // half of the way to 5 or so
        Assert.Equal(layer.Forward(x).ToArray(), layer.Forward(x).ToArray());
        Assert.Equal(moved, Of(layer, "running_mean").Data[0]);
        layer.Initialize(3);
        Assert.Equal([0f, 0f, 0f], Of(layer, "running_mean").ToArray());
        Assert.Equal([1f, 1f, 1f], Of(layer, "running_var").ToArray());
    }

    [Fact]
    public void Without_a_momentum_the_running_statistics_are_the_mean_over_all_batches()
    {
        var layer = new BatchNorm1d(1, momentum: null);
        foreach (float[] batch in (float[][])[[0, 2], [4, 8], [1, 3]]) layer.Forward(Tensor.From([2, 1], batch), Training);
        Assert.Equal(3, Of(layer, "running_mean").Data[0], 1e-5f);                     // of 1, 6, 2
        Assert.Equal(4, Of(layer, "running_var").Data[0], 1e-5f);                      // of 2, 8, 2, unbiased
    }

    [Fact]
    public void What_stands_behind_the_ends_is_not_measured()
    {
        Tensor clean = LayerRows.Numbers([4, 3, 2], 1), dirty = clean.Keep();
        int[] lengths = [4, 0, 2];
        for (int t = 0; t < 4; t++)
            for (int b = 0; b < 3; b++)
                if (t >= lengths[b]) dirty.Data.Slice(((t * 3) + b) * 2, 2).Fill(float.NaN);
        BatchNorm1d one = new(2), other = new(2);
        Assert.Equal(one.Forward(clean, lengths, Training).ToArray(), other.Forward(dirty, lengths, Training).ToArray());
        Assert.Equal(Of(one, "running_var").ToArray(), Of(other, "running_var").ToArray());
    }

    [Fact]
    public void A_batch_that_is_not_finite_leaves_the_running_statistics_of_its_channel_alone()
    {
        var layer = new BatchNorm2d(2);
        Tensor x = LayerRows.Numbers([2, 2, 3, 3], 1);
        x.Data[0] = float.NaN;
        layer.Forward(x, Training);
        Assert.Equal(0, Of(layer, "running_mean").Data[0]);
        Assert.NotEqual(0, Of(layer, "running_mean").Data[1]);
    }

    [Fact]
    public void To_record_gradients_with_statistics_that_never_saw_a_batch_is_refused()
    {
        var layer = new BatchNorm1d(2);
        using var tape = new Tape(threads: 1);
        using (tape.Open())
            Assert.Contains("random stream", Assert.Throws<InvalidOperationException>(() => layer.Forward(Tensor.Zeros([3, 2]))).Message, StringComparison.Ordinal);
        using (tape.Open(record: false)) layer.Forward(Tensor.Zeros([3, 2]));
        using (tape.Open())
        {
            layer.Forward(LayerRows.Numbers([3, 2], 1), Training);
            layer.Forward(Tensor.Zeros([3, 2]));                                       // from here on: fine-tuning with the statistics held
        }
    }

    [Fact]
    public void Wrong_shapes_and_numbers_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new BatchNorm1d(2).Forward(Tensor.Zeros([1, 2]), Training));      // one element a channel has no variance
        Assert.Throws<ArgumentException>(() => new BatchNorm1d(2).Forward(Tensor.Zeros([3, 3]), Training));
        Assert.Throws<ArgumentException>(() => new BatchNorm1d(2).Forward(Tensor.Zeros([3, 2, 1, 1]), Training));
        Assert.Throws<ArgumentException>(() => new BatchNorm2d(2).Forward(Tensor.Zeros([3, 2]), Training));
        Assert.Throws<ArgumentException>(() => new BatchNorm1d(2).Forward(Tensor.Zeros([3, 1, 2]), [4], Training));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchNorm1d(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchNorm1d(2, epsilon: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchNorm1d(2, momentum: 1.5f));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GroupNorm(2, 3));
    }

    [Fact]
    public void A_state_dict_of_PyTorch_loads_with_its_whole_number_of_batches()
    {
        using var folder = new TemporaryFolder();
        string path = folder["model.safetensors"];
        SafeTensorsWriter.Write(path,
        [
            SafeTensorEntry.Single("weight", [2], new float[] { 2, 3 }), SafeTensorEntry.Single("bias", [2], new float[] { 1, -1 }), SafeTensorEntry.Single("running_mean", [2], new float[] { 5, 6 }),
            SafeTensorEntry.Single("running_var", [2], new float[] { 4, 9 }), SafeTensorEntry.Int64("num_batches_tracked", [], new long[] { 12 }),
        ]);
        var layer = new BatchNorm2d(2, epsilon: 1e-12f);
        using (SafeTensorsFile file = SafeTensorsFile.Open(path)) layer.Load(file.ReadState());
        Assert.Equal(12, Of(layer, "num_batches_tracked").Item());
        Tensor y = layer.Forward(Tensor.From([1, 2, 1, 1], [7, 0]));
        Assert.Equal([3f, -7f], y.ToArray());                                          // 2 (7 - 5) / 2 + 1 and 3 (0 - 6) / 3 - 1
    }

    [Fact]
    public void Checkpoints_and_the_best_epoch_hold_the_running_statistics()
    {
        using var folder = new TemporaryFolder();
        float[] whole = Train(6, null, false);
        Train(3, folder.Path, false);
        Assert.Equal(whole, Train(6, folder.Path, true));
        Assert.DoesNotContain(whole, v => !float.IsFinite(v));

        static float[] Train(int epochs, string? folder, bool resume)
        {
            var net = new Sequential(new Linear(3, 4), new BatchNorm1d(4), new Tanh(), new Linear(4, 1));
            net.Initialize(2);
            Tensor test = LayerRows.Numbers([8, 3], 9);
            var options = new TrainerOptions { Epochs = epochs, StepsPerEpoch = 4, Threads = 1, Folder = folder, KeepBest = true, AverageDecay = 0.9 };
            new Trainer(net, new Adam(net.NamedParameters(), 0.01), options).Fit(step =>
            {
                Tensor x = Tensor.Zeros([16, 3]);
                step.Random.FillNormal(x.Data, 1, 2);
                return Loss.MeanSquared(net.Forward(x, step.Random), Ops.Slice(x, 1, 0, 1));
            }, () => Loss.MeanSquared(net.Forward(test), Ops.Slice(test, 1, 0, 1)).Item(), resume: resume);
            return [.. net.NamedState().SelectMany(p => p.Value.ToArray())];
        }
    }

    private static Tensor Of(Module module, string name) => module.NamedState().Single(p => p.Name == name).Value;
}
