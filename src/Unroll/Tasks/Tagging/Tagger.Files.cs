using Unroll.Data.Tokenizers;
using Unroll.Formats;
using Unroll.Tensors;

namespace Unroll.Tasks.Tagging;

/// <content>A model folder: <c>config.json</c>, <c>model.safetensors</c> and <c>tokenizer.json</c> with the words.</content>
public sealed partial class Tagger
{
    private const string TokenizerName = "tokenizer.json", CharactersKey = "characters", TagsKey = "tags", SchemeKey = "chunks", NoScheme = "none";

    /// <summary>Writes the model into a folder, which is made where it is missing and may hold other files (a run's recipe and report).</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UnrollException">It cannot be written.</exception>
    public void Save(string folder)
    {
        ModelFolder.Make(folder);
        TokenizerFile.Write(Path.Combine(folder, TokenizerName), vocabulary.Words);
        ModelFolder.Save(folder, TaggingRecipe.TaskName, network, json =>
        {
            ModelFolder.WriteKnobs(json, "options", TaggingOptions.Knobs, Options);
            json.WriteString(SchemeKey, Scheme?.ToString().ToLowerInvariant() ?? NoScheme);
            json.WriteNumber("words", vocabulary.Words.Count);
            ModelFolder.WriteTexts(json, CharactersKey, vocabulary.Characters);
            ModelFolder.WriteTexts(json, TagsKey, vocabulary.Tags);
        });
    }

    /// <summary>Reads a model folder; the model gives the same bits as the one that was saved.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UnrollException">It is no tagger's folder, of a newer version, or damaged.</exception>
    public static Tagger Load(string folder)
    {
        (JsonFields json, string weights) = ModelFolder.Open(folder, TaggingRecipe.TaskName);
        string path = ModelFolder.ConfigPath(folder), words = Path.Combine(folder, TokenizerName);
        TaggingOptions options = ModelFolder.ReadKnobs(json.Object("options"), path, TaggingOptions.Knobs, new TaggingOptions());
        string way = json.Text(SchemeKey);
        TagScheme? scheme = null;
        if (way != NoScheme) scheme = Enum.GetValues<TagScheme>().Where(s => s.ToString().ToLowerInvariant() == way).Cast<TagScheme?>().FirstOrDefault() ?? throw json.Error(SchemeKey, $"must be iob1, iob2, bioes or {NoScheme}, got '{way}'.");
        IReadOnlyList<string> characters = json.Texts(CharactersKey), tags = json.Texts(TagsKey);
        if (characters.FirstOrDefault(static c => c.Length == 0 || c.Length > 2 || (c.Length == 2 ? !char.IsSurrogatePair(c, 0) : char.IsSurrogate(c[0]))) is { } wrong)
            throw json.Error(CharactersKey, $"must be single characters, got '{wrong}'.");
        if (tags.Count < 2 || tags.Distinct().Count() != tags.Count || tags.Contains("")) throw json.Error(TagsKey, "must be at least two different tags.");
        if (!File.Exists(words)) throw new UnrollException($"'{folder}' is not complete: {TokenizerName} is missing.");
        if (TokenizerFile.Read(words) is not WordTokenizer tokenizer) throw new UnrollException($"{words} does not fit {path}: it does not hold words.");
        if (json.Int32("words", 1) != tokenizer.Count) throw new UnrollException($"{words} does not fit {path}: it has {tokenizer.Count} words, not {json.Int32("words")}.");
        using SafeTensorsFile file = SafeTensorsFile.Open(weights);
        // The sizes that config.json claims must be borne out by the weights before anything is made of them.
        TaggingNetworkOptions n = options.Network;
        long claimed = 2L * n.Layers * n.Hidden * n.Hidden + (long)tokenizer.Count * n.Embedding + (long)characters.Count * n.CharacterEmbedding + (long)tags.Count * n.Hidden;
        if (claimed > file.Tensors.Sum(static t => t.Elements)) throw new UnrollException($"{path}: the sizes of the network do not fit {Path.GetFileName(weights)}.");
        Tagger tagger;
        try
        {
            tagger = new Tagger(options, new TaggingVocabulary(tokenizer, characters, tags, options.OneDigit), scheme);
        }
        catch (ArgumentException e)
        {
            throw json.Error(TagsKey, e.Message.ReplaceLineEndings(" "));
        }
        ModelFolder.LoadWeights(file, weights, tagger.network);
        return tagger;
    }
}
