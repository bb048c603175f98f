using System.Runtime.CompilerServices;

namespace LockContext.Runtime;

/// <summary>What kind of lock guards a zone of a <see cref="PageAllocator"/>.</summary>
public enum ZoneLockKind
{
    /// <summary>A <see cref="SleepingLock"/>: whoever waits for it long enough sleeps. The default, and what the flags of an allocation speak of.</summary>
    Sleeping = 0,

    /// <summary>
    /// A <see cref="RawSpinLock"/>, for experiments: what Linux would have if the allocator's locks were made raw, as was proposed and refused. A waiter never sleeps, however long the
    /// section is. To the rules the allocator stays what it is: code that is right with this lock only would be wrong with the other.
    /// </summary>
    Raw = 1,
}

/// <summary>The lock of a zone: one of two kinds, chosen when the allocator is made.</summary>
[LockClass(Outer = WaitClass.Config)]
[Trusted("hands each call on to the lock that was chosen; of the two classes it has the stricter one for its callers")]
internal sealed class ZoneLock(ZoneLockKind kind)
{
    private readonly SleepingLock? _sleeping = kind == ZoneLockKind.Sleeping ? new SleepingLock() : null;
    private RawSpinLock _raw;

    internal bool IsHeld => _sleeping?.IsHeld ?? _raw.IsHeld;

    [Acquires]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Enter()
    {
        if (_sleeping is not null) _sleeping.Enter();
        else _raw.Enter();
    }

    [Acquires(Try = true)]
    internal bool TryEnter() => _sleeping is not null ? _sleeping.TryEnter() : _raw.TryEnter();

    [Releases]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Exit()
    {
        if (_sleeping is not null) _sleeping.Exit();
        else _raw.Exit();
    }
}
