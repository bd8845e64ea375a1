using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Unroll.Kernels;

/// <summary>A layer that goes on a step at a time, and where its numbers stand: in pinned arrays, at the same places from step to step.</summary>
/// <param name="Inputs">I.</param>
/// <param name="Packed">What <see cref="Recurrence.PackForward"/> wrote.</param>
/// <param name="Even">[B, H]: the hidden state before steps of turn 0 and after steps of turn 1.</param>
/// <param name="Odd">[B, H]: the other way round.</param>
/// <param name="State">[B, H]: the cell state; empty where there is none.</param>
internal readonly record struct StandingLayer(int Inputs, Memory<float> Packed, Memory<float> Even, Memory<float> Odd, Memory<float> State);

/// <summary>Layers one on the other, a step at a time.</summary>
internal abstract class StandingSteps
{
    /// <summary>One step of all sequences through all layers.</summary>
    /// <param name="x">[B, I].</param>
    /// <param name="turn">0 and 1 in turn.</param>
    public abstract void Step(ReadOnlySpan<float> x, int turn);
}

/// <content>Single steps, again and again.</content>
internal static unsafe partial class Recurrence
{
    /// <summary>
    /// What the way forward works out at each call is worked out once here, and stands where each thread has it in its own cache: a step of a small layer takes no longer than handing
    /// a job over.
    /// </summary>
    public sealed class Standing<TCell> : StandingSteps, IRound where TCell : struct, ICell
    {
        private readonly Team team;
        private readonly StandingLayer[] layers;                                       // keeps alive what the jobs point to
        private readonly ForwardJob<TCell>[] jobs;
        private readonly float*[] even, odd;
        private readonly long[] counters;                                              // pinned
        private readonly Meeting meeting;
        private readonly int[] rows;                                                   // pinned: B
        private readonly int parts;
        private readonly bool asJob;

        /// <summary>For layers of the same size.</summary>
        /// <param name="team">The threads, with which weights were packed.</param>
        /// <param name="batch">B.</param>
        /// <param name="size">H.</param>
        /// <param name="layers">The first one's inputs are the caller's, the others' the hidden state below.</param>
        public Standing(Team team, int batch, int size, StandingLayer[] layers)
        {
            (this.team, this.layers) = (team, layers);
            rows = GC.AllocateArray<int>(1, pinned: true);
            rows[0] = batch;
            jobs = new ForwardJob<TCell>[layers.Length];
            even = new float*[layers.Length];
            odd = new float*[layers.Length];
            parts = 1;
            long weightsOfAll = 0;
            for (int l = 0; l < layers.Length; l++)
            {
                StandingLayer layer = layers[l];
                var weights = new ForwardWeights<TCell> { Panels = ForwardPanels<TCell>(size), Inputs = layer.Inputs, Size = size };
                long all = (long)TCell.Gates * size * (layer.Inputs + size);
                Split split = Split.Of(team, rows, batch, weights.Panels.Count, all, AreLarge(all), eager: true);
                jobs[l] = new ForwardJob<TCell>
                {
                    Team = team, Split = split, Weights = weights, Packed = Pinned(layer.Packed), Rows = (int*)Unsafe.AsPointer(ref rows[0]), Steps = 1, Batch = batch,
                    State = Pinned(layer.State), Asks = split.AsksAhead(all),
                };
                even[l] = Pinned(layer.Even);
                odd[l] = Pinned(layer.Odd);
                parts = Math.Max(parts, split.Parts);
                weightsOfAll += all;
            }

            asJob = AreLarge(weightsOfAll / parts);
            counters = GC.AllocateArray<long>(Meeting.Length(parts), pinned: true);
            meeting = new Meeting((long*)Unsafe.AsPointer(ref counters[0]), parts);
        }

        public override void Step(ReadOnlySpan<float> x, int turn)
        {
            fixed (float* at = x)
            {
                if (!asJob)
                {
                    team.Round(this, parts, turn, at);
                    return;
                }

                // Weights beyond the cores' caches are read a fifth slower in a round than in a job, measured at 384 units and more; why is not known.
                var job = new OneStep { Steps = this, X = at, Turn = turn };
                team.Run(ref job, parts);
            }
        }

        public void Run(int part, int turn, void* argument)
        {
            var x = (float*)argument;
            for (int l = 0; l < jobs.Length; l++)
            {
                ForwardJob<TCell> job = jobs[l];
                job.X = x;
                job.Turn = turn;
                job.Hidden0 = turn == 0 ? even[l] : odd[l];
                job.Hidden = turn == 0 ? odd[l] : even[l];
                if (part < job.Split.Parts && job.Weights.Size > 0) job.Run(part, part);
                x = job.Hidden;
                if (parts > 1 && l + 1 < jobs.Length) meeting.ArriveAgain(part);
            }
        }

        private struct OneStep : IJob
        {
            public Standing<TCell> Steps;
            public float* X;
            public int Turn;

            public readonly void Run(int part, int worker) => Steps.Run(part, Turn, X);
        }

        private static float* Pinned(Memory<float> memory) => memory.IsEmpty ? null : (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(memory.Span));
    }
}
