using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;

namespace LockContext.Runtime.Tests;

/// <summary>A buddy allocator with a list of single pages before it, in as few lines as will do: right, and the ground for the twins below that are not.</summary>
/// <remarks>What is free stands in plain arrays: whatever a twin does to them without a lock, a search through them ends, as one through a torn tree may not.</remarks>
internal class TinyBuddy : ITorturePool
{
    private const int MaxOrder = 6;
    private const int Batch = 8;

    private readonly unsafe byte* _memory;
    private readonly int[] _orders;
    private readonly bool[][] _free = new bool[MaxOrder + 1][];
    private readonly Stack<int> _list = new();
    private readonly Lock _listLock = new();

    internal unsafe TinyBuddy(int blocks)
    {
        int pages = blocks << MaxOrder;

        // A block more than there are, since a wrong merge may reach past the last one; and never freed: a thread that is late would go on with it.
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)(pages + (1 << MaxOrder)) * PageAllocator.PageSize, (nuint)PageAllocator.PageSize << MaxOrder);
        _orders = new int[pages];
        for (int order = 0; order <= MaxOrder; order++) _free[order] = new bool[pages];
        for (int block = 0; block < blocks; block++) _free[MaxOrder][block << MaxOrder] = true;
    }

    protected Lock Zone { get; } = new();

    public unsafe nint Alloc(int order, int seed)
    {
        int page = order == 0 ? TakeListed() : TakeLocked(order);
        if (page < 0) return 0;
        Volatile.Write(ref _orders[page], order + 1);
        return (nint)(_memory + (nuint)page * PageAllocator.PageSize);
    }

    public unsafe bool Free(nint block, int order, int seed)
    {
        int page = (int)((block - (nint)_memory) / PageAllocator.PageSize);
        if (Interlocked.CompareExchange(ref _orders[page], 0, order + 1) != order + 1) return false;
        lock (Zone) Merge(page, order);
        return true;
    }

    protected virtual int RefillOne()
    {
        lock (Zone) return Take(0);
    }

    /// <summary>Whether a block may be merged with the one beside it.</summary>
    protected virtual bool IsFree(int page, int order) => _free[order][page];

    /// <summary>Between finding a block and taking it.</summary>
    protected virtual void Pause()
    {
    }

    protected int Take(int order)
    {
        for (int current = order; current <= MaxOrder; current++)
        {
            int page = Array.IndexOf(_free[current], true);
            if (page < 0) continue;
            Pause();
            _free[current][page] = false;
            while (current > order)
            {
                current--;
                _free[current][page + (1 << current)] = true;
            }

            return page;
        }

        return -1;
    }

    protected void Forget(int page)
    {
        foreach (bool[] free in _free) free[page] = false;
    }

    private int TakeLocked(int order)
    {
        lock (Zone) return order <= MaxOrder ? Take(order) : -1;
    }

    private int TakeListed()
    {
        lock (_listLock)
        {
            if (_list.TryPop(out int listed)) return listed;
        }

        int first = RefillOne();
        for (int i = 1; first >= 0 && i < Batch; i++)
        {
            int page = RefillOne();
            if (page < 0) break;
            lock (_listLock) _list.Push(page);
        }

        return first;
    }

    private void Merge(int page, int order)
    {
        while (order < MaxOrder && IsFree(page ^ (1 << order), order))
        {
            Forget(page ^ (1 << order));
            page &= ~(1 << order);
            order++;
        }

        _free[order][page] = true;
    }
}

/// <summary>Refills the list without the zone lock: "only reading, after all".</summary>
internal sealed class UnlockedRefill(int blocks) : TinyBuddy(blocks)
{
    protected override int RefillOne() => Take(0);

    protected override void Pause() => Thread.SpinWait(20);
}

/// <summary>Merges with a buddy that is free as far as it looks: its first page, and not whether the whole of it is free.</summary>
internal sealed class WrongMerge(int blocks) : TinyBuddy(blocks)
{
    protected override bool IsFree(int page, int order)
    {
        for (int smaller = order; smaller >= 0; smaller--)
        {
            if (base.IsFree(page, smaller)) return true;
        }

        return false;
    }
}
