using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>
/// Something with weights. A constructor makes its weights with <see cref="Param"/> and its parts with <see cref="Child{T}"/>; both register and return,
/// so parameters, names and files follow by themselves.
/// </summary>
/// <remarks>A new module has the weights of seed 0; <see cref="Initialize(ulong)"/> draws them anew. Names are PyTorch's: <c>encoder.weight_ih_l0</c>.</remarks>
public abstract class Module
{
    private readonly record struct Weight(string Name, Tensor Value, Init Init);

    private readonly List<Weight> weights = [];
    private readonly List<(string Name, Module Module)> children = [];

    /// <summary>All weights, those of the parts included, in the order they were made.</summary>
    public IReadOnlyList<Tensor> Parameters => [.. NamedParameters().Select(static p => p.Value)];

    /// <summary>The number of single weights.</summary>
    public long ParameterCount => NamedParameters().Sum(static p => (long)p.Value.Length);

    /// <summary>All weights with their full names, in the order they were made.</summary>
    public IEnumerable<(string Name, Tensor Value)> NamedParameters()
    {
        foreach (Weight w in weights) yield return (w.Name, w.Value);
        foreach ((string name, Module module) in children)
            foreach ((string inner, Tensor value) in module.NamedParameters()) yield return ($"{name}.{inner}", value);
    }

    /// <summary>Draws all weights anew. A weight's values depend on the seed and its full name alone, not on the order in which modules were made.</summary>
    /// <param name="seed">Any number.</param>
    public void Initialize(ulong seed) => Initialize(new RandomStream(seed), "");

    /// <summary>Sets every gradient to zero.</summary>
    public void ZeroGradients()
    {
        foreach (Weight w in weights)
            if (w.Value.HasGrad) w.Value.Slot.ClearGrad();
        foreach ((_, Module module) in children) module.ZeroGradients();
    }

    /// <summary>Copies weights of the same names and shapes in, as saved from <see cref="NamedParameters"/>.</summary>
    /// <param name="state">Values by full name.</param>
    /// <exception cref="UnrollException">A weight is missing, is too many, or has another shape.</exception>
    public void Load(IReadOnlyDictionary<string, (int[] Shape, float[] Values)> state)
    {
        int taken = 0;
        foreach ((string name, Tensor value) in NamedParameters())
        {
            if (!state.TryGetValue(name, out (int[] Shape, float[] Values) saved)) throw new UnrollException($"weights: '{name}' {value.Shape} is missing.");
            if (value.Shape != new Shape(saved.Shape)) throw new UnrollException($"weights: '{name}' must be {value.Shape}, got {new Shape(saved.Shape)}.");
            taken++;
        }
        if (taken != state.Count)
        {
            var known = NamedParameters().Select(static p => p.Name).ToHashSet();
            throw new UnrollException($"weights: '{state.Keys.First(k => !known.Contains(k))}' belongs to no part of this model.");
        }
        foreach ((string name, Tensor value) in NamedParameters()) state[name].Values.CopyTo(value.Data);
    }

    /// <summary>Makes and registers a weight.</summary>
    /// <param name="name">Its name within this module, without dots.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="init">How it gets its first values.</param>
    protected Tensor Param(string name, Shape shape, Init init)
    {
        if (weights.Exists(w => w.Name == name)) throw new ArgumentException($"Module: there is a weight '{name}' already.");
        Tensor value = Tensor.Parameter(shape);
        weights.Add(new Weight(name, value, init));
        init.Fill(shape, value.Data, new RandomStream(0).Split(Key(name)));
        return value;
    }

    /// <summary>Registers a part.</summary>
    /// <param name="name">Its name within this module, without dots.</param>
    /// <param name="module">The part.</param>
    protected T Child<T>(string name, T module) where T : Module
    {
        if (children.Exists(c => c.Name == name)) throw new ArgumentException($"Module: there is a part '{name}' already.");
        children.Add((name, module));
        return module;
    }

    private void Initialize(RandomStream random, string prefix)
    {
        foreach (Weight w in weights) w.Init.Fill(w.Value.Shape, w.Value.Data, random.Split(Key(prefix + w.Name)));
        foreach ((string name, Module module) in children) module.Initialize(random, $"{prefix}{name}.");
    }

    // FNV-1a: the same on every machine and run, which string.GetHashCode is not.
    private static ulong Key(string name)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in name) hash = (hash ^ c) * 1099511628211;
        return hash;
    }
}
