using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using LockContext;
using LockContext.Runtime;

namespace SpeculativeFaults;

/// <summary>A node of the three-level tree from addresses to pages: 512 entries, each a table of the level below, or a page.</summary>
/// <remarks>Walked without a lock, inside a read section, and therefore freed after a grace period, <em>with</em> the lock that is in it: whoever came here before it was unlinked may still take that, and has to look at
/// <see cref="IsDead"/> then. (A table whose lock is destroyed when it is unlinked, and whose memory goes after a grace period, was a mistake that a kernel has had.)</remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PageTable
{
    internal const int Entries = 512;
    internal const int Root = 2;

    private const int IndexBits = 9;

    internal RcuHead Head;

    /// <summary>The next of those that have been unlinked together.</summary>
    internal PageTable* NextGathered;

    /// <summary>Guards writes of entries, and what follows. Raw: it is taken in read sections, for some instructions.</summary>
    internal RawSpinLock Lock;

    internal int IsDead;
    internal int Used;
    private fixed long _entries[Entries];

    internal static nint Read(PageTable* table, int index) => Volatile.Read(ref *Slot(table, index));

    /// <summary>Writes an entry, under the table's lock.</summary>
    [RawAtomic]
    internal static void Write(PageTable* table, int index, void* value)
    {
        nint* slot = Slot(table, index);
        table->Used += (value != null ? 1 : 0) - (*slot != 0 ? 1 : 0);

        // Release: whoever follows it finds a table that is filled with zeros.
        Volatile.Write(ref *slot, (nint)value);
    }

    [RawAtomic]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Index(nuint address, int level) => (int)(address >> Shift(level)) & (Entries - 1);

    /// <summary>How much an entry of this level covers, as a power of two.</summary>
    [RawAtomic]
    internal static int Shift(int level) => PageAllocator.PageShift + (IndexBits * level);

    [RawAtomic]
    private static nint* Slot(PageTable* table, int index) => (nint*)table->_entries + index;
}
