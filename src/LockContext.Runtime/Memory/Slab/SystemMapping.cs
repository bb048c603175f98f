using System;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace LockContext.Runtime;

/// <summary>Zeroed address space straight from the system, committed page by page as it is touched.</summary>
/// <remarks>
/// System calls that wait for no thread of this process by any lock of ours. They take the kernel's own lock of the address space, as every page fault does, and are therefore not called
/// from no-locks paths. Fails with <see langword="null"/>, never with an exception.
/// </remarks>
internal static unsafe partial class SystemMapping
{
    private const int ReadWrite = 1 | 2;
    private const int PrivateAnonymousLinux = 0x02 | 0x20;
    private const int PrivateAnonymousMac = 0x02 | 0x1000;
    private const int NoReserveLinux = 0x4000;
    private const uint CommitReserve = 0x1000 | 0x2000;
    private const uint PageReadWrite = 0x04;
    private const uint PageNoAccess = 0x01;
    private const uint Release = 0x8000;

    /// <summary>Maps so many bytes, a multiple of the system's page size.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="reserveSwap">Whether the system should refuse what it could not back if all of it were touched. Tables that stay mostly untouched say no.</param>
    [Trusted("a system call: it waits for nobody in this process")]
    internal static byte* Map(nuint bytes, bool reserveSwap = true)
    {
        if (OperatingSystem.IsWindows()) return VirtualAlloc(null, bytes, CommitReserve, PageReadWrite);

        int flags = OperatingSystem.IsMacOS() ? PrivateAnonymousMac : PrivateAnonymousLinux | (reserveSwap ? 0 : NoReserveLinux);
        byte* memory = MMap(null, bytes, ReadWrite, flags, -1, 0);
        return memory == (byte*)-1 ? null : memory;
    }

    /// <summary>Gives a whole mapping back. Cannot fail for what <see cref="Map"/> returned.</summary>
    [Trusted("a system call: it waits for nobody in this process")]
    internal static void Unmap(byte* memory, nuint bytes)
    {
        bool given = OperatingSystem.IsWindows() ? VirtualFree(memory, 0, Release) != 0 : MUnmap(memory, bytes) == 0;
        Debug.Assert(given, "what is unmapped was a mapping");
    }

    /// <summary>Makes pages inside a mapping inaccessible, or accessible again. Their contents stay.</summary>
    /// <returns>Whether the system did it.</returns>
    [Trusted("a system call: it waits for nobody in this process")]
    internal static bool Protect(byte* memory, nuint bytes, bool accessible)
    {
        if (OperatingSystem.IsWindows()) return VirtualProtect(memory, bytes, accessible ? PageReadWrite : PageNoAccess, out _) != 0;
        return MProtect(memory, bytes, accessible ? ReadWrite : 0) == 0;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial byte* MMap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MUnmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MProtect(void* address, nuint length, int protection);

    [LibraryImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial byte* VirtualAlloc(void* address, nuint size, uint type, uint protection);

    [LibraryImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int VirtualFree(void* address, nuint size, uint type);

    [LibraryImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int VirtualProtect(void* address, nuint size, uint protection, out uint previous);
}
