using System;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>The lists of all threads that use an allocator: who gets one, and what becomes of the pages of those that are idle or have ended.</summary>
/// <remarks>
/// Lists are never thrown away: that of a thread that has ended is emptied and goes to the next thread that comes. Making one allocates managed memory, so only an allocation that may sleep
/// makes one; a few are made in advance, so that others find one too. A thread without a list uses the CPUs' lists.
/// </remarks>
internal sealed class ThreadPageLists
{
    private readonly PageFrames _frames;
    private readonly PathGate _gate;
    private readonly PageListLimits _limits;
    private readonly AllocatorHooks _hooks;

    // One at a time empties lists of others: a list that is revoked has one who did it. Comes before the zone locks.
    private readonly SleepingLock _draining = new();
    private RawSpinLock _lock;
    private ThreadPageList[] _all = [];
    private int _count;
    private int _spares;

    internal ThreadPageLists(PageFrames frames, PathGate gate, PageListLimits limits, AllocatorHooks hooks, int spares)
    {
        _frames = frames;
        _gate = gate;
        _limits = limits;
        _hooks = hooks;
        for (int i = 0; i < spares; i++) Add(null, null);
    }

    /// <summary>The lists there are, used or not.</summary>
    internal ReadOnlySpan<ThreadPageList> All
    {
        get
        {
            // The count first: the array that is read after it has at least so many lists, because the array is stored before the count.
            int count = Volatile.Read(ref _count);
            return Volatile.Read(ref _all).AsSpan(0, count);
        }
    }

    internal int Pages
    {
        get
        {
            int pages = 0;
            foreach (ThreadPageList list in All) pages += list.Pages;
            return pages;
        }
    }

    /// <summary>Lists that wait for a thread.</summary>
    internal int Spares => Volatile.Read(ref _spares);

    /// <summary>Finds this thread's list of an allocator, or gives it one.</summary>
    /// <param name="allocator">The allocator.</param>
    /// <param name="mayMake">Whether managed memory may be allocated for it.</param>
    /// <returns>The list, or <see langword="null"/> if there is none to be had.</returns>
    internal ThreadPageList? Mine(PageAllocator allocator, bool mayMake)
    {
        ThreadPageList? list = Find(allocator);
        if (list is not null) return list;
        list = Adopt(allocator);
        if (list is null && mayMake) list = Add(allocator, Thread.CurrentThread);
        if (list is null) return null;

        list.NextOfThread = ThreadPageList.Last;
        ThreadPageList.Last = list;
        return list;
    }

    /// <summary>Finds this thread's list of an allocator, if it has one.</summary>
    [RawAtomic]
    internal static ThreadPageList? Find(PageAllocator allocator)
    {
        ThreadPageList? last = ThreadPageList.Last;
        if (last is null || last.Allocator == allocator) return last;

        // A thread with pages of several allocators: the one in use comes to the front, and those of disposed ones are forgotten.
        for (ThreadPageList before = last; before.NextOfThread is { } list; before = list)
        {
            while (list.Allocator is null && list.NextOfThread is { } next) before.NextOfThread = list = next;
            if (list.Allocator != allocator) continue;
            before.NextOfThread = list.NextOfThread;
            list.NextOfThread = last;
            ThreadPageList.Last = list;
            return list;
        }

        return null;
    }

    /// <summary>Makes lists in advance until there are so many that wait for a thread.</summary>
    internal void Provide(int spares)
    {
        while (Spares < spares && Add(null, null) is not null)
        {
        }
    }

    /// <summary>Empties lists.</summary>
    /// <param name="which">Which.</param>
    /// <param name="reclaim">Takes the pages.</param>
    /// <returns>The number of pages.</returns>
    internal int Drain(ListsToDrain which, PageReclaim reclaim)
    {
        int pages = 0;
        _draining.Enter();
        try
        {
            // Revoke all, one barrier, empty all: the barrier is what costs.
            ThreadPageList? mine = ThreadPageList.Last;
            ReadOnlySpan<ThreadPageList> all = All;
            bool others = false;
            foreach (ThreadPageList list in all)
            {
                if (!IsWanted(list, which)) continue;
                list.Revoke();
                others |= list != mine;
            }

            if (others) Interlocked.MemoryBarrierProcessWide();
            foreach (ThreadPageList list in all)
            {
                if (!list.IsRevoked) continue;

                bool ended = list.Owner is { IsAlive: false };
                bool empty = list.TryEmpty(out int chain);
                if (ended && empty) Retire(list);
                list.GiveBack();
                if (chain != PageFrames.None) pages += reclaim.GiveToZone(chain);
            }
        }
        finally
        {
            _draining.Exit();
        }

        return pages;
    }

    /// <summary>Severs all lists from a disposed allocator.</summary>
    internal void Close()
    {
        foreach (ThreadPageList list in All) list.Allocator = null;
    }

    private static bool IsWanted(ThreadPageList list, ListsToDrain which)
    {
        if (which == ListsToDrain.All) return list.Pages > 0;

        // A spare has no owner. Of the others, those whose thread has ended are emptied and become spares; those that have done nothing since the last look are emptied.
        if (list.Owner is not { } owner) return false;
        if (!owner.IsAlive) return true;
        long operations = list.Operations;
        bool idle = operations == list.SeenOperations;
        list.SeenOperations = operations;
        return idle && list.Pages > 0;
    }

    private ThreadPageList? Adopt(PageAllocator allocator)
    {
        if (Spares == 0) return null;
        Thread thread = Thread.CurrentThread;
        ThreadPageList? found = null;
        _lock.Enter();
        for (int i = 0; i < _count && found is null; i++)
        {
            if (_all[i].Owner is null) found = _all[i];
        }

        if (found is not null)
        {
            found.Owner = thread;
            found.Allocator = allocator;
            found.NextOfThread = null;
            _spares--;
        }

        _lock.Exit();
        return found;
    }

    private void Retire(ThreadPageList list)
    {
        _lock.Enter();
        list.Owner = null;
        list.Allocator = null;
        list.NextOfThread = null;
        _spares++;
        _lock.Exit();
    }

    private ThreadPageList? Add(PageAllocator? allocator, Thread? owner)
    {
        while (true)
        {
            int number = Volatile.Read(ref _count) + 1;
            if (number > PageFrame.MaxOwner) return null;

            // Everything that needs memory is made outside of the lock, and thrown away if somebody else was faster.
            var list = new ThreadPageList(_frames, _gate, _limits, _hooks, number) { Allocator = allocator, Owner = owner };
            ThreadPageList[]? larger = number > _all.Length ? new ThreadPageList[Math.Max(8, number * 2)] : null;
            _lock.Enter();
            bool added = _count == number - 1 && (larger is not null || number <= _all.Length);
            if (added)
            {
                if (larger is not null)
                {
                    for (int i = 0; i < _count; i++) larger[i] = _all[i];
                    Volatile.Write(ref _all, larger);
                }

                _all[number - 1] = list;
                Volatile.Write(ref _count, number);
                if (owner is null) _spares++;
            }

            _lock.Exit();
            if (added) return list;
        }
    }
}

/// <summary>Which threads' lists to empty.</summary>
internal enum ListsToDrain
{
    /// <summary>All that have pages.</summary>
    All,

    /// <summary>Those whose thread has ended or has not used them since the last look.</summary>
    Idle,
}
