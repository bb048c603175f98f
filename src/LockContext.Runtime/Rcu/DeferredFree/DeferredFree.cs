using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>Frees after a grace period: <c>kvfree_rcu</c>.</summary>
/// <remarks>
/// <para><b>Adding</b> takes the raw lock of the CPU's stripe and nothing else. A block for pointers comes from the stripe's spares, else from the page allocator's lists without any lock; if there is none, the object is
/// linked by its head. So it is legal under a raw lock, never blocks and cannot fail, and a shortage makes it slower only.</para>
/// <para><b>Draining</b> is the worker's: some time after the first pointer, or at once when a block is full. It takes the blocks, names a grace period <em>after</em> that, waits for it, and hands the pointers to
/// <see cref="KernelMemory.FreeBulk"/> block by block. (A name taken when a block was begun would be too old for what was added later: the model has that as a variant.)</para>
/// <para><b>Source</b>: U. Rezki and J. Fernandes, "rcu/tree: support kfree_bulk() interface in kfree_rcu()", 2019.</para>
/// </remarks>
internal sealed unsafe class DeferredFree
{
    /// <summary>In the lowest bit of a pointer, which objects do not use: seen by the worker.</summary>
    private const nint Marked = 1;

    /// <summary>What a block may be allocated with by somebody who may sleep: not at the price of others' memory, and quietly.</summary>
    private const GfpFlags SleepableBlocks = GfpFlags.Kernel | GfpFlags.NoRetry | GfpFlags.NoMemAlloc | GfpFlags.NoWarn | GfpFlags.Account;

    /// <summary>
    /// The most blocks that a rush of frees leaves on a CPU until it is over: a megabyte. It is what one thread frees at 30 ns each while the worker waits for the end of its time slice of 4 ms, because both have been put on the same CPU.
    /// </summary>
    internal const int MostSpares = 256;

    private readonly FreeStripe* _stripes;
    private readonly int _count;
    private readonly int _mask;
    private readonly RcuWorker _worker;
    private readonly DoubleFrees _doubles = new();

    // What the worker has taken from each stripe.
    private readonly nint[] _heads;
    private readonly long[] _marked;

    // 1 from the first pointer after a drain until the next drain.
    private int _armed;
    private int _full;
    private int _short;

    // How many blocks each CPU keeps in a rush, and until when there is one if no more blocks are needed than outside of it. The worker's.
    private int _spareLimit;
    private long _rushUntil;
    private long _linkedBefore;
    private bool _isRegistered;
    private long _retreatUntil;
    private long _synchronized;
    private long _blockFailures;
    private long _freed;
    private long _blocks;
    private long _blockPointers;
    private long _drains;
    private long _doubleFrees;
    private long _refused;

