using System.Threading;

namespace LockContext.Runtime;

/// <summary>Full and empty magazines of a cache that belong to no thread: where threads that free more than they allocate meet those that do the opposite.</summary>
/// <remarks>
/// <para>A raw spin lock guards it; inside are a few pointers. Paths that may not wait only try it, which also turns back a caller that comes from inside the section.</para>
/// <para><b>Wait class</b>: Spin. No managed allocation.</para>
/// </remarks>
[RawAtomic]
internal unsafe struct Barn
{
    /// <summary>Magazines of each kind, as many as a barn of Linux has. More would keep memory from others, fewer would send objects to the slabs whenever two threads are out of step.</summary>
    internal const int MostFull = 10;
    internal const int MostEmpty = 10;

    private RawSpinLock _lock;
    private Magazine* _full;
    private Magazine* _empty;
    private int _fullCount;
    private int _emptyCount;

    internal bool HasFull => Volatile.Read(ref _fullCount) != 0;

    /// <summary>For tests, which have to hold it.</summary>
    internal readonly bool IsLocked => _lock.IsHeld;

    /// <summary>Objects in full magazines, at about this moment.</summary>
    internal long Objects
    {
        get
        {
            long objects = 0;
            _lock.Enter();
            for (Magazine* magazine = _full; magazine != null; magazine = magazine->Next) objects += magazine->Count;
            _lock.Exit();
            return objects;
        }
    }

    /// <summary>Exchanges an empty magazine for one with objects.</summary>
    /// <param name="empty">The empty one; ours if the call succeeds.</param>
    /// <param name="wait">Whether to wait for the lock.</param>
    /// <returns>One with objects, or <see langword="null"/>: nothing has been exchanged.</returns>
    internal Magazine* TryExchangeEmpty(Magazine* empty, bool wait)
    {
        if (!HasFull) return null;
        if (!wait)
        {
            if (!_lock.TryEnter()) return null;
        }
        else
        {
            _lock.Enter();
        }

        Magazine* full = PopFull();
        if (full != null) PushEmpty(empty);
        SlabHooks.Reached(SlabHooks.Place.Barn);
        _lock.Exit();
        return full;
    }

    /// <summary>Exchanges a full magazine for an empty one.</summary>
    /// <returns>An empty one, or <see langword="null"/>: there is none, or no room for another full one. Nothing has been exchanged.</returns>
    internal Magazine* TryExchangeFull(Magazine* full, bool wait)
    {
        if (!wait)
        {
            if (!_lock.TryEnter()) return null;
        }
        else
        {
            _lock.Enter();
        }

        Magazine* empty = null;
        if (_fullCount < MostFull)
        {
            empty = PopEmpty();
            if (empty != null) PushFull(full);
        }

        SlabHooks.Reached(SlabHooks.Place.Barn);
        _lock.Exit();
        return empty;
    }

    /// <summary>Takes a single object, for a thread that has no magazine. Never waits.</summary>
    /// <returns>The entry, or 0.</returns>
    internal nuint TryTakeOne()
    {
        if (!HasFull || !_lock.TryEnter()) return 0;
        Magazine* magazine = _full;
        nuint entry = 0;
        if (magazine != null)
        {
            entry = Magazine.Entries(magazine)[--magazine->Count].Entry;
            if (magazine->Count == 0) PushEmpty(PopFull());
        }

        _lock.Exit();
        return entry;
    }

    /// <summary>Leaves a magazine with objects here, if there is room.</summary>
    internal bool TryPutFull(Magazine* magazine)
    {
        _lock.Enter();
        bool room = _fullCount < MostFull;
        if (room) PushFull(magazine);
        _lock.Exit();
        return room;
    }

    /// <summary>Leaves an empty magazine here, if there is room.</summary>
    internal bool TryPutEmpty(Magazine* magazine)
    {
        _lock.Enter();
        bool room = _emptyCount < MostEmpty;
        if (room) PushEmpty(magazine);
        _lock.Exit();
        return room;
    }

    /// <summary>Takes an empty magazine, or <see langword="null"/>.</summary>
    internal Magazine* TryTakeEmpty()
    {
        _lock.Enter();
        Magazine* empty = PopEmpty();
        _lock.Exit();
        return empty;
    }

    /// <summary>Takes a magazine with objects, or <see langword="null"/>.</summary>
    internal Magazine* TryTakeFull()
    {
        _lock.Enter();
        Magazine* full = PopFull();
        _lock.Exit();
        return full;
    }

    [RequiresLock("_lock")]
    private Magazine* PopFull()
    {
        Magazine* magazine = _full;
        if (magazine == null) return null;
        _full = magazine->Next;
        Volatile.Write(ref _fullCount, _fullCount - 1);
        return magazine;
    }

    [RequiresLock("_lock")]
    private Magazine* PopEmpty()
    {
        Magazine* magazine = _empty;
        if (magazine == null) return null;
        _empty = magazine->Next;
        _emptyCount--;
        return magazine;
    }

    [RequiresLock("_lock")]
    private void PushFull(Magazine* magazine)
    {
        magazine->Next = _full;
        _full = magazine;
        Volatile.Write(ref _fullCount, _fullCount + 1);
    }

    // Empty magazines may exceed the limit by those that exchanges leave behind; there are no more of them than there are magazines.
    [RequiresLock("_lock")]
    private void PushEmpty(Magazine* magazine)
    {
        magazine->Next = _empty;
        _empty = magazine;
        _emptyCount++;
    }
}
