using Unroll.Data.Tokenizers;
using Unroll.Formats;

namespace Unroll.Tasks.Translation;

/// <content>A model folder: <c>config.json</c>, <c>model.safetensors</c>, <c>tokenizer.json</c> and, where the sides have vocabularies of their own, <c>target-tokenizer.json</c>.</content>
public sealed partial class Translator
{
    private const string SourceName = "tokenizer.json", TargetName = "target-tokenizer.json";

    /// <summary>Writes the model into a folder, which is made where it is missing and may hold other files (a run's recipe and report).</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UnrollException">It cannot be written.</exception>
    public void Save(string folder)
    {
        ModelFolder.Make(folder);
        TokenizerFile.Write(Path.Combine(folder, SourceName), source.Tokenizer);
        if (!Options.Shared) TokenizerFile.Write(Path.Combine(folder, TargetName), target.Tokenizer);
        ModelFolder.Save(folder, TranslationRecipe.TaskName, network, json =>
        {
            ModelFolder.WriteKnobs(json, "options", TranslationOptions.Knobs, Options);
            json.WriteNumber("source_tokens", source.Tokenizer.Count);
            json.WriteNumber("target_tokens", target.Tokenizer.Count);
        });
    }

    /// <summary>Reads a model folder; the model gives the same bits as the one that was saved.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UnrollException">It is no translator's folder, of a newer version, or damaged.</exception>
    public static Translator Load(string folder)
    {
        (JsonFields json, string weights) = ModelFolder.Open(folder, TranslationRecipe.TaskName);
        string path = ModelFolder.ConfigPath(folder);
        TranslationOptions options = ModelFolder.ReadKnobs(json.Object("options"), path, TranslationOptions.Knobs, new TranslationOptions());
        Tokenizer from = ReadTokenizer(SourceName, "source_tokens"), to = options.Shared ? from : ReadTokenizer(TargetName, "target_tokens");
        using SafeTensorsFile file = SafeTensorsFile.Open(weights);
        // The sizes that config.json claims must be borne out by the weights before anything is made of them.
        TranslationNetworkOptions sizes = options.Network;
        long claimed = (long)sizes.LayerCount * sizes.Width * sizes.Width + (long)(options.Shared ? to.Count : from.Count + to.Count) * sizes.TokenWidth;
        if (claimed > file.Tensors.Sum(static t => t.Elements)) throw new UnrollException($"{path}: the sizes of the network do not fit {Path.GetFileName(weights)}.");
        var translator = new Translator(options, from, to);
        ModelFolder.LoadWeights(file, weights, translator.network);
        return translator;

        Tokenizer ReadTokenizer(string name, string count)
        {
            string words = Path.Combine(folder, name);
            if (!File.Exists(words)) throw new UnrollException($"'{folder}' is not complete: {name} is missing.");
            Tokenizer tokenizer = TokenizerFile.Read(words);
            return tokenizer.Count == json.Int32(count) ? tokenizer : throw new UnrollException($"{words} does not belong to this model: it has {tokenizer.Count} tokens, {ModelFolder.ConfigPath(folder)} says {json.Int32(count)}.");
        }
    }
}
