using System;
using System.Diagnostics;
using System.Threading;

namespace LockContext.Runtime.Tests;

/// <summary>What a cache did wrong.</summary>
internal readonly record struct SlabVerdict(long Overlaps, long Lost, bool Hung, long Rounds, string? Failure)
{
    internal bool IsGood => Overlaps == 0 && Lost == 0 && !Hung && Failure is null;
}

/// <summary>
/// Threads allocate and free at random, one by one and in bulk, often what another thread allocated; some end and are replaced, with whatever their magazines hold; and another collects what is idle all the time.
/// Every object is stamped at both ends by its holder with a number that nobody else uses; a stamp that is gone when the object is freed means that somebody else had it at the same time. At the end, everything
/// has to be back.
/// </summary>
internal sealed unsafe class SlabTorture(ITorturedSlab slab)
{
    private const int Held = 256;
    private const int RoundsOfAThread = 200_000;

    // Where threads exchange objects.
    private readonly nint[] _market = new nint[64];
    private long _overlaps;
    private long _rounds;
    private long _serial;
    private string? _failure;
    private bool _stop;

    /// <param name="slab">What to torture.</param>
    /// <param name="duration">For how long.</param>
    /// <param name="threads">How many at the same time.</param>
    internal static SlabVerdict Run(ITorturedSlab slab, TimeSpan duration, int threads = 4) => new SlabTorture(slab).Run(duration, threads);

    private SlabVerdict Run(TimeSpan duration, int threads)
    {
        var workers = new Thread[threads + 1];
        for (int i = 0; i < threads; i++)
        {
            int id = i + 1;
            workers[i] = Start(() => Succession(id));
        }

        workers[threads] = Start(Collect);
        long end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        while (Stopwatch.GetTimestamp() < end && Volatile.Read(ref _overlaps) == 0 && Volatile.Read(ref _failure) is null) Thread.Sleep(10);
        Volatile.Write(ref _stop, true);
        bool hung = false;
        foreach (Thread worker in workers) hung |= !worker.Join(hung ? TimeSpan.Zero : TimeSpan.FromSeconds(20));
        if (hung) return new SlabVerdict(_overlaps, 0, Hung: true, _rounds, _failure);
        for (int i = 0; i < _market.Length; i++) Free(_market[i], i);
        return new SlabVerdict(_overlaps, _overlaps == 0 && _failure is null ? slab.Lost() : 0, Hung: false, _rounds, _failure);
    }

    private Thread Start(Action body)
    {
        var thread = new Thread(() =>
        {
            try
            {
                body();
            }
            catch (Exception exception)
            {
                Volatile.Write(ref _failure, exception.ToString());
            }
        })
        { IsBackground = true };
        thread.Start();
        return thread;
    }

    // One thread after another: each dies with full magazines.
    private void Succession(int id)
    {
        for (int life = 0; !Volatile.Read(ref _stop) && Volatile.Read(ref _failure) is null; life++)
        {
            int seed = (id * 1000) + life;
            Start(() => Torment(seed)).Join();
        }
    }

    private void Collect()
    {
        while (!Volatile.Read(ref _stop))
        {
            slab.Shrink();
            Thread.Sleep(1);
        }
    }

    private void Torment(int seed)
    {
        var random = new Random(seed);
        var mine = new nint[Held];
        for (int round = 0; round < RoundsOfAThread && !Volatile.Read(ref _stop); round++)
        {
            int slot = random.Next(Held);
            if (mine[slot] != 0)
            {
                nint item = mine[slot];
                mine[slot] = 0;

                // A third is freed at once by its owner, the rest goes to market, and what was there is freed instead.
                if (random.Next(3) > 0) item = Interlocked.Exchange(ref _market[random.Next(_market.Length)], item);
                Free(item, random.Next());
            }
            else
            {
                mine[slot] = Alloc(random.Next());
            }

            // All at once now and then: magazines overflow, the barn too.
            if (random.Next(500) == 0) FreeAll(mine);
            if (random.Next(512) == 0) Thread.Yield();
        }

        FreeAll(mine);
        Interlocked.Add(ref _rounds, RoundsOfAThread);
    }

    private void FreeAll(nint[] mine)
    {
        foreach (nint item in mine) Check(item);
        slab.FreeBulk(mine);
        Array.Clear(mine);
    }

    private nint Alloc(int seed)
    {
        nint item = slab.Alloc(seed);
        if (item == 0) return 0;
        long stamp = Interlocked.Increment(ref _serial);
        *First(item) = stamp;
        *Last(item) = stamp;
        return item;
    }

    // What is written at the one end has to be at the other: somebody else's stamps never meet in the middle.
    private void Check(nint item)
    {
        if (item == 0) return;
        long stamp = Volatile.Read(ref *First(item));
        Thread.SpinWait(1);
        if (Volatile.Read(ref *Last(item)) != stamp || Volatile.Read(ref *First(item)) != stamp || stamp == 0) Interlocked.Increment(ref _overlaps);

        // Two holders would both find the stamp of the later one; whoever comes second finds none.
        *First(item) = 0;
        *Last(item) = 0;
    }

    private void Free(nint item, int seed)
    {
        if (item == 0) return;
        Check(item);
        slab.Free(item, seed);
    }

    private static long* First(nint item) => (long*)item;

    private long* Last(nint item) => (long*)(item + slab.Size) - 1;
}
