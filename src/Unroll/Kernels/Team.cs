using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Unroll.Kernels;

/// <summary>Work cut into parts that do not depend on each other.</summary>
internal interface IJob
{
    /// <summary>Does one part.</summary>
    /// <param name="part">0 to the number of parts less one. What a part computes must depend on nothing else.</param>
    /// <param name="worker">Who does it, 0 to the team's threads less one: picks the scratch memory.</param>
    void Run(int part, int worker);
}

/// <summary>Work that all threads of a team do together, each its own part, again and again.</summary>
internal unsafe interface IRound
{
    /// <summary>Does one part; must not ask the team for more.</summary>
    /// <param name="part">0, which is the caller's, to the number of parts less one.</param>
    /// <param name="turn">What <see cref="Team.Round"/> was given.</param>
    /// <param name="argument">The same.</param>
    void Run(int part, int turn, void* argument);
}

/// <summary>
/// A fixed set of threads that share out the parts of one job after another. The caller is worker 0 and works too; the others wait awake for some microseconds,
/// then sleep. Each begins with a run of parts of its own, the same from job to job, so that what it wrote is still near it when the next job reads it; who is done
/// takes over parts of others, so results must not depend on who does which. One caller at a time.
/// </summary>
internal sealed unsafe class Team : IDisposable
{
    private const int Alignment = 64;

    /// <summary>How often a worker looks for work before it sleeps, a twenty-fifth of a microsecond apart: to wake it takes longer than to look so often.</summary>
    private const int LooksAwake = 1200;

    [ThreadStatic] private static Team? working;
    [ThreadStatic] private static int workingAs;

    private readonly Thread[] threads;
    private readonly Sleeper[] sleepers;
    private readonly float[]?[] scratch;
    private readonly float[]?[] packing;
    private readonly int patience;

    // The job at hand. Whoever takes a part below the end of a run, both read from one word, knows that these belong to it.
    private void* job;
    private delegate*<void*, int, int, void> execute;
    private ExceptionDispatchInfo? failure;
    private readonly Padded[] tickets;                                                 // of each worker's run: its end << 32 | the next part
    private Padded done;

    // The round at hand. All that a worker must know stands on the one line that it looks at while it waits, and it answers on one of its own: a line takes its time from core to core.
    private readonly Call[] calls;
    private readonly Padded[] answers;
    private readonly bool rounds;
    private Padded busy, round;
    private volatile bool stopping;

