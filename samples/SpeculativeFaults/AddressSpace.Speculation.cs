using System.Threading;
using LockContext;
using LockContext.Runtime;

namespace SpeculativeFaults;

// The ways of a fault that take no lock of a range or of the address space.
public sealed unsafe partial class AddressSpace
{
    /// <summary>What may be asked for where nothing may be reclaimed: what is there, above the reserves, and quietly; the background reclaimer sees to it that there is something next time.</summary>
    private const GfpFlags Speculative = GfpFlags.NoWait | GfpFlags.NoMemAlloc | GfpFlags.NoWarn;

    private long _retried;

    /// <summary>Faults that had to take the lock after all. Those that did not are not counted: a count that all of them write would be what they wait for.</summary>
    public long Retried => Volatile.Read(ref _retried);

    /// <summary>A fault: speculatively, and if that is not to be, under the lock.</summary>
    [Sleepable]
    public FaultResult Fault(nuint address)
    {
        FaultResult result = TrySpeculative(address);
        if (result is not (FaultResult.Retry or FaultResult.RetryAfterReclaim)) return result;

        // Out of the section. Who needs memory reclaims it himself, on his own account, instead of trying again at the expense of others.
        Interlocked.Increment(ref _retried);
        if (result == FaultResult.RetryAfterReclaim) _pages.Reclaim(GfpFlags.Kernel);
        return FaultUnderLock(address);
    }

    /// <summary>In one read section, from the look-up to the page. It never sleeps, never reclaims, and leaves the emergency reserves alone.</summary>
    [NoReclaim]
    public FaultResult TrySpeculative(nuint address)
    {
        if (_walks.Protection == TableProtection.InterruptsOff) return TryWithInterruptsOff(address);
        using (Rcu.Read())
        {
            // Never spins: while somebody changes mappings, the lock is the place to wait.
            if (!_sequence.TryBeginRead(out uint number)) return FaultResult.Retry;
            Vma? range = Find(Rcu.Dereference(ref _ranges)!, address);
            if (range is null) return _sequence.Validate(number) ? FaultResult.Unmapped : FaultResult.Retry;
            VmaSnapshot copy = range.Copy();
            if (!_sequence.Validate(number) || !copy.IsAnonymous) return FaultResult.Retry;
            return TryServe(address, new Belief(ref _sequence, number));
        }
    }

    // The first form: interrupts off from the look-up on. The allocator takes locks that must not be taken there, so the page has to be had before; and a table that is missing is left to the lock.
    [NoReclaim]
    private FaultResult TryWithInterruptsOff(nuint address)
    {
        void* page = _pages.AllocPages(Speculative, 0);
        if (page == null) return FaultResult.RetryAfterReclaim;
        FaultResult result;
        bool isUsed;
        using (_walks.Enter()) result = TryCommitToExisting(address, page, out isUsed);
        if (!isUsed) _pages.FreePages(page, 0);
        return result;
    }

    // Inside of the caller's walk.
    [RawAtomic]
    private FaultResult TryCommitToExisting(nuint address, void* page, out bool isUsed)
    {
        isUsed = false;
        if (!_sequence.TryBeginRead(out uint number)) return FaultResult.Retry;

        // The collector keeps the array and the range, as a kernel's interrupts that are off keep what is freed after a grace period of the scheduler's kind.
        Vma? range = Find(Volatile.Read(ref _ranges)!, address);
        if (range is null) return _sequence.Validate(number) ? FaultResult.Unmapped : FaultResult.Retry;
        VmaSnapshot copy = range.Copy();
        if (!_sequence.Validate(number) || !copy.IsAnonymous) return FaultResult.Retry;
        PageTable* leaf = Walk(address, out int missing);
        return missing == 0 ? TryCommit(leaf, address, page, new Belief(ref _sequence, number), out isUsed) : FaultResult.Retry;
    }

    /// <summary>In several short sections, held together by the sequence of the range alone: changes of other ranges do not matter, and nothing that a section has found is used in another, but the range.</summary>
    [Sleepable]
    public FaultResult TryInSteps(nuint address)
    {
        Vma? range;
        using (Rcu.Read()) range = Find(Rcu.Dereference(ref _ranges)!, address);
        if (range is null || !range.IsAnonymous) return FaultResult.Retry;
        if (!range.Sequence.TryBeginRead(out uint number) || range.IsDetached) return FaultResult.Retry;
        if (!range.Sequence.Validate(number)) return FaultResult.Retry;

        // Between sections there is time for what one of them forbids.
        void* page = _pages.AllocPages(Patient, 0);
        if (page == null) return FaultResult.NoMemory;
        FaultResult result = ServeInSteps(range, number, address, page, out bool isUsed);
        if (!isUsed) _pages.FreePages(page, 0);
        return result;
    }

    [Sleepable]
    private FaultResult ServeInSteps(Vma range, uint number, nuint address, void* page, out bool isUsed)
    {
        var belief = new Belief(ref range.Sequence, number);
        isUsed = false;
        while (true)
        {
            int missing;
            using (_walks.Enter())
            {
                PageTable* table = Walk(address, out missing);
                if (missing == 0) return TryCommit(table, address, page, belief, out isUsed);
            }

            PageTable* made = MakeTable(Patient);
            if (made == null) return FaultResult.NoMemory;
            bool inserted = false;
            using (_walks.Enter())
            {
                // Another section: from the root again.
                PageTable* parent = Walk(address, out int level);
                if (level == missing) inserted = TryInsert(parent, PageTable.Index(address, level), made, belief);
            }

            if (!inserted) DropTable(made);
            if (!belief.Holds()) return FaultResult.Retry;
        }
    }

    /// <summary>As far as there are tables.</summary>
    /// <param name="missing">The level whose entry is empty; 0 if the table of pages has been reached.</param>
    [RawAtomic]
    internal PageTable* Walk(nuint address, out int missing)
    {
        PageTable* table = _root;
        for (missing = PageTable.Root; missing > 0; missing--)
        {
            var child = (PageTable*)PageTable.Read(table, PageTable.Index(address, missing));
            if (child == null) break;
            table = child;
        }

        return table;
    }

    // Inside of the caller's read section.
    [NoReclaim]
    private FaultResult TryServe(nuint address, in Belief belief)
    {
        while (true)
        {
            PageTable* table = Walk(address, out int missing);
            if (missing == 0)
            {
                void* page = _pages.AllocPages(Speculative, 0);
                if (page == null) return FaultResult.RetryAfterReclaim;
                FaultResult result = TryCommit(table, address, page, belief, out bool isUsed);
                if (!isUsed) _pages.FreePages(page, 0);
                return result;
            }

            if (MissingTable == MissingTable.LeaveToLock) return FaultResult.Retry;
            PageTable* made = MakeTable(Speculative);
            if (made == null) return FaultResult.RetryAfterReclaim;
            BetweenLevels();
            if (TryInsert(table, PageTable.Index(address, missing), made, belief)) continue;
            DropTable(made);
            if (!belief.Holds()) return FaultResult.Retry;
        }
    }

    [RawAtomic]
    [Trusted("nothing but a test is called here")]
    private void BetweenLevels() => Between?.Invoke();
}
