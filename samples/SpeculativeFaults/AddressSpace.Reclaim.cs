using LockContext;
using LockContext.Runtime;

namespace SpeculativeFaults;

// Pages that are given up while their range stays, and the tables that are empty then.
public sealed unsafe partial class AddressSpace
{
    /// <summary>Gives the pages of a range back; it stays mapped, and the next access is a fault.</summary>
    [Sleepable]
    public void Discard(nuint start, nuint end)
    {
        // With the lock for reading, as faults: both go by the locks of tables. It keeps the tables as well, for those who unlink some have it for writing.
        _lock.EnterRead();
        Zap(start, end);
        _lock.ExitRead();
    }

    /// <summary>Frees tables without entries. To be called now and then, by whoever has time.</summary>
    /// <returns>How many.</returns>
    [Sleepable]
    public int ReclaimTables()
    {
        // Looking for them disturbs no fault; most often there are none.
        _lock.EnterRead();
        bool any;
        using (_walks.Enter()) any = HasEmptyTable(_root, PageTable.Root);
        _lock.ExitRead();
        return any ? RemoveEmptyTables() : 0;
    }

    // Taking them away is a change: speculative faults begin anew. Those that go by a range alone find out when they take the lock of a table that is dead, and walk again.
    [Sleepable]
    private int RemoveEmptyTables()
    {
        LockForWriting();
        UnlinkTables(_root, PageTable.Root, 0, 0, Size);
        int freed = FreeUnlinked();
        UnlockAfterWriting();
        return freed;
    }

    [RawAtomic]
    private static bool HasEmptyTable(PageTable* table, int level)
    {
        if (level == 0) return false;
        for (int index = 0; index < PageTable.Entries; index++)
        {
            var child = (PageTable*)PageTable.Read(table, index);
            if (child != null && (child->Used == 0 || HasEmptyTable(child, level - 1))) return true;
        }

        return false;
    }
}
