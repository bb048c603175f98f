using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;

namespace LockContext.Benchmarks.Runtime;

/// <summary>
/// An allocator written in C, called directly: loaded from where the system has it, installed by nobody here. Calls suppress the GC transition, so that the call itself, which ours does not need,
/// costs as little as it can.
/// </summary>
internal sealed unsafe class NativeAllocator
{
    private static readonly (string Name, string[] Files, string Malloc, string Free, string Aligned)[] s_known =
    [
        ("tcmalloc", ["libtcmalloc_minimal.so.4", "libtcmalloc.so.4", "libtcmalloc_minimal.dll"], "tc_malloc", "tc_free", "tc_memalign"),
        ("jemalloc", ["libjemalloc.so.2", "jemalloc.dll"], "malloc", "free", "memalign"),
        ("mimalloc", ["libmimalloc.so.2", "libmimalloc.so.2.0", "libmimalloc.so", "mimalloc.dll"], "mi_malloc", "mi_free", "mi_memalign"),
        ("glibc", ["libc.so.6"], "malloc", "free", "memalign"),
    ];

    private NativeAllocator(string name, nint malloc, nint free, nint aligned)
    {
        Name = name;
        Malloc = (delegate* unmanaged[SuppressGCTransition]<nuint, void*>)malloc;
        Free = (delegate* unmanaged[SuppressGCTransition]<void*, void>)free;
        AlignedAlloc = (delegate* unmanaged[SuppressGCTransition]<nuint, nuint, void*>)aligned;
    }

    /// <summary>Those that this machine has.</summary>
    public static IReadOnlyList<NativeAllocator> All { get; } = [.. s_known.Select(k => TryLoad(k.Name, k.Files, k.Malloc, k.Free, k.Aligned)).OfType<NativeAllocator>()];

    /// <summary>The names of those that it has not.</summary>
    public static IReadOnlyList<string> Missing { get; } = [.. s_known.Select(k => k.Name).Except(All.Select(a => a.Name))];

    public string Name { get; }

    public delegate* unmanaged[SuppressGCTransition]<nuint, void*> Malloc { get; }

    public delegate* unmanaged[SuppressGCTransition]<void*, void> Free { get; }

    /// <summary>Alignment first, then size.</summary>
    public delegate* unmanaged[SuppressGCTransition]<nuint, nuint, void*> AlignedAlloc { get; }

    private static NativeAllocator? TryLoad(string name, string[] files, string malloc, string free, string aligned)
    {
        foreach (var file in files)
        {
            if (NativeLibrary.TryLoad(file, out var library)
                && NativeLibrary.TryGetExport(library, malloc, out var m) && NativeLibrary.TryGetExport(library, free, out var f) && NativeLibrary.TryGetExport(library, aligned, out var a))
                return new NativeAllocator(name, m, f, a);
        }

        return null;
    }
}
