using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LockContext.Runtime;

/// <summary>A stack of free objects that belongs to one thread or lies in a barn: what Linux calls a sheaf.</summary>
/// <remarks>
/// <para>
/// An entry is the object's extent and index in one word, (extent &lt;&lt; 16) | index, and its address beside it. Handing out needs no look-up, and putting back into the slab touches neither the object nor
/// the page map. The address could be computed from the rest; but then every allocation would wait for the look-up of the free before it, since what is freed last is allocated next.
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
    internal static FreeObject* Entries(Magazine* magazine) => (FreeObject*)(magazine + 1);

    /// <summary>Puts an object on top. There has to be room.</summary>
    internal static void Push(Magazine* magazine, nuint entry)
        => Set(Entries(magazine) + magazine->Count++, entry, Extent.Object(ExtentOf(entry), IndexOf(entry)));

    // Two stores of a word each: the next allocation loads them one by one, and a processor forwards no part of a wider store made from narrower ones.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Set(FreeObject* place, nuint entry, void* item)
    {
        place->Entry = entry;
        place->Item = (byte*)item;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static nuint Entry(Extent* extent, uint index) => ((nuint)extent << 16) | index;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Extent* ExtentOf(nuint entry) => (Extent*)(entry >> 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint IndexOf(nuint entry) => (ushort)entry;

    /// <summary>How many objects of a size, by the sizes at which Linux changes it; with its header a magazine is about 1,024, 512, 256 or 128 bytes.</summary>
    internal static int CapacityFor(uint stride) => stride switch
    {
        < 256 => 62,
        < 1024 => 30,
        < 4096 => 14,
        _ => 6,
    };
}

/// <summary>What a magazine knows of a free object.</summary>
internal unsafe struct FreeObject
{
    /// <summary>Its extent and index.</summary>
    internal nuint Entry;

    /// <summary>Its address.</summary>
    internal byte* Item;
}
