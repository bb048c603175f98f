namespace LockContext.Runtime;

/// <summary>A context that code runs in without a lock saying so. Each has a limit, a prohibition, or both.</summary>
public enum LockdepContext
{
    /// <summary>The handler of an interrupt, not threaded, or what stands for one: the limit is <see cref="WaitClass.Spin"/>. What it takes has no order with what it has interrupted.</summary>
    HardIrq,

    /// <summary>The handler of a threaded interrupt: the limit is <see cref="WaitClass.Config"/>.</summary>
    ThreadedIrq,

    /// <summary>A soft interrupt: the limit is <see cref="WaitClass.Config"/>. What it takes has no order with what it has interrupted.</summary>
    SoftIrq,

    /// <summary>Preemption off: the limit is <see cref="WaitClass.Spin"/>.</summary>
    PreemptOff,

    /// <summary>Migration off: the limit is <see cref="WaitClass.Config"/>, so a sleeping spin lock may be taken.</summary>
    MigrateOff,

    /// <summary>The body of something <see cref="RawAtomicAttribute"/>: the limit is <see cref="WaitClass.Spin"/>.</summary>
    RawAtomic,

    /// <summary>Speculative code: no reclaim and nothing from the emergency reserves, as under <see cref="NoReclaimAttribute"/>. It may sleep.</summary>
    NoReclaim,

    /// <summary>Code that must not wait for a grace period, as under <see cref="NoGracePeriodWaitAttribute"/>: an allocator, for example.</summary>
    NoGracePeriodWait,

    /// <summary>A callback of RCU: the limit is <see cref="WaitClass.Config"/>, and it must not wait for a grace period, its own being one.</summary>
    Callback,
}
