using System.Globalization;
using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Bench;

/// <summary>One line of a shapes file: the cell, inputs I, hidden size H, layers L, batch B, steps T.</summary>
internal readonly record struct RnnShape(string Cell, int I, int H, int L, int B, int T)
{
    public static IEnumerable<RnnShape> Read(string file) =>
        from line in File.ReadLines(file)
        let words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where words.Length == 6 && words[0][0] != '#'
        let n = words.Skip(1).Select(w => int.Parse(w, CultureInfo.InvariantCulture)).ToArray()
        select new RnnShape(words[0], n[0], n[1], n[2], n[3], n[4]);

    public int Gates => Cell switch { "LSTM" => 4, "GRU" => 3, _ => 1 };

    /// <summary>Of the products of one forward pass; a training step counts three times as many.</summary>
    public double Flops
    {
        get
        {
            double sum = 0;
            for (int l = 0; l < L; l++) sum += 2.0 * Gates * H * ((l == 0 ? I : H) + H);
            return sum * B * T;
        }
    }

    public Recurrent Layer() => Cell switch
    {
        "LSTM" => new Lstm(I, H, L),
        "GRU" => new Gru(I, H, L),
        "RNN" => new Rnn(I, H, L),
        _ => throw new InvalidDataException($"shapes: the cell must be RNN, LSTM or GRU, got {Cell}."),
    };

    /// <summary>The same layers out of small operations, one step after the other.</summary>
    public Tensor Composed(Recurrent layer, Tensor x)
    {
        var w = layer.NamedParameters().ToDictionary(p => p.Name, p => p.Value);
        for (int l = 0; l < L; l++)
        {
            Tensor h = Tensor.Zeros([B, H]), c = h;
            Tensor wih = w[$"weight_ih_l{l}"], whh = w[$"weight_hh_l{l}"], bih = w[$"bias_ih_l{l}"], bhh = w[$"bias_hh_l{l}"];
            var steps = new Tensor[T];
            int n = H;
            for (int t = 0; t < T; t++)
            {
                Tensor a = Ops.Linear(x[t], wih, bih), r = Ops.Linear(h, whh, bhh);
                Tensor A(int gate) => Ops.Slice(a, 1, gate * n, n);
                Tensor R(int gate) => Ops.Slice(r, 1, gate * n, n);
                switch (Cell)
                {
                    case "LSTM":
                        c = Ops.Sigmoid(A(1) + R(1)) * c + Ops.Sigmoid(A(0) + R(0)) * Ops.Tanh(A(2) + R(2));
                        h = Ops.Sigmoid(A(3) + R(3)) * Ops.Tanh(c);
                        break;
                    case "GRU":
                        Tensor z = Ops.Sigmoid(A(1) + R(1)), candidate = Ops.Tanh(A(2) + Ops.Sigmoid(A(0) + R(0)) * R(2));
                        h = candidate + z * (h - candidate);
                        break;
                    default:
                        h = Ops.Tanh(a + r);
                        break;
                }
                steps[t] = h;
            }
            x = Ops.Stack(steps);
        }
        return x;
    }
}
