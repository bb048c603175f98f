namespace LockContext.Analyzers.Model;

/// <summary>What one bit of an allocation-flags enum means; the numbers of the public enum in the annotations.</summary>
internal enum AllocationBehavior
{
    None = 0,
    DirectReclaim = 1,
    BackgroundReclaim = 2,
    NoLocks = 3,
    Reserve = 4,
    AllReserves = 5,
    NoReserves = 6,
    NoFail = 7,
    MayFail = 8,
    NoWarn = 9,
    Movable = 10,
    Reclaimable = 11,
}

/// <summary>The bits of one allocation-flags enum by meaning, and what an allocation with a given value does.</summary>
internal sealed record AllocationFlags(ulong NoLocks, ulong DirectReclaim, ulong BackgroundReclaim)
{
    /// <summary>
    /// What an allocation with these flags needs. With no-locks surely set it takes the current CPU's lists only: legal everywhere. Without it the
    /// allocator's lock is taken, a sleeping spin lock, so non-blocking flags are still wrong under a raw lock; direct reclaim also sleeps. Where the
    /// deciding bits are unknown the answer is the least that is certain (the analyzer stays silent about what it does not know).
    /// </summary>
    public WaitClass Needs(BitValue flags)
    {
        if (NoLocks != 0 && !flags.SurelyLacks(NoLocks))
            return WaitClass.None;
        return DirectReclaim != 0 && flags.SurelyHas(DirectReclaim) ? WaitClass.Sleep : WaitClass.Config;
    }

    /// <summary>Whether the answer of <see cref="Needs"/> still depends on a parameter.</summary>
    public bool IsParametric(BitValue flags) => (flags.Inherited & (NoLocks | DirectReclaim)) != 0 && !flags.SurelyHas(NoLocks);
}
