using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>Who pays for the memory barrier between "I am reading" and the reading: every reader, or every grace period on behalf of all readers.</summary>
internal static partial class ReaderFence
{
    // membarrier(2): the commands are bits of what its query returns.
    private const nint Query = 0;
    private const nint PrivateExpedited = 1 << 3;
    private const nint RegisterPrivateExpedited = 1 << 4;

    /// <summary>
    /// Whether a grace period can make every thread of the process execute a full barrier, and quickly. Then readers have none. Otherwise they have one each.
    /// </summary>
    /// <remarks>Read once, so that the compiler folds it. <see cref="Interlocked.MemoryBarrierProcessWide"/> works on systems without such a call too, but there
    /// changes page protections and hopes for the processor's manners; so the kernel is asked.</remarks>
    internal static readonly bool IsAsymmetric = !IsForbidden() && IsOffered();

    /// <summary>The grace period's side: a full barrier here and, in the asymmetric mode, at some moment during the call on every running thread of the process.</summary>
    [RawAtomic]
    [Trusted("a system call that sends interrupts and waits for them to be taken, some microseconds; it waits for no thread")]
    internal static void Broadcast()
    {
        if (IsAsymmetric) Interlocked.MemoryBarrierProcessWide();
        else Interlocked.MemoryBarrier();
    }

    private static bool IsForbidden()
        => (AppContext.TryGetSwitch("LockContext.Rcu.FencedReaders", out bool forbidden) && forbidden)
            || Environment.GetEnvironmentVariable("LOCKCONTEXT_RCU_FENCED") == "1";

    private static bool IsOffered()
    {
        // FlushProcessWriteBuffers, since Windows Vista.
        if (OperatingSystem.IsWindows()) return true;
        if (!OperatingSystem.IsLinux()) return false;

        nint number = MembarrierNumber();
        if (number < 0) return false;

        // A system that does not know the call returns -1, which has all bits set.
        nint offered = SystemCall(number, Query, 0, 0);
        const nint Needed = PrivateExpedited | RegisterPrivateExpedited;
        return offered > 0 && (offered & Needed) == Needed;
    }

    private static nint MembarrierNumber() => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 324,
        Architecture.X86 => 375,
        Architecture.Arm => 389,
        Architecture.S390x => 356,
        Architecture.Ppc64le => 365,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 283,
        _ => -1,
    };

    [LibraryImport("libc", EntryPoint = "syscall")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint SystemCall(nint number, nint command, nint flags, nint cpu);
}
