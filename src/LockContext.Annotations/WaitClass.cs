namespace LockContext;

/// <summary>
/// How long, and in which way, something may keep its caller waiting. The members are ordered: a context with a limit of one class permits everything of
/// that class and below. These are the wait types of Linux' lockdep.
/// </summary>
/// <remarks>
/// Every lock has two of them. <em>Outer</em> is what taking it needs from the code around it; <em>inner</em> is the limit it puts on the code that runs
/// while it is held. The limit in force is the minimum of the inner classes of everything held, not that of the last lock taken.
/// </remarks>
public enum WaitClass
{
    /// <summary>Not classified: never checked, and no limit on what runs inside.</summary>
    None = 0,

    /// <summary>Never waits. Entering a read section is of this class.</summary>
    Free = 1,

    /// <summary>Waits by spinning only, as a raw spin lock does. A limit of this class is a <em>raw-atomic</em> context: nothing in it may sleep.</summary>
    Spin = 2,

    /// <summary>Waits for a short sleeping lock, one that spins or sleeps depending on how the system is configured (<c>spinlock_t</c> under PREEMPT_RT).</summary>
    Config = 3,

    /// <summary>May sleep for any length of time: mutexes, monitors, events, joins, blocking input and output.</summary>
    Sleep = 4,
}
