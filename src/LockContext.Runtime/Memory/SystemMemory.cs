using System;
using System.Runtime.InteropServices;

namespace LockContext.Runtime;

/// <summary>Address space from the operating system: reserved at once, provided when it is first needed, and given back a piece at a time while the addresses stay ours.</summary>
/// <remarks>
/// <para>Linux: a mapping without access, made accessible by <c>mprotect</c>, emptied by <c>MADV_DONTNEED</c>. Windows: <c>VirtualAlloc</c> in its two steps, and
/// <c>DiscardVirtualMemory</c>. In both, a page that was discarded may be used again without asking, and is then provided anew.</para>
/// <para>Other systems (macOS) have the same calls as Linux with another value for one flag.</para>
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
    /// <exception cref="OutOfMemoryException">There is not so much address space.</exception>
    internal static void* Reserve(nuint bytes)
    {
        if (OperatingSystem.IsWindows())
        {
            void* memory = VirtualAlloc(null, bytes, MemReserve, PageNoAccess);
            return memory != null ? memory : throw Shortage(bytes);
        }

        int anonymous = OperatingSystem.IsLinux() ? MapAnonymousLinux | MapNoReserve : MapAnonymousElsewhere;
        void* mapping = Map(null, bytes, ProtNone, MapPrivate | anonymous, -1, 0);
        return mapping != (void*)-1 ? mapping : throw Shortage(bytes);
    }

    /// <summary>Makes reserved addresses usable. Their contents are zero; the system provides a page when it is first touched.</summary>
    /// <returns>Whether it has been done; if not, the system has no memory to promise.</returns>
    internal static bool TryCommit(void* start, nuint bytes)
        => OperatingSystem.IsWindows() ? VirtualAlloc(start, bytes, MemCommit, PageReadWrite) != null : Protect(start, bytes, ProtReadWrite) == 0;

    /// <summary>Gives the pages back and keeps the addresses. Their contents are lost.</summary>
    /// <returns>Whether the system took them.</returns>
    internal static bool Discard(void* start, nuint bytes)
        => OperatingSystem.IsWindows() ? DiscardVirtualMemory(start, bytes) == 0 : Advise(start, bytes, DontNeed) == 0;

    /// <summary>Gives back everything that <see cref="Reserve"/> returned.</summary>
    internal static void Release(void* start, nuint bytes)
    {
        bool released = OperatingSystem.IsWindows() ? VirtualFree(start, 0, MemRelease) : Unmap(start, bytes) == 0;
        if (!released) throw new InvalidOperationException($"The system does not take back {bytes} bytes at 0x{(nuint)start:x}.");
    }

    private static InsufficientMemoryException Shortage(nuint bytes) => new($"The system has no {bytes} bytes of addresses in one piece.");

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);

    [LibraryImport("kernel32", EntryPoint = "VirtualAlloc")]
    private static partial void* VirtualAlloc(void* address, nuint length, uint kind, uint protection);

    [LibraryImport("kernel32", EntryPoint = "VirtualFree")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualFree(void* address, nuint length, uint kind);

    [LibraryImport("kernel32", EntryPoint = "DiscardVirtualMemory")]
    private static partial uint DiscardVirtualMemory(void* address, nuint length);
}
