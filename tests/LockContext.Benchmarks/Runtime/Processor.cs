using System;
using System.Runtime.InteropServices;

namespace LockContext.Benchmarks.Runtime;

/// <summary>Ties a thread to processors, for measurements that mean something only if two threads run on two of them. On Linux; elsewhere it is left to the system.</summary>
internal static partial class Processor
{
    private const int Bytes = 128;

    /// <summary>Makes the calling thread run on the first processor that it may run on, or on any but that.</summary>
    /// <param name="first">Which of the two.</param>
    /// <returns>What undoes it, on the same thread.</returns>
    public static unsafe Action RunOn(bool first)
    {
        if (!OperatingSystem.IsLinux()) return static () => { };
        var before = new byte[Bytes];
        fixed (byte* bytes = before)
        {
            if (GetAffinity(0, Bytes, bytes) < 0) return static () => { };
        }

        var mask = new byte[Bytes];
        var seen = 0;
        for (var bit = 0; bit < Bytes * 8; bit++)
        {
            if ((before[bit / 8] >> (bit % 8) & 1) != 0 && (first ? seen++ == 0 : seen++ > 0)) mask[bit / 8] |= (byte)(1 << (bit % 8));
        }

        // With a single processor, any but the first is none: it stays as it is.
        if (Array.TrueForAll(mask, b => b == 0)) return static () => { };
        Set(mask);
        return () => Set(before);
    }

    private static unsafe void Set(byte[] mask)
    {
        fixed (byte* bytes = mask) _ = SetAffinity(0, Bytes, bytes);
    }

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int GetAffinity(int thread, nint bytes, byte* mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial int SetAffinity(int thread, nint bytes, byte* mask);
}
