using System;
using System.Diagnostics;
using System.Threading;

namespace LockContext.Runtime.Tests;

/// <summary>
/// The count of lists that have pages (<see cref="PathGate.FilledCpuLists"/>) by itself: lists with a lock each, and one number that each changes under its own lock when it gets its first page or loses its
/// last. Whoever has put a page on a list and finds the number to be zero has found a lie, if nothing has happened to that list since.
/// </summary>
internal class FilledListsTorture
{
    private const int Lists = 2;

    private readonly Torn[] _lists = [new(), new()];
    private int _filled;
    private long _lies;

    /// <returns>How often somebody was told that there is nothing where something was, and how far off the number was in the end.</returns>
    internal static long Run(FilledListsTorture torture, TimeSpan duration)
    {
        long end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var threads = new Thread[4];
        for (int t = 0; t < threads.Length; t++)
        {
            int seed = t;
            threads[t] = new Thread(() => torture.Work(new Random(seed), end)) { IsBackground = true };
            threads[t].Start();
        }

        foreach (Thread thread in threads) thread.Join();
        int filled = 0;
        foreach (Torn list in torture._lists) filled += list.Pages > 0 ? 1 : 0;
        return torture._lies + Math.Abs(filled - torture._filled);
    }

    /// <summary>Changes the number of pages of a list, and what follows from that.</summary>
    /// <returns>How often the list has changed, this time included.</returns>
    protected virtual long Change(Torn list, int change, ref int filled)
    {
        list.Lock.Enter();
        if (list.Pages + change is < 0 or > 2) change = 0;
        int before = list.Pages;
        list.Pages += change;
        if (change != 0 && (before == 0 || list.Pages == 0)) Count(ref filled, change);
        long version = ++list.Changes;
        list.Lock.Exit();
        return version;
    }

    protected virtual void Count(ref int filled, int change) => Interlocked.Add(ref filled, change);

    private void Work(Random random, long end)
    {
        while (Stopwatch.GetTimestamp() < end && Volatile.Read(ref _lies) == 0)
        {
            for (int i = 0; i < 100; i++)
            {
                Torn list = _lists[random.Next(Lists)];
                if (random.Next(2) == 0)
                {
                    Change(list, -1, ref _filled);
                    continue;
                }

                long version = Change(list, 1, ref _filled);
                if (Volatile.Read(ref _filled) != 0) continue;
                list.Lock.Enter();
                if (list.Changes == version) Interlocked.Increment(ref _lies);
                list.Lock.Exit();
            }
        }
    }

    protected sealed class Torn
    {
        internal RawSpinLock Lock;
        internal int Pages;
        internal long Changes;
    }
}

/// <summary>Each list has its own lock, but the number is everybody's.</summary>
internal sealed class CountedWithoutAtomics : FilledListsTorture
{
    protected override void Count(ref int filled, int change)
    {
        int seen = Volatile.Read(ref filled);
        if ((seen & 1) != 0) Thread.SpinWait(20);
        Volatile.Write(ref filled, seen + change);
    }
}

/// <summary>The number changes after the lock has been released: somebody else may have put a page behind ours in between, and found no reason to change it.</summary>
internal sealed class CountedTooLate : FilledListsTorture
{
    private int _times;

    protected override long Change(Torn list, int change, ref int filled)
    {
        list.Lock.Enter();
        if (list.Pages + change is < 0 or > 2) change = 0;
        int before = list.Pages;
        list.Pages += change;
        bool counts = change != 0 && (before == 0 || list.Pages == 0);
        long version = ++list.Changes;
        list.Lock.Exit();
        if ((Interlocked.Increment(ref _times) & 63) == 0) Thread.Yield();
        if (counts) Count(ref filled, change);
        return version;
    }
}
