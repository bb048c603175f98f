using System;
using System.Threading;

namespace LockContext.Runtime.Tests;

internal sealed class TorturedRwSemaphore : ITortureReading, ITortureLock
{
    private readonly RwSemaphore _semaphore = new();

    public bool TryRead(Action read)
    {
        _semaphore.EnterRead();
        read();
        _semaphore.ExitRead();
        return true;
    }

    public void Write(Action write)
    {
        _semaphore.EnterWrite();
        write();

        // Half of the writers stay for a look.
        if ((Environment.CurrentManagedThreadId & 1) == 0)
        {
            _semaphore.DowngradeToRead();
            _semaphore.ExitRead();
        }
        else
        {
            _semaphore.ExitWrite();
        }
    }

    public void Enter() => _semaphore.EnterWrite();

    public bool TryEnter() => _semaphore.TryEnterWrite();

    public void Exit() => _semaphore.ExitWrite();
}

/// <summary>A local lock on one processor's worth of slots is an ordinary lock: everybody is sent to the slot that was taken first.</summary>
internal sealed class TorturedLocalLock : ITortureReading
{
    private readonly LocalLock _lock = new();
    private readonly int[] _owners = new int[Environment.ProcessorCount];

    public bool TryRead(Action read)
    {
        Write(read);
        return true;
    }

    public void Write(Action write)
    {
        using LocalLock.Scope scope = _lock.EnterScope();
        ref int owner = ref _owners[scope.Slot];
        if (Interlocked.Exchange(ref owner, Environment.CurrentManagedThreadId) != 0) throw new SynchronizationLockException("two in one slot");
        if ((Environment.TickCount & 7) == 0) Thread.Sleep(0);
        if (Interlocked.Exchange(ref owner, 0) != Environment.CurrentManagedThreadId) throw new SynchronizationLockException("two in one slot");
    }
}

internal sealed class TorturedSequenceCount : ITortureReading
{
    private readonly Lock _writers = new();
    private SequenceCount _sequence;

    public bool TryRead(Action read)
    {
        if (!_sequence.TryBeginRead(out uint sequence)) return false;
        read();
        return _sequence.Validate(sequence);
    }

    public void Write(Action write)
    {
        lock (_writers)
        {
            _sequence.BeginWrite();
            write();
            _sequence.EndWrite();
        }
    }
}

/// <summary>Counts once for each write, at its end: a reader that begins inside a write finds the same number at its own end.</summary>
internal sealed class CountsOnceSequence : ITortureReading
{
    private readonly Lock _writers = new();
    private int _sequence;

    public bool TryRead(Action read)
    {
        int sequence = Volatile.Read(ref _sequence);
        read();
        return Volatile.Read(ref _sequence) == sequence;
    }

    public void Write(Action write)
    {
        lock (_writers)
        {
            write();
            Volatile.Write(ref _sequence, _sequence + 1);
        }
    }
}

/// <summary>Readers count themselves without looking at the writer once more: one that comes while the writer is coming is overlooked.</summary>
internal sealed class OverlooksWriterSemaphore : ITortureReading
{
    private int _readers;
    private int _writer;
    private int _reads;

    public bool TryRead(Action read)
    {
        while (Volatile.Read(ref _writer) != 0) Thread.Yield();

        // Off the processor for a moment, as a thread can be anywhere; now and then for just as long as it takes for a writer to come.
        if ((++_reads & 7) == 0)
        {
            for (int looks = 0; looks < 2000 && Volatile.Read(ref _writer) == 0; looks++) Thread.SpinWait(1);
        }

        Interlocked.Increment(ref _readers);
        read();
        Interlocked.Decrement(ref _readers);
        return true;
    }

    public void Write(Action write)
    {
        while (Interlocked.CompareExchange(ref _writer, 1, 0) != 0) Thread.Yield();
        while (Volatile.Read(ref _readers) != 0) Thread.Yield();
        write();
        Volatile.Write(ref _writer, 0);
    }
}
