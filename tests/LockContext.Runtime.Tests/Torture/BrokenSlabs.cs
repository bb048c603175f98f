using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;

namespace LockContext.Runtime.Tests;

// Each mistake is real without the pauses in its window. They spare the torture a long wait for bad luck on a machine that has something else to do.

/// <summary>Magazines of threads over one store of objects, a list of remote frees, and a collector: the least that can be broken in each of the ways below. Not broken, it survives.</summary>
internal unsafe class ModelSlab : ITorturedSlab, IDisposable
{
    private const int Capacity = 16;
    private const int Objects = 4096;

    private readonly byte* _memory = (byte*)NativeMemory.AlignedAlloc((nuint)Objects * 64, 64);
    private readonly Stack<nint> _store = new();
    private readonly Lock _storeLock = new();
    private readonly ThreadLocal<Magazine> _mine;
    private readonly List<Magazine> _all = [];

    // Linked by index, beside the objects: whatever a twin does to them, the torture goes on.
    private readonly int[] _next = new int[Objects];
    private int _remote = -1;

    internal ModelSlab()
    {
        for (int i = 0; i < Objects; i++) _store.Push((nint)(_memory + ((nuint)i * 64)));
        _mine = new ThreadLocal<Magazine>(() =>
        {
            var magazine = new Magazine();
            lock (_all) _all.Add(magazine);
            return magazine;
        });
    }

    protected sealed class Magazine
    {
        internal readonly Lock Gate = new();
        internal readonly nint[] Items = new nint[Capacity];
        internal int Count;
    }

    public int Size => 64;

    public nint Alloc(int seed)
    {
        Magazine mine = _mine.Value!;
        lock (mine.Gate)
        {
            if (mine.Count == 0) Refill(mine);
            return mine.Count == 0 ? 0 : mine.Items[--mine.Count];
        }
    }

    public void Free(nint item, int seed)
    {
        if (seed % 4 == 0)
        {
            PushRemote(item);
            return;
        }

        Magazine mine = _mine.Value!;
        lock (mine.Gate)
        {
            if (mine.Count == Capacity)
            {
                lock (_storeLock)
                {
                    while (mine.Count > Capacity / 2) _store.Push(mine.Items[--mine.Count]);
                }
            }

            mine.Items[mine.Count++] = item;
        }
    }

    public void FreeBulk(ReadOnlySpan<nint> items)
    {
        foreach (nint item in items)
        {
            if (item != 0) Free(item, seed: 1);
        }
    }

    public void Shrink()
    {
        lock (_all)
        {
            foreach (Magazine magazine in _all) Collect(magazine);
        }
    }

    public long Lost()
    {
        Shrink();
        lock (_storeLock) TakeRemote();
        return Objects - _store.Count;
    }

    public void Dispose()
    {
        // Not the memory: a thread that hangs in what is broken would go on with it.
        _mine.Dispose();
        GC.SuppressFinalize(this);
    }

    protected virtual void Refill(Magazine mine)
    {
        lock (_storeLock) RefillUnguarded(mine);
    }

    protected virtual void Collect(Magazine magazine)
    {
        lock (magazine.Gate) CollectUnguarded(magazine);
    }

    protected virtual void PushRemote(nint item)
    {
        while (true)
        {
            int head = Volatile.Read(ref _remote);
            _next[Index(item)] = head;
            if (Interlocked.CompareExchange(ref _remote, Index(item), head) == head) return;
        }
    }

    protected void PushRemoteUnguarded(nint item)
    {
        int head = Volatile.Read(ref _remote);
        _next[Index(item)] = head;
        if ((item & 0x1FFF) == 0) Thread.Yield();
        Volatile.Write(ref _remote, Index(item));
    }

    protected void RefillUnguarded(Magazine mine)
    {
        TakeRemote();
        while (mine.Count < Capacity / 2 && _store.TryPeek(out nint item))
        {
            if ((item & 0x7FF) == 0) Thread.Yield();
            _store.TryPop(out _);
            mine.Items[mine.Count++] = item;
        }
    }

    protected void CollectUnguarded(Magazine magazine)
    {
        lock (_storeLock)
        {
            int count = magazine.Count;
            for (int i = 0; i < count; i++) _store.Push(magazine.Items[i]);
            Thread.Yield();
            magazine.Count = 0;
        }
    }

    private void TakeRemote()
    {
        int index = Interlocked.Exchange(ref _remote, -1);
        for (int taken = 0; index >= 0 && taken < Objects; taken++)
        {
            _store.Push((nint)(_memory + ((nuint)index * 64)));
            index = _next[index];
        }
    }

    private int Index(nint item) => (int)((item - (nint)_memory) / 64);
}

/// <summary>Links a remote free with a read and a write: one that comes in between is lost.</summary>
internal sealed class LosesRemoteFreesSlab : ModelSlab
{
    protected override void PushRemote(nint item) => PushRemoteUnguarded(item);
}

/// <summary>Refills a magazine from the store without its lock.</summary>
internal sealed class RefillsWithoutLockSlab : ModelSlab
{
    protected override void Refill(Magazine mine) => RefillUnguarded(mine);
}

/// <summary>Collects the magazines of threads without asking whether they are in them: what the thread takes meanwhile is handed out twice.</summary>
internal sealed class CollectsWithoutRevokingSlab : ModelSlab
{
    protected override void Collect(Magazine magazine) => CollectUnguarded(magazine);
}
