using BenchmarkDotNet.Attributes;
using Unroll.Kernels;
using Unroll.Tensors;

namespace Unroll.Bench;

/// <summary>A product C [M, N] = op(A) op(B) over K.</summary>
/// <param name="Form">n as it stands, t transposed: nn, nt (y = x W'), tn (dW = dy' x).</param>
/// <param name="M">Rows.</param>
/// <param name="N">Columns.</param>
/// <param name="K">Depth.</param>
public sealed record ProductSize(string Form, int M, int N, int K) : IMeasured
{
    double IMeasured.Work => 2.0 * M * N * K;

    /// <summary>As the table shows it.</summary>
    public override string ToString() => $"{Form} {M} x {N} x {K}";
}

/// <summary>So many numbers.</summary>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns.</param>
public sealed record Extent(int Rows, int Columns) : IMeasured
{
    double IMeasured.Work => (double)Rows * Columns;

    /// <summary>As the table shows it.</summary>
    public override string ToString() => $"{Rows} x {Columns}";
}

/// <summary>What all suites share: threads, and numbers.</summary>
public abstract class Suite
{
    private readonly Dictionary<int, Team> teams = [];

    private protected Team Team(int threads)
    {
        if (!teams.TryGetValue(threads, out Team? team)) teams.Add(threads, team = new Team(threads));
        return team;
    }

    private protected static float[] Numbers(int count, ulong seed = 1)
    {
        float[] x = GC.AllocateArray<float>(count, pinned: true);
        new RandomStream(seed).FillUniform(x, -1, 1);
        return x;
    }

    /// <summary>Ends the threads.</summary>
    [GlobalCleanup]
    public void End()
    {
        foreach (Team team in teams.Values) team.Dispose();
        teams.Clear();
    }
}

/// <summary>Square, tall, thin, batch 1.</summary>
public class Products : Suite
{
    private float[] a = [], b = [], c = [];

    /// <summary>Threads.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    /// <summary>The shapes.</summary>
    [ParamsSource(nameof(Sizes))]
    public ProductSize Size { get; set; } = null!;

    /// <summary>The shapes.</summary>
    public static IEnumerable<ProductSize> Sizes =>
    [
        new("nn", 512, 512, 512), new("nt", 512, 512, 512), new("tn", 512, 512, 512), new("nn", 1024, 1024, 1024), new("nt", 6400, 1024, 256), new("tn", 1024, 256, 6400),
        new("nt", 700, 10000, 650), new("nn", 700, 650, 10000), new("tn", 10000, 650, 700), new("nt", 8, 2048, 512), new("nt", 1, 2048, 512), new("nn", 1, 2048, 512), new("nt", 1, 512, 128),
        new("nt", 4000, 1, 128), new("nn", 64, 64, 64), new("nt", 32, 32, 32),
    ];

    /// <summary>Makes the operands.</summary>
    [GlobalSetup]
    public void Setup() => (a, b, c) = (Numbers(Size.M * Size.K), Numbers(Size.K * Size.N, 2), Numbers(Size.M * Size.N));

    /// <summary>The product.</summary>
    [Benchmark]
    public void Multiply()
    {
        bool ta = Size.Form[0] == 't', tb = Size.Form[1] == 't';
        Gemm.Multiply(Team(Threads), ta, tb, Size.M, Size.N, Size.K, a, ta ? Size.M : Size.K, b, tb ? Size.K : Size.N, c, Size.N, accumulate: false);
    }
}

/// <summary>Functions of each number, in the first-level cache.</summary>
public class Functions : Suite
{
    private readonly float[] x = new float[1024], y = new float[1024];

    private int Length => Size.Columns;

    /// <summary>One row, with and without a tail.</summary>
    [ParamsSource(nameof(Sizes))]
    public Extent Size { get; set; } = null!;

    /// <summary>One row, with and without a tail.</summary>
    public static IEnumerable<Extent> Sizes => [new(1, 1024), new(1, 40)];

    /// <summary>Numbers between 0.1 and 3.</summary>
    [GlobalSetup]
    public void Setup() => new RandomStream(1).FillUniform(x, 0.1f, 3);

    /// <summary>e^x.</summary>
    [Benchmark]
    public void Exp() => VectorMath.Exp(x.AsSpan(0, Length), y.AsSpan(0, Length));

    /// <summary>ln x.</summary>
    [Benchmark]
    public void Log() => VectorMath.Log(x.AsSpan(0, Length), y.AsSpan(0, Length));

    /// <summary>ln(1 + x).</summary>
    [Benchmark]
    public void Log1p() => VectorMath.Log1p(x.AsSpan(0, Length), y.AsSpan(0, Length));

    /// <summary>tanh x.</summary>
    [Benchmark]
    public void Tanh() => VectorMath.Tanh(x.AsSpan(0, Length), y.AsSpan(0, Length));

    /// <summary>1 / (1 + e^-x).</summary>
    [Benchmark]
    public void Sigmoid() => VectorMath.Sigmoid(x.AsSpan(0, Length), y.AsSpan(0, Length));

