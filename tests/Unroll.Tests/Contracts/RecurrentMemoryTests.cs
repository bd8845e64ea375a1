using Unroll.Kernels;
using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tests.Contracts;

/// <summary>What recurrent layers take of memory.</summary>
[Collection(AloneInTheProcess.Name)]
public class RecurrentMemoryTests
{
    /// <summary>How many bytes each of a team's threads has allocated. The parts wait for one another, so that every thread takes one.</summary>
    private struct Count : IJob
    {
        public long[] Bytes;
        public Barrier Together;

        public readonly void Run(int part, int worker)
        {
            Together.SignalAndWait();
            Bytes[worker] = GC.GetAllocatedBytesForCurrentThread();
        }
    }

    [Theory]
    [InlineData("rnn")]
    [InlineData("lstm")]
    [InlineData("gru")]
    public void A_warm_training_step_allocates_nothing_on_any_thread(string cell)
    {
        foreach (int batch in (int[])[5, 64])                                           // threads split the units, and the rows
        {
            Recurrent layer = cell switch { "lstm" => new Lstm(64, 192, 2), "gru" => new Gru(64, 192, 2), _ => new Rnn(64, 192, 2) };
            Tensor x = Tensor.Parameter([6, batch, 64], LayerRows.Numbers([6, batch, 64], 1).Data);
            var lengths = new int[batch];
            for (int b = 0; b < batch; b++) lengths[b] = b % 7;
            int[][] both = [[], lengths];
            using var tape = new Tape(threads: 2);
            var count = new Count { Bytes = new long[2], Together = new Barrier(2) };
            // Which thread takes which part is chance, so it takes some steps until each thread's scratch memory has met its largest part.
            long caller = 0, helper = 0;
            for (int attempt = 0; attempt < 60; attempt++)
            {
                if (attempt >= 10) Thread.Sleep(25);                                   // on a busy machine 40 bytes a step were seen for a while, and none later: as if code that is not compiled for good yet had made them
                using (tape.Open()) Tape.Team.Run(ref count, 2);
                long[] before = [GC.GetAllocatedBytesForCurrentThread(), count.Bytes[1]];
                for (int i = 0; i < 5; i++) Train();
                caller = GC.GetAllocatedBytesForCurrentThread() - before[0];
                using (tape.Open()) Tape.Team.Run(ref count, 2);
                helper = count.Bytes[1] - before[1];
                if (attempt > 0 && caller == 0 && helper < 256) break;
            }
            Assert.Equal(0, caller);
            Assert.InRange(helper, 0, 256);                                             // the barrier itself may take a little; an array of a step would be thousands

            void Train()
            {
                x.Grad.Clear();
                foreach (int[] of in both)
                {
                    using (tape.Open())
                    {
                        (Tensor y, _) = layer.Forward(x, null, of);
                        tape.Backward(Ops.Sum(y));
                    }
                }
            }
        }
    }
}
