namespace LockContext.Runtime;

/// <summary>A row of a thread's table: a lock that it holds or waits for, or a context that it is in.</summary>
/// <remarks>What the thread's limit, prohibitions and chain were before is kept here, so that giving up the latest row, the usual case, is a copy.</remarks>
internal struct HeldLock
{
    /// <summary>Where it was taken or entered. A literal of the caller's, so nothing is allocated for it.</summary>
    internal string? File;
    internal ulong PreviousChain;

    /// <summary>Which lock: a positive number for a lock that is an object; the complement of its class for a <see cref="RawSpinLock"/>, which has no room for more; for
    /// a context, one of <see cref="LockdepInstance"/>.</summary>
    internal int Instance;

    /// <summary>Its class in <see cref="LockClasses"/>; 0 for what has no part in the order of locks.</summary>
    internal int Class;
    internal uint Traits;
    internal int Line;

    /// <summary>How many times more the thread has taken it since, if it is re-entrant.</summary>
    internal int Nesting;
    internal byte PreviousLimit;
    internal AcquireHow How;
    internal ushort PreviousProhibitions;
}

/// <summary>In which way something is taken.</summary>
internal enum AcquireHow : byte
{
    /// <summary>Waits for whoever has it.</summary>
    Wait,

    /// <summary>Waits for a writer who has it, and for one who waits.</summary>
    WaitToRead,

    /// <summary>Has taken it without waiting: exempt from the rules, but held from here on.</summary>
    Tried,

    /// <summary>Has taken it for reading, without waiting.</summary>
    TriedToRead,
}

/// <summary>Numbers of things that are not objects.</summary>
internal static class LockdepInstance
{
    private const int Contexts = int.MinValue;

    internal static int Of(LockKind kind) => Contexts + (int)kind;
}
