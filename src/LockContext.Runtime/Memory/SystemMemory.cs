using System;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace LockContext.Runtime;

/// <summary>Address space from the operating system: reserved and provided at once or in two steps, given back whole, or a piece at a time while the addresses stay ours.</summary>
/// <remarks>
/// <para>Linux: a private mapping, without access until <c>mprotect</c>, emptied by <c>MADV_DONTNEED</c>. Windows: <c>VirtualAlloc</c> in its two steps, and
/// <c>DiscardVirtualMemory</c>. In both, a page that was discarded may be used again without asking, and is then provided anew: as zeros by Linux, with undefined contents by Windows, so nobody may rely on them.</para>
/// <para>Other systems (macOS) have the same calls as Linux with another value for one flag; Android is Linux in that.</para>
/// <para>System calls that wait for no thread of this process by any lock of ours. They take the kernel's own lock of the address space, as every page fault does, and are therefore not called
/// from no-locks paths. Fails with <see langword="null"/> or <see langword="false"/>, and an exception in <see cref="Reserve"/> only, which constructors call.</para>
/// </remarks>
internal static unsafe partial class SystemMemory
{
    private const int ProtNone = 0;
    private const int ProtReadWrite = 1 | 2;
    private const int MapPrivate = 0x02;
    private const int MapNoReserve = 0x4000;
    private const int MapAnonymousLinux = 0x20;
    private const int MapAnonymousElsewhere = 0x1000;
    private const int DontNeed = 4;

    private const uint MemCommit = 0x1000;
    private const uint MemReserve = 0x2000;
    private const uint MemRelease = 0x8000;
    private const uint PageReadWrite = 0x04;
    private const uint PageNoAccess = 0x01;

    /// <summary>Reserves addresses. Nothing may be read or written there before <see cref="TryCommit"/>.</summary>
    /// <param name="bytes">How many, a multiple of the system's page size.</param>
    /// <exception cref="InsufficientMemoryException">There is not so much address space.</exception>
    internal static void* Reserve(nuint bytes)
    {
        void* memory = OperatingSystem.IsWindows() ? VirtualAlloc(null, bytes, MemReserve, PageNoAccess) : MapPages(bytes, ProtNone, MapNoReserve);
        return memory != null ? memory : throw new InsufficientMemoryException($"The system has no {bytes} bytes of addresses in one piece.");
    }

    /// <summary>Makes reserved addresses usable. Their contents are zero; the system provides a page when it is first touched.</summary>
    /// <returns>Whether it has been done; if not, the system has no memory to promise.</returns>
    internal static bool TryCommit(void* start, nuint bytes)
        => OperatingSystem.IsWindows() ? VirtualAlloc(start, bytes, MemCommit, PageReadWrite) != null : MProtect(start, bytes, ProtReadWrite) == 0;

    /// <summary>Reserves addresses and makes them usable, in one step.</summary>
    /// <param name="bytes">How many, a multiple of the system's page size.</param>
    /// <param name="reserveSwap">Whether the system should refuse what it could not back if all of it were touched. Tables that stay mostly untouched say no.</param>
    /// <returns>The memory, zeroed, or <see langword="null"/>.</returns>
    [Trusted("a system call: it waits for nobody in this process")]
    internal static byte* Map(nuint bytes, bool reserveSwap = true)
        => (byte*)(OperatingSystem.IsWindows() ? VirtualAlloc(null, bytes, MemCommit | MemReserve, PageReadWrite) : MapPages(bytes, ProtReadWrite, reserveSwap ? 0 : MapNoReserve));

    /// <summary>Makes usable pages inaccessible, or accessible again. Their contents stay.</summary>
    /// <returns>Whether the system did it.</returns>
    [Trusted("a system call: it waits for nobody in this process")]
    internal static bool Protect(byte* memory, nuint bytes, bool accessible)
    {
        if (OperatingSystem.IsWindows()) return VirtualProtect(memory, bytes, accessible ? PageReadWrite : PageNoAccess, out _);
        return MProtect(memory, bytes, accessible ? ProtReadWrite : ProtNone) == 0;
    }

    /// <summary>Gives the pages back and keeps the addresses. Their contents are lost.</summary>
    /// <returns>Whether the system took them.</returns>
    internal static bool Discard(void* start, nuint bytes)
        => OperatingSystem.IsWindows() ? DiscardVirtualMemory(start, bytes) == 0 : MAdvise(start, bytes, DontNeed) == 0;

    /// <summary>Gives back everything that <see cref="Reserve"/> or <see cref="Map"/> returned. Cannot fail for that.</summary>
    [Trusted("a system call: it waits for nobody in this process")]
    internal static void Release(void* start, nuint bytes)
    {
        bool released = OperatingSystem.IsWindows() ? VirtualFree(start, 0, MemRelease) : MUnmap(start, bytes) == 0;
        Debug.Assert(released, "what is given back was a mapping");
    }

    private static void* MapPages(nuint bytes, int protection, int flags)
    {
        int all = MapPrivate | (OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? MapAnonymousLinux | flags : MapAnonymousElsewhere);
        void* mapping = MMap(null, bytes, protection, all, -1, 0);
        return mapping == (void*)-1 ? null : mapping;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void* MMap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MUnmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MProtect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MAdvise(void* address, nuint length, int advice);

    [LibraryImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial void* VirtualAlloc(void* address, nuint length, uint kind, uint protection);

    [LibraryImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualFree(void* address, nuint length, uint kind);

    [LibraryImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualProtect(void* address, nuint length, uint protection, out uint previous);

    [LibraryImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial uint DiscardVirtualMemory(void* address, nuint length);
}
