using Unroll.Formats;

namespace Unroll.Tests.Formats;

public sealed class CheckpointStoreTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_is_saved_is_loaded_to_the_bit()
    {
        var store = new CheckpointStore(folder["run"]);
        store.Save(7,
            [SafeTensorEntry.Single("w", [2], new float[] { 1.5f, float.NaN }), SafeTensorEntry.Double("m", [1], new double[] { 0.1 }),
                SafeTensorEntry.Int64("seed", [1], new long[] { -1 })],
            new Dictionary<string, string> { ["epoch"] = "3", ["a"] = "ü" });
        Assert.True(new CheckpointStore(folder["run"]).TryLoadLatest(out Checkpoint? checkpoint, out string? warning));
        using (checkpoint)
        {
            Assert.Null(warning);
            Assert.Equal(7, checkpoint.Step);
            Assert.Equal("3", checkpoint["epoch"]);
            Assert.Equal(["a", "epoch"], checkpoint.Metadata.Keys.Order());
            Assert.Equal([1.5f, float.NaN], checkpoint.Tensors.ReadSingle("w"));
            Assert.Equal([0.1], checkpoint.Tensors.ReadDouble("m"));
            Assert.Equal([-1L], checkpoint.Tensors.ReadInt64("seed"));
            Assert.Equal($"{checkpoint.Path}: the checkpoint has no 'x'; it was saved by another version or for something else",
                Assert.Throws<UnrollException>(() => checkpoint["x"]).Message);
        }
    }

    [Fact]
    public void A_checkpoint_is_legal_safetensors()
    {
        Save(new CheckpointStore(folder.Path), 1);
        using SafeTensorsFile file = SafeTensorsFile.Open(folder["checkpoint-000001.safetensors"]);
        Assert.Equal("1", file.Metadata["step"]);
        Assert.Equal(64, file.Metadata["sha256"].Length);
        Assert.Equal([1f, 1f, 1f], file.ReadSingle("w"));
    }

    [Fact]
    public void An_empty_or_missing_folder_has_none()
    {
        Assert.False(new CheckpointStore(folder.Path).TryLoadLatest(out _, out string? warning));
        Assert.Null(warning);
        Assert.False(new CheckpointStore(folder["no"]).TryLoadLatest(out _, out warning));
        Assert.Null(warning);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_last_few_are_kept(int keep)
    {
        var store = new CheckpointStore(folder.Path, keep);
        for (int step = 1; step <= 5; step++) Save(store, step);
        Assert.Equal(Enumerable.Range(6 - keep, keep).Select(static n => $"checkpoint-{n:D6}.safetensors"), folder.Names);
        Assert.Equal(5, LoadStep(out _));
    }

    [Fact]
    public void The_one_saved_last_is_the_latest_even_where_its_step_is_lower()
    {
        Save(new CheckpointStore(folder.Path), 500);
        Save(new CheckpointStore(folder.Path), 3);
        Assert.Equal(3, LoadStep(out _));
    }

    [Fact]
    public void Any_flipped_bit_and_any_missing_end_is_noticed_and_the_one_before_is_used()
    {
        var store = new CheckpointStore(folder.Path);
        Save(store, 1);
        Save(store, 2);
        string latest = folder["checkpoint-000002.safetensors"];
        byte[] good = File.ReadAllBytes(latest);
        for (int bit = 0; bit < 8 * good.Length; bit++)
        {
            byte[] bad = [.. good];
            bad[bit / 8] ^= (byte)(1 << bit % 8);
            File.WriteAllBytes(latest, bad);
            Assert.Equal(1, LoadStep(out string? warning));
            Assert.Equal($"{latest}: the checkpoint is damaged: its checksum does not fit; the one before, of step 1, is used", warning);
        }
        for (int length = 0; length < good.Length; length++)
        {
            File.WriteAllBytes(latest, good[..length]);
            Assert.Equal(1, LoadStep(out string? warning));
            Assert.NotNull(warning);
        }
        File.WriteAllBytes(latest, [.. good, 0]);
        Assert.Equal(1, LoadStep(out _));
        File.WriteAllBytes(latest, good);
        Assert.Equal(2, LoadStep(out string? none));
        Assert.Null(none);
    }

    [Fact]
    public void A_seal_that_fits_does_not_excuse_a_file_that_is_no_checkpoint()
    {
        using (var stream = new FileStream(folder["checkpoint-000001.safetensors"], FileMode.Create, FileAccess.ReadWrite))
            CheckpointSeal.Write(stream, static s => SafeTensorsWriter.WriteInOrder(s, [], [new("sha256", CheckpointSeal.Blank), new("step", "-4")]));
        Assert.False(new CheckpointStore(folder.Path).TryLoadLatest(out _, out string? warning));
        Assert.Equal($"{folder["checkpoint-000001.safetensors"]}: the checkpoint is damaged: it does not say its step; no other checkpoint is left", warning);
    }

    [Fact]
    public void A_damaged_one_does_not_count_among_those_that_are_kept()
    {
        var store = new CheckpointStore(folder.Path);
        Save(store, 1);
        Save(store, 2);
        File.WriteAllText(folder["checkpoint-000002.safetensors"], "rubbish");
        Assert.True(store.TryLoadLatest(out Checkpoint? checkpoint, out _));
        checkpoint.Dispose();
        Save(store, 3);
        Assert.Equal(["checkpoint-000001.safetensors", "checkpoint-000003.safetensors"], folder.Names);
    }

    [Fact]
    public void When_all_are_damaged_the_warning_says_so()
    {
        File.WriteAllText(folder["checkpoint-000009.safetensors"], "rubbish");
        Assert.False(new CheckpointStore(folder.Path).TryLoadLatest(out _, out string? warning));
        Assert.Equal($"{folder["checkpoint-000009.safetensors"]}: the checkpoint is damaged: its checksum does not fit; no other checkpoint is left", warning);
    }

    [Fact]
    public void Leftovers_are_ignored_and_removed_and_other_files_are_left_alone()
    {
        string[] others = ["checkpoint-.safetensors", "checkpoint-000001.safetensors.bak", "checkpoint-1x.safetensors", "metrics.jsonl",
            "metrics.jsonl.tmp-12345678"];
        foreach (string other in others) File.WriteAllText(folder[other], "x");
        File.WriteAllText(folder["checkpoint-000008.safetensors.tmp-0123abcd"], "half");
        var store = new CheckpointStore(folder.Path);
        Assert.False(store.TryLoadLatest(out _, out string? warning));
        Assert.Null(warning);
        Save(store, 1);
        Assert.Equal(others.Append("checkpoint-000001.safetensors").Order(StringComparer.Ordinal), folder.Names);
        store.Clear();
        Assert.Equal(others.Order(StringComparer.Ordinal), folder.Names);
    }

    [Fact]
    public void A_folder_that_is_a_file_is_one_clear_line()
    {
        File.WriteAllText(folder["run"], "x");
        UnrollException e = Assert.Throws<UnrollException>(() => Save(new CheckpointStore(folder["run"]), 1));
        Assert.StartsWith($"cannot write '{folder["run"]}': ", e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void The_keys_of_the_store_are_refused() =>
        Assert.Throws<ArgumentException>(() => new CheckpointStore(folder.Path).Save(1, [], new Dictionary<string, string> { ["step"] = "2" }));

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public void Whichever_step_fails_the_state_is_the_old_or_the_new_one_and_saving_goes_on(int keep, bool dies)
    {
        int olds = 0, news = 0;
        for (int k = 1; ; k++)
        {
            foreach (string file in Directory.GetFiles(folder.Path)) File.Delete(file);
            for (int step = 1; step <= 3; step++) Save(new CheckpointStore(folder.Path, keep), step);
            var disk = new FailingDisk(k, dies);
            Exception? failure = Record.Exception(() => Save(new CheckpointStore(folder.Path, keep, disk.Faults), 4));
            if (!disk.HasFailed)
            {
                Assert.Null(failure);
                Assert.True(disk.Log.Count > 6, string.Join(",", disk.Log));
                break;
            }
            long found = LoadStep(out string? warning);
            Assert.Null(warning);
            Assert.InRange(found, 3, 4);
            if (found == 3) olds++;
            else news++;
            if (failure is null) Assert.Equal(4, found);
            if (!dies) Assert.DoesNotContain(folder.Names, static n => n.Contains(".tmp-"));

            Save(new CheckpointStore(folder.Path, keep), 5);
            Assert.Equal(5, LoadStep(out _));
            Assert.Equal(keep, folder.Names.Length);
        }
        Assert.True(olds > 0 && news > 0);
    }

    private static void Save(CheckpointStore store, int step) =>
        store.Save(step, [SafeTensorEntry.Single("w", [3], new float[] { step, step, step })], new Dictionary<string, string> { ["k"] = "v" });

    private long LoadStep(out string? warning)
    {
        Assert.True(new CheckpointStore(folder.Path).TryLoadLatest(out Checkpoint? checkpoint, out warning));
        using (checkpoint)
        {
            Assert.All(checkpoint.Tensors.ReadSingle("w"), v => Assert.Equal(checkpoint.Step, v));
            return checkpoint.Step;
        }
    }
}
