using System.Runtime.CompilerServices;

namespace LockContext.Runtime;

// What the rest of the library calls. Each is gone from optimised code while lockdep is off, its arguments included, if they are constants or fields.
public static partial class Lockdep
{
    /// <summary>What a wait class counts as. See <see cref="RealTime"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Effective(uint waitClass) => waitClass == (uint)WaitClass.Config ? waitClass - s_collapsed : waitClass;

    /// <summary>For everything that may sleep and is no lock: first thing, whether it will sleep or not.</summary>
    /// <param name="operation">Its name.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void MightSleep(string operation)
    {
        if (LockdepSwitch.IsOn && HeldLocks.Current is { Limit: < WaitLimit.Unlimited } held) LockdepChecks.Sleep(held, operation);
    }

    /// <summary>For every allocation, first thing: by what its flags permit, whether it will do so or not.</summary>
    /// <param name="flags">The flags as they apply, those of scopes included.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void MightAlloc(GfpFlags flags)
    {
        if (LockdepSwitch.IsOn) LockdepChecks.Allocation(HeldLocks.Current, flags);
    }

    /// <summary>For every free that may take the allocator's lock.</summary>
    /// <param name="operation">Its name.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void MightFree(string operation)
    {
        if (LockdepSwitch.IsOn && HeldLocks.Current is { Limit: < WaitLimit.Unlimited } held) LockdepChecks.Free(held, operation);
    }

    /// <summary>For everything that waits for a grace period. Includes <see cref="MightSleep"/>.</summary>
    /// <param name="operation">Its name.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void MightWaitForGracePeriod(string operation)
    {
        if (LockdepSwitch.IsOn) LockdepChecks.GracePeriod(HeldLocks.Current, operation);
    }

    /// <summary>Opens a read section.</summary>
    /// <param name="traits"><see cref="LockTraits.Reader"/> or <see cref="LockTraits.SchedReader"/>.</param>
    /// <param name="file">Where.</param>
    /// <param name="line">Where in it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void BeginRead(uint traits, string file, int line)
    {
        if (LockdepSwitch.IsOn) HeldLocks.Current.Enter(traits, LockdepInstance.Of(LockTraits.Kind(traits)), file, line);
    }

    /// <summary>Closes a read section.</summary>
    /// <param name="traits">As it was opened with.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void EndRead(uint traits)
    {
        if (LockdepSwitch.IsOn) HeldLocks.Current.Release(LockdepInstance.Of(LockTraits.Kind(traits)), traits);
    }

    /// <summary>Begins to reclaim. Until <see cref="EndReclaim"/>, what is taken comes after "reclaim" in the order of locks, and what is held when an allocation may reclaim, before.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void BeginReclaim([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (LockdepSwitch.IsOn) HeldLocks.Current.Acquire(LockTraits.ReclaimMap, ReclaimMap.Class, LockdepInstance.Of(LockKind.Reclaim), AcquireHow.Wait, file, line);
    }

    /// <summary>Ends what <see cref="BeginReclaim"/> began.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void EndReclaim()
    {
        if (LockdepSwitch.IsOn) HeldLocks.Current.Release(LockdepInstance.Of(LockKind.Reclaim), LockTraits.ReclaimMap);
    }

    /// <summary>Enters a context, as <see cref="EnterContext"/>, for pairs that are no scope.</summary>
    /// <param name="context">Which.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void BeginContext(LockdepContext context, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (!LockdepSwitch.IsOn) return;
        uint traits = LockTraits.Of(context);
        HeldLocks.Current.Enter(traits, LockdepInstance.Of(LockTraits.Kind(traits)), file, line);
    }

    /// <summary>Leaves a context.</summary>
    /// <param name="context">Which.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void EndContext(LockdepContext context)
    {
        if (!LockdepSwitch.IsOn) return;
        uint traits = LockTraits.Of(context);
        HeldLocks.Current.Release(LockdepInstance.Of(LockTraits.Kind(traits)), traits);
    }

    /// <summary>Takes a lock: before it is waited for, or after it was taken by trying.</summary>
    /// <param name="traits">What it is.</param>
    /// <param name="identity">Which it is.</param>
    /// <param name="how">Whether it is waited for.</param>
    /// <param name="file">Where.</param>
    /// <param name="line">Where in it.</param>
    /// <param name="subclass">See <see cref="LockClasses.Subclass"/>.</param>
    internal static void Acquire(uint traits, LockIdentity identity, AcquireHow how, string file, int line, int subclass = 0)
        => HeldLocks.Current.Acquire(traits, LockClasses.Subclass(identity.Class, subclass), identity.Instance, how, file, line);

    /// <summary>Releases a lock: before it is free for others.</summary>
    /// <param name="traits">What it is.</param>
    /// <param name="identity">Which it is.</param>
    internal static void Release(uint traits, LockIdentity identity) => HeldLocks.Current.Release(identity.Instance, traits, identity.Class);

    /// <summary>Forgets all orders and reports, and empties this thread's table. For tests, while nobody else takes locks.</summary>
    internal static void Reset()
    {
        LockGraph.Clear();
        LockChains.Clear();
        LockdepReporter.Clear();
        HeldLocks.Current.Clear();
    }
}

/// <summary>"Somebody is reclaiming", as a class in the order of locks. Of its own, so that it is made when it is first needed.</summary>
internal static class ReclaimMap
{
    internal static readonly int Class = LockClasses.Register(LockTraits.ReclaimMap, "", "", 0);
}
