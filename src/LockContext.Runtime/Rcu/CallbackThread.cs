using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>The queues of callbacks, and the thread that runs them.</summary>
/// <remarks>
/// <para>A thread of its own, because callbacks are foreign code: one that blocks holds up the other callbacks, but neither grace periods, which are run by those who wait for them, nor deferred
/// frees. It takes all queues, waits for one grace period on behalf of all of them, runs them, and begins again; what is queued meanwhile makes the next batch. So the more there is to do, the less
/// each costs.</para>
/// <para><b>No wake-up is lost.</b> Before it sleeps, the thread says so, with a full fence after, and looks at all queues once more. Whoever appends to an empty queue looks, with a full fence before, whether it
/// sleeps. One of the two looks comes later than the other's store.</para>
/// </remarks>
#pragma warning disable CA1001 // lives as long as the process
internal sealed unsafe class CallbackThread
#pragma warning restore CA1001
{
    [RawAtomic]
    [Trusted("reads a field that is set once; only the very first use starts a thread, and Rcu.Initialize has that done beforehand")]
    internal static CallbackThread Instance => Single.Value;

    /// <summary>How often a caller looks at the length of its queue: it is written by another CPU, and reading it each time would cost a cache miss each time.</summary>
    private const long LookEvery = 64;

    /// <summary>A pause in a flood, in iterations of <see cref="Thread.SpinWait"/>: some microseconds per <see cref="LookEvery"/> callbacks, about as long as it takes to run that many.</summary>
    private const int FloodPause = 300;

    /// <summary>
    /// Between the first callback of a batch and its grace period, in milliseconds. A grace period interrupts every processor that runs a thread of ours, so one per callback would be dear; nobody can rely
    /// on a callback to come soon, and those who wait for it say so.
    /// </summary>
    private const int Pause = 1;

    /// <summary>Callbacks between two updates of the count of those that have run.</summary>
    private const int BatchStep = 256;

    /// <summary>A number below this in place of a callback is where the head lies in an object to be freed: no function is in the first page.</summary>
    internal const nuint LargestOffset = 4096;

    private readonly CallbackQueue* _queues;
    private readonly int _count;
    private readonly int _mask;
    private readonly Batch[] _batch;
    private readonly Doorbell _bell = new();
    private readonly Thread _thread;
    private readonly Progress _progress = new();

    private int _started;
    private int _asleep;
    private bool _hurry;
    private RawSpinLock _pressure;
    private long _highs;
    private long _pauses;
    private long _failed;
    private long _batches;
    private long _largest;

    private CallbackThread()
    {
        _count = (int)BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount);
        _mask = _count - 1;
        _queues = (CallbackQueue*)NativeMemory.AlignedAlloc((nuint)(_count * CallbackQueue.Size), 128);
        NativeMemory.Clear(_queues, (nuint)(_count * CallbackQueue.Size));
        _batch = new Batch[_count];
        _thread = new Thread(Run) { IsBackground = true, Name = "LockContext RCU callbacks" };
        Start();
    }

    /// <summary>Starts the thread, once.</summary>
    internal void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) == 0) _thread.Start();
    }

    /// <summary>Queues a callback on the current CPU.</summary>
    [RawAtomic]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Enqueue(RcuHead* head)
    {
        CallbackQueue* queue = _queues + (Thread.GetCurrentProcessorId() & _mask);
        long queued = queue->Append(head, out bool wasEmpty);
        if (wasEmpty || (queued & (LookEvery - 1)) == 0) LookAround(queue, wasEmpty);
    }

    /// <summary>Waits until what is queued now has run.</summary>
    [Sleepable]
    internal void WaitForQueued()
    {
        Span<long> targets = _count <= 64 ? stackalloc long[_count] : new long[_count];
        for (int i = 0; i < _count; i++) targets[i] = _queues[i].Queued;

        using Progress.Waiter waiter = _progress.Join(_bell);
        for (int i = 0; i < _count; i++) waiter.Until(ref _queues[i].InvokedCount, targets[i]);
    }

    internal RcuStatistics AddTo(RcuStatistics statistics)
    {
        long queued = 0;
        long invoked = 0;
        for (int i = 0; i < _count; i++)
        {
            // In this order, so that the difference is never negative.
            invoked += _queues[i].Invoked;
            queued += _queues[i].Queued;
        }

        return statistics with
        {
            CallbacksQueued = queued,
            CallbacksInvoked = invoked,
            CallbacksFailed = Volatile.Read(ref _failed),
            CallbackBatches = Volatile.Read(ref _batches),
            LargestBatch = Volatile.Read(ref _largest),
            QueueHighs = Volatile.Read(ref _highs),
            FloodPauses = Volatile.Read(ref _pauses),
        };
    }

    [RawAtomic]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LookAround(CallbackQueue* queue, bool wasEmpty)
    {
        if (wasEmpty)
        {
            // Pairs with the fence in Sleep: see above.
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _asleep) != 0) _bell.Ring();
            return;
        }

        long waiting = queue->Queued - queue->Invoked;
        RcuOptions options = RcuSettings.Current;
        if (waiting <= options.QueueHighMark) return;

        // The only lock that all CPUs share, and only above the mark.
        _pressure.Enter();
        _highs++;
        bool tell = !_hurry;
        Volatile.Write(ref _hurry, true);
        _pressure.Exit();
        if (tell) _bell.Ring();
        if (waiting <= options.QueueFloodLimit) return;

        Interlocked.Increment(ref _pauses);
        Thread.SpinWait(FloodPause);
    }

    private void Run()
    {
        CurrentReader.RunsCallbacks = true;
        while (true)
        {
            if (AllEmpty())
            {
                Sleep();
                continue;
            }

            // Let some more come together, unless somebody waits. A ring that has been kept from earlier makes the pause shorter, and does no harm.
            if (!Volatile.Read(ref _hurry) && !_progress.HasWaiters) _bell.Wait(Pause);
            bool hurry = Volatile.Read(ref _hurry);
            if (hurry) Volatile.Write(ref _hurry, false);
            TakeAll();
            GracePeriods.WaitFor(GracePeriods.Snapshot(), hurry);
            for (int i = 0; i < _count; i++)
            {
                if (_batch[i].Count != 0) Invoke(_queues + i, ref _batch[i]);
            }
        }
    }

    private bool AllEmpty()
    {
        for (int i = 0; i < _count; i++)
        {
            if (!_queues[i].IsEmpty) return false;
        }

        return true;
    }

    private void TakeAll()
    {
        long total = 0;
        for (int i = 0; i < _count; i++)
        {
            _batch[i].First = _queues[i].TakeAll(out _batch[i].Count);
            total += _batch[i].Count;
        }

        Volatile.Write(ref _batches, _batches + 1);
        if (total > _largest) Volatile.Write(ref _largest, total);
    }

    private void Sleep()
    {
        Volatile.Write(ref _asleep, 1);
        Interlocked.MemoryBarrier();
        if (AllEmpty()) _bell.Wait(Timeout.Infinite);
        Volatile.Write(ref _asleep, 0);
    }

    // One try block around many callbacks instead of one around each; after an exception it goes on with the next.
    private void Invoke(CallbackQueue* queue, ref Batch batch)
    {
        RcuHead* head = batch.First;
        long invoked = queue->Invoked;
        long end = invoked + batch.Count;

        // What lockdep makes of what a callback does.
        Lockdep.BeginContext(LockdepContext.Callback);
        while (head != null && invoked != end)
        {
            try
            {
                while (head != null && invoked != end)
                {
                    // Read before the call: the callback frees the head, or queues it again. One that leads to itself was queued twice in a row, and must not be looked at when it is gone.
                    RcuHead* current = head;
                    head = current->Next == current ? null : current->Next;
                    invoked++;
                    if ((nuint)current->What < LargestOffset) KernelMemory.Free((byte*)current - (nuint)current->What);
                    else ((delegate*<RcuHead*, void>)current->What)(current);
                    if (invoked % BatchStep == 0) queue->Invoked = invoked;
                }
            }
#pragma warning disable CA1031 // the others are to run whatever this one threw
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Interlocked.Increment(ref _failed);
                RcuReports.Report(RcuReportKind.CallbackThrew, "A callback threw.", exception);
            }
        }

        CloseSections();
        Lockdep.EndContext(LockdepContext.Callback);
        if (invoked != end)
        {
            RcuReports.Report(RcuReportKind.QueuedTwice, $"A head was passed to Rcu.Call while it was queued. {end - invoked} callbacks that were queued with it are lost.");
        }

        // The lost ones as well: nobody is to wait for them.
        queue->Invoked = end;
        batch = default;
        _progress.TellWaiters();
    }

    // A section left open would make this thread's next grace period wait for itself.
    private static void CloseSections()
    {
        if (!CurrentReader.IsReading) return;
        CurrentReader.CloseSections();
        RcuReports.Report(RcuReportKind.SectionLeftOpen, "A callback opened a read section and returned inside it.");
    }

    private static class Single
    {
        internal static readonly CallbackThread Value = new();
    }

    private struct Batch
    {
        internal RcuHead* First;
        internal long Count;
    }
}
