using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tests.Contracts;

/// <summary>What the contract must know of a layer. Adding a row to <see cref="LayerRows"/> is all the testing of a new layer's plumbing that there is to do.</summary>
/// <param name="Name">Unique.</param>
/// <param name="Make">A new one, of sizes large enough that its products are worth sharing among threads.</param>
/// <param name="Forward">Feeds it a fixed input of its own; the results.</param>
/// <param name="Output">The shape of the first result.</param>
/// <param name="Parameters">All names and shapes in PyTorch's terms, in their order: <c>weight [48, 33]</c>.</param>
/// <param name="Buffers">Likewise what is kept but not trained.</param>
public sealed record LayerRow(string Name, Func<Module> Make, Func<Module, Tensor[]> Forward, Shape Output, string[] Parameters, params string[] Buffers);
