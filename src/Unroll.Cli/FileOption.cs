using System.CommandLine;

namespace Unroll.Cli;

/// <summary>An option that names a file.</summary>
internal static class FileOption
{
    public static Option<string?> Make(string name, string help) => new(name) { Description = help, HelpName = "file" };
}
