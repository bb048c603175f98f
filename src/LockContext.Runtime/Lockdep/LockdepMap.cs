using System;
using System.Runtime.CompilerServices;

namespace LockContext.Runtime;

/// <summary>Makes <see cref="Lockdep"/> watch a lock of your own: one for each lock, told when the lock is taken and released. Does nothing while lockdep is off.</summary>
/// <remarks>
/// <para>Call <see cref="Acquire"/> before the lock is waited for, so that a report comes out before its deadlock, or <see cref="Acquired"/> after it was taken without waiting; and <see cref="Release"/> before it is free for
/// others.</para>
/// <para><b>Thread-safety</b>: as the lock's.</para>
/// </remarks>
/// <example><code>
/// private readonly LockdepMap _map = new("journal", WaitClass.Sleep);
///
/// public void Enter()
/// {
///     _map.Acquire();
///     _file.Lock(0, 0);
/// }
/// </code></example>
[RawAtomic]
[Trusted("the checker must not be checked")]
public sealed class LockdepMap
{
    private readonly LockIdentity _identity;
    private readonly uint _traits;

    /// <summary>Describes a lock.</summary>
    /// <param name="name">Its name in reports. The class of the lock is this with the place where the map is made.</param>
    /// <param name="outer">What taking it needs.</param>
    /// <param name="inner">The limit it sets; <see cref="WaitClass.None"/> for the same as <paramref name="outer"/>.</param>
    /// <param name="reentrant">The thread that has it may take it again.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <exception cref="ArgumentOutOfRangeException">A wait class is none of the five.</exception>
    public LockdepMap(string name, WaitClass outer, WaitClass inner = WaitClass.None, bool reentrant = false, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)outer, (uint)WaitClass.Sleep, nameof(outer));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)inner, (uint)WaitClass.Sleep, nameof(inner));
        _traits = LockTraits.Custom(outer, inner, reentrant);
        _identity = LockIdentity.Create(_traits, name, file, line);
    }

    /// <summary>The lock is about to be waited for.</summary>
    /// <param name="subclass">0, or 1 to 7 for locks of one class that are taken inside each other in an order that something else defines.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    public void Acquire(int subclass = 0, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (LockdepSwitch.IsOn) Lockdep.Acquire(_traits, _identity, AcquireHow.Wait, file, line, subclass);
    }

    /// <summary>The lock has been taken without waiting.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    public void Acquired([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (LockdepSwitch.IsOn) Lockdep.Acquire(_traits, _identity, AcquireHow.Tried, file, line);
    }

    /// <summary>The lock is about to be released, or has not been taken after <see cref="Acquire"/> after all.</summary>
    public void Release()
    {
        if (LockdepSwitch.IsOn) Lockdep.Release(_traits, _identity);
    }
}
