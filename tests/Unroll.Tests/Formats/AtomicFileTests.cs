using System.Text;
using Unroll.Formats;

namespace Unroll.Tests.Formats;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_file_is_made_and_replaced_and_nothing_else_is_left()
    {
        AtomicFile.WriteText(folder["a.txt"], "old");
        AtomicFile.WriteText(folder["a.txt"], "nëw\n");
        Assert.Equal("nëw\n"u8.ToArray(), File.ReadAllBytes(folder["a.txt"]));
        Assert.Equal(["a.txt"], folder.Names);
    }

    [Fact]
    public void The_stream_can_seek()
    {
        AtomicFile.Write(folder["a"], static stream =>
        {
            stream.Write("xbc"u8);
            stream.Position = 0;
            stream.WriteByte((byte)'a');
        });
        Assert.Equal("abc", File.ReadAllText(folder["a"]));
    }

    [Fact]
    public void An_exception_of_the_writer_passes_through_and_leaves_the_old_file()
    {
        AtomicFile.WriteText(folder["a"], "old");
        Assert.Throws<InvalidTimeZoneException>(() => AtomicFile.Write(folder["a"], static stream =>
        {
            stream.Write("half of the n"u8);
            throw new InvalidTimeZoneException();
        }));
        Assert.Equal("old", File.ReadAllText(folder["a"]));
        Assert.Equal(["a"], folder.Names);
    }

    [Fact]
    public void A_missing_folder_is_one_clear_line()
    {
        string path = folder["no/a.txt"];
        UnrollException e = Assert.Throws<UnrollException>(() => AtomicFile.WriteText(path, "x"));
        Assert.Equal($"cannot write '{path}': the folder '{folder["no"]}' does not exist; create it or check the path", e.Message);
    }

    [Fact]
    public void A_folder_in_the_place_of_the_file_is_one_clear_line()
    {
        Directory.CreateDirectory(folder["a"]);
        UnrollException e = Assert.Throws<UnrollException>(() => AtomicFile.WriteText(folder["a"], "x"));
        Assert.Equal($"cannot write '{folder["a"]}': it is a folder; give the path of a file", e.Message);
        Assert.Equal(["a"], folder.Names);
    }

    [Fact]
    public void A_file_in_the_place_of_the_folder_is_one_clear_line()
    {
        AtomicFile.WriteText(folder["a"], "old");
        UnrollException e = Assert.Throws<UnrollException>(() => AtomicFile.WriteText(folder["a/b"], "x"));
        Assert.StartsWith($"cannot write '{folder["a/b"]}': ", e.Message);
        Assert.Equal("old", File.ReadAllText(folder["a"]));
    }

    [Fact]
    public void A_full_disk_is_one_clear_line()
    {
        if (!File.Exists("/dev/full")) return;      // only Linux has a device that is always full
        UnrollException e = Assert.Throws<UnrollException>(() => AtomicFile.WriteText("/dev/full", "x"));
        Assert.Equal("cannot write '/dev/full': the disk is full; free some space and try again", e.Message);
    }

    [Fact]
    public void A_device_is_written_and_not_replaced()
    {
        if (OperatingSystem.IsWindows()) return;
        AtomicFile.WriteText("/dev/null", "gone");
        using var device = new FileStream("/dev/null", FileMode.Open, FileAccess.Read);
        Assert.Equal(-1, device.ReadByte());
    }

    [Fact]
    public void A_link_stays_a_link_and_its_file_is_written()
    {
        if (OperatingSystem.IsWindows()) return;    // links need a right there that tests do not have
        AtomicFile.WriteText(folder["real"], "old");
        File.CreateSymbolicLink(folder["link"], folder["real"]);
        AtomicFile.WriteText(folder["link"], "new");
        Assert.Equal("new", File.ReadAllText(folder["real"]));
        Assert.Equal(folder["real"], new FileInfo(folder["link"]).LinkTarget);
    }

    [Fact]
    public void The_permissions_of_the_old_file_are_kept()
    {
        if (OperatingSystem.IsWindows()) return;
        AtomicFile.WriteText(folder["a"], "old");
        File.SetUnixFileMode(folder["a"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        AtomicFile.WriteText(folder["a"], "new");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["a"]));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Whichever_step_fails_the_file_is_the_old_or_the_new_one(bool exists, bool dies)
    {
        byte[] old = Encoding.UTF8.GetBytes(new string('o', 100_000)), replacement = Encoding.UTF8.GetBytes(new string('n', 200_000));
        for (int k = 1; ; k++)
        {
            string path = folder[$"file-{k}"];
            if (exists) File.WriteAllBytes(path, old);
            var disk = new FailingDisk(k, dies);
            Exception? failure = Record.Exception(() => AtomicFile.Write(path, stream =>
            {
                for (int i = 0; i < replacement.Length; i += 50_000) stream.Write(replacement, i, 50_000);
            }, disk.Faults));
            if (!disk.HasFailed)
            {
                Assert.Null(failure);
                Assert.Equal(replacement, File.ReadAllBytes(path));
                Assert.Equal(["create", "write", "write", "write", "write", "flush", "rename"], disk.Log);
                return;
            }
            // No step that can fail comes after the rename, so a failure always means the old file.
            if (exists) Assert.Equal(old, File.ReadAllBytes(path));
            else Assert.False(File.Exists(path));
            if (dies) continue;
            Assert.Equal($"cannot write '{path}': the test's disk fails here", Assert.IsType<UnrollException>(failure).Message);
            Assert.DoesNotContain(folder.Names, static n => n.Contains(".tmp-"));
        }
    }
}
