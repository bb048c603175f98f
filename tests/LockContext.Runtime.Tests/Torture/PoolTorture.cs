using System;
using System.Diagnostics;
using System.Threading;

namespace LockContext.Runtime.Tests;

/// <summary>What an allocator did wrong.</summary>
internal readonly record struct PoolVerdict(long Overlaps, long RefusedFrees, bool Hung, long Rounds, string? Failure)
{
    internal bool IsGood => Overlaps == 0 && RefusedFrees == 0 && !Hung && Failure is null;
}

/// <summary>
/// Threads allocate and free at random, often what another thread allocated. Every block is stamped at both ends by its holder with a number that nobody else uses; a stamp that is not there
/// any more when the block is freed means that somebody else had it at the same time.
/// </summary>
internal sealed unsafe class PoolTorture(ITorturePool pool, int maxOrder)
{
    private const int Held = 24;

    // Where threads exchange blocks.
    private readonly Block?[] _market = new Block?[16];
    private long _overlaps;
    private long _refused;
    private long _rounds;
    private string? _failure;
    private bool _stop;

    private sealed record Block(nint Address, int Order, long Stamp);

    internal static PoolVerdict Run(ITorturePool pool, TimeSpan duration, int maxOrder = 0, int threads = 4)
        => new PoolTorture(pool, maxOrder).Run(duration, threads);

    private PoolVerdict Run(TimeSpan duration, int threads)
    {
        var workers = new Thread[threads];
        for (int i = 0; i < threads; i++)
        {
            int id = i + 1;
            workers[i] = new Thread(() => Work(id)) { IsBackground = true };
            workers[i].Start();
        }

        long end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        while (Stopwatch.GetTimestamp() < end && Volatile.Read(ref _overlaps) == 0 && Volatile.Read(ref _failure) is null) Thread.Sleep(10);
        Volatile.Write(ref _stop, true);
        bool hung = false;
        foreach (Thread worker in workers) hung |= !worker.Join(TimeSpan.FromSeconds(5));
        try
        {
            foreach (Block? block in _market)
            {
                if (block is not null) Free(block, 1);
            }
        }
        catch (Exception exception)
        {
            // A pool that a broken twin has wrecked may not even take its blocks back.
            _failure ??= exception.ToString();
        }

        return new PoolVerdict(_overlaps, _refused, hung, _rounds, _failure);
    }

    private void Work(int id)
    {
        try
        {
            Torment(id);
        }
        catch (Exception exception)
        {
            Volatile.Write(ref _failure, exception.ToString());
        }
    }

    private void Torment(int id)
    {
        var random = new Random(id);
        var mine = new Block?[Held];
        long serial = 0;
        while (!Volatile.Read(ref _stop))
        {
            int slot = random.Next(Held);
            if (mine[slot] is { } block)
            {
                // A third is freed at once by its owner, the rest goes to market, and what was there is freed instead.
                mine[slot] = null;
                if (random.Next(3) > 0) block = Interlocked.Exchange(ref _market[random.Next(_market.Length)], block);
                if (block is not null) Free(block, random.Next());
            }
            else
            {
                mine[slot] = Alloc(random, ((long)id << 48) | ++serial);
            }

            if (random.Next(512) == 0) Thread.Yield();
        }

        foreach (Block? block in mine)
        {
            if (block is not null) Free(block, random.Next());
        }

        Interlocked.Add(ref _rounds, serial);
    }

    private Block? Alloc(Random random, long stamp)
    {
        int order = random.Next(4) == 0 ? random.Next(maxOrder + 1) : 0;
        nint address = pool.Alloc(order, random.Next());
        if (address == 0) return null;
        *First(address) = stamp;
        *Last(address, order) = stamp;
        return new Block(address, order, stamp);
    }

    private void Free(Block block, int seed)
    {
        bool intact = Volatile.Read(ref *First(block.Address)) == block.Stamp && Volatile.Read(ref *Last(block.Address, block.Order)) == block.Stamp;
        if (!intact) Interlocked.Increment(ref _overlaps);
        if (!pool.Free(block.Address, block.Order, seed)) Interlocked.Increment(ref _refused);
    }

    private static long* First(nint address) => (long*)address;

    private static long* Last(nint address, int order) => (long*)(address + ((nint)PageAllocator.PageSize << order)) - 1;
}
