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

    /// <summary>Callbacks that are done with: those that have run, those that threw, and those that were lost because a head was queued twice.</summary>
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

    /// <summary>Deferred frees so far, without those by <see cref="RcuOptions.FreeByCall"/> and <see cref="FreesBySynchronize"/>.</summary>
    public long FreesQueued { get; init; }

    /// <summary>Those of them that found no block and were linked by their heads.</summary>
    public long FreesQueuedByHead { get; init; }

    /// <summary>Those of them that have been done with: freed, refused, or left alone as double frees.</summary>
    public long FreesDone { get; init; }

    /// <summary>Frees without a head that found no block, and whose callers waited for a grace period.</summary>
    public long FreesBySynchronize { get; init; }

    /// <summary>Times that the worker waited for a grace period on behalf of all deferred frees before it.</summary>
    public long FreeDrains { get; init; }

    /// <summary>Blocks of pointers that were freed.</summary>
    public long FreeBlocks { get; init; }

    /// <summary>The pointers in them. Divided by <see cref="FreeBlocks"/>, how full blocks are, of 508.</summary>
    public long FreeBlockPointers { get; init; }

    /// <summary>Times that there was no page for a block.</summary>
    public long FreeBlockFailures { get; init; }

    /// <summary>Objects that were to be freed twice.</summary>
    public long DoubleFrees { get; init; }

    /// <summary>Frees that the allocator refused.</summary>
    public long RefusedFrees { get; init; }

    /// <summary>Callbacks waiting.</summary>
    public long Backlog => CallbacksQueued - CallbacksInvoked;
}
