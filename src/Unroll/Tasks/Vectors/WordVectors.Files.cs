using System.Security.Cryptography;
using System.Text;
using Unroll.Formats;

namespace Unroll.Tasks.Vectors;

/// <content>A model folder, <c>config.json</c>, <c>model.safetensors</c> and <c>vocabulary.txt</c>, or a file as word2vec's program has it.</content>
public sealed partial class WordVectors
{
    private const string VocabularyFile = "vocabulary.txt";
    private const string VectorsName = "embedding.weight", PiecesName = "subwords.weight", BucketsName = "subwords.buckets";

    /// <summary>Writes the vectors: into a file where the path ends with .txt, .vec or .bin (.gz behind packs it), see <see cref="WordVectorFile"/>; else into a model folder, which is made where it
    /// is missing and may hold other files. A file holds no pieces of words.</summary>
    /// <param name="path">The file or folder.</param>
    /// <exception cref="UnrollException">It cannot be written.</exception>
    public void Save(string path)
    {
        if (WordVectorFile.IsNamedSo(path))
        {
            WordVectorFile.Write(path, words, vectors, Size);
            return;
        }
        ModelFolder.Make(path);
        string vocabulary = string.Join('\n', words) + "\n";
        AtomicFile.WriteText(Path.Combine(path, VocabularyFile), vocabulary);
        IEnumerable<SafeTensorEntry> weights = [SafeTensorEntry.Single(VectorsName, [Count, Size], vectors)];
        if (subwords is not null)
            weights = weights.Append(SafeTensorEntry.Single(PiecesName, [subwords.Buckets.Length, Size], pieces)).Append(SafeTensorEntry.Int64(BucketsName, [subwords.Buckets.Length], Array.ConvertAll(subwords.Buckets, static b => (long)b)));
        ModelFolder.Save(path, VectorsRecipe.TaskName, weights, json =>
        {
            json.WriteNumber("words", Count);
            json.WriteNumber("size", Size);
            json.WriteString("vocabulary_sha256", Checksum(vocabulary));
            ModelFolder.WriteKnobs(json, "options", VectorOptions.Knobs, Options ?? new VectorOptions());
            json.WriteBoolean("subwords", HasSubwords);
        });
    }

    /// <summary>Reads a model folder, or a file of vectors as <see cref="WordVectorFile"/> has it.</summary>
    /// <param name="path">The folder or file.</param>
    /// <exception cref="UnrollException">It is neither, of a newer version, or damaged.</exception>
    public static WordVectors Load(string path)
    {
        if (!Directory.Exists(path) && (File.Exists(path) || WordVectorFile.IsNamedSo(path)))
        {
            (string[] read, float[] values, int length) = WordVectorFile.Read(path);
            return new WordVectors(read, values, length, null, []);
        }
        (JsonFields json, string weights) = ModelFolder.Open(path, VectorsRecipe.TaskName);
        string config = ModelFolder.ConfigPath(path);
        VectorOptions options = ModelFolder.ReadKnobs(json.Object("options"), config, VectorOptions.Knobs, new VectorOptions());
        string[] words = ReadVocabulary(path, json);
        int size = json.Int32("size", 1);
        using SafeTensorsFile file = SafeTensorsFile.Open(weights);
        float[] vectors = Values(VectorsName, words.Length), pieces = [];
        Subwords? subwords = null;
        if (json.Boolean("subwords"))
        {
            long[] buckets = file.ReadInt64(BucketsName);
            if (buckets.Any(b => b < 0 || b >= options.Subwords.Buckets)) throw new UnrollException($"{weights} does not fit config.json: {BucketsName} must be below {options.Subwords.Buckets}.");
            (subwords, pieces) = (new Subwords(Array.ConvertAll(buckets, static b => (int)b), options.Subwords), Values(PiecesName, buckets.Length));
        }
        try
        {
            return new WordVectors(words, vectors, size, subwords, pieces) { Options = options };
        }
        catch (ArgumentException e)
        {
            throw new UnrollException($"'{path}': damaged: {e.Message}", e);
        }

        float[] Values(string name, int rows) => file[name].Shape.SequenceEqual([rows, size])
            ? file.ReadSingle(name)
            : throw new UnrollException($"{weights} does not fit config.json: {name} must be [{rows}, {size}], got [{string.Join(", ", file[name].Shape)}].");
    }

    private static string[] ReadVocabulary(string folder, JsonFields json)
    {
        string path = Path.Combine(folder, VocabularyFile), text;
        try
        {
            text = File.Exists(path) ? File.ReadAllText(path) : throw new UnrollException($"'{folder}' is not complete: {VocabularyFile} is missing.");
        }
        catch (Exception e) when (FileError.IsFor(e))
        {
            throw FileError.Reading(path, e);
        }
        string[] words = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return string.Equals(Checksum(text), json.Text("vocabulary_sha256"), StringComparison.OrdinalIgnoreCase) && words.Length == json.Int32("words", 1)
            ? words
            : throw new UnrollException($"{path}: damaged: the file is not the one that config.json was saved with; train again or restore the folder.");
    }

    private static string Checksum(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
