using System;
using System.Collections.Generic;
using System.Threading;

namespace LockContext.Runtime.Tests;

internal enum RcuMistake
{
    /// <summary>None: the twin is as good as ours, or the torture would catch it for the wrong reason.</summary>
    None,

    /// <summary>A grace period that waits for nobody.</summary>
    NoWait,

    /// <summary>One bit in place of a number, flipped once per grace period: a reader that was delayed between reading the bit and storing it looks like a new one.</summary>
    OnePhase,

    /// <summary>No process-wide barrier: a grace period does not see readers whose stores have not left their processor.</summary>
    NoBarrier,

    /// <summary>A batch of callbacks whose grace period is that of its first one: those that joined later come too early.</summary>
    EarlyBatch,

    /// <summary>A queue whose appending is not atomic: of two callbacks queued at once, one is lost.</summary>
    LostCallback,
}

/// <summary>The algorithm of the runtime in its simplest form, with one mistake. Each mistake is real without the pauses in its window, which spare the torture a long wait for bad luck.</summary>
internal sealed unsafe class TwinRcu : ITortureRcu, IDisposable
{
    private const int Readers = 64;
    private const int Line = 16;

    private readonly RcuMistake _mistake;
    private readonly long[] _words = new long[(Readers + 1) * Line];
    private readonly Stack<int> _free = new();
    private readonly object _mutex = new();
    private readonly object _queueLock = new();
    private readonly Thread _callbacks;
    private long _clock = 2;
    private long _completed = 2;
    private List<nint> _queue = [];
    private long _queueTarget;
    private long _queued;
    private long _invoked;
    private nint[] _slots = new nint[100_000];
    private int _slot;
    private int _appends;
    private bool _stop;

    internal TwinRcu(RcuMistake mistake)
    {
        _mistake = mistake;

        // The first reader to come gets the record that is looked at first: what lies between a grace period's beginning and its look there is the window of a missing barrier.
        for (int i = Readers; i >= 1; i--) _free.Push(i * Line);
        _callbacks = new Thread(RunCallbacks) { IsBackground = true };
        _callbacks.Start();
    }

    public int Register()
    {
        lock (_free) return _free.Pop();
    }

    public void Unregister(int reader)
    {
        lock (_free) _free.Push(reader);
    }

    // Sections do not nest here: the torture nests ours only through the record it has.
    public void ReadLock(int reader)
    {
        long now = Volatile.Read(ref _clock);
        if (_mistake == RcuMistake.OnePhase && (_appends++ & 7) == 0) Thread.Sleep(0);
        Volatile.Write(ref _words[reader], now);
    }

    public void ReadUnlock(int reader) => Volatile.Write(ref _words[reader], 0);

    public void Synchronize(bool expedited)
    {
        if (_mistake != RcuMistake.NoWait) WaitFor(Snapshot());
    }

    public void Call(RcuHead* head, delegate*<RcuHead*, void> callback)
    {
        // The queue is a list of pointers to heads; only the callback is kept in the head.
        head->What = callback;
        Interlocked.Increment(ref _queued);
        if (_mistake == RcuMistake.LostCallback)
        {
            nint[] slots = Volatile.Read(ref _slots);
            int slot = Volatile.Read(ref _slot);
            if ((_appends++ & 63) == 0) Thread.Yield();
            if (slot >= slots.Length) return;
            slots[slot] = (nint)head;
            Volatile.Write(ref _slot, slot + 1);
            return;
        }

        lock (_queueLock)
        {
            if (_queue.Count == 0 || _mistake != RcuMistake.EarlyBatch) _queueTarget = Snapshot();
            _queue.Add((nint)head);
        }
    }

    public void Barrier()
    {
        // Whoever loses callbacks would wait for ever; the others may take their time.
        long end = Environment.TickCount64 + (_mistake == RcuMistake.LostCallback ? 300 : 30_000);
        while (Volatile.Read(ref _invoked) < Volatile.Read(ref _queued) && Environment.TickCount64 < end) Thread.Sleep(1);
    }

    public void Dispose()
    {
        _stop = true;
        _callbacks.Join();
    }

    private long Snapshot()
    {
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref _clock) + 1;
    }

    private void WaitFor(long target)
    {
        while (Volatile.Read(ref _completed) < target)
        {
            lock (_mutex)
            {
                if (_completed < target) RunOne();
            }
        }
    }

    private void RunOne()
    {
        long number = _clock + 1;
        if (_mistake == RcuMistake.NoBarrier)
        {
            Volatile.Write(ref _clock, number);
        }
        else
        {
            Interlocked.Exchange(ref _clock, number);
            Interlocked.MemoryBarrierProcessWide();
        }

        for (int reader = Line; reader < _words.Length; reader += Line)
        {
            for (int looks = 0; !HasPassed(Volatile.Read(ref _words[reader]), number); looks++)
            {
                if (looks < 100) Thread.SpinWait(4);
                else Thread.Sleep(0);
            }
        }

        Volatile.Write(ref _completed, number);
    }

    private bool HasPassed(long word, long number)
    {
        if (word == 0) return true;
        return _mistake == RcuMistake.OnePhase ? (word & 1) == (number & 1) : word >= number;
    }

    private void RunCallbacks()
    {
        while (!Volatile.Read(ref _stop))
        {
            Thread.Sleep(1);
            List<nint> batch;
            if (_mistake == RcuMistake.LostCallback) TakeSlots();
            if (_mistake == RcuMistake.EarlyBatch) WaitForOpenBatch();
            lock (_queueLock)
            {
                batch = _queue;
                _queue = [];
            }

            if (_mistake != RcuMistake.EarlyBatch && batch.Count != 0) WaitFor(Snapshot());
            foreach (nint head in batch) ((delegate*<RcuHead*, void>)((RcuHead*)head)->What)((RcuHead*)head);
            Interlocked.Add(ref _invoked, batch.Count);
        }
    }

    private void TakeSlots()
    {
        nint[] slots = Interlocked.Exchange(ref _slots, new nint[_slots.Length]);
        Volatile.Write(ref _slot, 0);
        WaitFor(Snapshot());
        foreach (nint head in slots)
        {
            if (head == 0) continue;
            ((delegate*<RcuHead*, void>)((RcuHead*)head)->What)((RcuHead*)head);
            Interlocked.Increment(ref _invoked);
        }
    }

    // Waits first and takes what has come meanwhile: the mistake.
    private void WaitForOpenBatch()
    {
        long target;
        lock (_queueLock) target = _queue.Count == 0 ? 0 : _queueTarget;
        WaitFor(target);
    }
}
