using System.Text.RegularExpressions;
using Unroll.Docs;
using Unroll.Layers;
using Unroll.Tasks;
using Unroll.Tasks.Classification;
using Unroll.Tasks.Forecasting;
using Unroll.Tasks.Language;
using Unroll.Tasks.Tagging;
using Unroll.Tasks.Translation;
using Unroll.Tasks.Vectors;
using Unroll.Tests.Data;

namespace Unroll.Tests;

/// <summary>What the documentation shows is what there is.</summary>
public partial class DocumentationTests
{
    private static readonly string[] Pages = [Path.Combine(DataFiles.Root, "README.md"), .. Directory.GetFiles(Path.Combine(DataFiles.Root, "docs"), "*.md"), Path.Combine(DataFiles.Root, "reproduce", "README.md")];

    [Fact]
    public void Every_block_of_code_stands_in_a_sample_that_is_compiled()
    {
        string[] samples = [.. Directory.GetFiles(Path.Combine(DataFiles.Root, "samples"), "*.cs").Select(static path => Lines(File.ReadAllText(path)))];
        string[] blocks = [.. Pages.SelectMany(static page => CodeBlock().Matches(File.ReadAllText(page)).Select(static m => m.Groups[1].Value))];
        Assert.True(blocks.Length >= 3, $"{blocks.Length} blocks of C# found");
        Assert.All(blocks, block => Assert.True(samples.Any(s => s.Contains(Lines(block), StringComparison.Ordinal)), $"in no file of samples/:\n{block}"));
    }

    [Fact]
    public void Every_link_leads_to_a_file()
    {
        foreach (string page in Pages)
            foreach (Match link in Link().Matches(File.ReadAllText(page)))
            {
                string to = link.Groups[1].Value;
                if (to.Contains("://", StringComparison.Ordinal)) continue;
                Assert.True(Path.Exists(Path.Combine(Path.GetDirectoryName(page)!, to)), $"{page}: {to}");
            }
    }

    [Fact]
    public void The_options_of_every_task_are_all_listed_with_their_help()
    {
        Listed("forecasting.md", ForecastOptions.Knobs);
        Listed("language.md", LanguageOptions.Knobs);
        Listed("tagging.md", TaggingOptions.Knobs);
        Listed("translation.md", TranslationOptions.Knobs);
        Listed("classification.md", ClassificationOptions.Knobs);
        Listed("vectors.md", VectorOptions.Knobs);
    }

    private static void Listed<TOptions>(string name, IReadOnlyList<Knob<TOptions>> knobs)
    {
        string page = File.ReadAllText(Path.Combine(DataFiles.Root, "docs", name));
        foreach (Knob<TOptions> knob in knobs) Assert.Contains($"| `--{knob.Name}` | {knob.Help}{(knob.Choices is null ? "" : $" One of {string.Join(", ", knob.Choices)}.")} |", page);
        Assert.Equal(knobs.Count, OptionRow().Count(page));
    }

    [Fact]
    public void The_page_of_layers_is_that_of_the_documentation_comments()
    {
        string page = File.ReadAllText(Path.Combine(DataFiles.Root, "docs", "layers.md")).ReplaceLineEndings("\n");
        Assert.True(page == LayerPage.Of(LayerPage.Documentation), "docs/layers.md is out of date: dotnet run --project docs/Unroll.Docs");
        Type[] layers = [.. typeof(Module).Assembly.GetExportedTypes().Where(static t => t.Namespace == typeof(Module).Namespace && t.IsSealed && !t.IsAbstract && t.IsAssignableTo(typeof(Module)))];
        Assert.True(layers.Length >= 7, $"{layers.Length} layers found");
        Assert.All(layers, t => Assert.Contains($"\n## {t.Name}\n", page));
    }

    /// <summary>Lines without what stands before and behind them.</summary>
    private static string Lines(string text) => string.Join('\n', text.Split('\n').Select(static line => line.Trim()).Where(static line => line.Length > 0));

    [GeneratedRegex(@"```csharp\r?\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"\]\(([^)#]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^\| `--", RegexOptions.Multiline)]
    private static partial Regex OptionRow();
}
