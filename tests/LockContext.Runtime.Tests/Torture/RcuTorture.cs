using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading;

namespace LockContext.Runtime.Tests;

/// <summary>What RCU did wrong. Good RCU does nothing wrong at all.</summary>
internal readonly record struct RcuVerdict(long EarlyFrees, long LostCallbacks, bool Hung, long Reads, long Updates, long Callbacks, int Threads)
{
    internal bool IsGood => EarlyFrees == 0 && LostCallbacks == 0 && !Hung;
}

/// <summary>How it is tortured.</summary>
internal sealed record RcuTortureOptions
{
    internal int Readers { get; init; } = 3;

    internal int Updaters { get; init; } = 2;

    /// <summary>Threads that read for a moment and end, one after the other.</summary>
    internal bool Churn { get; init; } = true;

    /// <summary>Bursts of callbacks, this many at a time; 0 for none.</summary>
    internal int Flood { get; init; } = 5_000;

    /// <summary>No delays but the shortest: for mistakes that live for nanoseconds.</summary>
    internal bool Tight { get; init; }

    /// <summary>
    /// The duration is of time that two processors spend on this process: for what has to be caught. On a machine that has much else to do, the clock runs on while no two of our threads run at the same time.
    /// </summary>
    internal bool IsProcessorTime { get; init; }

    /// <summary>Pages allocated and freed meanwhile, down to the last.</summary>
    internal bool Pressure { get; init; } = true;
}

/// <summary>
/// In the manner of Linux' <c>rcutorture</c>: updaters replace a published element and let the old one grow older by one with each grace period. A reader that holds an element may see it get the age 1,
/// when it is removed. If it sees a 2 before it has left its section, a grace period has ended too early.
/// </summary>
internal sealed unsafe class RcuTorture
{
    /// <summary>Grace periods that an element spends out of sight before it is used again.</summary>
    private const int OldAge = 4;

    private const int Elements = 256;

    private static readonly TimeSpan s_mostTime = TimeSpan.FromMinutes(2);

    private readonly ITortureRcu _rcu;
    private readonly RcuTortureOptions _options;
    private readonly Element* _elements;
    // First in, first out: an element that has been seen old stays so for a while, for slow readers to notice.
    private readonly Queue<nint> _free = new();
    private readonly Element** _current;
    private long _earlyFrees;
    private long _reads;
    private long _updates;
    private int _threads;
    private bool _stop;

    private static long s_queued;
    private static long s_invoked;
    private static RcuTorture? s_running;

    private RcuTorture(ITortureRcu rcu, RcuTortureOptions options)
    {
        _rcu = rcu;
        _options = options;
        _elements = (Element*)NativeMemory.AllocZeroed(Elements, (nuint)sizeof(Element));
        for (int i = 0; i < Elements; i++) _free.Enqueue((nint)(_elements + i));
        _current = (Element**)NativeMemory.AlignedAlloc(128, 128);
        *_current = Take();
    }

    internal static RcuVerdict Run(ITortureRcu rcu, TimeSpan duration, RcuTortureOptions? options = null)
    {
        var torture = new RcuTorture(rcu, options ?? new RcuTortureOptions());
        s_running = torture;
        s_queued = 0;
        s_invoked = 0;
        return torture.Run(duration);
    }

    private RcuVerdict Run(TimeSpan duration)
    {
        List<Thread> workers = [];
        for (int i = 0; i < _options.Readers; i++) workers.Add(new Thread(seed => Read((int)seed!)));
        for (int i = 0; i < _options.Updaters; i++) workers.Add(new Thread(seed => Update((int)seed!)));
        if (_options.Churn) workers.Add(new Thread(seed => Churn((int)seed!)));
        if (_options.Flood > 0) workers.Add(new Thread(seed => Flood((int)seed!)));
        if (_options.Flood > 0) workers.Add(new Thread(seed => Flood((int)seed!)));
        if (_options.Pressure) workers.Add(new Thread(seed => Press((int)seed!)));
        for (int i = 0; i < workers.Count; i++)
        {
            workers[i].IsBackground = true;
            workers[i].Start(i + 1);
        }

        // Broken RCU need not be tortured to the end.
        var watch = Stopwatch.StartNew();
        TimeSpan used = Environment.CpuUsage.TotalTime;
        while (!IsOver() && Volatile.Read(ref _earlyFrees) == 0) Thread.Sleep(10);
        Volatile.Write(ref _stop, true);

        bool hung = false;
        foreach (Thread worker in workers) hung |= !worker.Join(hung ? TimeSpan.Zero : TimeSpan.FromSeconds(30));
        for (int age = 0; age < OldAge && !hung; age++)
        {
            // Elements are queued again by their callbacks.
            _rcu.Barrier();
        }

        return new RcuVerdict(_earlyFrees, Volatile.Read(ref s_queued) - Volatile.Read(ref s_invoked), hung, _reads, _updates, Volatile.Read(ref s_invoked), _threads);

        bool IsOver() => watch.Elapsed >= (_options.IsProcessorTime ? s_mostTime : duration) || (_options.IsProcessorTime && Environment.CpuUsage.TotalTime - used >= duration * 2);
    }

