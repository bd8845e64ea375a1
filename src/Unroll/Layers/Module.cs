using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>
/// Something with weights. A constructor makes its weights with <see cref="Param"/>, numbers that are kept but not trained with <see cref="Buffer"/> and its parts with
/// <see cref="Child{T}"/>; all register and return, so parameters, names and files follow by themselves.
/// </summary>
/// <remarks>A new module has the weights of seed 0; <see cref="Initialize(ulong)"/> draws them anew. Names are PyTorch's: <c>encoder.weight_ih_l0</c>.</remarks>
public abstract class Module
{
    private readonly record struct Weight(string Name, Tensor Value, Init Init);

    private readonly List<Weight> weights = [];
    private readonly List<Weight> buffers = [];
    private readonly List<(string Prefix, Module Module, string Suffix)> children = [];

    /// <summary>All weights, those of the parts included, in the order they were made.</summary>
    public IReadOnlyList<Tensor> Parameters => [.. NamedParameters().Select(static p => p.Value)];

    /// <summary>The number of single weights.</summary>
    public long ParameterCount => NamedParameters().Sum(static p => (long)p.Value.Length);

    /// <summary>All weights with their full names, in the order they were made.</summary>
    public IEnumerable<(string Name, Tensor Value)> NamedParameters()
    {
        foreach (Weight w in weights) yield return (w.Name, w.Value);
        foreach ((string prefix, Module module, string suffix) in children)
            foreach ((string inner, Tensor value) in module.NamedParameters()) yield return ($"{prefix}{inner}{suffix}", value);
    }

    /// <summary>All that a saved model holds, with full names: the weights and the buffers (numbers that no gradient trains, such as running statistics), as PyTorch's <c>state_dict</c>.</summary>
    public IEnumerable<(string Name, Tensor Value)> NamedState()
    {
        foreach (Weight w in weights) yield return (w.Name, w.Value);
        foreach (Weight b in buffers) yield return (b.Name, b.Value);
        foreach ((string prefix, Module module, string suffix) in children)
            foreach ((string inner, Tensor value) in module.NamedState()) yield return ($"{prefix}{inner}{suffix}", value);
    }

    /// <summary>All parts with their full names, the parts' own parts included; cells of a recurrent layer, which stand in the layer's own list, are called as the layer.</summary>
    internal IEnumerable<(string Name, Module Part)> NamedParts()
    {
        foreach ((string prefix, Module module, _) in children)
        {
            yield return (prefix.TrimEnd('.'), module);
            foreach ((string inner, Module part) in module.NamedParts()) yield return ((prefix + inner).TrimEnd('.'), part);
        }
    }

    /// <summary>Draws all weights anew and sets the buffers back. A weight's values depend on the seed and its full name alone, not on the order in which modules were made.</summary>
    /// <param name="seed">Any number.</param>
    public void Initialize(ulong seed) => Initialize(new RandomStream(seed), "", "");

    /// <summary>Sets every gradient to zero.</summary>
    public void ZeroGradients()
    {
        foreach (Weight w in weights)
            if (w.Value.HasGrad) w.Value.Slot.ClearGrad();
        foreach ((_, Module module, _) in children) module.ZeroGradients();
    }

    /// <summary>Copies weights and buffers of the same names and shapes in, as saved from <see cref="NamedState"/>.</summary>
    /// <param name="state">Values by full name.</param>
    /// <exception cref="UnrollException">A weight or buffer is missing, is too many, or has another shape.</exception>
    public void Load(IReadOnlyDictionary<string, (int[] Shape, float[] Values)> state)
    {
        int taken = 0;
        foreach ((string name, Tensor value) in NamedState())
        {
            if (!state.TryGetValue(name, out (int[] Shape, float[] Values) saved)) throw new UnrollException($"weights: '{name}' {value.Shape} is missing.");
            if (value.Shape != new Shape(saved.Shape)) throw new UnrollException($"weights: '{name}' must be {value.Shape}, got {new Shape(saved.Shape)}.");
            taken++;
        }
        if (taken != state.Count)
        {
            var known = NamedState().Select(static p => p.Name).ToHashSet();
            throw new UnrollException($"weights: '{state.Keys.First(k => !known.Contains(k))}' belongs to no part of this model.");
        }
        foreach ((string name, Tensor value) in NamedState()) state[name].Values.CopyTo(value.Data);
    }

    /// <summary>Makes and registers a weight.</summary>
    /// <param name="name">Its name within this module, without dots.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="init">How it gets its first values.</param>
    protected Tensor Param(string name, Shape shape, Init init) => Add(weights, name, Tensor.Parameter(shape), init);

    /// <summary>Makes and registers numbers that are saved and loaded with the weights but not trained.</summary>
    /// <param name="name">Its name within this module, without dots.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="init">Its first values.</param>
    protected Tensor Buffer(string name, Shape shape, Init init) => Add(buffers, name, Tensor.Zeros(shape).Keep(), init);

    /// <summary>Registers a part.</summary>
    /// <param name="name">Its name within this module, without dots.</param>
    /// <param name="module">The part.</param>
    protected T Child<T>(string name, T module) where T : Module
    {
        if (children.Exists(c => c.Prefix == $"{name}.")) throw new ArgumentException($"Module: there is a part '{name}' already.");
        children.Add(($"{name}.", module, ""));
        return module;
    }

    private Tensor Add(List<Weight> to, string name, Tensor value, Init init)
    {
        if (weights.Exists(w => w.Name == name) || buffers.Exists(b => b.Name == name)) throw new ArgumentException($"Module: there is a weight or buffer '{name}' already.");
        to.Add(new Weight(name, value, init));
        init.Fill(value.Shape, value.Data, new RandomStream(0).Split(Key(name)));
        return value;
    }

    /// <summary>Registers a part that stands for a layer or direction of this module: <c>weight_ih</c> is called <c>weight_ih_l0</c> here; with a name, <c>cell_l0.weight_ih</c>.</summary>
    /// <param name="name">What the part is called, or nothing where its weights stand in this module's own list.</param>
    /// <param name="module">The part.</param>
    /// <param name="suffix">Goes behind the part's name, or behind each weight's where the part has none.</param>
    private protected void Adopt(string name, Module module, string suffix)
    {
        if (name.Length > 0)
        {
            Child(name + suffix, module);
            return;
        }
        children.Add(("", module, suffix));
        module.Initialize(new RandomStream(0), "", suffix);                            // a weight's values follow from its name here
    }

    private void Initialize(RandomStream random, string prefix, string suffix)
    {
        foreach (Weight w in weights.Concat(buffers)) w.Init.Fill(w.Value.Shape, w.Value.Data, random.Split(Key(prefix + w.Name + suffix)));
        foreach ((string before, Module module, string behind) in children) module.Initialize(random, prefix + before, behind + suffix);
    }

    // FNV-1a: the same on every machine and run, which string.GetHashCode is not.
    private static ulong Key(string name)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in name) hash = (hash ^ c) * 1099511628211;
        return hash;
    }
}
