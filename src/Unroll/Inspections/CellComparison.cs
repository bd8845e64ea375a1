using Unroll.Layers;
using Unroll.Tasks;
using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Inspections;

/// <summary>The gradient through time of a network that is new: one cell, one initialiser.</summary>
/// <param name="Cell">LSTM, GRU, RNN (tanh), RNN (rectifier).</param>
/// <param name="Initialiser">How its weights got their first values.</param>
/// <param name="Gradient">The gradient of the last step's loss.</param>
/// <param name="ClipFactor">What clipping would multiply its gradients by: 1 where it does nothing.</param>
public sealed record ComparedCell(string Cell, string Initialiser, GradientReading Gradient, double ClipFactor);

/// <summary>New networks of equal size on the same inputs, before any training: plain, LSTM and GRU, each with each initialiser.</summary>
/// <param name="Inputs">I.</param>
/// <param name="Hidden">H of all of them.</param>
/// <param name="Steps">Steps of the sequences.</param>
/// <param name="Clip">The norm that gradients are clipped to.</param>
/// <param name="Cells">What was compared.</param>
public sealed record CellComparison(int Inputs, int Hidden, int Steps, double Clip, IReadOnlyList<ComparedCell> Cells)
{
    private const double UsualClip = 1;
    private const ulong Seed = 1;

    private static readonly (string Name, Func<int, RecurrentInit> Of, bool Gated)[] Initialisers =
    [
        ("uniform (PyTorch)", static _ => new RecurrentInit(), false),
        ("Xavier", static _ => new RecurrentInit(Init.Xavier, Init.Xavier, Init.Zero), false),
        ("He", static _ => new RecurrentInit(Init.He, Init.He, Init.Zero), false),
        ("orthogonal", static _ => new RecurrentInit(Init.Xavier, Init.Orthogonal(), Init.Zero), false),
        ("identity", static _ => new RecurrentInit(Init.Xavier, Init.Identity(), Init.Zero), false),
        ("orthogonal, forget bias 1", static _ => new RecurrentInit(Init.Xavier, Init.Orthogonal(), Init.Zero, ForgetBias: 1), true),
        ("chrono", static steps => new RecurrentInit(Init.Xavier, Init.Orthogonal(), Init.Zero, LongestMemory: Math.Max(2, steps)), true),
    ];

    /// <summary>Compares on inputs of your own: each network shall tell the last input from those before it, by a linear map of its last state and the mean square.</summary>
    /// <param name="x"><c>[T, B, I]</c>, T at least 3.</param>
    /// <param name="hidden">H.</param>
    /// <param name="clip">The norm to clip to; 0 takes 1.</param>
    /// <param name="threads">Threads; 0 takes one a core.</param>
    /// <param name="cancellation">Stops between networks.</param>
    /// <exception cref="UnrollException">The sequences are too short.</exception>
    public static CellComparison Of(Tensor x, int hidden, double clip = 0, int threads = 0, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(hidden, 1);
        if (x.Shape.Rank != 3) throw new ArgumentException($"CellComparison: x must be [time, batch, inputs], got {x.Shape}.", nameof(x));
        if (x.Shape[0] < 3) throw new UnrollException($"sequences of {x.Shape[0]} steps are too short to compare cells on; at least 3 are needed.");
        if (clip <= 0) clip = UsualClip;
        int steps = x.Shape[0] - 1, inputs = x.Shape[2];
        Tensor read = Tensor.From([steps, x.Shape[1], inputs], x.Data[..(steps * x.Shape[1] * inputs)]).Keep(), told = Tensor.From([x.Shape[1], inputs], x.Data[(steps * x.Shape[1] * inputs)..]).Keep();
        var found = new List<ComparedCell>();
        using var tape = new Tape(threads);
        foreach (string cell in (string[])["RNN (tanh)", "LSTM", "GRU"])
            foreach ((string name, Func<int, RecurrentInit> of, bool gated) in Initialisers)
            {
                if (gated && (cell == "RNN (tanh)" || (cell == "GRU" && name != "chrono"))) continue;
                cancellation.ThrowIfCancellationRequested();
                RecurrentInit init = of(steps);
                Recurrent recurrent = cell switch
                {
                    "LSTM" => new Lstm(inputs, hidden, init: init),
                    "GRU" => new Gru(inputs, hidden, init: init),
                    _ => new Rnn(inputs, hidden, init: init),
                };
                found.Add(One(cell, name, recurrent, read, told, clip, tape));
            }
        return new CellComparison(inputs, hidden, steps, clip, found);
    }

    private static ComparedCell One(string cell, string name, Recurrent recurrent, Tensor read, Tensor told, double clip, Tape tape)
    {
        var model = new Sequential(recurrent, new Linear(recurrent.Hidden, told.Shape[1]));
        model.Initialize(Seed);
        var tracer = new RecurrentTracer(composed: false, weights: true, columns: []);
        tape.Observer = tracer;
        try
        {
            using Tape.Step step = tape.Open();
            Tensor loss = Loss.MeanSquared(model.Forward(read)[-1], told);
            tape.Backward(loss);
            StateTrace trace = tracer.Traces()[0];
            double norm = GradientClip.Norm(model.Parameters);
            return new ComparedCell(cell, name, GradientReading.Of(trace, trace), norm > clip ? clip / norm : 1);
        }
        finally
        {
            tape.Observer = null;
        }
    }

    /// <summary>On what a model's first recurrent layer reads of a batch.</summary>
    internal static CellComparison? Of(InspectionCase of, CancellationToken cancellation)
    {
        using var tape = new Tape(of.Threads);
        var listener = new FirstInput();
        tape.Observer = listener;
        using (tape.Open(record: false)) of.Run(InspectedLoss.None);
        return listener.Read is not { } x || x.Shape[0] < 3 ? null : Of(x, listener.Hidden, of.Clip, of.Threads, cancellation);
    }

    private sealed class FirstInput : RecurrentObserver
    {
        public Tensor? Read { get; private set; }

        public int Hidden { get; private set; }

        public override Tensor Input(Recurrent layer, Tensor x, ReadOnlySpan<int> lengths)
        {
            if (Read is null) (Read, Hidden) = (x.Keep(), layer.Hidden);
            return x;
        }
    }
}
