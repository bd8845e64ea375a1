using System.Globalization;

namespace Unroll.Layers;

/// <summary>Modules by number, named 0, 1, 2, ... as in PyTorch's nn.ModuleList; what is done with them is up to who holds the list.</summary>
/// <typeparam name="T">What they are.</typeparam>
internal sealed class ModuleList<T> : Module where T : Module
{
    private readonly T[] modules;

    /// <summary>Takes the modules in order.</summary>
    /// <param name="modules">Any number.</param>
    public ModuleList(params ReadOnlySpan<T> modules)
    {
        this.modules = modules.ToArray();
        for (int i = 0; i < modules.Length; i++) Child(i.ToString(CultureInfo.InvariantCulture), modules[i]);
    }

    /// <summary>Makes some modules.</summary>
    /// <param name="count">How many.</param>
    /// <param name="make">From a number to the module.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    public ModuleList(int count, Func<int, T> make) : this(Make(count, make))
    {
    }

    /// <summary>How many there are.</summary>
    public int Count => modules.Length;

    /// <summary>One of them.</summary>
    public T this[int index] => modules[index];

    private static T[] Make(int count, Func<int, T> make)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var made = new T[count];
        for (int i = 0; i < count; i++) made[i] = make(i);
        return made;
    }
}
