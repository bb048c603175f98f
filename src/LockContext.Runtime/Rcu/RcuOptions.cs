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

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(QueueHighMark, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(QueueFloodLimit, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(StallTimeout, 1);
    }
}
