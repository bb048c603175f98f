using System.Runtime.CompilerServices;

namespace LockContext.Runtime;

/// <summary>Which blocks a pointer goes to. Large mappings are given back one by one, by system calls: slab objects should not wait behind them, and are the cheaper the more of them are neighbours.</summary>
internal static unsafe class FreeChannel
{
    internal const int Slab = 0;
    internal const int Mapping = 1;
    internal const int Count = 2;

    [RawAtomic]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Of(void* pointer)
    {
        // A mapping begins at a page; nearly nothing else does.
        if (((nuint)pointer & (PageAllocator.PageSize - 1)) != 0) return Slab;
        return KernelMemory.IsVirtual(pointer) ? Mapping : Slab;
    }
}
