namespace Unroll.Layers;

/// <summary>How a recurrent layer's weights get their first values; the default is PyTorch's, all uniform within 1 / sqrt(H).</summary>
/// <param name="Input">W_ih, gate by gate.</param>
/// <param name="Recurrent">W_hh, gate by gate; <see cref="Init.Orthogonal"/> keeps the length of what passes through.</param>
/// <param name="Bias">Both biases.</param>
/// <param name="ForgetBias">What the LSTM's forget gate has as its whole bias (Jozefowicz et al. 2015 advise 1); no number leaves it to <paramref name="Bias"/>. Cells without a forget gate do not mind it.</param>
/// <param name="LongestMemory">Chrono initialisation (Tallec and Ollivier 2018): whole biases such that memories last from 1 to this many steps, at least 2: ln of a number uniform in 1 to steps - 1 in the LSTM's
/// forget gate, minus that in its input gate; the former in the GRU's update gate, which keeps where it is open. The paper has zero in the others (<c>Bias: Init.Zero</c>). Not beside
/// <paramref name="ForgetBias"/>. Cells without such gates do not mind it.</param>
public sealed record RecurrentInit(Init? Input = null, Init? Recurrent = null, Init? Bias = null, float? ForgetBias = null, int? LongestMemory = null);
