using System;
using System.Diagnostics;
using System.Threading;

namespace LockContext.Runtime.Tests;

/// <summary>What a lock did wrong. A good one does nothing wrong at all.</summary>
internal readonly record struct LockVerdict(long Intrusions, long LostUpdates, bool LetHolderIn, bool Hung, long Rounds, string? Failure)
{
    internal bool IsGood => Intrusions == 0 && LostUpdates == 0 && !LetHolderIn && !Hung && Failure is null;
}

/// <summary>
/// More threads than processors take one lock as fast as they can, in every way it has, and sometimes stop in the middle. Inside, each writes its number into a word that nobody else may
/// touch, and adds to a counter without atomic operations.
/// </summary>
internal sealed class LockTorture
{
    private readonly ITortureLock _lock;
    private int _owner;
    private long _counter;
    private long _rounds;
    private long _intrusions;
    private bool _letHolderIn;
    private string? _failure;
    private bool _stop;

    private LockTorture(ITortureLock tortured) => _lock = tortured;

    internal static LockVerdict Run(ITortureLock tortured, TimeSpan duration, int threads = 4)
    {
        var torture = new LockTorture(tortured);
        return torture.Run(duration, threads);
    }

    private LockVerdict Run(TimeSpan duration, int threads)
    {
        var workers = new Thread[threads];
        for (int i = 0; i < threads; i++)
        {
            int id = i + 1;
            workers[i] = new Thread(() => Work(id)) { IsBackground = true };
            workers[i].Start();
        }

        // A broken lock need not be tortured to the end.
        long end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        while (Stopwatch.GetTimestamp() < end && Volatile.Read(ref _intrusions) == 0 && Volatile.Read(ref _failure) is null) Thread.Sleep(10);
        Volatile.Write(ref _stop, true);

        // Whoever still waits for a lock that nobody will release is left behind, as a background thread.
        bool hung = false;
        foreach (Thread worker in workers) hung |= !worker.Join(hung ? TimeSpan.Zero : TimeSpan.FromSeconds(5));
        long rounds = Interlocked.Read(ref _rounds);
        return new LockVerdict(Volatile.Read(ref _intrusions), hung ? 0 : rounds - _counter, _letHolderIn, hung, rounds, Volatile.Read(ref _failure));
    }

    private void Work(int id)
    {
        try
        {
            Torment(id);
        }
        catch (SynchronizationLockException exception)
        {
            // What a lock throws when two release it: a verdict, and no reason to take the process down.
            Volatile.Write(ref _failure, exception.Message);
        }
    }

    private void Torment(int id)
    {
        var random = new Random(id);
        long done = 0;
        while (!Volatile.Read(ref _stop))
        {
            if (random.Next(8) == 0)
            {
                if (!_lock.TryEnter()) continue;
            }
            else
            {
                _lock.Enter();
            }

            Inside(id, random);
            _lock.Exit();
            done++;

            // Out of step now and then, so that the lock is also taken when it is free and nobody waits.
            if (random.Next(16) == 0) Thread.SpinWait(random.Next(200));
        }

        Interlocked.Add(ref _rounds, done);
    }

    private void Inside(int id, Random random)
    {
        if (_owner != 0) Interlocked.Increment(ref _intrusions);
        _owner = id;
        long counter = _counter;

        // Being taken off the processor in the middle is what brings out most mistakes; with luck alone it would be rare.
        int fate = random.Next(256);
        if (fate == 0) Thread.Sleep(0);
        else if (fate < 32) Thread.SpinWait(fate);
        if (fate == 1 && _lock.TryEnter())
        {
            _letHolderIn = true;
            _lock.Exit();
        }

        _counter = counter + 1;
        if (Volatile.Read(ref _owner) != id) Interlocked.Increment(ref _intrusions);
        _owner = 0;
    }
}
