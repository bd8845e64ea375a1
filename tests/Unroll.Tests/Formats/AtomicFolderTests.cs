using Unroll.Formats;

namespace Unroll.Tests.Formats;

public sealed class AtomicFolderTests : IDisposable
{
    private const string Marker = "config.json";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_folder_is_made_and_replaced_and_nothing_else_is_left()
    {
        Save("model", "old", "only-old.txt");
        Save("model", "new", "only-new.txt");
        Assert.Equal("new", Load("model"));
        Assert.False(File.Exists(folder["model/only-old.txt"]));
        Assert.True(File.Exists(folder["model/deep/only-new.txt"]));
        Assert.Equal(["model"], folder.Names);
    }

    [Fact]
    public void A_path_with_a_separator_at_its_end_is_the_same_folder()
    {
        Save("model/", "old");
        Save("model/", "new");
        Assert.Equal("new", Load("model"));
        Assert.Equal(["model"], folder.Names);
    }

    [Fact]
    public void A_folder_that_holds_other_things_is_not_replaced()
    {
        Directory.CreateDirectory(folder["thesis"]);
        File.WriteAllText(folder["thesis/chapter1.txt"], "years of work");
        UnrollException e = Assert.Throws<UnrollException>(() => Save("thesis", "new"));
        const string reason = "the folder holds 'chapter1.txt' but no 'config.json', and would lose what it holds; give a new folder";
        Assert.Equal($"cannot write '{folder["thesis"]}': {reason}", e.Message);
        Assert.Equal("years of work", File.ReadAllText(folder["thesis/chapter1.txt"]));
        Assert.Equal(["thesis"], folder.Names);
    }

    [Fact]
    public void An_empty_folder_is_filled()
    {
        Directory.CreateDirectory(folder["model"]);
        Save("model", "new");
        Assert.Equal("new", Load("model"));
        Assert.Equal(["model"], folder.Names);
    }

    [Fact]
    public void A_file_or_a_root_or_a_missing_parent_is_one_clear_line()
    {
        File.WriteAllText(folder["file"], "x");
        Assert.Equal($"cannot write '{folder["file"]}': it is a file; give the path of a folder",
            Assert.Throws<UnrollException>(() => Save("file", "new")).Message);
        string root = Path.GetPathRoot(folder.Path)!;
        Assert.Equal($"cannot write '{root}': it is the root of a disk; give a folder of its own",
            Assert.Throws<UnrollException>(() => AtomicFolder.Write(root, Marker, static _ => { })).Message);
        Assert.Equal($"cannot write '{folder["no/model"]}': the folder '{folder["no"]}' does not exist; create it or check the path",
            Assert.Throws<UnrollException>(() => Save("no/model", "new")).Message);
    }

    [Fact]
    public void A_link_to_a_folder_stays_a_link()
    {
        if (OperatingSystem.IsWindows()) return;    // links need a right there that tests do not have
        Save("real", "old");
        Directory.CreateSymbolicLink(folder["link"], folder["real"]);
        Save("link", "new");
        Assert.Equal("new", Load("real"));
        Assert.Equal(folder["real"], new DirectoryInfo(folder["link"]).LinkTarget);
    }

    [Fact]
    public void An_exception_of_the_writer_passes_through_and_leaves_the_old_folder()
    {
        Save("model", "old");
        Assert.Throws<InvalidTimeZoneException>(() => AtomicFolder.Write(folder["model"], Marker, static path =>
        {
            File.WriteAllText(Path.Combine(path, Marker), "half");
            throw new InvalidTimeZoneException();
        }));
        Assert.Equal("old", Load("model"));
        Assert.Equal(["model"], folder.Names);
    }

    [Fact]
    public void A_removed_folder_does_not_come_back_from_leftovers()
    {
        Save("model", "old");
        Directory.Move(folder["model"], folder["model.old-0123abcd"]);          // left by a death while the old folder was being deleted
        Directory.CreateDirectory(folder["model.tmp-4567abcd"]);               // left by a death while the new one was being written
        AtomicFolder.Recover(folder["model"]);
        Assert.False(Directory.Exists(folder["model"]));
        Save("model", "new");
        Assert.Equal(["model"], folder.Names);
    }

    [Fact]
    public void Names_that_only_resemble_leftovers_are_left_alone()
    {
        string[] others = ["model.tmp-", "model.tmp-12345678x", "model.tmp-1234567g", "model.old-ABCDEF01", "model2.tmp-12345678"];
        foreach (string other in others) Directory.CreateDirectory(folder[other]);
        Save("model", "old");
        Save("model", "new");
        Assert.Equal(others.Append("model").Order(StringComparer.Ordinal), folder.Names);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Whichever_step_fails_the_folder_is_the_old_or_the_new_one_and_never_a_mix(bool exists, bool dies)
    {
        int olds = 0, news = 0;
        for (int k = 1; ; k++)
        {
            string name = $"model-{k}";
            if (exists) Save(name, "old", "only-old.txt");
            var disk = new FailingDisk(k, dies);
            Exception? failure = Record.Exception(() => Save(name, "new", "only-new.txt", disk));
            if (!disk.HasFailed)
            {
                Assert.Null(failure);
                break;
            }
            if (!dies && !disk.Log.Contains("rename back")) Assert.DoesNotContain(folder.Names, n => n.StartsWith($"{name}.tmp-", StringComparison.Ordinal));

            AtomicFolder.Recover(folder[name]);
            if (!exists && !Directory.Exists(folder[name])) continue;
            string found = Load(name);
            Assert.Equal(found == "new", File.Exists(folder[$"{name}/deep/only-new.txt"]));
            Assert.Equal(found == "old", File.Exists(folder[$"{name}/deep/only-old.txt"]));
            if (found == "old") olds++;
            else news++;

            Save(name, "next");
            Assert.Equal("next", Load(name));
            Assert.DoesNotContain(folder.Names, n => n.StartsWith($"{name}.", StringComparison.Ordinal));
        }
        // Each side of the swap must have been met where there is one.
        if (exists) Assert.True(olds > 0);
        if (exists && dies) Assert.True(news > 0);
    }

    [Fact]
    public void When_even_putting_the_old_folder_back_fails_the_new_one_is_found_on_the_next_load()
    {
        Save("model", "old");
        int renames = 0;
        var faults = new SaveFaults(step =>
        {
            if (step.StartsWith("rename", StringComparison.Ordinal) && ++renames > 1) throw new IOException("stuck");
        }, static stream => stream);
        Assert.Throws<UnrollException>(() =>
            AtomicFolder.Write(folder["model"], Marker, static path => File.WriteAllText(Path.Combine(path, Marker), "new"), faults));
        Assert.False(Directory.Exists(folder["model"]));
        AtomicFolder.Recover(folder["model"]);
        Assert.Equal("new", Load("model"));
        Assert.Equal(["model"], folder.Names);
    }

    private void Save(string name, string content, string? extra = null, FailingDisk? disk = null) => AtomicFolder.Write(folder[name], Marker, path =>
    {
        File.WriteAllText(Path.Combine(path, Marker), content);
        if (extra is null) return;
        Directory.CreateDirectory(Path.Combine(path, "deep"));
        File.WriteAllText(Path.Combine(path, "deep", extra), content);
    }, disk?.Faults);

    private string Load(string name) => File.ReadAllText(folder[$"{name}/{Marker}"]);
}