    /// <summary>Starts all threads but the caller's own.</summary>
    /// <param name="threads">How many threads, the caller's included.</param>
    /// <param name="rounds">Whether <see cref="Round"/> will be called.</param>
    public Team(int threads, bool rounds = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
        patience = threads <= Environment.ProcessorCount ? LooksAwake : 1;
        scratch = new float[threads][];
        packing = new float[threads + 1][];
        sleepers = new Sleeper[threads - 1];
        tickets = new Padded[threads];
        calls = new Call[threads];
        answers = new Padded[threads];
        this.rounds = rounds;
        this.threads = new Thread[threads - 1];
        for (int i = 0; i < sleepers.Length; i++)
        {
            int worker = i + 1;
            sleepers[i] = new Sleeper();
            this.threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = "Unroll worker" };
            this.threads[i].Start();
        }
    }

    /// <summary>How many threads, the caller's included.</summary>
    public int Threads { get; }

    /// <summary>How many threads would share a job that is started here: from inside a job it is only the one that asks.</summary>
    public int Available => working == this ? 1 : Threads;

    /// <summary>Runs all parts and returns when the last is done. From inside a job it runs them on the spot. The first exception of a part is thrown again here.</summary>
    public void Run<TJob>(ref TJob job, int parts) where TJob : struct, IJob
    {
        if (parts <= 0) return;
        if (Threads == 1 || parts == 1 || working == this)
        {
            int worker = working == this ? workingAs : 0;
            for (int i = 0; i < parts; i++) job.Run(i, worker);
            return;
        }

        Enter();
        fixed (byte* address = &Unsafe.As<TJob, byte>(ref job))
        {
            this.job = address;
            execute = &Execute<TJob>;
            failure = null;
            Volatile.Write(ref done.Value, 0);
            for (int i = 0, next = 0; i < tickets.Length; i++)
            {
                int end = (int)((long)parts * (i + 1) / tickets.Length);
                Interlocked.Exchange(ref tickets[i].Value, ((long)end << 32) | (uint)next);   // a full fence: sleepers looked at below have seen it or will be woken
                next = end;
            }

            int helpers = Math.Min(sleepers.Length, parts - 1);
            for (int i = 0; i < helpers; i++) sleepers[i].Wake();
            TakeParts(0);
            WaitFor(ref done.Value, parts);
        }

        Leave();
    }

    /// <summary>Each thread does its part of <paramref name="work"/>, and it returns when the last has. For work of a few microseconds, of a team that was told of rounds: it starts and ends in fewer messages from core to core than <see cref="Run"/>.</summary>
    /// <param name="work">The work.</param>
    /// <param name="parts">At most <see cref="Threads"/>.</param>
    /// <param name="turn">Handed on.</param>
    /// <param name="argument">Handed on.</param>
    /// <exception cref="InvalidOperationException">The team was not told of rounds.</exception>
    public void Round(IRound work, int parts, int turn, void* argument)
    {
        if (parts == 1)
        {
            work.Run(0, turn, argument);
            return;
        }

        if (!rounds) throw new InvalidOperationException("Team: not made for rounds.");
        Enter();
        long number = ++round.Value;
        for (int i = 1; i < parts; i++)
        {
            ref Call call = ref calls[i];
            call.Work = work;
            call.Turn = turn;
            call.Argument = argument;
            Volatile.Write(ref call.Round, number);                                    // no fence, which would wait for the line to come over: a worker that goes to sleep sees to that
            sleepers[i - 1].Wake();
        }

        Do(work, 0, turn, argument);
        for (int i = 1; i < parts; i++) WaitFor(ref answers[i].Value, number);
        Leave();
    }

    /// <summary>Memory of a worker's own, aligned to 64 bytes, kept from call to call; what is in it is unspecified. The next call for the same worker gives the same memory.</summary>
    public Span<float> Scratch(int worker, int length) => Aligned(ref scratch[worker], length);

    /// <summary>The same for the products, so that a job may use both.</summary>
    internal Span<float> Packing(int worker, int length) => Aligned(ref packing[worker], length);

    /// <summary>Ends the threads. Not to be called while a job runs.</summary>
    public void Dispose()
    {
        if (stopping) return;
        stopping = true;
        Interlocked.MemoryBarrier();
        foreach (Sleeper sleeper in sleepers) sleeper.Wake();
        foreach (Thread thread in threads) thread.Join();
    }

    // On a copy: the job stands on the caller's stack, beside what the caller writes while it works, and each such write would take the cache line away from the others.
    private static void Execute<TJob>(void* job, int part, int worker) where TJob : struct, IJob
    {
        TJob own = Unsafe.AsRef<TJob>(job);
        own.Run(part, worker);
    }

    private static Span<float> Aligned(ref float[]? memory, int length)
    {
        const int over = Alignment / sizeof(float);
        if (memory is null || memory.Length < length + over)
        {
            int grown = memory is null ? 0 : (int)Math.Min(Array.MaxLength, memory.Length * 3L / 2);
            memory = GC.AllocateUninitializedArray<float>(Math.Max(grown, length + over), pinned: true);
        }

        return memory.AsSpan(Memory.FloatsToAlignment(memory, Alignment), length);
    }

    private void Enter()
    {
        if (Interlocked.Exchange(ref busy.Value, 1) != 0) throw new InvalidOperationException("Team: one caller at a time.");
        ObjectDisposedException.ThrowIf(stopping, this);
    }

    /// <summary>The way out of a job or a round: the first exception of a part is thrown again.</summary>
    private void Leave()
    {
        ExceptionDispatchInfo? thrown = failure;
        if (thrown != null) failure = null;
        Volatile.Write(ref busy.Value, 0);
        thrown?.Throw();
    }

    private void WaitFor(ref long value, long least)
    {
        var wait = default(SpinWait);
        for (int looks = 0; Volatile.Read(ref value) < least; looks++)
        {
            if (looks < patience) Thread.SpinWait(1);
            else wait.SpinOnce(sleep1Threshold: -1);
        }
    }

    private void Work(int worker)
    {
        Sleeper sleeper = sleepers[worker - 1];
        while (!stopping)
        {
            TakeParts(worker);
            int turns = 0;
            while (!HasParts() && !stopping)
            {
                if (IsCalled(worker))
                {
                    ref Call call = ref calls[worker];
                    long number = call.Round;
                    Do(call.Work!, worker, call.Turn, call.Argument);
                    Volatile.Write(ref answers[worker].Value, number);
                    turns = 0;
                }
                else if (turns++ < patience) Thread.SpinWait(1);
                else
                {
                    sleeper.Prepare(rounds);
                    if (HasParts() || IsCalled(worker) || stopping) sleeper.StayUp();
                    else sleeper.Sleep();
                    turns = 0;
                }
            }
        }
    }

    private bool IsCalled(int worker) => Volatile.Read(ref calls[worker].Round) != answers[worker].Value;

    private void Do(IRound work, int part, int turn, void* argument)
    {
        try
        {
            work.Run(part, turn, argument);
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(exception), null);
        }
    }

    private bool HasParts()
    {
        for (int i = 0; i < tickets.Length; i++)
            if (HasParts(i)) return true;
        return false;
    }

    private bool HasParts(int run)
    {
        long now = Volatile.Read(ref tickets[run].Value);
        return (uint)now < (uint)(now >> 32);
    }

    private void TakeParts(int worker)
    {
        Team? before = working;
        int beforeAs = workingAs;
        working = this;
        workingAs = worker;
        for (int i = 0; i < tickets.Length; i++)
        {
            int run = (worker + i) % tickets.Length;
            while (HasParts(run))
            {
                long taken = Interlocked.Increment(ref tickets[run].Value) - 1;
                int part = (int)taken, end = (int)(taken >> 32);
                if (part >= end) break;
                try
                {
                    execute(job, part, worker);
                }
                catch (Exception exception)
                {
                    Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(exception), null);
                }

                Interlocked.Increment(ref done.Value);
            }
        }

        working = before;
        workingAs = beforeAs;
    }

    /// <summary>A counter alone on its cache lines.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Padded
    {
        [FieldOffset(128)] public long Value;
    }

    /// <summary>What one worker is called to, on cache lines of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Call
    {
        [FieldOffset(128)] public IRound? Work;
        [FieldOffset(136)] public long Round;
        [FieldOffset(144)] public void* Argument;
        [FieldOffset(152)] public int Turn;
    }

    /// <summary>Where one worker sleeps. It says first that it will, then looks once more for work; who brings work looks whether it said so. Each must see what the other wrote or be seen: of a job
    /// both have fences between, of a round the worker's reaches all threads.</summary>
    private sealed class Sleeper
    {
        private readonly AutoResetEvent bell = new(false);
        private int asleep;

        public void Prepare(bool forAll)
        {
            Interlocked.Exchange(ref asleep, 1);
            if (forAll) Interlocked.MemoryBarrierProcessWide();
        }

        public void StayUp()
        {
            if (Interlocked.Exchange(ref asleep, 0) == 0) bell.WaitOne();              // someone rang in between: take the ring away
        }

        public void Sleep() => bell.WaitOne();

        public void Wake()
        {
            if (Volatile.Read(ref asleep) == 1 && Interlocked.Exchange(ref asleep, 0) == 1) bell.Set();
        }
    }
}
