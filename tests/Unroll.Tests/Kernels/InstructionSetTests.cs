using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Tests.Contracts;
using Unroll.Tests.Oracles;
using Unroll.Training;
using Xunit.Abstractions;

namespace Unroll.Tests.Kernels;

/// <summary>
/// The same checks, and the same bits, with narrower registers and with none: each in a process of its own, which is told not to use the wider ones and says what it got.
/// </summary>
public sealed class InstructionSetTests(ITestOutputHelper output)
{
    /// <summary>Bits of the registers that kernels use here; 0 where the runtime imitates them.</summary>
    private static int Width => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 0;

    [Theory]
    [InlineData("EnableAVX512", 256)]
    [InlineData("EnableAVX2", 128)]
    [InlineData("EnableHWIntrinsic", 0)]
    public void Kernels_gradients_and_training_hold_without(string setting, int widest)
    {
        var clock = Stopwatch.StartNew();
        using Process child = Program.Start(["check-instructions"], ($"DOTNET_{setting}", "0"));
        string said = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalSeconds:F1} s\n{said}"));
        Assert.True(child.ExitCode == 0, said);
        Dictionary<string, string> answers = said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(": ", 2)).ToDictionary(l => l[0], l => l[1].Trim());
        Assert.Equal(Math.Min(Width, widest).ToString(CultureInfo.InvariantCulture), answers["width"]);
        Assert.True(int.Parse(answers["checks"], CultureInfo.InvariantCulture) > 300, said);
        // Kernels compute the same bits at every width, so a model trained on one machine is that of any other.
        foreach ((string what, string bits) in Bits()) Assert.True(answers[what] == bits, $"{what}: other bits at width {answers["width"]} than at {Width}");
    }

    /// <summary>What the child does: all checks, then its width and its bits, one a line.</summary>
    internal static int CheckAll()
    {
        int done = 0;
        try
        {
            foreach ((string name, Action check) in Checks())
            {
                try
                {
                    check();
                    done++;
                }
                catch (Exception e)
                {
                    Console.Out.WriteLine($"FAILED {name} at width {Width}: {e}");
                    return 1;
                }
            }
            Console.Out.WriteLine($"width: {Width}");
            Console.Out.WriteLine($"checks: {done}");
            foreach ((string what, string bits) in Bits()) Console.Out.WriteLine($"{what}: {bits}");
            return 0;
        }
        finally
        {
            Console.Out.Flush();
        }
    }

    private static IEnumerable<(string, Action)> Checks()
    {
        var gemm = new GemmTests();
        yield return ("products", () => gemm.Every_shape_equals_the_sum_in_double_and_nothing_is_written_outside(false, true));
        yield return ("products beyond one block", () => gemm.Shapes_beyond_one_block_too(130, 97, 513));
        yield return ("products with a last block of few steps", () => gemm.Shapes_beyond_one_block_too(130, 97, 273));
        yield return ("products in any split", () => gemm.The_bits_depend_neither_on_threads_nor_on_the_split_of_rows_nor_on_packing(20, 800, 200));
        var loops = new VectorMathTests();
        foreach (string name in VectorMathTests.Loops) yield return ($"loop {name}", () => loops.A_loop_equals_its_formula_at_every_length_and_writes_nothing_beside(name));
        yield return ("in place", loops.The_output_may_be_an_input);
        yield return ("no numbers", loops.Numbers_that_are_none_stay_none);
        yield return ("sums", loops.Sums_equal_those_in_double);
        yield return ("rows", () => loops.Rows_are_added_and_summed(5, 17));
        yield return ("softmax", () => loops.Softmax_and_its_logarithm_with_their_gradients(3, 17));
        var pairs = new LogisticPairsTests();
        yield return ("logistic pairs", () => pairs.A_step_is_that_of_the_plain_sums(100, 6, 7, apart: false));
        yield return ("logistic pairs of a mean", () => pairs.A_step_is_that_of_the_plain_sums(33, 1, 5, apart: true));
        yield return ("embedding bag", () => pairs.A_bag_is_the_mean_of_its_rows_and_each_takes_the_change(112));
        var functions = new VectorMathAccuracyTests(null!);
        yield return ("special values", functions.Special_values_come_out_as_in_the_mathematics);
        yield return ("tails", functions.A_value_has_the_same_bits_wherever_it_stands);
        var slopes = new OperationContracts();
        foreach (OperationRow row in OperationRows.All) yield return ($"slope of {row.Name}", () => slopes.The_gradient_of_every_argument_is_the_slope_along_random_directions(row.Name, 17));
        var operations = new OperationOracleTests();
        foreach (OracleCase c in OracleFile.Of("ops").Cases) yield return ($"oracle {c.Name}", () => operations.Results_and_gradients_are_those_of_PyTorch(c.Name));
        var losses = new LossOracleTests();
        foreach (OracleCase c in OracleFile.Of("losses").Cases) yield return ($"oracle {c.Name}", () => losses.Value_and_gradients_are_those_of_PyTorch(c.Name));
        var structured = new StructuredLossOracleTests();
        foreach (string name in StructuredLossOracleTests.Cases) yield return ($"oracle {name}", () => structured.Value_and_gradients_are_those_of_PyTorch(name));
        var recurrent = new RecurrentOracleTests();
        foreach (object[] row in RecurrentOracleTests.Cases) yield return ($"oracle {row[1]}", () => recurrent.Outputs_final_states_and_gradients_are_those_of_PyTorch((string)row[0], (string)row[1]));
        var streams = new RecurrentStreamContracts();
        foreach (object[] row in RecurrentStreamContracts.Cases) yield return ($"stream of {row[0]}", () => streams.Steps_give_the_bits_of_the_whole_sequence((string)row[0], (int)row[1], (int)row[2]));
        foreach (object[] row in RecurrentStreamContracts.Cases) yield return ($"runs of a stream of {row[0]}", () => streams.Runs_of_several_steps_give_the_bits_of_the_whole_sequence((string)row[0], (int)row[1], (int)row[2]));
        var attention = new AttentionOracleTests();
        foreach (OracleCase c in OracleFile.Of("transformers").Cases) yield return ($"oracle {c.Name}", () => attention.Modules_with_PyTorch_s_weights_by_name_and_all_gradients_are_those_of_PyTorch(c.Name));
        var convolutions = new ConvolutionOracleTests();
        foreach (object[] row in ConvolutionOracleTests.Cases) yield return ($"oracle {row[1]}", () => convolutions.Results_and_gradients_are_those_of_PyTorch((string)row[0], (string)row[1]));
        foreach (string name in ConvolutionOracleTests.BatchNorms) yield return ($"oracle {name}", () => convolutions.Batch_normalisation_and_its_running_statistics_are_those_of_PyTorch(name));
        foreach (string name in ConvolutionOracleTests.ConvLstmCases) yield return ($"oracle {name}", () => convolutions.A_convolutional_LSTM_is_its_equations_in_PyTorch(name));
        var optimisers = new OptimiserOracleTests();
        foreach (string name in OptimiserOracleTests.Cases) yield return ($"oracle {name}", () => optimisers.Weights_after_each_of_many_steps_are_those_of_PyTorch_or_of_the_paper(name));
    }

    /// <summary>Checksums over the bits of what every layer computes, its gradients, and weights after some steps of training with each optimiser.</summary>
    private static IEnumerable<(string What, string Bits)> Bits()
    {
        foreach (LayerRow row in LayerRows.All)
        {
            using var tape = new Tape(threads: 2);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Module layer = row.Make();
            using (tape.Open())
            {
                Tensor[] results = row.Forward(layer);
                Tensor loss = Tensor.Zeros([]);
                foreach (Tensor y in results)
                {
                    Add(hash, y.Data);
                    loss += Ops.Mean(Ops.Tanh(y) * LayerRows.Numbers(y.Shape, 100));
                }
                tape.Backward(loss);
            }
            foreach (Tensor p in layer.Parameters) Add(hash, p.Grad);
            yield return ($"bits of {row.Name}", Convert.ToHexString(hash.GetHashAndReset()));
        }
        foreach (string name in (string[])["sgd", "rmsprop", "adam", "adamw", "adagrad", "nadam", "lamb", "lion"])
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var net = new Sequential(new Linear(5, 33), new Gru(33, 17), new Linear(17, 3));
            Optimizer optimizer = name switch
            {
                "sgd" => new Sgd(net.NamedParameters(), 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01),
                "rmsprop" => new RmsProp(net.NamedParameters(), 0.01, momentum: 0.5, weightDecay: 0.01),
                "adam" => new Adam(net.NamedParameters(), 0.01, weightDecay: 0.01),
                "adagrad" => new Adagrad(net.NamedParameters(), 0.01, weightDecay: 0.01),
                "nadam" => new NAdam(net.NamedParameters(), 0.01, weightDecay: 0.01),
                "lamb" => new Lamb(net.NamedParameters(), 0.01),
                "lion" => new Lion(net.NamedParameters(), 0.01, weightDecay: 0.1),
                _ => new AdamW(net.NamedParameters(), 0.01),
            };
            var options = new TrainerOptions { Epochs = 2, StepsPerEpoch = 5, ClipNorm = 0.1, AverageDecay = 0.5, Threads = 2 };
            TrainingResult result = new Trainer(net, optimizer, options).Fit(step =>
            {
                Tensor x = Tensor.Zeros([7, 6, 5]);
                step.Random.FillNormal(x.Data, 0, 1);
                return Loss.Huber(net.Forward(x), Ops.Softmax(Ops.Slice(x, 2, 1, 3)));
            });
            foreach (Tensor p in net.Parameters) Add(hash, p.Data);
            Add(hash, [(float)result.History[^1].TrainingLoss]);
            yield return ($"bits of training with {name}", Convert.ToHexString(hash.GetHashAndReset()));
        }
    }

    private static void Add(IncrementalHash hash, ReadOnlySpan<float> values) => hash.AppendData(MemoryMarshal.AsBytes(values));
}
