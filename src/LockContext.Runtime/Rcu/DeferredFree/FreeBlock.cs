using System;
using System.Runtime.InteropServices;

namespace LockContext.Runtime;

/// <summary>A page of pointers to objects that wait for a grace period: freeing by it looks at this page, and not at the objects.</summary>
/// <remarks>A linked list costs a cache miss per object at least, since the link to the next is in the object. With 64-byte lines and 8-byte pointers, a block costs an eighth of a miss for each.</remarks>
[StructLayout(LayoutKind.Explicit, Size = PageAllocator.PageSize)]
internal unsafe struct FreeBlock
{
    private const int HeaderSize = 32;

    /// <summary>Pointers in a block: 508.</summary>
    internal const int Capacity = (PageAllocator.PageSize - HeaderSize) / 8;

    [FieldOffset(0)]
    internal FreeBlock* Next;

    /// <summary>The grace period that was named once no pointer could be added any more; asserted before anything is freed.</summary>
    [FieldOffset(8)]
    internal ulong Cookie;

    [FieldOffset(16)]
    internal int Count;

    /// <summary>The stripe that it was filled on, which is where it will be needed again.</summary>
    [FieldOffset(20)]
    internal int Home;

    /// <summary>The first of the pointers.</summary>
    [FieldOffset(HeaderSize)]
    internal nint First;

    internal static Span<nint> Pointers(FreeBlock* block) => new(&block->First, block->Count);

    internal static void Add(FreeBlock* block, void* pointer) => (&block->First)[block->Count++] = (nint)pointer;
}
