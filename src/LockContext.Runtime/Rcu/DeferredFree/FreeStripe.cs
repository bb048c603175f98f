using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>What one CPU has to free after a grace period: the blocks being filled, the full ones, the objects that found no block, and spare blocks.</summary>
/// <remarks>The CPU's by convention only, like all that is per CPU in a process: a raw lock guards it, for some instructions at a time. Native memory, since others spin on the lock.</remarks>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal unsafe struct FreeStripe
{
    internal const int Size = 128;

    [FieldOffset(0)]
    private RawSpinLock _lock;

    [FieldOffset(4)]
    private int _spareCount;

    [FieldOffset(8)]
    private FreeBlock* _openSlab;

    [FieldOffset(16)]
    private FreeBlock* _openMapping;

    [FieldOffset(24)]
    private FreeBlock* _full;

    [FieldOffset(32)]
    private RcuHead* _heads;

    [FieldOffset(40)]
    private FreeBlock* _spares;

    [FieldOffset(48)]
    private long _queued;

    [FieldOffset(56)]
    private long _queuedByHead;

    [FieldOffset(64)]
    private int _short;

    [FieldOffset(72)]
    private long _headsTaken;

    internal long Queued => Volatile.Read(ref _queued);

    internal long QueuedByHead => Volatile.Read(ref _queuedByHead);

    internal int SpareCount => Volatile.Read(ref _spareCount);

    /// <summary>Whether somebody has found no block here since the worker has filled it up.</summary>
    internal bool IsShort
    {
        get => Volatile.Read(ref _short) != 0;
        set => Volatile.Write(ref _short, value ? 1 : 0);
    }

    /// <summary>Adds a pointer to the block being filled, or to a spare one.</summary>
    /// <returns>What has come of it.</returns>
    [RawAtomic]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal FreeOutcome TryAdd(void* pointer, int channel)
    {
        _lock.Enter();
        ref FreeBlock* open = ref Open(channel);
        FreeOutcome outcome = FreeOutcome.Added;
        if (open == null)
        {
            if (_spares == null)
            {
                _lock.Exit();
                return FreeOutcome.NoBlock;
            }

            open = TakeSpare();
            outcome = FreeOutcome.Opened;
        }

        FreeBlock.Add(open, pointer);
        _queued++;
        if (open->Count == FreeBlock.Capacity)
        {
            open->Next = _full;
            _full = open;
            open = null;
            outcome = FreeOutcome.Filled;
        }

        _lock.Exit();
        return outcome;
    }

    /// <summary>Links an object by the head inside it. What is always possible.</summary>
    [RawAtomic]
    internal void AddHead(void* pointer, RcuHead* head)
    {
        head->What = pointer;
        _lock.Enter();
        head->Next = _heads;
        _heads = head;
        _queued++;
        _queuedByHead++;
        _lock.Exit();
    }

    /// <summary>Keeps an empty block for later.</summary>
    /// <returns>Whether there was room.</returns>
    [RawAtomic]
    internal bool TryKeep(FreeBlock* block, int limit)
    {
        _lock.Enter();
        bool room = _spareCount < limit;
        if (room)
        {
            block->Next = _spares;
            _spares = block;
            _spareCount++;
        }

        _lock.Exit();
        return room;
    }

    /// <summary>Takes what is to be freed.</summary>
    /// <param name="home">The number of this stripe.</param>
    /// <param name="partly">Whether blocks that are still being filled are taken as well.</param>
    /// <param name="blocks">Blocks are put in front of this chain.</param>
    /// <param name="heads">The chain of heads.</param>
    /// <returns>How many heads were added to the chain: as many as it has, unless one was added twice.</returns>
    [RawAtomic]
    internal long Take(int home, bool partly, ref FreeBlock* blocks, out RcuHead* heads)
    {
        _lock.Enter();
        FreeBlock* full = _full;
        FreeBlock* slab = partly ? _openSlab : null;
        FreeBlock* mapping = partly ? _openMapping : null;
        heads = _heads;
        long count = _queuedByHead - _headsTaken;
        _full = null;
        _heads = null;
        _headsTaken = _queuedByHead;
        if (partly)
        {
            _openSlab = null;
            _openMapping = null;
        }

        _lock.Exit();
        Prepend(home, slab, ref blocks);
        Prepend(home, mapping, ref blocks);
        while (full != null)
        {
            FreeBlock* next = full->Next;
            Prepend(home, full, ref blocks);
            full = next;
        }

        return count;
    }

    /// <summary>Takes a spare block if there are more than some.</summary>
    [RawAtomic]
    internal FreeBlock* TakeSpareBeyond(int kept)
    {
        if (SpareCount <= kept) return null;
        _lock.Enter();
        FreeBlock* block = _spareCount > kept ? TakeSpare() : null;
        _lock.Exit();
        return block;
    }

    private static void Prepend(int home, FreeBlock* block, ref FreeBlock* blocks)
    {
        if (block == null) return;
        block->Home = home;
        block->Next = blocks;
        blocks = block;
    }

    private FreeBlock* TakeSpare()
    {
        FreeBlock* block = _spares;
        _spares = block->Next;
        _spareCount--;
        block->Count = 0;
        return block;
    }

    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    private ref FreeBlock* Open(int channel) => ref channel == FreeChannel.Slab ? ref _openSlab : ref _openMapping;
}

/// <summary>What has come of adding a pointer to a block.</summary>
internal enum FreeOutcome
{
    /// <summary>Added to a block that had others.</summary>
    Added,

    /// <summary>Added as the first of a block: somebody has to see to it that it does not wait for ever.</summary>
    Opened,

    /// <summary>Added as the last of a block, which can go.</summary>
    Filled,

    /// <summary>Not added: there is no block.</summary>
    NoBlock,
}