    private void Read(int seed)
    {
        var random = new Random(seed);
        int reader = _rcu.Register();
        long reads = 0;
        byte[] cold = new byte[_options.Tight ? 64 << 20 : 1];
        while (!Volatile.Read(ref _stop))
        {
            // Stores that miss the cache go first: the processor keeps the store that opens the section behind them, and reads on.
            for (int i = _options.Tight ? 6 : 0; i > 0; i--) cold[random.Next(cold.Length)] = (byte)seed;
            ReadOnce(reader, random);
            reads++;

            // Outside for about as long as inside, or a grace period would meet us on our way in too rarely.
            for (int pause = _options.Tight ? random.Next(200) : 0; pause > 0 && !Volatile.Read(ref _stop); pause--)
            {
            }
        }

        _rcu.Unregister(reader);
        Interlocked.Add(ref _reads, reads);
    }

    private void ReadOnce(int reader, Random random)
    {
        _rcu.ReadLock(reader);
        Element* element = Rcu.Dereference(_current);
        if (_options.Tight)
        {
            // Long enough for a grace period that has overlooked us to end and to be seen to have ended.
            for (int looks = random.Next(200); looks > 0 && Volatile.Read(ref element->Age) <= 1; looks--)
            {
            }
        }
        else
        {
            DelayReader(random);
        }

        // Still inside: the grace period that makes it 2 has to wait for us.
        if (Volatile.Read(ref element->Age) > 1) Interlocked.Increment(ref _earlyFrees);
        _rcu.ReadUnlock(reader);
    }

    private void DelayReader(Random random)
    {
        switch (random.Next(512))
        {
            case 0:
                Thread.Sleep(1);
                break;
            case < 8:
                Thread.Yield();
                break;
            case < 64:
                Thread.SpinWait(random.Next(500));
                break;
            case < 96 when _rcu is not TwinRcu:
                // Inside another one, which must not look younger for it.
                using (Rcu.Read()) Thread.SpinWait(random.Next(50));
                break;
        }
    }

    private void Update(int seed)
    {
        var random = new Random(seed);
        long updates = 0;
        while (!Volatile.Read(ref _stop))
        {
            Element* fresh = Take();
            if (fresh == null)
            {
                // All of them are growing old in callbacks.
                Thread.Sleep(1);
                continue;
            }

            Element* old = Replace(fresh);
            if (!_options.Tight && random.Next(3) == 0)
            {
                Interlocked.Increment(ref s_queued);
                _rcu.Call(&old->Head, &Age);
            }
            else
            {
                // In a hurry, the element is used again soon: only the first grace period is what the readers test.
                for (int age = _options.Tight ? OldAge - 1 : 1; age < OldAge; age++)
                {
                    _rcu.Synchronize(expedited: random.Next(2) == 0);
                    Volatile.Write(ref old->Age, old->Age + 1);
                }

                Give(old);
            }

            updates++;
            if (!_options.Tight && random.Next(16) == 0) Thread.SpinWait(random.Next(1000));
        }

        Interlocked.Add(ref _updates, updates);
    }

    private Element* Replace(Element* fresh)
    {
        lock (_free)
        {
            Element* old = *_current;
            Rcu.Assign(_current, fresh);
            Volatile.Write(ref old->Age, 1);
            return old;
        }
    }

    // A grace period has passed: older by one, and round again until it is old enough.
    private static void Age(RcuHead* head)
    {
        Interlocked.Increment(ref s_invoked);
        var element = (Element*)((byte*)head - sizeof(long));
        RcuTorture torture = s_running!;
        Volatile.Write(ref element->Age, element->Age + 1);
        if (element->Age >= OldAge)
        {
            torture.Give(element);
            return;
        }

        Interlocked.Increment(ref s_queued);
        torture._rcu.Call(head, &Age);
    }

    private void Churn(int seed)
    {
        var random = new Random(seed);
        while (!Volatile.Read(ref _stop))
        {
            var passing = new Thread(() =>
            {
                int reader = _rcu.Register();
                for (int i = random.Next(20); i >= 0; i--) ReadOnce(reader, random);
                _rcu.Unregister(reader);
            });
            passing.Start();
            passing.Join();
            _threads++;
        }
    }

    private void Flood(int seed)
    {
        var random = new Random(seed);
        var heads = (RcuHead*)NativeMemory.AllocZeroed((nuint)_options.Flood, (nuint)sizeof(RcuHead));
        while (!Volatile.Read(ref _stop))
        {
            for (int i = 0; i < _options.Flood; i++)
            {
                Interlocked.Increment(ref s_queued);
                _rcu.Call(heads + i, &Count);
            }

            _rcu.Barrier();
            Thread.Sleep(random.Next(5));
        }

        // Not freed: a twin may still have some of them.
    }

    private static void Count(RcuHead* head) => Interlocked.Increment(ref s_invoked);

    private void Press(int seed)
    {
        var random = new Random(seed);
        using var pages = new PageAllocator(new PageAllocatorOptions { Pages = 2048, ReclaimPatience = 1 });
        var taken = new Stack<nint>();
        while (!Volatile.Read(ref _stop))
        {
            void* page;
            while ((page = pages.AllocPages(random.Next(2) == 0 ? GfpFlags.Kernel : GfpFlags.NoWait, 0)) != null) taken.Push((nint)page);
            while (taken.TryPop(out nint used)) pages.FreePages((void*)used, 0);
            Thread.Sleep(1);
        }
    }

    private Element* Take()
    {
        lock (_free)
        {
            if (!_free.TryDequeue(out nint element)) return null;
            ((Element*)element)->Age = 0;
            return (Element*)element;
        }
    }

    private void Give(Element* element)
    {
        lock (_free) _free.Enqueue((nint)element);
    }

    private struct Element
    {
        internal long Age;
        internal RcuHead Head;
    }
}
