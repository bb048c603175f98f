using System;
using System.Diagnostics;
using System.Threading;

namespace LockContext.Runtime.Tests;

/// <summary>What the torture of readers needs: ours, and broken twins.</summary>
internal interface ITortureReading
{
    /// <summary>Runs the read; whether what it has read may be believed.</summary>
    bool TryRead(Action read);

    void Write(Action write);
}

/// <summary>What a way of reading did wrong.</summary>
internal readonly record struct ReadVerdict(long TornReads, long LostWrites, bool Hung, long Reads, long Writes, string? Failure)
{
    internal bool IsGood => TornReads == 0 && LostWrites == 0 && !Hung && Failure is null;
}

/// <summary>Writers change eight words together, readers want to find them equal. Both are taken off the processor in the middle now and then.</summary>
internal sealed class ReaderTorture(ITortureReading tortured)
{
    private readonly long[] _words = new long[8];
    private long _torn;
    private long _reads;
    private long _writes;
    private string? _failure;
    private bool _stop;

    internal static ReadVerdict Run(ITortureReading tortured, TimeSpan duration, int readers, int writers) => new ReaderTorture(tortured).Run(duration, readers, writers);

    private ReadVerdict Run(TimeSpan duration, int readers, int writers)
    {
        var workers = new Thread[readers + writers];
        for (int i = 0; i < workers.Length; i++)
        {
            int id = i;
            workers[i] = new Thread(() => Work(id, id < readers)) { IsBackground = true };
            workers[i].Start();
        }

        long end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        while (Stopwatch.GetTimestamp() < end && Volatile.Read(ref _torn) == 0 && Volatile.Read(ref _failure) is null) Thread.Sleep(10);
        Volatile.Write(ref _stop, true);
        bool hung = false;
        foreach (Thread worker in workers) hung |= !worker.Join(hung ? TimeSpan.Zero : TimeSpan.FromSeconds(5));
        return new ReadVerdict(_torn, hung ? 0 : _writes - _words[0], hung, _reads, _writes, _failure);
    }

    private void Work(int id, bool reads)
    {
        try
        {
            var random = new Random(id);
            long done = 0, torn = 0;
            for (; !Volatile.Read(ref _stop); done++)
            {
                if (reads)
                {
                    bool equal = true;
                    if (tortured.TryRead(() => equal = Compare(random)) && !equal) Volatile.Write(ref _torn, ++torn);
                }
                else
                {
                    tortured.Write(() => Change(random));

                    // Leaves room for readers, who else would never find an undisturbed moment.
                    Thread.SpinWait(random.Next(200));
                }
            }

            Interlocked.Add(ref reads ? ref _reads : ref _writes, done);
        }
        catch (SynchronizationLockException exception)
        {
            Volatile.Write(ref _failure, exception.Message);
        }
    }

    private bool Compare(Random random)
    {
        long first = Volatile.Read(ref _words[0]);
        if (random.Next(64) == 0) Thread.Sleep(0);
        for (int i = 1; i < _words.Length; i++)
        {
            if (Volatile.Read(ref _words[i]) != first) return false;
        }

        return true;
    }

    private void Change(Random random)
    {
        int pause = random.Next(64);
        for (int i = 0; i < _words.Length; i++)
        {
            Volatile.Write(ref _words[i], _words[i] + 1);
            if (i == pause) Thread.Sleep(0);
        }
    }
}
