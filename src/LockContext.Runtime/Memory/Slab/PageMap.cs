using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>From any address to the extent that it lies in: what tells a slab object from a block of pages, a large mapping and memory of somebody else.</summary>
/// <remarks>
/// <para>
/// A table of tables by page number: 2^18 entries of 1 GiB each, and 2^18 of 4 KiB in each of them. Both are reserved and hardly ever touched: a gigabyte of objects costs 2 MiB, 0.2 %.
/// Looking up is two loads, takes no lock and is safe for any value, whether it is an address or not.
/// </para>
/// <para>
/// <b>Ordering</b>: an entry is written before the first object of its extent is handed out, and cleared after the last has been taken back; the object itself carries
/// the order from the one to the other, as it goes by way of locks. Only a wrongful free can read an entry while it changes, and what it finds then is checked again by state.
/// </para>
/// <para><b>Source</b>: the page map of TCMalloc, S. Ghemawat and P. Menage, 2007.</para>
/// </remarks>
internal static unsafe class PageMap
{
    private const int LeafBits = 18;
    private const int RootBits = 18;
    private const nuint LeafMask = (1 << LeafBits) - 1;
    private const int LeafBytes = 8 << LeafBits;

    private static readonly nint s_root = (nint)NativeMemory.AllocZeroed(1 << RootBits, (nuint)sizeof(nint));
    private static RawSpinLock s_lock;
    private static long s_leaves;

    /// <summary>Bytes of address space in use for tables; what is touched of them is at most 8 bytes for each page.</summary>
    internal static long TableBytes => ((Volatile.Read(ref s_leaves) << LeafBits) + (1 << RootBits)) * sizeof(nint);

    /// <summary>The extent around an address, or <see langword="null"/> if it is none of ours.</summary>
    [RawAtomic]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Extent* Find(void* address)
    {
        nuint page = (nuint)address >> PageAllocator.PageShift;
        if (page >> (LeafBits + RootBits) != 0) return null;
        nint leaf = ((nint*)s_root)[page >> LeafBits];
        return leaf == 0 ? null : ((Extent**)leaf)[page & LeafMask];
    }

    /// <summary>Enters an extent for so many pages.</summary>
    /// <returns>Whether there was memory for the table.</returns>
    internal static bool TrySet(byte* start, nuint pages, Extent* extent)
    {
        nuint first = (nuint)start >> PageAllocator.PageShift;
        if ((first + pages) >> (LeafBits + RootBits) != 0) return false;
        for (nuint page = first; page < first + pages; page++)
        {
            Extent** leaf = LeafOf(page);
            if (leaf == null)
            {
                Clear(start, page - first);
                return false;
            }

            leaf[page & LeafMask] = extent;
        }

        return true;
    }

    /// <summary>Takes the entries out again.</summary>
    internal static void Clear(byte* start, nuint pages)
    {
        nuint first = (nuint)start >> PageAllocator.PageShift;
        for (nuint page = first; page < first + pages; page++) LeafOf(page)[page & LeafMask] = null;
    }

    private static Extent** LeafOf(nuint page)
    {
        ref nint entry = ref ((nint*)s_root)[page >> LeafBits];
        nint leaf = Volatile.Read(ref entry);
        return leaf != 0 ? (Extent**)leaf : AddLeaf(ref entry);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Extent** AddLeaf(ref nint entry)
    {
        byte* made = SystemMemory.Map(LeafBytes, reserveSwap: false);
        s_lock.Enter();
        nint leaf = entry;
        if (leaf == 0 && made != null)
        {
            // Release: whoever reads the leaf finds it zeroed, as it came from the system.
            leaf = (nint)made;
            Volatile.Write(ref entry, leaf);
            s_leaves++;
            made = null;
        }

        s_lock.Exit();

        // Somebody else was faster.
        if (made != null) SystemMemory.Release(made, LeafBytes);
        return (Extent**)leaf;
    }
}
