namespace LockContext.Runtime;

/// <summary>What a lock or context is, packed into a constant, so that the checks take it as one argument.</summary>
/// <remarks>
/// <code>
/// bits 0-2   outer wait class: what taking it needs
/// bits 3-5   inner wait class: the limit it sets
/// bits 8-15  what it forbids besides, and how it treats its holder
/// bits 16-23 LockKind, for reports
/// </code>
/// </remarks>
internal static class LockTraits
{
    internal const int InnerShift = 3;
    internal const uint ClassMask = 7;
    internal const int KindShift = 16;

    /// <summary>The thread that has it may take it again.</summary>
    internal const uint Reentrant = 1 << 8;

    /// <summary>A read section: it holds back grace periods.</summary>
    internal const uint ReadSection = 1 << 9;

    /// <summary>Nothing inside may reclaim or take from the emergency reserves.</summary>
    internal const uint NoReclaim = 1 << 10;

    /// <summary>Nothing inside may wait for a grace period.</summary>
    internal const uint NoGracePeriodWait = 1 << 11;

    /// <summary>What runs inside has interrupted what is held outside: there is no order between the two.</summary>
    internal const uint Interrupts = 1 << 12;

    /// <summary>Those of the above that concern everything that runs inside.</summary>
    internal const uint Prohibitions = ReadSection | NoReclaim | NoGracePeriodWait;

    internal const uint RawSpinLock = ((uint)LockKind.RawSpinLock << KindShift) | (uint)WaitTable.RawSpinLock | ((uint)WaitTable.RawSpinLock << InnerShift);
    internal const uint SleepingLock = ((uint)LockKind.SleepingLock << KindShift) | (uint)WaitTable.SleepingSpinLock | ((uint)WaitTable.SleepingSpinLock << InnerShift);
    internal const uint LocalLock = ((uint)LockKind.LocalLock << KindShift) | (uint)WaitTable.SleepingSpinLock | ((uint)WaitTable.SleepingSpinLock << InnerShift);
    internal const uint RwSemaphore = ((uint)LockKind.RwSemaphore << KindShift) | (uint)WaitTable.Mutex | ((uint)WaitTable.Mutex << InnerShift);
    internal const uint WatchedSpinLock = ((uint)LockKind.SpinLock << KindShift) | (uint)WaitTable.RawSpinLock | ((uint)WaitTable.RawSpinLock << InnerShift);
    internal const uint WatchedLock = Reentrant | ((uint)LockKind.Lock << KindShift) | (uint)WaitTable.Mutex | ((uint)WaitTable.Mutex << InnerShift);
    internal const uint WatchedMonitor = Reentrant | ((uint)LockKind.Monitor << KindShift) | (uint)WaitTable.Mutex | ((uint)WaitTable.Mutex << InnerShift);
    internal const uint WatchedReaderWriterLock = ((uint)LockKind.ReaderWriterLockSlim << KindShift) | (uint)WaitTable.Mutex | ((uint)WaitTable.Mutex << InnerShift);

    /// <summary>"Somebody is reclaiming": no lock, but it takes part in the order of locks as one (<c>fs_reclaim</c>).</summary>
    internal const uint ReclaimMap = (uint)LockKind.Reclaim << KindShift;

    internal const uint Reader = ReadSection | ((uint)LockKind.ReadSection << KindShift) | (uint)WaitClass.Free | ((uint)WaitTable.ReadSection << InnerShift);
    internal const uint SchedReader = ReadSection | ((uint)LockKind.SchedReadSection << KindShift) | (uint)WaitClass.Free | ((uint)WaitTable.SchedReadSection << InnerShift);

    internal static WaitClass Outer(uint traits) => (WaitClass)(traits & ClassMask);

    internal static WaitClass Inner(uint traits) => (WaitClass)((traits >> InnerShift) & ClassMask);

    internal static LockKind Kind(uint traits) => (LockKind)((traits >> KindShift) & 0xFF);

    /// <summary>The traits of a context that is entered by itself, without a lock.</summary>
    internal static uint Of(LockdepContext context) => context switch
    {
        LockdepContext.HardIrq => Context(context, WaitTable.HardInterrupt) | Interrupts,
        LockdepContext.ThreadedIrq => Context(context, WaitTable.ThreadedInterrupt),
        LockdepContext.SoftIrq => Context(context, WaitTable.SoftInterrupt) | Interrupts,
        LockdepContext.PreemptOff => Context(context, WaitTable.PreemptionOff),
        LockdepContext.MigrateOff => Context(context, WaitTable.MigrationOff),
        LockdepContext.RawAtomic => Context(context, WaitTable.RawAtomic),
        LockdepContext.Callback => Context(context, WaitTable.Callback) | NoGracePeriodWait,
        LockdepContext.NoReclaim => Context(context, WaitClass.None) | NoReclaim,
        LockdepContext.NoGracePeriodWait => Context(context, WaitClass.None) | NoGracePeriodWait,
        _ => Context(context, WaitClass.None),
    };

    internal static uint Custom(WaitClass outer, WaitClass inner, bool reentrant)
        => ((uint)LockKind.Custom << KindShift) | (uint)outer | ((uint)(inner == WaitClass.None ? outer : inner) << InnerShift) | (reentrant ? Reentrant : 0);

    private static uint Context(LockdepContext context, WaitClass limit)
        => (((uint)LockKind.FirstContext + (uint)context) << KindShift) | (uint)WaitClass.Free | ((uint)limit << InnerShift);
}

/// <summary>What stands in a thread's table, by name.</summary>
internal enum LockKind : byte
{
    Custom,
    RawSpinLock,
    SleepingLock,
    LocalLock,
    RwSemaphore,
    SpinLock,
    Lock,
    Monitor,
    ReaderWriterLockSlim,
    Reclaim,
    ReadSection,
    SchedReadSection,

    /// <summary>From here on the members of <see cref="LockdepContext"/>, in their order.</summary>
    FirstContext = 32,
}
