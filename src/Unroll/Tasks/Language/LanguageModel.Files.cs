using Unroll.Data.Tokenizers;
using Unroll.Formats;

namespace Unroll.Tasks.Language;

/// <content>A model folder: <c>config.json</c>, <c>model.safetensors</c> and <c>tokenizer.json</c>.</content>
public sealed partial class LanguageModel
{
    private const string TokenizerName = "tokenizer.json";

    /// <summary>Writes the model into a folder, which is made where it is missing and may hold other files (a run's recipe and report).</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UnrollException">It cannot be written.</exception>
    public void Save(string folder)
    {
        ModelFolder.Make(folder);
        TokenizerFile.Write(Path.Combine(folder, TokenizerName), Tokenizer);
        ModelFolder.Save(folder, LanguageRecipe.TaskName, network, json =>
        {
            ModelFolder.WriteKnobs(json, "options", LanguageOptions.Knobs, Options);
            json.WriteNumber("tokens", Tokenizer.Count);
        });
    }

    /// <summary>Reads a model folder; the model gives the same bits as the one that was saved.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UnrollException">It is no language model's folder, of a newer version, or damaged.</exception>
    public static LanguageModel Load(string folder)
    {
        (JsonFields json, string weights) = ModelFolder.Open(folder, LanguageRecipe.TaskName);
        string path = ModelFolder.ConfigPath(folder), words = Path.Combine(folder, TokenizerName);
        LanguageOptions options = ModelFolder.ReadKnobs(json.Object("options"), path, LanguageOptions.Knobs, new LanguageOptions());
        if (!File.Exists(words)) throw new UnrollException($"'{folder}' is not complete: {TokenizerName} is missing.");
        Tokenizer tokenizer = TokenizerFile.Read(words);
        if (json.Int32("tokens", 1) != tokenizer.Count) throw new UnrollException($"{words} does not fit {path}: it has {tokenizer.Count} tokens, not {json.Int32("tokens")}.");
        using SafeTensorsFile file = SafeTensorsFile.Open(weights);
        // The sizes that config.json claims must be borne out by the weights before anything is made of them.
        long claimed = (long)options.Network.Layers * options.Network.Hidden * options.Network.Hidden
            + (options.Network.Input == TokenInput.Vector ? (long)tokenizer.Count * Math.Max(1, options.Network.Embedding) : 0);
        if (claimed > file.Tensors.Sum(static t => t.Elements)) throw new UnrollException($"{path}: the sizes of the network do not fit {Path.GetFileName(weights)}.");
        var model = new LanguageModel(options, tokenizer);
        ModelFolder.LoadWeights(file, weights, model.network);
        return model;
    }
}
