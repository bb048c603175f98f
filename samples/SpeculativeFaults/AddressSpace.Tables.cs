using System.Threading;
using LockContext;
using LockContext.Runtime;

namespace SpeculativeFaults;

// Tables: how they are walked, filled, and taken away.
public sealed unsafe partial class AddressSpace
{
    private long _liveTables;

    /// <summary>Pages that are mapped, and tables below the root. Of one moment, if nobody is at work.</summary>
    public (long Pages, long Tables) Count()
    {
        long tables = 0;
        _lock.EnterRead();
        long pages = CountPages(_root, PageTable.Root, ref tables);
        _lock.ExitRead();
        return (pages, tables);
    }

    /// <summary>Whether there is a page at an address. Takes no lock at all, as a kernel's <c>get_user_pages_fast</c>.</summary>
    public bool IsPresent(nuint address)
    {
        using (_walks.Enter())
        {
            PageTable* table = Walk(address, out int missing);
            BetweenLevels();
            return missing == 0 && PageTable.Read(table, PageTable.Index(address, 0)) != 0;
        }
    }

    /// <summary>Puts a table under another one, if the caller may still believe what it knows of the range, and both are still there.</summary>
    /// <returns>Whether it is there now. If not, it is the caller's.</returns>
    [RawAtomic]
    private bool TryInsert(PageTable* parent, int index, PageTable* table, in Belief belief)
    {
        parent->Lock.Enter();

        // A read section keeps the parent's memory, and not the parent in its place: it may have been unlinked between two levels of our walk, and a table below it would be lost. Under its lock, and only there, we know.
        bool inserted = (InsertsBlindly || (parent->IsDead == 0 && belief.Holds())) && PageTable.Read(parent, index) == 0;
        if (inserted) PageTable.Write(parent, index, table);
        parent->Lock.Exit();
        return inserted;
    }

    /// <summary>Puts a page at an address.</summary>
    /// <returns><see cref="FaultResult.Served"/> also if somebody else was faster; the page is then the caller's, as it is after a <see cref="FaultResult.Retry"/>.</returns>
    [RawAtomic]
    private static FaultResult TryCommit(PageTable* leaf, nuint address, void* page, in Belief belief, out bool isUsed)
    {
        int index = PageTable.Index(address, 0);
        leaf->Lock.Enter();

        // If the belief holds under this lock, whoever changes the mapping has not begun, and will find what we put here when he takes the lock to clear it.
        bool holds = leaf->IsDead == 0 && belief.Holds();
        isUsed = holds && PageTable.Read(leaf, index) == 0;
        if (isUsed) PageTable.Write(leaf, index, page);
        leaf->Lock.Exit();
        return holds ? FaultResult.Served : FaultResult.Retry;
    }

    /// <summary>Tables that have been made and not freed, the root left out. Those that cannot be reached from the root either are lost.</summary>
    internal long LiveTables => Volatile.Read(ref _liveTables);

    // For a twin that takes being in a read section for being allowed to insert.
    internal bool InsertsBlindly { get; set; }

    private PageTable* MakeTable(GfpFlags flags)
    {
        var table = (PageTable*)KernelMemory.Alloc((nuint)sizeof(PageTable), flags | GfpFlags.Zero);
        if (table != null) Interlocked.Increment(ref _liveTables);
        return table;
    }

    // One that nobody has seen.
    private void DropTable(PageTable* table)
    {
        Interlocked.Decrement(ref _liveTables);
        KernelMemory.Free(table);
    }

    [Sleepable]
    private int FreeUnlinked()
    {
        int freed = _walks.FreeGathered();
        Interlocked.Add(ref _liveTables, -freed);
        return freed;
    }

    // Under the lock for writing: nobody makes new tables while a sequence or a range's lock keeps them from it.
    private void Zap(nuint start, nuint end)
    {
        for (nuint address = start; address < end;)
        {
            PageTable* table = _root;
            int level = PageTable.Root;
            while (level > 0 && table != null)
            {
                table = (PageTable*)PageTable.Read(table, PageTable.Index(address, level));
                if (table != null) level--;
                else break;
            }

            // Past all that the missing table, or this one, covers.
            nuint next = ((address >> PageTable.Shift(level == 0 ? 1 : level)) + 1) << PageTable.Shift(level == 0 ? 1 : level);
            if (table != null) ZapLeaf(table, address, next < end ? next : end);
            address = next;
        }
    }

    private void ZapLeaf(PageTable* leaf, nuint start, nuint end)
    {
        for (nuint address = start; address < end; address += PageAllocator.PageSize)
        {
            int index = PageTable.Index(address, 0);
            leaf->Lock.Enter();
            var page = (void*)PageTable.Read(leaf, index);
            if (page != null) PageTable.Write(leaf, index, null);
            leaf->Lock.Exit();
            if (page != null) _pages.FreePages(page, 0);
        }
    }

    /// <summary>Unlinks the empty tables that lie in a range as a whole, and gathers them. Under the lock for writing.</summary>
    private void UnlinkTables(PageTable* table, int level, nuint start, nuint from, nuint to)
    {
        nuint covered = (nuint)1 << PageTable.Shift(level);
        for (int index = 0; index < PageTable.Entries; index++)
        {
            nuint first = start + ((nuint)index * covered);
            var child = (PageTable*)PageTable.Read(table, index);
            if (child == null || first + covered <= from || first >= to) continue;
            if (level > 1) UnlinkTables(child, level - 1, first, from, to);

            // Walkers may be in it. Its lock goes with it, and not before.
            if (first >= from && first + covered <= to && TryUnlink(table, index, child)) _walks.Gather(child);
        }
    }

    // From the root down, as all locks of tables.
    [RawAtomic]
    private static bool TryUnlink(PageTable* parent, int index, PageTable* child)
    {
        parent->Lock.Enter();
        child->Lock.EnterNested(1);
        bool isEmpty = child->Used == 0;
        if (isEmpty)
        {
            child->IsDead = 1;
            PageTable.Write(parent, index, null);
        }

        child->Lock.Exit();
        parent->Lock.Exit();
        return isEmpty;
    }

    private static long CountPages(PageTable* table, int level, ref long tables)
    {
        if (level == 0) return table->Used;
        long pages = 0;
        for (int index = 0; index < PageTable.Entries; index++)
        {
            var child = (PageTable*)PageTable.Read(table, index);
            if (child == null) continue;
            tables++;
            pages += CountPages(child, level - 1, ref tables);
        }

        return pages;
    }
}
