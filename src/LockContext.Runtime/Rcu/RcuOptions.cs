using System;

namespace LockContext.Runtime;

/// <summary>Tunables of RCU, see <see cref="Rcu.Options"/>. Immutable; change some with <see langword="with"/>.</summary>
public sealed record RcuOptions
{
    /// <summary>Callbacks that may wait on the queue of one CPU before grace periods for them are hurried: <c>qhimark</c>.</summary>
    /// <value>1 or more; 10 000 by default, as in Linux.</value>
    public int QueueHighMark { get; init; } = 10_000;

    /// <summary>
    /// Callbacks waiting on the queue of one CPU from which on every 64th <see cref="Rcu.Call(RcuCallback)"/> there pauses for some microseconds, spinning. A caller who may
    /// sleep should rather call <see cref="Rcu.Barrier"/> now and then.
    /// </summary>
    /// <value>1 or more; 1 000 000 by default. <see cref="int.MaxValue"/> turns it off.</value>
    public int QueueFloodLimit { get; init; } = 1_000_000;

    /// <summary>The time after which a reader that holds up a grace period is reported, in milliseconds.</summary>
    /// <value>1 or more; 21 000 by default, as in Linux.</value>
    public int StallTimeout { get; init; } = 21_000;

    /// <summary>The longest time between a deferred free and the beginning of the grace period that it waits for, in milliseconds. A block of 508 pointers that is full does not wait for it.</summary>
    /// <value>0 or more; 5 000 by default, as in Linux: the fewer come, the longer it takes until a block is worth its page.</value>
    public int DrainDelay { get; init; } = 5_000;

    /// <summary>Empty blocks for pointers that each CPU keeps at hand for deferred frees: <c>rcu_min_cached_objs</c>.</summary>
    /// <value>0 or more; 5 by default, as in Linux.</value>
    public int SpareBlocks { get; init; } = 5;

    /// <summary>The time for which no spare blocks are made after they have been given back because memory was short, in milliseconds: <c>rcu_delay_page_cache_fill_msec</c>.</summary>
    /// <value>0 to 100 000; 5 000 by default, as in Linux.</value>
    public int SpareRetreat { get; init; } = 5_000;

    /// <summary>
    /// Whether a deferred free that needs a block may take the zone lock for it, as <see cref="GfpFlags.NoWait"/> does, instead of looking at lists only. More blocks and fewer heads; but then <c>Rcu.Free</c> is not
    /// legal under a raw lock any more. For programs that have none.
    /// </summary>
    /// <value><see langword="false"/> by default.</value>
    public bool BlocksMayTakeZoneLock { get; init; }

    /// <summary>
    /// Whether deferred frees go by <c>Rcu.Call</c>, one linked callback for each, as they did in Linux before 2020. For comparison. An object whose head does not lie in its first 4 096 bytes, and <c>Rcu.FreeMightSleep</c>,
    /// take the way of blocks nevertheless.
    /// </summary>
    /// <value><see langword="false"/> by default.</value>
    public bool FreeByCall { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(DrainDelay);
        ArgumentOutOfRangeException.ThrowIfNegative(SpareBlocks);
        ArgumentOutOfRangeException.ThrowIfNegative(SpareRetreat);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SpareRetreat, 100_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(QueueHighMark, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(QueueFloodLimit, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(StallTimeout, 1);
    }
}
