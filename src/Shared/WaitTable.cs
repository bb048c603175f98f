// Compiled into the analyzer and into the runtime: what a context or a lock may and needs is written down once, here.
#if LOCKCONTEXT_ANALYZERS
namespace LockContext.Analyzers.Model;
#else
namespace LockContext.Runtime;
#endif

/// <summary>
/// The limit that a context puts on what runs in it. Limits form a chain with <see cref="Unlimited"/> on top; entering something takes the minimum, so the
/// order of entering does not matter and nothing that is entered can loosen a limit (lockdep's rule, which is the minimum and not the last lock).
/// </summary>
internal static class WaitLimit
{
    /// <summary>The limit of ordinary code: everything is allowed.</summary>
    public const WaitClass Unlimited = WaitClass.Sleep;

    /// <summary>The stricter of two limits. <see cref="WaitClass.None"/> is "unclassified" and limits nothing.</summary>
    public static WaitClass Meet(WaitClass a, WaitClass b) => Normalise(a) <= Normalise(b) ? Normalise(a) : Normalise(b);

    /// <summary>Whether something that needs <paramref name="need"/> may run under <paramref name="limit"/>.</summary>
    public static bool Allows(WaitClass limit, WaitClass need) => need == WaitClass.None || need <= Normalise(limit);

    /// <summary>A raw-atomic context: nothing in it may sleep or take a lock that could.</summary>
    public static bool IsRawAtomic(WaitClass limit) => limit is WaitClass.Free or WaitClass.Spin;

    private static WaitClass Normalise(WaitClass limit) => limit == WaitClass.None ? Unlimited : limit;
}

/// <summary>The wait classes of the contexts and locks that both sides know by name. Everything else is declared with attributes, or with a <c>LockdepMap</c>.</summary>
internal static class WaitTable
{
    // What contexts permit.

    /// <summary>The handler of an interrupt that is not threaded.</summary>
    public const WaitClass HardInterrupt = WaitClass.Spin;

    /// <summary>The handler of a threaded interrupt: a thread like others, except that nobody waits long in it.</summary>
    public const WaitClass ThreadedInterrupt = WaitClass.Config;

    /// <summary>A soft interrupt.</summary>
    public const WaitClass SoftInterrupt = WaitClass.Config;

    /// <summary>Preemption or interrupts off.</summary>
    public const WaitClass PreemptionOff = WaitClass.Spin;

    /// <summary>Migration off, which is what a real-time kernel makes of many places that turn preemption off.</summary>
    public const WaitClass MigrationOff = WaitClass.Config;

    /// <summary>The body of a <c>[RawAtomic]</c> member.</summary>
    public const WaitClass RawAtomic = WaitClass.Spin;

    /// <summary>A callback of RCU.</summary>
    public const WaitClass Callback = WaitClass.Config;

    /// <summary>A read section that may be preempted, and one with soft interrupts off.</summary>
    public const WaitClass ReadSection = WaitClass.Config;

    /// <summary>A read section with preemption off.</summary>
    public const WaitClass SchedReadSection = WaitClass.Spin;

    // What locks need and permit.

    /// <summary>A raw spin lock, <c>System.Threading.SpinLock</c> included.</summary>
    public const WaitClass RawSpinLock = WaitClass.Spin;

    /// <summary>A spin lock that sleeps on a real-time system, and a local lock.</summary>
    public const WaitClass SleepingSpinLock = WaitClass.Config;

    /// <summary>Monitors, mutexes, semaphores for reading and writing; and waits that hold nothing.</summary>
    public const WaitClass Mutex = WaitClass.Sleep;

    // What allocating needs.

    /// <summary>An allocation that may take the allocator's lock, and a free.</summary>
    public const WaitClass Allocation = WaitClass.Config;

    /// <summary>An allocation that may reclaim.</summary>
    public const WaitClass Reclaim = WaitClass.Sleep;
}
