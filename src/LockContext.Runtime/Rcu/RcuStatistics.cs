namespace LockContext.Runtime;

/// <summary>Counters of RCU since the process began. Each is right; together they are of slightly different moments.</summary>
public readonly record struct RcuStatistics
{
    /// <summary>Whether readers run without a fence because grace periods can make them execute one.</summary>
    public bool AsymmetricBarriers { get; init; }

    /// <summary>Grace periods that were run.</summary>
    public long GracePeriods { get; init; }

    /// <summary>Those of them during which somebody was in a hurry.</summary>
    public long ExpeditedGracePeriods { get; init; }

    /// <summary>Threads that have had a read section and are not known to have ended.</summary>
    public int Readers { get; init; }

    /// <summary>Threads that have had a read section and were found to have ended.</summary>
    public long UnregisteredReaders { get; init; }

    /// <summary>Those of them that ended inside a section.</summary>
    public long DeadReaders { get; init; }

    /// <summary>Reports of readers that held up a grace period for longer than <see cref="RcuOptions.StallTimeout"/>.</summary>
    public long Stalls { get; init; }

    /// <summary>Callbacks queued.</summary>
    public long CallbacksQueued { get; init; }

    /// <summary>Callbacks that have run, those that threw included.</summary>
    public long CallbacksInvoked { get; init; }

    /// <summary>Callbacks that threw.</summary>
    public long CallbacksFailed { get; init; }

    /// <summary>Times that a grace period was waited for on behalf of all the callbacks queued before it.</summary>
    public long CallbackBatches { get; init; }

    /// <summary>The most callbacks that shared one.</summary>
    public long LargestBatch { get; init; }

    /// <summary>Times that a queue was found above <see cref="RcuOptions.QueueHighMark"/>.</summary>
    public long QueueHighs { get; init; }

    /// <summary>Times that a caller was made to pause, see <see cref="RcuOptions.QueueFloodLimit"/>.</summary>
    public long FloodPauses { get; init; }

    /// <summary>Callbacks waiting.</summary>
    public long Backlog => CallbacksQueued - CallbacksInvoked;
}
