using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LockContext.Runtime;

/// <summary>A stack of free objects that belongs to one thread or lies in a barn: what Linux calls a sheaf.</summary>
/// <remarks>
/// <para>
/// An entry is not an address but the object's extent and index in one word, (extent &lt;&lt; 16) | index: handing out needs no look-up, and putting back into the slab touches neither the object nor the page map.
/// </para>
/// <para><b>Source</b>: J. Bonwick and J. Adams, "Magazines and Vmem", USENIX 2001; V. Babka, SLUB per-CPU sheaves, 2025.</para>
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Magazine
{
    internal const int HeaderBytes = 16;

    internal Magazine* Next;
    internal int Count;

    /// <summary>0: the magazine that stands for none; it is empty and full at once, and never changes.</summary>
    internal int Capacity;

    /// <summary>The one that stands for none.</summary>
    internal static readonly nint None = (nint)NativeMemory.AllocZeroed(HeaderBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static nuint* Entries(Magazine* magazine) => (nuint*)(magazine + 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static nuint Entry(Extent* extent, uint index) => ((nuint)extent << 16) | index;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Extent* ExtentOf(nuint entry) => (Extent*)(entry >> 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint IndexOf(nuint entry) => (ushort)entry;

    /// <summary>How many objects of a size, by the sizes at which Linux changes it; with its header a magazine is 512, 256, 128 or 64 bytes.</summary>
    internal static int CapacityFor(uint stride) => stride switch
    {
        < 256 => 62,
        < 1024 => 30,
        < 4096 => 14,
        _ => 6,
    };
}
