namespace LockContext.Runtime;

/// <summary>What a report of <see cref="Lockdep"/> is about.</summary>
public enum LockdepReportKind
{
    /// <summary>A lock was waited for that may wait for longer than a lock that is held, or a context, permits.</summary>
    InvalidWaitContext,

    /// <summary>Something that may sleep was called where the limit is lower: with preemption off or a spin lock held, in a read section, in a callback.</summary>
    SchedulingWhileAtomic,

    /// <summary>An allocation or a free that may take the allocator's lock, or reclaim, where that may not be waited for.</summary>
    AllocationInInvalidContext,

    /// <summary>Classes of locks are taken in orders that make a circle.</summary>
    LockOrderCycle,

    /// <summary>A lock of a class was waited for by a thread that holds one of that class: the same lock, or one whose order with it is nowhere defined.</summary>
    RecursiveLock,

    /// <summary>A lock was released that nobody holds, or a context left that was not entered.</summary>
    ReleaseOfFreeLock,

    /// <summary>A lock was released by another thread than the one that took it: it was carried across <see langword="await"/>, for example.</summary>
    ReleaseByOtherThread,

    /// <summary>A thread has ended with locks held.</summary>
    LockHeldAtThreadEnd,

    /// <summary>Locks are held where <see cref="Lockdep.AssertNothingHeld"/> says that there are none, or at an <see langword="await"/>.</summary>
    LockHeldAcrossAwait,

    /// <summary>A wait for a grace period in a read section, in a callback, or where <see cref="LockdepContext.NoGracePeriodWait"/> forbids it: it would wait for itself.</summary>
    InvalidGracePeriodWait,

    /// <summary>An allocation that may reclaim in a context that forbids it.</summary>
    ReclaimInNoReclaim,

    /// <summary>An allocation that may take from the emergency reserves in a context that forbids it.</summary>
    ReservesInNoReclaim,

    /// <summary>A table is full: from here on less is noticed.</summary>
    TableFull,
}

/// <summary>What <see cref="Lockdep"/> has found. Later findings of the same kind about the same classes are counted only.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Message">All of it, in several lines: what happened, the table of the thread, where the other half of a circle was seen, the stack.</param>
public sealed record LockdepReport(LockdepReportKind Kind, string Message);
