using Unroll.Docs;

// Writes docs/layers.md from the documentation comments of the layers: dotnet run --project docs/Unroll.Docs
string root = Directory.GetCurrentDirectory();
while (!File.Exists(Path.Combine(root, "Unroll.slnx"))) root = Path.GetDirectoryName(root) ?? throw new DirectoryNotFoundException("run this inside the repository");
string page = Path.Combine(root, "docs", "layers.md");
File.WriteAllText(page, LayerPage.Of(LayerPage.Documentation));
Console.WriteLine(page);
