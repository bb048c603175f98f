using LockContext;
using LockContext.Runtime;

namespace SpeculativeFaults;

/// <summary>What keeps tables where they are while somebody walks them without a lock.</summary>
public enum TableProtection
{
    /// <summary>Read sections: unlinked tables are freed after a grace period, and whoever unlinks waits for nobody. Walkers may do what takes the allocator's lock.</summary>
    ReadSection,

    /// <summary>Interrupts that are off: unlinked tables are gathered, all processors are interrupted once for all of them, and then they are freed at once. Walkers may do nothing but walk.</summary>
    InterruptsOff,
}

/// <summary>The two schemes: how tables are walked, and how they are freed. One address space has one of them, or its walkers would not keep those who free from freeing.</summary>
/// <remarks>To the rules it is the stricter one: a walk in it may take raw locks and nothing else.</remarks>
[LockClass(Outer = WaitClass.Free, Inner = WaitClass.Spin, Reentrant = true)]
[Trusted("is one of two sections, whichever the address space goes by")]
internal sealed unsafe class TableWalks(TableProtection protection)
{
    // Unlinked and not freed yet. Under the address space's lock for writing.
    private PageTable* _gathered;

    internal TableProtection Protection => protection;

    /// <summary>Begins a walk. Until the scope is disposed, no table that it meets is freed.</summary>
    [Acquires(Scope = true)]
    internal Scope Enter()
    {
        if (protection == TableProtection.ReadSection) Rcu.ReadLock();
        else InterruptsOff.Enter();
        return new Scope(this);
    }

    /// <summary>Takes a table that has just been unlinked.</summary>
    internal void Gather(PageTable* table)
    {
        table->NextGathered = _gathered;
        _gathered = table;
    }

    /// <summary>Has what was gathered freed: with its locks, which walkers may still take.</summary>
    /// <returns>How many tables.</returns>
    [Sleepable]
    internal int FreeGathered()
    {
        PageTable* table = _gathered;
        _gathered = null;
        if (table == null) return 0;
        if (protection == TableProtection.InterruptsOff) WaitForWalkers();
        int freed = 0;
        for (; table != null; freed++)
        {
            PageTable* next = table->NextGathered;
            if (protection == TableProtection.InterruptsOff) KernelMemory.Free(table);
            else Rcu.Free(table, &table->Head);
            table = next;
        }

        return freed;
    }

    /// <summary>What there is to wait for before gathered tables go. A twin does not.</summary>
    internal System.Action WaitForWalkers { get; set; } = InterruptsOff.Broadcast;

    internal ref struct Scope
    {
        private TableWalks? _walks;

        internal Scope(TableWalks walks) => _walks = walks;

        [Releases("_walks")]
        public void Dispose()
        {
            if (_walks is not { } walks) return;
            _walks = null;
            if (walks.Protection == TableProtection.ReadSection) Rcu.ReadUnlock();
            else InterruptsOff.Exit();
        }
    }
}
