using System;

namespace LockContext.Runtime;

public static unsafe partial class Rcu
{
    /// <summary>The tunables. Changes take effect at once.</summary>
    /// <exception cref="ArgumentNullException">Set to <see langword="null"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Set to options one of which is outside of its range. Nothing has changed.</exception>
    public static RcuOptions Options
    {
        [RawAtomic]
        get => RcuSettings.Current;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            value.Validate();
            RcuSettings.Current = value;
        }
    }

    /// <summary>The group that RCU's own pages are charged to, the blocks of pointers of deferred frees, and on whose account they are asked for, whatever group the freeing thread is in.</summary>
    /// <remarks>It is exempt: it has neither a limit nor a budget. They are few pages, for the sake of freeing many, and who has used up what he may take while memory is short must still be able to free. It may be given a limit;
    /// without a block, objects are linked by their heads. Do not dispose it.</remarks>
    public static MemoryGroup MemoryGroup
    {
        [RawAtomic]
        get => RcuWorker.Instance.Frees.Group;
    }

    /// <summary>Does now what first uses would do later: starts RCU's threads and registers this thread as a reader. For code that must not allocate or start threads when it comes to it.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory for it.</exception>
    [Sleepable]
    public static void Initialize()
    {
        if (CurrentReader.Record == null) ReaderRegistry.Register();
        CallbackThread.Instance.Start();
        RcuWorker.Instance.Start();

        // The place of the thread's group is allocated with its first use.
        MemoryGroup.Enter().Dispose();
    }

    /// <summary>Sets who is told of dead and stalled readers, of callbacks that throw, and so on.</summary>
    /// <param name="handler">Called on RCU's own threads, on threads that wait for grace periods and on threads that read for the first time, by several at once. Waiting for a grace period in it throws; what it reports itself goes to the error stream. What it throws
    /// is written to the error stream. Without a handler, reports are.</param>
    public static void SetReportHandler([RunsLater] Action<RcuReport>? handler) => RcuReports.SetHandler(handler);

    /// <summary>Counters. Takes no lock.</summary>
    /// <returns>Their values at about this moment.</returns>
    [RawAtomic]
    public static RcuStatistics GetStatistics()
    {
        var statistics = new RcuStatistics
        {
            AsymmetricBarriers = ReaderFence.IsAsymmetric,
            GracePeriods = Runtime.GracePeriods.Run,
            ExpeditedGracePeriods = Runtime.GracePeriods.Expedited,
            Readers = ReaderRegistry.Owned,
            UnregisteredReaders = ReaderRegistry.Unregistered,
            DeadReaders = ReaderRegistry.Died,
            Stalls = ReaderWait.Stalls,
        };
        return RcuWorker.Instance.Frees.AddTo(CallbackThread.Instance.AddTo(statistics));
    }
}