    /// <summary>ln(1 + e^x).</summary>
    [Benchmark]
    public void Softplus() => VectorMath.Softplus(x.AsSpan(0, Length), y.AsSpan(0, Length));

    /// <summary>A row of a softmax.</summary>
    [Benchmark]
    public void Softmax() => VectorMath.SoftmaxRows(x.AsSpan(0, Length), 1, Length, y.AsSpan(0, Length));
}

/// <summary>Softmax with cross-entropy over a vocabulary.</summary>
public class VocabularyLoss : Suite
{
    private float[] logits = [], gradient = [], loss = [], most = [], sum = [];
    private int[] targets = [];

    /// <summary>Threads.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    /// <summary>Rows by words.</summary>
    [ParamsSource(nameof(Sizes))]
    public Extent Size { get; set; } = null!;

    /// <summary>Rows by words.</summary>
    public static IEnumerable<Extent> Sizes => [new(700, 10000), new(1280, 6000), new(64, 100)];

    /// <summary>Makes the logits.</summary>
    [GlobalSetup]
    public void Setup()
    {
        (logits, gradient) = (Numbers(Size.Rows * Size.Columns), Numbers(Size.Rows * Size.Columns));
        (loss, most, sum) = (new float[Size.Rows], new float[Size.Rows], new float[Size.Rows]);
        targets = Tokens.Random(new RandomStream(2), Size.Rows, Size.Columns);
        Forward();
    }

    /// <summary>The loss.</summary>
    [Benchmark]
    public void Forward() => CrossEntropyRows.Forward(Team(Threads), logits, Size.Rows, Size.Columns, targets, loss, most, sum);

    /// <summary>The gradient of the logits.</summary>
    [Benchmark]
    public void Backward() => CrossEntropyRows.Backward(Team(Threads), logits, Size.Rows, Size.Columns, targets, most, sum, 1e-3f, gradient, add: false);
}

/// <summary>Steps of optimisers.</summary>
public class OptimiserSteps : Suite
{
    private float[] w = [], dw = [], first = [], second = [];

    /// <summary>Threads.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    /// <summary>A weight matrix.</summary>
    [ParamsSource(nameof(Sizes))]
    public Extent Size { get; set; } = null!;

    /// <summary>A vocabulary's table and a recurrent weight.</summary>
    public static IEnumerable<Extent> Sizes => [new(10000, 650), new(800, 200)];

    /// <summary>Makes the weights.</summary>
    [GlobalSetup]
    public void Setup()
    {
        int n = Size.Rows * Size.Columns;
        (w, dw, first, second) = (Numbers(n), Numbers(n, 2), new float[n], new float[n]);
    }

    /// <summary>Plain SGD.</summary>
    [Benchmark]
    public void Sgd() => Updates.Sgd(Team(Threads), w, dw, default, 0.5f, 1e-6f, 0, 0, false);

    /// <summary>SGD with momentum.</summary>
    [Benchmark]
    public void Momentum() => Updates.Sgd(Team(Threads), w, dw, first, 0.5f, 1e-6f, 0, 0.9f, false);

    /// <summary>Adam.</summary>
    [Benchmark]
    public void Adam() => Updates.Adam(Team(Threads), w, dw, first, second, 0.5f, 1e-6f, 0, 0, 0.9f, 0.999f, 1, 1e-8f);

    /// <summary>RMSprop.</summary>
    [Benchmark]
    public void RmsProp() => Updates.RmsProp(Team(Threads), w, dw, first, default, 0.5f, 1e-6f, 0, 0.99f, 1e-8f, 0);

    /// <summary>The norm of the gradient.</summary>
    [Benchmark]
    public double Norm() => VectorMath.SumSquares(Team(Threads), dw);
}

/// <summary>Rows of an embedding taken, and their gradients put back.</summary>
public class Embeddings : Suite
{
    private Tensor table, tableWithGradient;
    private Tape tape = null!;
    private int[] words = [];

    /// <summary>Rows taken of a table of 10,000, and their width.</summary>
    [ParamsSource(nameof(Sizes))]
    public Extent Size { get; set; } = null!;

    /// <summary>The two language models'.</summary>
    public static IEnumerable<Extent> Sizes => [new(700, 650), new(400, 200)];

    /// <summary>Makes the table.</summary>
    [GlobalSetup]
    public void Setup()
    {
        tape = new Tape(1);
        table = Tensor.From([10000, Size.Columns], Numbers(10000 * Size.Columns));
        tableWithGradient = Tensor.Parameter([10000, Size.Columns], table.Data);
        words = Tokens.Random(new RandomStream(2), Size.Rows, 10000);
    }

    /// <summary>y[i] = table[words[i]].</summary>
    [Benchmark]
    public void Gather()
    {
        using (tape.Open(record: false)) Ops.Gather(table, words);
    }

    /// <summary>The same and dtable[words[i]] += dy[i], with the sum as the loss.</summary>
    [Benchmark]
    public void GatherAndScatter()
    {
        using (tape.Open()) tape.Backward(Ops.Sum(Ops.Gather(tableWithGradient, words)));
    }
}
