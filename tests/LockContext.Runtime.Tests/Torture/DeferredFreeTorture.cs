using System;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>Readers hold an object for a while, and it must stay what it was: freed early, it would soon be another one. Meanwhile blocks are hard to get.</summary>
internal sealed unsafe class DeferredFreeTorture : IDisposable
{
    private readonly SlabCache _cache = new("torture", 64);
    private readonly IDeferredFree _free;
    private readonly Thing** _current = (Thing**)System.Runtime.InteropServices.NativeMemory.AlignedAlloc(128, 128);
    private long _serial;
    private bool _stop;

    internal DeferredFreeTorture(IDeferredFree free) => _free = free;

    internal long Changed { get; private set; }

    internal long Reads { get; private set; }

    internal long Left => _cache.GetStatistics().AllocatedObjects;

    internal void Run(TimeSpan duration)
    {
        *_current = New();
        var faults = new FaultInjection { Probability = 20, IgnoredFlags = GfpFlags.DirectReclaim };
        PageAllocator.Shared.FaultInjection = faults;
        Thread[] workers = [new(Read), new(Read), new(Update), new(Update), new(Press)];
        foreach (Thread worker in workers) worker.Start();
        long end = Environment.TickCount64 + (long)duration.TotalMilliseconds;
        while (Environment.TickCount64 < end && Changed == 0) Thread.Sleep(5);
        Volatile.Write(ref _stop, true);
        foreach (Thread worker in workers) Assert.True(worker.Join(Deadline.Generous));
        PageAllocator.Shared.FaultInjection = null;
        _free.Finish();
    }

    public void Dispose() => _cache.Dispose();

    private void Read()
    {
        var random = new Random();
        while (!Volatile.Read(ref _stop))
        {
            Rcu.ReadLock();
            Thing* thing = Rcu.Dereference(_current);
            long serial = Volatile.Read(ref thing->Serial);
            switch (random.Next(64))
            {
                case 0: Thread.Sleep(1); break;
                case < 4: Thread.Yield(); break;
                default: Thread.SpinWait(random.Next(100)); break;
            }

            if (Volatile.Read(ref thing->Serial) != serial) Changed++;
            Rcu.ReadUnlock();
            Reads++;
        }
    }

    private void Update()
    {
        var random = new Random();
        while (!Volatile.Read(ref _stop))
        {
            Thing* fresh = New();
            var old = (Thing*)Interlocked.Exchange(ref *(nint*)_current, (nint)fresh);
            _free.Free(old, &old->Head, mightSleep: random.Next(4) == 0);
            if (random.Next(64) == 0) Thread.Sleep(1);
        }
    }

    private void Press()
    {
        while (!Volatile.Read(ref _stop))
        {
            _free.Shrink();
            Thread.Sleep(3);
        }
    }

    private Thing* New()
    {
        var thing = (Thing*)_cache.Alloc(GfpFlags.Kernel | GfpFlags.NoFail);
        Volatile.Write(ref thing->Serial, Interlocked.Increment(ref _serial));
        return thing;
    }

    internal struct Thing
    {
        internal long Serial;
        internal RcuHead Head;
    }
}

internal unsafe interface IDeferredFree
{
    void Free(void* pointer, RcuHead* head, bool mightSleep);

    void Shrink();

    void Finish();
}

internal sealed unsafe class OurDeferredFree : IDeferredFree
{
    public void Free(void* pointer, RcuHead* head, bool mightSleep)
    {
        if (mightSleep) Rcu.FreeMightSleep(pointer);
        else Rcu.Free(pointer, head);
    }

    public void Shrink()
    {
        RcuWorker.Instance.Frees.GiveBackSpares();
        RcuWorker.Instance.DrainSoon();
    }

    public void Finish() => Rcu.FreeBarrier();
}

/// <summary>Names the grace period of a block when the block is begun, so that what is added last is freed too early.</summary>
internal sealed unsafe class FreesBlocksEarly : IDeferredFree
{
    private readonly object _lock = new();
    private readonly nint[] _block = new nint[64];
    private int _count;
    private RcuCookie _cookie;

    public void Free(void* pointer, RcuHead* head, bool mightSleep)
    {
        lock (_lock)
        {
            if (_count == 0) _cookie = Rcu.StartPoll();
            _block[_count++] = (nint)pointer;
            if (_count == _block.Length) Drain();
        }
    }

    public void Shrink()
    {
    }

    public void Finish()
    {
        lock (_lock) Drain();
    }

    private void Drain()
    {
        Rcu.Synchronize(_cookie);
        KernelMemory.FreeBulk(_block.AsSpan(0, _count));
        _count = 0;
    }
}