    internal DeferredFree(RcuWorker worker)
    {
        _worker = worker;
        _count = (int)BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount);
        _mask = _count - 1;
        _heads = new nint[_count];
        _marked = new long[_count];
        _stripes = (FreeStripe*)NativeMemory.AlignedAlloc((nuint)(_count * FreeStripe.Size), FreeStripe.Size);
        NativeMemory.Clear(_stripes, (nuint)(_count * FreeStripe.Size));
    }

    /// <summary>Whose the blocks are: charged, and without a limit or budget unless somebody sets one.</summary>
    internal MemoryGroup Group { get; } = new("RCU");

    /// <summary>Whether something waits to be drained, and since when the worker does not know of it.</summary>
    internal bool IsArmed => Volatile.Read(ref _armed) != 0;

    internal bool HasFullBlocks => Volatile.Read(ref _full) != 0;

    internal bool IsShortOfBlocks => Volatile.Read(ref _short) != 0 && !IsInRetreat;

    /// <summary>The end of the present rush as far as it is known, or 0 if there is none.</summary>
    internal long RushUntil => _spareLimit == 0 ? 0 : _rushUntil;

    private bool IsInRetreat => Environment.TickCount64 < Volatile.Read(ref _retreatUntil);

    /// <summary>Pointers added and not freed yet, at about this moment.</summary>
    internal long Backlog
    {
        get
        {
            long done = Volatile.Read(ref _freed);
            return Math.Max(0, Queued - done);
        }
    }

    /// <summary>Empty blocks at hand.</summary>
    internal int SpareBlocks
    {
        get
        {
            int blocks = 0;
            for (int i = 0; i < _count; i++) blocks += _stripes[i].SpareCount;
            return blocks;
        }
    }

    /// <summary>Those of them that a CPU has.</summary>
    internal int SpareBlocksOn(int cpu) => _stripes[cpu & _mask].SpareCount;

    private long Queued
    {
        get
        {
            long queued = 0;
            for (int i = 0; i < _count; i++) queued += _stripes[i].Queued;
            return queued;
        }
    }

    private FreeStripe* Current
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _stripes + (Thread.GetCurrentProcessorId() & _mask);
    }

    /// <summary>Adds an object that has a head.</summary>
    [RawAtomic]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Add(void* pointer, RcuHead* head)
    {
        FreeStripe* stripe = Current;
        int channel = FreeChannel.Of(pointer);
        FreeOutcome outcome = stripe->TryAdd(pointer, channel);
        if (outcome != FreeOutcome.Added) AddRarely(stripe, pointer, head, channel, outcome);
    }

    /// <summary>Adds an object without a head, if there is a block for it.</summary>
    [Sleepable]
    internal bool TryAdd(void* pointer)
    {
        FreeStripe* stripe = Current;
        int channel = FreeChannel.Of(pointer);
        FreeOutcome outcome = stripe->TryAdd(pointer, channel);
        if (outcome == FreeOutcome.NoBlock && TryProvide(stripe, SleepableBlocks)) outcome = stripe->TryAdd(pointer, channel);
        if (outcome == FreeOutcome.NoBlock) return false;
        if (outcome != FreeOutcome.Added) Tell(outcome);
        return true;
    }

    /// <summary>Counts an object that was freed by its caller after a wait.</summary>
    internal void CountSynchronized() => Interlocked.Increment(ref _synchronized);

    /// <summary>Waits for a grace period and frees what was added before it. For the worker.</summary>
    /// <param name="partly">Blocks that are not full as well.</param>
    /// <param name="hurry">Whether somebody waits for it.</param>
    [Sleepable]
    internal void Drain(bool partly, bool hurry)
    {
        // Before the stripes are looked at: whoever opens a block after that look arms again, since the exchange is a full fence.
        if (partly) Interlocked.Exchange(ref _armed, 0);
        Interlocked.Exchange(ref _full, 0);

        FreeBlock* blocks = null;
        long heads = 0;
        for (int i = 0; i < _count; i++)
        {
            heads += _stripes[i].Take(i, partly, ref blocks, out RcuHead* first);
            _heads[i] = (nint)first;
        }

        if (blocks == null && heads == 0) return;
        if (!_isRegistered)
        {
            // Not earlier: a program that defers no frees should not have a page allocator for it.
            _isRegistered = true;
            PageAllocator.Shared.Register(new FreeShrinker(_worker, this));
        }

        ulong cookie = GracePeriods.Snapshot();
        for (FreeBlock* block = blocks; block != null; block = block->Next) block->Cookie = cookie;
        GracePeriods.WaitFor(cookie, hurry || Backlog > RcuSettings.Current.QueueHighMark);
        Volatile.Write(ref _drains, _drains + 1);

        NoteRush(blocks);
        while (blocks != null) blocks = FreeSome(blocks);
        FreeHeads(heads);
    }

    /// <summary>Gives back the blocks of a rush that is over. For the worker.</summary>
    [Sleepable]
    internal void EndRush()
    {
        _spareLimit = 0;
        int kept = RcuSettings.Current.SpareBlocks;
        for (int i = 0; i < _count; i++)
        {
            for (FreeBlock* spare; (spare = _stripes[i].TakeSpareBeyond(kept)) != null;) PageAllocator.Shared.FreePages(spare, 0);
        }
    }

    /// <summary>Fills up the spare blocks where there was none lately. For the worker.</summary>
    [Sleepable]
    internal void ProvideBlocks()
    {
        int few = RcuSettings.Current.SpareBlocks;
        for (int i = 0; i < _count; i++)
        {
            // As many as the rush needs only where it is.
            int wanted = _stripes[i].IsShort ? Math.Max(_spareLimit, few) : few;
            while (_stripes[i].SpareCount < wanted && TryProvide(_stripes + i, SleepableBlocks))
            {
            }

            _stripes[i].IsShort = false;
        }

        // Last: from here on somebody who finds none looks for one himself, and says so.
        Volatile.Write(ref _short, 0);
    }

    /// <summary>Gives the spare blocks back, and makes no new ones for a while: memory is short.</summary>
    /// <returns>The number of pages.</returns>
    internal int GiveBackSpares()
    {
        Volatile.Write(ref _retreatUntil, Environment.TickCount64 + RcuSettings.Current.SpareRetreat);
        int pages = 0;
        for (int i = 0; i < _count; i++)
        {
            for (FreeBlock* spare; (spare = _stripes[i].TakeSpareBeyond(0)) != null; pages++) PageAllocator.Shared.FreePages(spare, 0);
        }

        return pages;
    }

    internal RcuStatistics AddTo(RcuStatistics statistics)
    {
        long byHead = 0;
        for (int i = 0; i < _count; i++) byHead += _stripes[i].QueuedByHead;
        long freed = Volatile.Read(ref _freed);
        return statistics with
        {
            FreesQueued = Queued,
            FreesQueuedByHead = byHead,
            FreesDone = freed,
            FreesBySynchronize = Volatile.Read(ref _synchronized),
            FreeDrains = Volatile.Read(ref _drains),
            FreeBlocks = Volatile.Read(ref _blocks),
            FreeBlockPointers = Volatile.Read(ref _blockPointers),
            FreeBlockFailures = Volatile.Read(ref _blockFailures),
            DoubleFrees = Volatile.Read(ref _doubleFrees),
            RefusedFrees = Volatile.Read(ref _refused),
        };
    }

    [RawAtomic]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddRarely(FreeStripe* stripe, void* pointer, RcuHead* head, int channel, FreeOutcome outcome)
    {
        if (outcome == FreeOutcome.NoBlock)
        {
            // Not under the stripe's lock: an option allows allocations that take more than that. Not while the worker is about to provide some, either: in a rush that would be a search for each object.
            if (!IsShortOfBlocks && TryProvideHere(stripe)) outcome = stripe->TryAdd(pointer, channel);
            if (outcome == FreeOutcome.NoBlock)
            {
                stripe->AddHead(pointer, head);
                stripe->IsShort = true;
                if (Interlocked.Exchange(ref _short, 1) == 0) _worker.Wake();
            }
        }

        Tell(outcome);
    }

    // The first pointer after a drain wakes the worker, which then waits for more; a full block wakes it once more.
    [RawAtomic]
    private void Tell(FreeOutcome outcome)
    {
        if (outcome == FreeOutcome.Filled && Volatile.Read(ref _full) == 0 && Interlocked.Exchange(ref _full, 1) == 0) _worker.Wake();
        else if (Interlocked.Exchange(ref _armed, 1) == 0) _worker.Wake();
    }

    [RawAtomic]
    private bool TryProvideHere(FreeStripe* stripe)
        => Provide(stripe, RcuSettings.Current.BlocksMayTakeZoneLock ? AllocateWithZoneLock() : AllocateWithoutLocks());

    // Charged afterwards: a thread's first look at its group allocates the place for it, which is not for raw contexts.
    [RawAtomic]
    private FreeBlock* AllocateWithoutLocks()
    {
        void* page = PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0);
        if (page == null || PageAllocator.Shared.TryCharge(Group, page)) return (FreeBlock*)page;
        PageAllocator.Shared.FreePagesNoLocks(page, 0);
        return null;
    }

    [RawAtomic]
    [Trusted("an option that its user sets where no caller is in a raw context; its documentation says so")]
    private FreeBlock* AllocateWithZoneLock()
    {
        // In our name: somebody whose own group has used up its budget frees all the same, and more memory than the block is.
        using (Group.Enter()) return (FreeBlock*)PageAllocator.Shared.AllocPages(GfpFlags.NoWait | GfpFlags.NoWarn | GfpFlags.Account, 0);
    }

    [Sleepable]
    private bool TryProvide(FreeStripe* stripe, GfpFlags flags)
    {
        using (Group.Enter()) return Provide(stripe, (FreeBlock*)PageAllocator.Shared.AllocPages(flags, 0));
    }

    [RawAtomic]
    private bool Provide(FreeStripe* stripe, FreeBlock* block)
    {
        if (block == null)
        {
            Interlocked.Increment(ref _blockFailures);
            return false;
        }

        // No limit here: it is for somebody who needs it now, and who may have to share it.
        return stripe->TryKeep(block, int.MaxValue);
    }

    private FreeBlock* FreeSome(FreeBlock* first)
    {
        int count = 0;
        FreeBlock* end = first;
        while (end != null && count < DoubleFrees.Blocks)
        {
            end = end->Next;
            count++;
        }

        (int doubles, nint example) = _doubles.Remove(first, count);
        if (doubles != 0)
        {
            Interlocked.Add(ref _doubleFrees, doubles);
            RcuReports.Report(RcuReportKind.DoubleFree, $"{doubles} objects were to be freed twice by the same grace period, among them 0x{example:x}. They are not freed at all.");
        }

        FreeBlock* block = first;
        while (block != end)
        {
            FreeBlock* next = block->Next;
            FreeOne(block);
            block = next;
        }

        return end;
    }

    private void FreeOne(FreeBlock* block)
    {
        // Cannot be. If it is, freeing would be a use after free for some reader; the block and its objects stay where they are.
        if (!GracePeriods.HasElapsed(block->Cookie))
        {
            RcuReports.Report(RcuReportKind.EarlyFree, $"A block with {block->Count} objects is to be freed before its grace period is over. They are not freed.");
            return;
        }

        int count = block->Count;
        try
        {
            KernelMemory.FreeBulk(FreeBlock.Pointers(block));
        }
#pragma warning disable CA1031 // a handler of SlabReports may throw anything, and others' frees are to be done
        catch (Exception refused)
#pragma warning restore CA1031
        {
            // All others have been freed.
            Interlocked.Increment(ref _refused);
            RcuReports.Report(RcuReportKind.FreeRefused, "An object that was to be freed after a grace period is not allocated, or none of ours.", refused);
        }

        Volatile.Write(ref _blocks, _blocks + 1);
        Volatile.Write(ref _blockPointers, _blockPointers + count);
        Volatile.Write(ref _freed, _freed + count);
        Recycle(block);
    }

    // As many blocks as were needed this time will be needed next time, those included that there were not; unless none comes soon.
    private void NoteRush(FreeBlock* block)
    {
        int needed = 0;
        for (; block != null; block = block->Next) needed++;
        long linked = 0;
        for (int i = 0; i < _count; i++) linked += _stripes[i].QueuedByHead;
        needed += (int)Math.Min(MostSpares, (linked - _linkedBefore) / FreeBlock.Capacity);
        _linkedBefore = linked;
        RcuOptions options = RcuSettings.Current;
        if (needed <= options.SpareBlocks) return;
        _spareLimit = Math.Min(MostSpares, Math.Max(_spareLimit, needed));
        _rushUntil = Environment.TickCount64 + options.DrainDelay;
    }

    // Blocks that have been drained are as good as new.
    private void Recycle(FreeBlock* block)
    {
        int wanted = Math.Max(_spareLimit, RcuSettings.Current.SpareBlocks);
        if (IsInRetreat || !_stripes[block->Home].TryKeep(block, wanted)) PageAllocator.Shared.FreePages(block, 0);
    }

    // Twice over the chains, and over all of them before anything is freed: an object that was added twice has made a circle of its chain, or has led it into that of another CPU. What is marked is on one chain only; what
    // cannot be reached any more is lost. All that were added are done with, or the backlog would never be empty again.
    private void FreeHeads(long added)
    {
        long found = 0;
        for (int i = 0; i < _count; i++) found += _marked[i] = Mark((RcuHead*)_heads[i], added - found);
        if (found != added)
        {
            Interlocked.Increment(ref _doubleFrees);
            RcuReports.Report(RcuReportKind.DoubleFree, $"An object was to be freed twice, by its head. Of {added} frees by head, {found} are done, each object once; those that were queued before it are not freed at all.");
        }

        for (int i = 0; i < _count; i++) FreeChain((RcuHead*)_heads[i], _marked[i]);
        Volatile.Write(ref _freed, _freed + (added - found));
    }

    private void FreeChain(RcuHead* head, long count)
    {
        for (; count > 0; count--)
        {
            // Read before the object goes, head and all.
            RcuHead* next = head->Next;
            FreeHead((void*)((nint)head->What & ~Marked));
            Volatile.Write(ref _freed, _freed + 1);
            head = next;
        }
    }

    // No more than there can be: a chain that leads into one that is still being added to has no end that is ours.
    private static long Mark(RcuHead* head, long most)
    {
        long count = 0;
        for (; head != null && count < most && ((nint)head->What & Marked) == 0; count++)
        {
            head->What = (void*)((nint)head->What | Marked);
            head = head->Next;
        }

        return count;
    }

    private void FreeHead(void* pointer)
    {
        try
        {
            KernelMemory.Free(pointer);
        }
#pragma warning disable CA1031 // a handler of SlabReports may throw anything, and others' frees are to be done
        catch (Exception refused)
#pragma warning restore CA1031
        {
            Interlocked.Increment(ref _refused);
            RcuReports.Report(RcuReportKind.FreeRefused, "An object that was to be freed after a grace period is not allocated, or none of ours.", refused);
        }
    }
}
