using Unroll.Kernels;

namespace Unroll.Tests.Kernels;

public sealed class TeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Every_part_is_done_once_in_thousands_of_runs(int threads)
    {
        using var team = new Team(threads);
        int[] done = new int[40];
        for (int run = 0; run < 20_000; run++)
        {
            int parts = run % 17;
            Array.Clear(done);
            var job = new Counting { Done = done, Threads = threads };
            team.Run(ref job, parts);
            for (int i = 0; i < done.Length; i++) Assert.Equal(i < parts ? 1 : 0, done[i]);
        }
    }

    [Fact]
    public void Workers_that_slept_wake_up()
    {
        using var team = new Team(3);
        for (int run = 0; run < 20; run++)
        {
            Thread.Sleep(5);
            int[] done = new int[40];
            var job = new Counting { Done = done, Threads = 3 };
            team.Run(ref job, done.Length);
            Assert.All(done, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void All_threads_take_part()
    {
        using var team = new Team(3);
        var job = new Meeting { All = new Barrier(3) };
        team.Run(ref job, 3);                                                          // would not return if fewer than three came
        Assert.Equal(1, job.All.CurrentPhaseNumber);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_first_exception_of_a_part_reaches_the_caller_and_the_team_goes_on(int threads)
    {
        using var team = new Team(threads);
        for (int run = 0; run < 100; run++)
        {
            var failing = new Failing();
            Assert.Equal("part 5", Assert.Throws<InvalidDataException>(() => team.Run(ref failing, 20)).Message);
            int[] done = new int[20];
            var job = new Counting { Done = done, Threads = threads };
            team.Run(ref job, done.Length);
            Assert.All(done, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void A_run_inside_a_job_is_done_on_the_spot()
    {
        using var team = new Team(3);
        var job = new Nesting { Team = team, Done = new int[50] };
        team.Run(ref job, 5);
        Assert.All(job.Done, count => Assert.Equal(1, count));
    }

    [Fact]
    public void A_warm_run_allocates_nothing()
    {
        using var team = new Team(2);
        var job = new Adding { Done = new int[40] };
        Assert.Equal(0, Allocations.Least(() =>
        {
            team.Run(ref job, 4);
            team.Scratch(0, 1000);
        }, 1000));
    }

    [Fact]
    public unsafe void Scratch_is_aligned_and_each_workers_own()
    {
        using var team = new Team(2);
        foreach (int length in (int[])[1, 17, 5000, 3])
        {
            Span<float> first = team.Scratch(0, length), second = team.Scratch(1, length);
            Assert.Equal(length, first.Length);
            fixed (float* p = first, q = second)
            {
                Assert.Equal(0, (long)p % 64);
                Assert.Equal(0, (long)q % 64);
                Assert.False(p == q);
            }
        }
    }

    [Fact]
    public void Disposing_ends_the_threads_and_later_runs_are_refused()
    {
        var team = new Team(3);
        team.Dispose();
        team.Dispose();
        var job = new Counting { Done = new int[40], Threads = 3 };
        Assert.Throws<ObjectDisposedException>(() => team.Run(ref job, 4));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public unsafe void Every_part_of_a_round_is_done_once_whatever_runs_between(int threads)
    {
        using var team = new Team(threads, rounds: true);
        var work = new CountingRound { Done = new int[threads] };
        int argument = 5;
        for (int round = 0; round < 20_000; round++)
        {
            int parts = 1 + (round % threads);
            Array.Clear(work.Done);
            team.Round(work, parts, round, &argument);
            for (int i = 0; i < threads; i++) Assert.Equal(i < parts ? round + 5 : 0, work.Done[i]);
            if (round % 7 != 0) continue;
            int[] done = new int[40];
            var job = new Counting { Done = done, Threads = threads };
            team.Run(ref job, 11);
            Assert.Equal(11, done.Sum());
        }
    }

    [Fact]
    public unsafe void Workers_that_slept_or_fell_asleep_just_now_wake_up_to_a_round()
    {
        using var team = new Team(3, rounds: true);
        var work = new CountingRound { Done = new int[3] };
        int argument = 1, spins = 0;
        for (int round = 0; round < 3000; round++)
        {
            for (int i = 0; i < spins; i++) Thread.SpinWait(1);                          // around the time after which workers sleep
            spins = 1000 + (round * 37 % 600);
            if (round % 300 == 0) Thread.Sleep(5);
            team.Round(work, 3, round, &argument);
            Assert.Equal([round + 1, round + 1, round + 1], work.Done);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public unsafe void An_exception_of_a_round_reaches_the_caller_and_the_team_goes_on(int part)
    {
        using var team = new Team(3, rounds: true);
        var work = new CountingRound { Done = new int[3] };
        int argument = 1;
        for (int round = 0; round < 100; round++)
        {
            Assert.Equal($"part {part}", Assert.Throws<InvalidDataException>(() => team.Round(new FailingRound { Part = part }, 3, 0, null)).Message);
            team.Round(work, 3, round, &argument);
            Assert.Equal([round + 1, round + 1, round + 1], work.Done);
        }
    }

    [Fact]
    public unsafe void A_warm_round_allocates_nothing()
    {
        using var team = new Team(2, rounds: true);
        var work = new CountingRound { Done = new int[2] };
        Assert.Equal(0, Allocations.Least(() =>
        {
            int argument = 1;
            team.Round(work, 2, 1, &argument);
        }, 1000));
    }

    [Fact]
    public unsafe void A_team_that_is_gone_or_was_not_told_of_rounds_refuses_them()
    {
        var work = new CountingRound { Done = new int[2] };
        using var untold = new Team(2);
        Assert.Throws<InvalidOperationException>(() => untold.Round(work, 2, 0, null));
        var gone = new Team(2, rounds: true);
        gone.Dispose();
        Assert.Throws<ObjectDisposedException>(() => gone.Round(work, 2, 0, null));
    }

    private sealed unsafe class CountingRound : IRound
    {
        public int[] Done = [];

        public void Run(int part, int turn, void* argument) => Done[part] = turn + *(int*)argument;
    }

    private sealed unsafe class FailingRound : IRound
    {
        public int Part;

        public void Run(int part, int turn, void* argument)
        {
            if (part == Part) throw new InvalidDataException($"part {part}");
        }
    }

    private struct Counting : IJob
    {
        public int[] Done;
        public int Threads;

        public readonly void Run(int part, int worker)
        {
            Assert.InRange(worker, 0, Threads - 1);
            Interlocked.Increment(ref Done[part]);
        }
    }

    private struct Adding : IJob
    {
        public int[] Done;

        public readonly void Run(int part, int worker) => Interlocked.Increment(ref Done[part]);
    }

    private struct Meeting : IJob
    {
        public Barrier All;

        public readonly void Run(int part, int worker) => All.SignalAndWait();
    }

    private struct Failing : IJob
    {
        public readonly void Run(int part, int worker)
        {
            if (part == 5) throw new InvalidDataException("part 5");
        }
    }

    private struct Nesting : IJob
    {
        public Team Team;
        public int[] Done;

        public readonly void Run(int part, int worker)
        {
            var inner = new Inner { Done = Done, First = part * 10, Worker = worker };
            Team.Run(ref inner, 10);
        }
    }

    private struct Inner : IJob
    {
        public int[] Done;
        public int First, Worker;

        public readonly void Run(int part, int worker)
        {
            Assert.Equal(Worker, worker);
            Interlocked.Increment(ref Done[First + part]);
        }
    }
}
