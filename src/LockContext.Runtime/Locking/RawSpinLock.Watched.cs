using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

// The lock while lockdep is on. The state then also says who the lock is and who has it, in the four bytes that there are:
//
//   bit  0       held
//   bits 1-12    its class, 0 until it is known
//   bits 13-28   the slot of the thread that holds it, 0 if it has none
//
// The thread's table is looked up by the caller, into whom that is inlined: what remains here calls nothing while all is well, and so has no registers to save, each of which would be a store more before
// the lock's atomic operation.
//
// The class is written once, by a compare-exchange from 0; the holder's number comes and goes with the bit "held".
public partial struct RawSpinLock
{
    private const int ClassShift = 1;
    private const int OwnerShift = ClassShift + LockClasses.Bits;
    private const int ClassMask = (LockClasses.Capacity - 1) << ClassShift;

    private static int WatchedState(int lockClass) => lockClass << ClassShift;

    private static int OwnerOf(int state) => state >> OwnerShift;

    // A lock has no number of its own: what a thread holds of a class is told apart by order only.
    private static int InstanceOf(int lockClass) => ~lockClass;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EnterWatched(HeldLocks held, string file, int line)
    {
        int free = Volatile.Read(ref _state) & ClassMask;
        if (!held.TryAcquireKnown(LockTraits.RawSpinLock, free >> ClassShift, InstanceOf(free >> ClassShift), AcquireHow.Wait, file, line))
        {
            EnterNestedWatched(0, file, line);
            return;
        }

        // Orders as in Enter.
        int taken = free | Held | (held.Slot << OwnerShift);
        if (Interlocked.CompareExchange(ref _state, taken, free) != free) EnterWatchedContended(taken, free);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EnterNestedWatched(int subclass, string file, int line)
    {
        HeldLocks held = HeldLocks.Current;
        int free = Classify(file, line);
        int lockClass = free >> ClassShift;
        int taken = free | Held | (held.Slot << OwnerShift);
        held.Acquire(LockTraits.RawSpinLock, LockClasses.Subclass(lockClass, subclass), InstanceOf(lockClass), AcquireHow.Wait, file, line);
        if (Interlocked.CompareExchange(ref _state, taken, free) != free) EnterWatchedContended(taken, free);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EnterWatchedContended(int taken, int free)
    {
        int looks = Environment.ProcessorCount > 1 ? 0 : LooksBeforeYield;
        int pause = 1;
        do
        {
            WaitWhileHeld(ref looks, ref pause);
        }
        while (Interlocked.CompareExchange(ref _state, taken, free) != free);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryEnterWatched(string file, int line)
    {
        HeldLocks held = HeldLocks.Current;
        int free = Classify(file, line);
        if (IsHeld || Interlocked.CompareExchange(ref _state, free | Held | (held.Slot << OwnerShift), free) != free) return false;
        int lockClass = free >> ClassShift;
        held.Acquire(LockTraits.RawSpinLock, lockClass, InstanceOf(lockClass), AcquireHow.Tried, file, line);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ExitWatched(HeldLocks held)
    {
        int state = Volatile.Read(ref _state);

        // Bit "held" and the holder's number, compared as one.
        if ((state & ~ClassMask) != (Held | (held.Slot << OwnerShift)) || !held.TryReleaseLatest(InstanceOf((state & ClassMask) >> ClassShift)))
        {
            ExitRarely(held);
            return;
        }

        // Orders as in Exit.
        Volatile.Write(ref _state, state & ClassMask);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ExitRarely(HeldLocks held)
    {
        int state = Volatile.Read(ref _state);
        int lockClass = (state & ClassMask) >> ClassShift;
        if ((state & Held) == 0)
        {
            LockdepChecks.ReleaseOfNotHeld(held, InstanceOf(lockClass), LockTraits.RawSpinLock, lockClass);
            LockMisuse.ThrowNotHeld();
        }

        // Of a holder without a number our own table knows whether it is us.
        HeldLocks? holder = LockdepThreads.Of(OwnerOf(state));
        if (holder is not null && holder != held) LockdepChecks.ReleaseByOther(held, holder, new HeldLock(LockTraits.RawSpinLock, lockClass, InstanceOf(lockClass)));
        else held.Release(InstanceOf(lockClass), LockTraits.RawSpinLock, lockClass);
        Volatile.Write(ref _state, state & ClassMask);
    }

    /// <summary>The state of this lock when it is free. A lock without a class gets that of the place where it is first taken.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Classify(string file, int line)
    {
        int state = Volatile.Read(ref _state) & ClassMask;
        return state != 0 ? state : ClassifyFirst(file, line);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int ClassifyFirst(string file, int line)
    {
        int own = WatchedState(LockClasses.Register(LockTraits.RawSpinLock, "", file, line));

        // Nobody holds a lock without a class, unless the table of classes is full and there is none to be had.
        int seen = Interlocked.CompareExchange(ref _state, own, Free);
        return seen == Free ? own : seen & ClassMask;
    }
}
