using System;
using LockContext;
using LockContext.Runtime;

namespace SpeculativeFaults;

// The ways of a fault that take a lock: that of the address space, as it always was, or that of the range alone.
public sealed unsafe partial class AddressSpace
{
    private const GfpFlags Patient = GfpFlags.Kernel | GfpFlags.RetryMayFail;

    /// <summary>The classical way: under the address space's lock, together with other faults and with nobody who changes mappings.</summary>
    [Sleepable]
    public FaultResult FaultUnderLock(nuint address)
    {
        _lock.EnterRead();
        try
        {
            return Find(_ranges!, address) is null ? FaultResult.Unmapped : Serve(address);
        }
        finally
        {
            _lock.ExitRead();
        }
    }

    /// <summary>Under the lock of the range alone, so that changes elsewhere disturb nobody.</summary>
    [Sleepable]
    public FaultResult FaultUnderRangeLock(nuint address)
    {
        if (TryLockRange(address) is not { } range)
        {
            // Somebody is changing it. In the order of locks: with the address space's, it can be waited for.
            _lock.EnterRead();
            range = Find(_ranges!, address);
            range?.Lock.EnterRead();
            _lock.ExitRead();
            if (range is null) return FaultResult.Unmapped;
        }

        // Tables are made here, with all that an ordinary allocation may do: it is a lock that may be slept under.
        FaultResult result = IsStillThere(range, address) ? Serve(address) : FaultResult.Retry;
        range.Lock.ExitRead();
        return result;
    }

    /// <summary>Whether a range that has been locked is still mapped. Between the look-up and the lock it may have been unmapped, and whoever did so has given the lock back by now; no grace period has to be over for that.</summary>
    internal Func<Vma, nuint, bool> IsStillThere { get; set; } = static (range, address) => !range.IsDetached && range.Covers(address);

    // Called between the look-up and the lock, and between two levels of tables: for tests that need somebody to be there at just that moment.
    internal Action? Between { get; set; }

    private Vma? TryLockRange(nuint address)
    {
        Vma? range;
        using (Rcu.Read()) range = Find(Rcu.Dereference(ref _ranges)!, address);
        Between?.Invoke();
        return range is not null && range.Lock.TryEnterRead() ? range : null;
    }

    // With a lock that keeps the range: whatever is missing is made, by whatever it takes.
    [Sleepable]
    private FaultResult Serve(nuint address)
    {
        void* page = _pages.AllocPages(Patient, 0);
        if (page == null) return FaultResult.NoMemory;
        FaultResult result;
        bool isUsed;
        do
        {
            result = TryServe(address, page, out int missing, out isUsed);
            if (result == FaultResult.Retry && missing > 0 && !TryFill(address, missing)) result = FaultResult.NoMemory;
        }
        while (result == FaultResult.Retry);

        if (!isUsed) _pages.FreePages(page, 0);
        return result;
    }

    // Tables are kept by the walk, and the range by the lock.
    private FaultResult TryServe(nuint address, void* page, out int missing, out bool isUsed)
    {
        isUsed = false;
        using (_walks.Enter())
        {
            PageTable* table = _root;
            for (missing = PageTable.Root; missing > 0; missing--)
            {
                var child = (PageTable*)PageTable.Read(table, PageTable.Index(address, missing));
                if (child == null) return FaultResult.Retry;
                table = child;
            }

            return TryCommit(table, address, page, Belief.ByLock, out isUsed);
        }
    }

    // A table of the level below one that is there: made outside of the walk, put into its place inside of one.
    [Sleepable]
    private bool TryFill(nuint address, int level)
    {
        PageTable* made = MakeTable(Patient);
        if (made == null) return false;
        bool inserted = false;
        using (_walks.Enter())
        {
            PageTable* parent = _root;
            for (int above = PageTable.Root; above > level && parent != null; above--) parent = (PageTable*)PageTable.Read(parent, PageTable.Index(address, above));
            if (parent != null) inserted = TryInsert(parent, PageTable.Index(address, level), made, Belief.ByLock);
        }

        // Nobody has seen it.
        if (!inserted) DropTable(made);
        return true;
    }
}
