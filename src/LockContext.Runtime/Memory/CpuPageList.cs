using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>
/// The pages that one CPU keeps at hand, a list per migrate type: allocating and freeing a single page usually touches nothing else.
/// </summary>
/// <remarks>
/// <para>
/// A process cannot turn interrupts or preemption off, so a list belongs to its CPU by convention only, and a raw spin lock guards it. The lock is only ever <em>tried</em>
/// on the way of an allocation or a free: whoever finds it taken goes elsewhere. Only draining waits for it. Nothing inside its sections can throw, wait or
/// call out, so straight pairs of enter and exit are enough.
/// </para>
/// <para><b>Wait class</b>: Spin. No managed allocation.</para>
/// </remarks>
[RawAtomic]
internal sealed class CpuPageList
{
    private readonly PageFrames _frames;
    private readonly MemoryPressure _pressure;
    private readonly int _high;
    private readonly int _batch;

    private RawSpinLock _lock;
    private TypeLists _lists;
    private int _count;

    // Counters, guarded by the lock and read without it: on a hot path, an atomic increment would cost as much as the rest.
    private long _allocated;
    private long _freed;
    private long _foreign;

    // Keeps the fields of two lists at least a pair of cache lines apart; processors fetch lines in pairs.
#pragma warning disable CS0169, IDE0051 // never read: it only takes up room
    private readonly Padding _padding;
#pragma warning restore CS0169, IDE0051

    internal CpuPageList(PageFrames frames, MemoryPressure pressure, int high, int batch)
    {
        _frames = frames;
        _pressure = pressure;
        _high = high;
        _batch = batch;
        for (int type = 0; type < TypeLists.Length; type++) _lists[type] = FrameList.Empty;
    }

    /// <summary>How many pages there are, at some moment.</summary>
    internal int Count => Volatile.Read(ref _count);

    internal long Allocated => Volatile.Read(ref _allocated);

    internal long Freed => Volatile.Read(ref _freed);

    internal long Foreign => Volatile.Read(ref _foreign);

    /// <summary>Takes a page of one type. Never waits.</summary>
    /// <param name="type">The type; 3, which is none, has a list that is always empty.</param>
    /// <returns>Its frame, now allocated; <see cref="PageFrames.None"/> if there is none or somebody has the lock.</returns>
    internal int TryTake(int type)
    {
        // Most misses end here, without a write to shared memory.
        if (Count == 0 || !_lock.TryEnter()) return PageFrames.None;

        int frame = _lists[type].Pop(_frames);
        if (frame != PageFrames.None)
        {
            _count--;
            _allocated++;

            // A plain store: until the page reaches its user nobody else has a right to write this word, and a wrongful free finds a state other than Allocated.
            _frames[frame].State = PageFrame.Word(PageState.Allocated, 0, type);
        }

        _lock.Exit();
        return frame;
    }

    /// <summary>Takes a page of the type or, if there is none, of any other. Never waits.</summary>
    /// <returns>Its frame, now allocated; <see cref="PageFrames.None"/> if there is none or somebody has the lock.</returns>
    internal int TryTakeAny(int type)
    {
        if (Count == 0 || !_lock.TryEnter()) return PageFrames.None;

        int frame = _lists[type].Pop(_frames);
        int from = type;
        for (int other = 0; frame == PageFrames.None && other < MigrateType.Count; other++)
        {
            frame = _lists[other].Pop(_frames);
            from = other;
        }

        if (frame != PageFrames.None)
        {
            _count--;
            _allocated++;
            if (from != type) _foreign++;

            // The page goes back to the list it came from, so that lending it does not mix the types for good.
            _frames[frame].State = PageFrame.Word(PageState.Allocated, 0, from);
        }

        _lock.Exit();
        return frame;
    }

    /// <summary>Puts a returned page on the list of its type. Never waits.</summary>
    /// <param name="frame">A single page in state <see cref="PageState.Returned"/>.</param>
    /// <param name="surplus">Pages that the list has to give up, as a chain for the caller to hand to the zone, or <see cref="PageFrames.None"/>.</param>
    /// <returns>Whether the page has been put; if not, somebody has the lock.</returns>
    internal bool TryPut(int frame, out int surplus)
    {
        surplus = PageFrames.None;
        if (!_lock.TryEnter()) return false;

        Put(frame);
        _freed++;
        if (_count > _high) surplus = TakeOldest(_batch);

        // Looked at under the lock: see MemoryPressure for why no waiter is overlooked.
        if (_pressure.HasWaiters) surplus = Prepend(surplus, TakeOldest(_count));

        _lock.Exit();
        return true;
    }

    /// <summary>Puts a returned page on the list of its type unless the list is full or its lock taken. Never waits, and leaves the caller nothing to do.</summary>
    internal bool TryPutWithinLimit(int frame)
    {
        if (!_lock.TryEnter()) return false;

        bool room = _count < _high;
        if (room)
        {
            Put(frame);
            _freed++;
        }

        _lock.Exit();
        return room;
    }

    /// <summary>Keeps all but the first page of a chain fresh from the zone, and takes the first. Waits for the lock by spinning.</summary>
    /// <returns>The first frame, now allocated.</returns>
    internal int Refill(int chain, int type)
    {
        int taken = chain;
        chain = _frames[chain].Next;
        _lock.Enter();
        while (chain != PageFrames.None)
        {
            int frame = chain;
            chain = _frames[frame].Next;
            _lists[type].Push(_frames, frame);
            _count++;
        }

        _allocated++;
        _frames[taken].State = PageFrame.Word(PageState.Allocated, 0, type);
        _lock.Exit();
        return taken;
    }

    /// <summary>Takes the pages that have been here longest, at most a batch. Waits for the lock by spinning.</summary>
    /// <returns>A chain of frames, or <see cref="PageFrames.None"/>.</returns>
    internal int Drain()
    {
        _lock.Enter();
        int chain = TakeOldest(_batch);
        _lock.Exit();
        return chain;
    }

    [RequiresLock("_lock")]
    private void Put(int frame)
    {
        ref PageFrame entry = ref _frames[frame];
        int type = entry.Type;

        // A plain store, as in TryTake: since the compare-exchange that took the page from its user (a full fence), the word is ours.
        entry.State = PageFrame.Word(PageState.Listed, 0, type);
        _lists[type].Push(_frames, frame);
        _count++;
    }

    // From the longest list first, so that a flood of one type does not push out the few pages of another.
    [RequiresLock("_lock")]
    private int TakeOldest(int count)
    {
        int chain = PageFrames.None;
        for (; count > 0 && _count > 0; count--)
        {
            int longest = 0;
            for (int type = 1; type < MigrateType.Count; type++)
            {
                if (_lists[type].Count > _lists[longest].Count) longest = type;
            }

            int frame = _lists[longest].PopOldest(_frames);
            _frames[frame].Next = chain;
            chain = frame;
            _count--;
        }

        return chain;
    }

    private int Prepend(int tail, int chain)
    {
        if (tail == PageFrames.None) return chain;

        int last = tail;
        while (_frames[last].Next != PageFrames.None) last = _frames[last].Next;
        _frames[last].Next = chain;
        return tail;
    }

    // One more than there are types: bits 3 and 4 of the flags index it without a check, and the list for both bits stays empty.
    [InlineArray(Length)]
    private struct TypeLists
    {
        internal const int Length = MigrateType.Count + 1;
        private FrameList _first;
    }

    [InlineArray(16)]
    private struct Padding
    {
        private long _first;
    }
}
