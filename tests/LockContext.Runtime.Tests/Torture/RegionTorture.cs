using System;
using System.Diagnostics;
using System.Threading;

namespace LockContext.Runtime.Tests;

/// <summary>
/// The protocol of <see cref="ThreadPageList"/> by itself: an owner that stores Busy and loads Revoked, without a fence, and another that stores Revoked, has a barrier run everywhere, and loads Busy. Never may both be
/// inside.
/// </summary>
internal class RegionTorture
{
    private int _busy;
    private int _revoked;
    private int _ownerInside;
    private int _otherInside;
    private long _clashes;
    private long _rounds;
    private int _revocations;
    private bool _stop;

    /// <returns>How often both were inside.</returns>
    internal static long Run(RegionTorture torture, TimeSpan duration)
    {
        var owner = new Thread(torture.Own) { IsBackground = true };
        owner.Start();
        long end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        int delay = 0;
        while (Stopwatch.GetTimestamp() < end && Volatile.Read(ref torture._clashes) == 0)
        {
            torture.Revoke();
            for (int i = delay++ & 63; i > 0; i--) Volatile.Read(ref torture._rounds);
        }

        Volatile.Write(ref torture._stop, true);
        owner.Join();
        return torture._clashes;
    }

    protected virtual bool Enter(ref int busy, ref int revoked)
    {
        Volatile.Write(ref busy, 1);
        return Volatile.Read(ref revoked) == 0;
    }

    private void Own()
    {
        while (!Volatile.Read(ref _stop))
        {
            if (Enter(ref _busy, ref _revoked))
            {
                _ownerInside++;
                if (Volatile.Read(ref _otherInside) != 0) Interlocked.Increment(ref _clashes);
                _rounds++;
            }

            Volatile.Write(ref _busy, 0);
        }
    }

    private void Revoke()
    {
        Volatile.Write(ref _revoked, 1);
        Interlocked.MemoryBarrierProcessWide();
        if (Volatile.Read(ref _busy) == 0)
        {
            int before = Volatile.Read(ref _ownerInside);
            Volatile.Write(ref _otherInside, 1);
            Interlocked.MemoryBarrier();
            for (int i = 0; i < 1000; i++)
            {
                if (i == 500 && (++_revocations & 15) == 0) Thread.Yield();
                if (Volatile.Read(ref _ownerInside) != before) Interlocked.Increment(ref _clashes);
            }

            Volatile.Write(ref _otherInside, 0);
        }

        Volatile.Write(ref _revoked, 0);
    }
}

/// <summary>
/// The owner in the order in which a processor may do it while nobody has a barrier run there: the load first, the store when it leaves the store buffer. Written out, because how often a processor really does so is
/// a matter of luck; and now and then it takes as long as a barrier of the other does, because to yield takes no time where nobody else wants to run.
/// </summary>
internal sealed class WithoutBarrier : RegionTorture
{
    private int _entries;

    protected override bool Enter(ref int busy, ref int revoked)
    {
        bool mayEnter = Volatile.Read(ref revoked) == 0;
        if ((++_entries & 255) == 0) Thread.SpinWait(500);
        Volatile.Write(ref busy, 1);
        return mayEnter;
    }
}

/// <summary>The owner goes in without looking.</summary>
internal sealed class WithoutLook : RegionTorture
{
    protected override bool Enter(ref int busy, ref int revoked)
    {
        Volatile.Write(ref busy, 1);
        return true;
    }
}
