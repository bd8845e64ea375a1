using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Unroll.Tests.Data;

namespace Unroll.Tests;

/// <summary>The house rules of docs/architecture.md that a compiler does not keep: which room may use which, and what must not be in the library.</summary>
public partial class ArchitectureTests
{
    private static readonly string Root = DataFiles.Root;

    private static readonly Dictionary<string, int> Ranks = DocumentedRank().Matches(File.ReadAllText(Path.Combine(Root, "docs", "architecture.md")))
        .ToDictionary(m => m.Groups[1].Value, m => int.Parse(m.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture));

    private static readonly SourceFile[] Library = Files(Path.Combine(Root, "src", "Unroll"));

    /// <summary>Types by room, so that <c>Data.Series</c> in a file of another room is known from a property called Data.</summary>
    private static readonly Dictionary<string, HashSet<string>> Types = Library.GroupBy(f => f.Room)
        .ToDictionary(g => g.Key, g => g.SelectMany(f => Declaration().Matches(f.Code)).Select(m => m.Groups[1].Value).ToHashSet());

    [Fact]
    public void The_rooms_are_those_of_the_documentation()
    {
        Assert.Equal(Ranks.Keys.Order(StringComparer.Ordinal), Library.Select(f => f.Room).Where(r => r.Length > 0).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(0, Ranks["Kernels"]);
        Assert.Equal(Ranks["Data"], Ranks["Layers"]);
        Assert.True(Library.Length > 100, $"{Library.Length} files found");
    }

    [Fact]
    public void A_room_uses_only_rooms_of_lower_rank()
    {
        string[] upward = [.. Library.SelectMany(f => Upward(f).Select(to => $"{f.Name} uses {to}"))];
        Assert.True(upward.Length == 0, string.Join("\n", upward));
    }

    [Theory]
    [InlineData("Layers", "using Unroll.Data;", true)]
    [InlineData("Layers", "using Unroll.Tensors;", false)]
    [InlineData("Layers", "using Unroll.Layers.Inner;", false)]
    [InlineData("Data", "using static Unroll.Layers.Init;", true)]
    [InlineData("Tensors", "using Mine = Unroll.Training.Optimizer;", true)]
    [InlineData("Formats", "global using Unroll.Training.Metrics;", true)]
    [InlineData("Formats", "using (var x = Open()) { }", false)]
    [InlineData("Kernels", "var x = new global::Unroll.Tensors.Tape();", true)]
    [InlineData("Kernels", "var x = new Tensors.Tape();", true)]
    [InlineData("Kernels", "RandomStream random;", true)]
    [InlineData("Kernels", "throw new UnrollException(\"RandomStream\");", false)]
    [InlineData("Tensors", "// using Unroll.Layers;", false)]
    [InlineData("Tensors", "/// <see cref=\"Unroll.Layers.Linear\"/>", false)]
    [InlineData("Tensors", "string s = \"Unroll.Layers.Linear\";", false)]
    [InlineData("Tensors", "x.Data.Series(); Data.CopyTo(y);", false)]
    [InlineData("Layers", "/* using Unroll.Data; */ x = 1;", false)]
    [InlineData("", "using Unroll.Kernels;", false)]
    [InlineData("", "using Unroll.Tensors;", true)]
    public void The_rule_catches_arrows_that_run_upward(string room, string text, bool caught) =>
        Assert.Equal(caught, Upward(new SourceFile("sample.cs", room, $"{text}\n")).Any());

    [Fact]
    public void Namespaces_are_folders()
    {
        foreach (SourceFile file in Library)
        {
            string folder = Path.GetDirectoryName(file.Name)!.Replace(Path.DirectorySeparatorChar, '.').Replace('/', '.');
            string expected = folder.Length == 0 ? "Unroll" : "Unroll." + folder;
            Assert.Equal($"{file.Name}: {expected}", $"{file.Name}: {Namespace().Match(file.Code).Groups[1].Value}");
        }
    }

    [Fact]
    public void Unsafe_code_stands_in_Kernels_alone()
    {
        Assert.Contains(Library, f => f.Room == "Kernels" && Word("unsafe").IsMatch(f.Code));
        Assert.All(Library.Where(f => f.Room != "Kernels"), f => Assert.False(Word("unsafe").IsMatch(f.Code), $"{f.Name} is unsafe"));
    }

    [Fact]
    public void The_library_writes_to_no_console() => Assert.All(Library, f => Assert.False(Word("Console").IsMatch(f.Code), $"{f.Name} uses the console"));

    [Fact]
    public void No_file_is_a_drawer_for_odds_and_ends()
    {
        foreach (string part in (string[])["src", "bench", "reproduce"])
            Assert.All(Files(Path.Combine(Root, part)), f => Assert.DoesNotMatch("(Utils?|Utility|Utilities|Helpers?|Managers?|Common)$", Path.GetFileNameWithoutExtension(f.Name)));
    }

    [Fact]
    public void A_file_stays_under_some_400_lines() => Assert.All(Library, f => Assert.True(f.Lines <= 410, $"{f.Name} has {f.Lines} lines"));

    [Fact]
    public void Every_class_is_abstract_or_sealed() =>
        Assert.All(Own().Where(t => t.IsClass && !t.IsSubclassOf(typeof(Delegate))), t => Assert.True(t.IsAbstract || t.IsSealed, $"{t.FullName} is neither"));

    [Fact]
    public void Nothing_global_can_change()
    {
        // A static field that changes is allowed to a thread of its own only: the open tape, the team at work.
        const BindingFlags all = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        string[] mutable = [.. Own().SelectMany(t => t.GetFields(all)).Where(f => !f.IsInitOnly && !f.IsLiteral && !f.IsDefined(typeof(ThreadStaticAttribute))).Select(f => $"{f.DeclaringType}.{f.Name}")];
        Assert.Empty(mutable);
        Assert.Contains(Own(), t => t.GetFields(all).Any(f => f.IsDefined(typeof(ThreadStaticAttribute))));
    }

    private static IEnumerable<Type> Own() => typeof(UnrollException).Assembly.GetTypes().Where(t => !IsGenerated(t));

    // Closures, iterators, caches, inline arrays and the regular expressions' source generator are the compiler's.
    private static bool IsGenerated(Type t) =>
        t.IsDefined(typeof(CompilerGeneratedAttribute)) || t.IsDefined(typeof(System.CodeDom.Compiler.GeneratedCodeAttribute)) || t.Name.Contains('<', StringComparison.Ordinal)
        || t.Namespace?.StartsWith("Unroll", StringComparison.Ordinal) != true || (t.DeclaringType is { } outer && IsGenerated(outer));

    /// <summary>The rooms that a file uses though they do not stand below its own. Files outside the rooms may use Kernels, and Kernels none of them but the exception.</summary>
    private static IEnumerable<string> Upward(SourceFile file)
    {
        int rank = file.Room.Length == 0 ? Ranks["Kernels"] + 1 : Ranks[file.Room];
        var used = new HashSet<string>(Qualified().Matches(file.Code).Select(m => m.Groups[1].Value).Where(Ranks.ContainsKey));
        foreach (Match m in Partly().Matches(file.Code))
        {
            if (Types.TryGetValue(m.Groups[1].Value, out HashSet<string>? types) && types.Contains(m.Groups[2].Value)) used.Add(m.Groups[1].Value);
        }
        used.Remove(file.Room);
        foreach (string room in used.Where(r => Ranks[r] >= rank)) yield return room;
        if (file.Room != "Kernels") yield break;
        foreach (string type in Types[""].Where(t => t != nameof(UnrollException) && Word(t).IsMatch(file.Code))) yield return type;
    }

    private static SourceFile[] Files(string folder) =>
    [
        .. Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path)).Where(name => !Built().IsMatch(name)).Order(StringComparer.Ordinal)
            .Select(name => new SourceFile(name, Path.GetDirectoryName(name)!.Split('/', '\\')[0], File.ReadAllText(Path.Combine(folder, name)))),
    ];

    private static Regex Word(string word) => new($@"\b{word}\b");

    [GeneratedRegex(@"^ +(\w+)/ +rank (\d)", RegexOptions.Multiline)]
    private static partial Regex DocumentedRank();

    [GeneratedRegex(@"\b(?:record struct|record class|class|struct|record|interface|enum) (\w+)")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^namespace (Unroll(?:\.\w+)*);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"(?<![\w.])(?:global::)?Unroll\.(\w+)")]
    private static partial Regex Qualified();

    [GeneratedRegex(@"(?<![\w.])([A-Z]\w+)\.([A-Z]\w+)")]
    private static partial Regex Partly();

    [GeneratedRegex(@"(^|[/\\])(bin|obj)[/\\]")]
    private static partial Regex Built();

    /// <summary>A file, its folder's room ("" for none) and its text without comments and texts.</summary>
    private sealed partial record SourceFile(string Name, string Room, string Text)
    {
        public string Code { get; } = NotCode().Replace(Text, m => m.Value.StartsWith('/') ? " " : "\"\"");

        public int Lines { get; } = Text.Count(c => c == '\n');

        // Comments, raw texts, verbatim texts, texts, characters; what stands in the holes of an interpolated text goes with it.
        [GeneratedRegex("""""//[^\n]*|/\*[\s\S]*?\*/|\$*"""[\s\S]*?"""|\$?@\$?"(?:[^"]|"")*"|\$?"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.[^'\n]*)'""""")]
        private static partial Regex NotCode();
    }
}
