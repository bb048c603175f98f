using System;

namespace LockContext.Runtime;

/// <summary>Something that holds pages which it can give up when memory is short: a cache. Registered with <see cref="PageAllocator.Register"/>, asked by whoever reclaims.</summary>
/// <remarks>
/// <para>Both methods run on the thread that reclaims, the background thread or one that allocates, without any lock of the allocator held. They may run on several threads at once, and may sleep. Where
/// <see cref="ReclaimControl.Flags"/> lacks <see cref="GfpFlags.Fs"/> or <see cref="GfpFlags.Io"/>, they must not do what these stand for: the caller may be in the middle of it. Allocations
/// inside do not reclaim once more, and may use the reserve.</para>
/// <para>A shrinker that throws is not called again; <see cref="Failure"/> has the exception. The allocation goes on without it.</para>
/// <para><b>Source</b>: <c>struct shrinker</c> of Linux (<c>mm/shrinker.c</c>).</para>
/// </remarks>
public abstract class Shrinker
{
    /// <summary>What <see cref="Scan"/> returns to say that nothing more can be done now, under these flags for instance.</summary>
    public const long Stop = -1;

    /// <summary>What this shrinker has thrown, or <see langword="null"/>. Since then it has not been called.</summary>
    public Exception? Failure { get; internal set; }

    /// <summary>How dear it is to bring back what has been given up: 1 or more, and 2 is usual. At the same pressure, less is asked of what is dearer.</summary>
    public virtual int Seeks => 2;

    /// <summary>How many pages could be given up, at about this moment. Cheap: it is asked often.</summary>
    /// <param name="control">Who asks.</param>
    /// <returns>Pages; 0 for none.</returns>
    [Sleepable]
    public abstract long Count(in ReclaimControl control);

    /// <summary>Gives up pages, by freeing them.</summary>
    /// <param name="control">Who asks, and for how much: <see cref="ReclaimControl.ToScan"/> is how many pages to look at.</param>
    /// <returns>How many have been freed, or <see cref="Stop"/>.</returns>
    [Sleepable]
    public abstract long Scan(in ReclaimControl control);
}

/// <summary>On whose behalf memory is reclaimed, and how hard.</summary>
/// <param name="Flags">The flags of the allocation, after its scopes; those of <see cref="GfpFlags.Kernel"/> for the background thread.</param>
/// <param name="ToScan">How many pages <see cref="Shrinker.Scan"/> is to look at.</param>
/// <param name="Priority">From 12, where 1 in 4 096 of what there is is asked for, down to 0, where all of it is.</param>
/// <param name="Group">The group whose limit has been reached, or that the allocating thread belongs to; <see langword="null"/> if there is none.</param>
/// <param name="IsBackground">Whether it is the background thread that asks.</param>
public readonly record struct ReclaimControl(GfpFlags Flags, long ToScan, int Priority, MemoryGroup? Group, bool IsBackground);
