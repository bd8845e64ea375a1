using System.Text.Json.Nodes;
using Unroll.Data.Tokenizers;
using Unroll.Formats;
using Unroll.Tests.Formats;

namespace Unroll.Tests.Oracles;

/// <summary>The files that are written here cut text and put it together in Hugging Face's library as they do here (make_tokenizer_oracles.js), and what that library writes is read here.</summary>
public sealed class TokenizerOracleTests : IDisposable
{
    private static readonly JsonObject Golden = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Oracles", "data", "tokenizers.json")))!.AsObject();

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> Names => [.. Golden["tokenizers"]!.AsArray().Select(static t => t!["name"]!.GetValue<string>())];

    [Theory]
    [MemberData(nameof(Names))]
    public void Tokens_and_texts_are_those_of_the_library(string name)
    {
        JsonNode golden = Golden["tokenizers"]!.AsArray().Single(t => t!["name"]!.GetValue<string>() == name)!;
        string[] lines = [.. Golden["lines"]!.AsArray().Select(static l => l!.GetValue<string>())];
        Assert.True(lines.Length > 300);
        foreach (string file in (string[])["tokenizer", "saved"])
        {
            File.WriteAllText(folder["tokenizer.json"], golden[file]!.ToJsonString());
            Tokenizer tokenizer = TokenizerFile.Read(folder["tokenizer.json"]);
            for (int i = 0; i < lines.Length; i++)
            {
                int[] tokens = [.. golden["tokens"]![i]!.AsArray().Select(static t => t!.GetValue<int>())];
                Assert.Equal(tokens, tokenizer.Encode(lines[i]));
                Assert.Equal(golden["texts"]![i]?.GetValue<string>() ?? lines[i], tokenizer.Decode(tokens));
            }

            // What the library read is what is written today.
            TokenizerFile.Write(folder["again.json"], tokenizer);
            Assert.True(JsonNode.DeepEquals(golden["tokenizer"], JsonNode.Parse(File.ReadAllText(folder["again.json"]))), $"{name}: the file is written differently");
        }
    }
}
