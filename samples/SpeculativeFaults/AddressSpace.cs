using System;
using System.Threading;
using LockContext;
using LockContext.Runtime;

namespace SpeculativeFaults;

/// <summary>What a process has mapped, and the pages there. This part: the mappings, and the lock of those who change them.</summary>
/// <remarks>Order of locks: the address space's, a range's, those of tables from the root down.</remarks>
public sealed unsafe partial class AddressSpace : IDisposable
{
    /// <summary>Above the addresses that there are: three levels of 512 entries and pages of 4 KiB.</summary>
    public static readonly nuint Size = (nuint)1 << PageTable.Shift(PageTable.Root + 1);

    private readonly RwSemaphore _lock = new("mmap");
    private readonly PageAllocator _pages;
    private readonly PageTable* _root;
    private readonly TableWalks _walks;

    // Replaced as a whole, under the lock for writing; sorted by address. Readers find an old one or a new one, never half of one.
    private Vma[]? _ranges = [];
    private SequenceCount _sequence;

    public AddressSpace(PageAllocator pages, TableProtection protection = TableProtection.ReadSection)
    {
        ArgumentNullException.ThrowIfNull(pages);
        _pages = pages;
        _walks = new TableWalks(protection);
        _root = (PageTable*)KernelMemory.Alloc((nuint)sizeof(PageTable), GfpFlags.Kernel | GfpFlags.Zero | GfpFlags.RetryMayFail);
        if (_root == null) throw new InsufficientMemoryException();
    }

    internal TableWalks Walks => _walks;

    /// <summary>What a fast path does where a table is missing.</summary>
    public MissingTable MissingTable { get; set; }

    /// <summary>Maps a range.</summary>
    /// <param name="start">Its first address, a multiple of the page size.</param>
    /// <param name="end">The first address after it, a multiple of the page size.</param>
    /// <param name="isAnonymous">Whether the memory is the process' own.</param>
    /// <returns>Whether nothing was mapped there.</returns>
    [Sleepable]
    public bool Map(nuint start, nuint end, bool isAnonymous = true)
    {
        if (start >= end || end > Size || ((start | end) & (PageAllocator.PageSize - 1)) != 0) throw new ArgumentOutOfRangeException(nameof(end));
        LockForWriting();
        try
        {
            Vma[] old = _ranges!;
            int at = 0;
            while (at < old.Length && old[at].End <= start) at++;
            if (at < old.Length && old[at].Start < end) return false;
            var ranges = new Vma[old.Length + 1];
            Array.Copy(old, ranges, at);
            ranges[at] = new Vma(start, end, isAnonymous);
            Array.Copy(old, at, ranges, at + 1, old.Length - at);
            Rcu.Assign(ref _ranges, ranges);
            return true;
        }
        finally
        {
            UnlockAfterWriting();
        }
    }

    /// <summary>Unmaps the range that an address is in.</summary>
    /// <returns>Whether there was one.</returns>
    [Sleepable]
    public bool Unmap(nuint address)
    {
        LockForWriting();
        try
        {
            Vma[] old = _ranges!;
            int at = Array.FindIndex(old, range => range.Covers(address));
            if (at < 0) return false;
            Vma range = old[at];

            // Faults that have the range wait here until they are through; those that get it later see that it is gone.
            range.Lock.EnterWrite();
            range.Sequence.BeginWrite();
            range.IsDetached = true;
            var ranges = new Vma[old.Length - 1];
            Array.Copy(old, ranges, at);
            Array.Copy(old, at + 1, ranges, at, ranges.Length - at);
            Rcu.Assign(ref _ranges, ranges);
            Zap(range.Start, range.End);

            // Tables may be shared with the neighbours: only what lies between them goes.
            nuint from = at > 0 ? old[at - 1].End : 0;
            nuint to = at + 1 < old.Length ? old[at + 1].Start : Size;
            UnlinkTables(_root, PageTable.Root, 0, from, to);
            FreeUnlinked();
            range.Sequence.EndWrite();
            range.Lock.ExitWrite();
            return true;
        }
        finally
        {
            UnlockAfterWriting();
        }
    }

    public void Dispose()
    {
        while (_ranges is [{ } first, ..]) Unmap(first.Start);
        Rcu.Free(_root, &_root->Head);
        GC.SuppressFinalize(this);
    }

    // The two hooks that speculation needs of those who change mappings. A writer may sleep between them, and waits for no reader; a reader never waits for a writer.
    private void LockForWriting()
    {
        _lock.EnterWrite();
        _sequence.BeginWrite();
    }

    private void UnlockAfterWriting()
    {
        _sequence.EndWrite();
        _lock.ExitWrite();
    }

    [RawAtomic]
    private static Vma? Find(Vma[] ranges, nuint address)
    {
        int low = 0;
        int high = ranges.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (ranges[middle].End <= address) low = middle + 1;
            else high = middle;
        }

        return low < ranges.Length && ranges[low].Covers(address) ? ranges[low] : null;
    }
}
