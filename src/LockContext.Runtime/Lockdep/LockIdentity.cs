using System.Threading;

namespace LockContext.Runtime;

/// <summary>Who a lock is to lockdep: its class, that of all locks made at the same place in the source, and its own number.</summary>
/// <remarks>
/// Two numbers and no reference: the tables of threads then keep no lock alive, and copying a row is cheap. All zero while lockdep is off.
/// </remarks>
[RawAtomic]
[Trusted("makes a row of a table without a lock; see LockClasses")]
internal readonly struct LockIdentity
{
    private static int s_instances;

    private LockIdentity(int lockClass, int instance)
    {
        Class = lockClass;
        Instance = instance;
    }

    internal int Class { get; }

    internal int Instance { get; }

    /// <summary>For a lock made at this place.</summary>
    internal static LockIdentity Create(uint traits, string name, string file, int line)
        => LockdepSwitch.IsOn ? new LockIdentity(LockClasses.Register(traits, name, file, line), Interlocked.Increment(ref s_instances) & int.MaxValue) : default;
}
