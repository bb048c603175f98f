using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace LockContext.Runtime.Tests;

/// <summary>Single pages on a stack: the least that can be broken in each of the ways below.</summary>
internal abstract unsafe class BrokenPool : ITorturePool
{
    // Never freed: a thread that hangs in what is broken would go on with it.
    private readonly byte* _memory;

    protected BrokenPool(int pages)
    {
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)pages * PageAllocator.PageSize, PageAllocator.PageSize);
        Next = new int[pages];
        States = new int[pages];
        Head = -1;
        for (int page = 0; page < pages; page++)
        {
            Next[page] = Head;
            Head = page;
        }
    }

    protected int[] Next { get; }

    /// <summary>1: with a user.</summary>
    protected int[] States { get; }

    protected int Head { get; set; }

    protected Lock Gate { get; } = new();

    public nint Alloc(int order, int seed)
    {
        int page = Pop();
        if (page < 0) return 0;
        Volatile.Write(ref States[page], 1);
        return (nint)(_memory + (nuint)page * PageAllocator.PageSize);
    }

    public bool Free(nint block, int order, int seed)
    {
        int page = (int)((block - (nint)_memory) / PageAllocator.PageSize);
        if (!TryReturn(ref States[page])) return false;
        Push(page);
        return true;
    }

    protected virtual bool TryReturn(ref int state) => Interlocked.CompareExchange(ref state, 0, 1) == 1;

    protected virtual int Pop()
    {
        lock (Gate) return PopUnguarded();
    }

    protected virtual void Push(int page)
    {
        lock (Gate) PushUnguarded(page);
    }

    protected int PopUnguarded()
    {
        int page = Head;
        if (page < 0) return page;

        // Off the processor for a moment, as a thread can be anywhere.
        if ((page & 31) == 0) Thread.Yield();
        Head = Next[page];
        return page;
    }

    protected void PushUnguarded(int page)
    {
        Next[page] = Head;
        Head = page;
    }
}

/// <summary>A per-CPU list that trusts its thread to stay on its CPU, as kernel code with interrupts off may.</summary>
internal sealed class UnguardedPool(int pages) : BrokenPool(pages)
{
    protected override int Pop() => PopUnguarded();

    protected override void Push(int page) => PushUnguarded(page);
}

/// <summary>A lock-free stack popped one by one without a tag: the head may leave and come back in between (ABA).</summary>
internal sealed class AbaPool(int pages) : BrokenPool(pages)
{
    private int _head = pages - 1;

    protected override int Pop()
    {
        while (true)
        {
            int page = Volatile.Read(ref _head);
            if (page < 0) return page;
            int next = Volatile.Read(ref Next[page]);
            if ((page & 15) == 0) Thread.Yield();
            if (Interlocked.CompareExchange(ref _head, next, page) == page) return page;
        }
    }

    protected override void Push(int page)
    {
        while (true)
        {
            int head = Volatile.Read(ref _head);
            Volatile.Write(ref Next[page], head);
            if (Interlocked.CompareExchange(ref _head, page, head) == head) return;
        }
    }
}

/// <summary>Looks whether the page is with a user, and then takes it: two frees at the same time both succeed.</summary>
internal sealed class CheckThenFreePool(int pages) : BrokenPool(pages)
{
    private int _looks;

    protected override bool TryReturn(ref int state)
    {
        if (Volatile.Read(ref state) != 1) return false;
        if ((_looks++ & 15) == 0) Thread.Yield();
        Volatile.Write(ref state, 0);
        return true;
    }
}
