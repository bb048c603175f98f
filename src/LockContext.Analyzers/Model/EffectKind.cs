namespace LockContext.Analyzers.Model;

/// <summary>What a call may do to whoever waits for it. The order is the order of reporting when one call has several.</summary>
internal enum EffectKind
{
    /// <summary>Waits until all read sections have ended.</summary>
    GracePeriodWait,

    /// <summary>Frees after a grace period, for which it may wait.</summary>
    DeferredFree,

    /// <summary>Sleeps: a wait that holds nothing afterwards.</summary>
    Sleep,

    /// <summary>Takes a lock, blocking.</summary>
    Lock,

    /// <summary>Allocates native memory by flags.</summary>
    Allocation,

    /// <summary>Frees native memory, for which the allocator's lock is taken.</summary>
    Free,

    /// <summary>Runs a delegate that it was given.</summary>
    RunsDelegate,

    /// <summary>Allocates on the managed heap.</summary>
    ManagedAllocation,

    /// <summary>May do anything: what it reaches is not known.</summary>
    Unknown,

    /// <summary>Runs code that others have registered, which may do anything.</summary>
    ForeignCode,

    /// <summary>Repeats an allocation until it succeeds, and makes no room in between.</summary>
    Retry,
}
