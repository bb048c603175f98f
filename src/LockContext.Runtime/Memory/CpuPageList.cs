using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>
/// The pages that a CPU keeps at hand for the threads that run on it: what is too much for a thread's own list comes here, and what a thread lacks is looked for here before the zone is asked.
/// It is also where a thread without a list finds pages.
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
    private readonly PathGate _gate;
    private readonly AllocatorHooks _hooks;

    private RawSpinLock _lock;
    private Lists _lists;
    private int _pages;

    // Counters, guarded by the lock and read without it: on a hot path, an atomic increment would cost as much as the rest.
    private KindCounts _taken;
    private KindCounts _put;
    private long _foreign;
    private long _noLocks;
    private long _dropped;

    // Keeps the fields of two lists at least a pair of cache lines apart; processors fetch lines in pairs.
#pragma warning disable CS0169, IDE0051 // never read: it only takes up room
    private readonly Padding _padding;
#pragma warning restore CS0169, IDE0051

    internal CpuPageList(PageFrames frames, PathGate gate, AllocatorHooks hooks)
    {
        _frames = frames;
        _gate = gate;
        _hooks = hooks;
        for (int index = 0; index < Lists.Length; index++) _lists[index] = FrameList.Empty;
    }

    /// <summary>How many pages there are, at some moment.</summary>
    internal int Pages => Volatile.Read(ref _pages);

    internal long Foreign => Volatile.Read(ref _foreign);

    internal long NoLocksHits => Volatile.Read(ref _noLocks);

    internal long Dropped => Volatile.Read(ref _dropped);

    internal long Taken(int kind) => Volatile.Read(ref _taken[kind]);

    internal long Put(int kind) => Volatile.Read(ref _put[kind]);

    /// <summary>Takes a block for a user, of one kind or, if there is none, of any other that is allowed. Never waits.</summary>
    /// <param name="order">The order, 0 to <see cref="ListKind.MaxOrder"/>.</param>
    /// <param name="kind">The kind wanted.</param>
    /// <param name="allowed">A bit for each kind that will do.</param>
    /// <param name="withoutLocks">Whether to count it as an allocation without locks.</param>
    /// <returns>Its frame, now allocated; <see cref="PageFrames.None"/> if there is none or somebody has the lock.</returns>
    internal int TryTake(int order, int kind, int allowed, bool withoutLocks)
    {
        // Most misses end here, without a write to shared memory.
        if (Pages == 0 || !_lock.TryEnter()) return PageFrames.None;

        _hooks.Run(HookPoint.CpuList);
        int from = kind;
        int frame = (allowed & (1 << kind)) != 0 ? Pop(kind, order) : PageFrames.None;
        for (int other = 0; frame == PageFrames.None && other < ListKind.Count; other++)
        {
            if ((allowed & (1 << other)) == 0) continue;
            frame = Pop(other, order);
            from = other;
        }

        if (frame != PageFrames.None)
        {
            _taken[from]++;
            if (withoutLocks) _noLocks++;
            if (from != kind) _foreign++;

            // A plain store: until the page reaches its user nobody else has a right to write this word, and a wrongful free finds a state other than Allocated.
            // The page goes back to the list it came from, so that lending it does not mix the types for good.
            _frames[frame].State = PageFrame.Word(PageState.Allocated, order, from);
        }

        _lock.Exit();
        return frame;
    }

    /// <summary>Takes several blocks of a kind for a thread's list. Never waits.</summary>
    /// <returns>A chain in state <see cref="PageState.Returned"/>, or <see cref="PageFrames.None"/>.</returns>
    internal int TryTakeBatch(int order, int kind, int count)
    {
        if (Pages == 0 || !_lock.TryEnter()) return PageFrames.None;

        _hooks.Run(HookPoint.CpuList);
        int chain = PageFrames.None;
        while (count-- > 0)
        {
            int frame = Pop(kind, order);
            if (frame == PageFrames.None) break;
            _frames[frame].State = PageFrame.Word(PageState.Returned, order, kind);
            _frames[frame].Next = chain;
            chain = frame;
        }

        _lock.Exit();
        return chain;
    }

    /// <summary>Puts a block back that a user freed, unless the list is full or its lock taken. Never waits.</summary>
    /// <param name="frame">A block in state <see cref="PageState.Returned"/>.</param>
    /// <param name="room">How many pages the list may have.</param>
    /// <returns>Whether it has been put.</returns>
    internal bool TryPut(int frame, int room)
    {
        if (Pages >= room || !_lock.TryEnter()) return false;

        _hooks.Run(HookPoint.CpuList);
        _put[_frames[frame].Kind]++;
        Push(frame);
        _lock.Exit();
        return true;
    }

    /// <summary>Puts a chain of blocks on the list until it is full. Never waits.</summary>
    /// <param name="chain">Blocks in state <see cref="PageState.Returned"/>.</param>
    /// <param name="room">How many pages the list may have.</param>
    /// <returns>What found no place, as a chain; all of it if somebody has the lock.</returns>
    internal int TryPutChain(int chain, int room)
    {
        if (Pages >= room || !_lock.TryEnter()) return chain;

        _hooks.Run(HookPoint.CpuList);
        while (chain != PageFrames.None && _pages < room)
        {
            int frame = chain;
            chain = _frames[frame].Next;
            Push(frame);
        }

        _lock.Exit();
        return chain;
    }

    /// <summary>Takes the blocks that have been here longest. Waits for the lock by spinning.</summary>
    /// <returns>A chain in state <see cref="PageState.Returned"/>, or <see cref="PageFrames.None"/>.</returns>
    internal int Drain(int count)
    {
        int chain = PageFrames.None;
        _lock.Enter();
        for (int index = 0; index < Lists.Length && count > 0; index++)
        {
            while (count > 0 && _lists[index].PopOldest(_frames) is int frame and not PageFrames.None)
            {
                if (!Accept(frame, index)) continue;
                _frames[frame].State = PageFrame.Word(PageState.Returned, index % ListKind.Orders, index / ListKind.Orders);
                _frames[frame].Next = chain;
                chain = frame;
                count--;
            }
        }

        _lock.Exit();
        return chain;
    }

    [RequiresLock("_lock")]
    private int Pop(int kind, int order)
    {
        int index = ListKind.Index(kind, order);
        while (true)
        {
            int frame = _lists[index].Pop(_frames);
            if (frame == PageFrames.None || Accept(frame, index)) return frame;
        }
    }

    // Whether the block is still ours: see PageFrame for what happens to one that was freed twice at the same moment.
    [RequiresLock("_lock")]
    private bool Accept(int frame, int index)
    {
        Recount(-(1 << (index % ListKind.Orders)));
        if (_frames[frame].State == PageFrame.Word(PageState.Listed, index % ListKind.Orders, index / ListKind.Orders)) return true;
        _dropped++;
        return false;
    }

    [RequiresLock("_lock")]
    private void Push(int frame)
    {
        ref PageFrame entry = ref _frames[frame];
        int order = entry.Order;
        int kind = entry.Kind;
        entry.State = PageFrame.Word(PageState.Listed, order, kind);
        _lists[ListKind.Index(kind, order)].Push(_frames, frame);
        Recount(1 << order);
    }

    // All changes of the number of pages come through here, so that the gate's count of lists that have any is right whenever the lock is free.
    [RequiresLock("_lock")]
    private void Recount(int change)
    {
        int before = _pages;
        Volatile.Write(ref _pages, before + change);
        if (before == 0 || before + change == 0) _gate.SetFilled(before == 0);
    }

    [InlineArray(Length)]
    private struct Lists
    {
        internal const int Length = ListKind.Count * ListKind.Orders;
        private FrameList _first;
    }

    [InlineArray(ListKind.Count)]
    private struct KindCounts
    {
        private long _first;
    }

    [InlineArray(16)]
    private struct Padding
    {
        private long _first;
    }
}
