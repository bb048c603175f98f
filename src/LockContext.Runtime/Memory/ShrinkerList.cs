using System;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>The registered shrinkers, and how much each of them is asked for.</summary>
internal sealed class ShrinkerList
{
    /// <summary>How many pages are asked for in one call.</summary>
    private const int Batch = 128;

    /// <summary>Where a pass begins: with a 4 096th.</summary>
    private const int DefaultPriority = 12;

    /// <summary>A pass that has brought so many pages is good enough.</summary>
    private const int Enough = 32;

    /// <summary>What a shrinker is believed to have, or to have freed: as many pages as an allocator can have. Some say "as much as you like" by the largest number there is, which would overflow sums, and be asked for in portions for ever.</summary>
    private const long MostPages = 1 << 22;

    // The entry that this thread is inside of.
    [ThreadStatic]
    private static Entry? t_inside;

    private readonly object _changing = new();
    private Entry[] _entries = [];
    private long _scans;
    private long _pages;
    private long _failures;

    internal bool Any => Volatile.Read(ref _entries).Length > 0;

    internal long Scans => Volatile.Read(ref _scans);

    internal long Pages => Volatile.Read(ref _pages);

    internal long Failures => Volatile.Read(ref _failures);

    /// <summary>Whether this thread is reclaiming: an allocation inside must not do so again.</summary>
    internal static bool IsInside => t_inside is not null;

    /// <summary>Whether this thread is inside a shrinker that has been asked by this list.</summary>
    internal bool IsAsking => t_inside?.List == this;

    [Sleepable]
    internal void Add(Shrinker shrinker)
    {
        lock (_changing)
        {
            if (Array.Exists(_entries, entry => entry.Shrinker == shrinker)) throw new InvalidOperationException("The shrinker is registered already.");
            Volatile.Write(ref _entries, [.. _entries, new Entry(this, shrinker)]);
        }
    }

    /// <summary>Takes a shrinker out, and waits until nobody is inside it any more.</summary>
    [Sleepable]
    internal bool Remove(Shrinker shrinker)
    {
        if (t_inside?.Shrinker == shrinker) throw new InvalidOperationException("A shrinker cannot wait for itself: it is unregistered from elsewhere.");
        Entry? entry = Detach(shrinker);
        if (entry is null) return false;

        bool interrupted = false;

        // Whoever took the array before it was changed counts itself in before it looks whether the entry is still valid: see Enter.
        // The sleeps are not SpinWait's, which an interruption would end: whoever takes a shrinker out is about to destroy what it looks at.
        for (var wait = new SpinWait(); Volatile.Read(ref entry.Users) != 0;)
        {
            if (wait.NextSpinWillYield) interrupted |= Interruption.TrySleep(1);
            else wait.SpinOnce();
        }

        if (interrupted) Interruption.Postpone();
        return true;
    }

    /// <summary>One pass over all shrinkers, harder and harder until it has brought something.</summary>
    /// <returns>How many pages they say they have freed.</returns>
    [Sleepable]
    internal long Reclaim(GfpFlags flags, MemoryGroup? group, bool isBackground)
    {
        if (IsInside || !Any) return 0;

        long freed = 0;
        for (int priority = DefaultPriority; priority >= 0 && freed < Enough; priority--)
        {
            foreach (Entry entry in Volatile.Read(ref _entries)) freed += Shrink(entry, new ReclaimControl(flags, 0, priority, group, isBackground));
        }

        return freed;
    }

    [Sleepable]
    private long Shrink(Entry entry, ReclaimControl control)
    {
        if (!entry.Enter()) return 0;
        t_inside = entry;
        try
        {
            // Inside, allocations are those of somebody who is about to free more than he takes.
            using (GfpScope.NoReclaim())
            using (GfpScope.MemAlloc())
            {
                return Ask(entry, control);
            }
        }
#pragma warning disable CA1031 // whatever a user's code throws: it is kept where its owner finds it, and the allocation goes on
        catch (Exception exception)
#pragma warning restore CA1031
        {
            entry.Shrinker.Failure = exception;
            Interlocked.Increment(ref _failures);
            MemoryEvents.Log?.ShrinkerFailed(entry.Shrinker, exception);
            Detach(entry.Shrinker);
            return 0;
        }
        finally
        {
            t_inside = null;
            entry.Exit();
        }
    }

    // In proportion to what there is and to the pressure; what was too little for a call is kept for the next pass, so that small caches are asked too.
    [Sleepable]
    private long Ask(Entry entry, ReclaimControl control)
    {
        long there = Math.Min(entry.Shrinker.Count(control), MostPages);
        if (there <= 0) return 0;

        long wanted = (there >> control.Priority) * 4 / Math.Max(1, entry.Shrinker.Seeks);
        if (control.Priority == 0) wanted = Math.Max(wanted, there);
        wanted = Math.Min(wanted + Interlocked.Exchange(ref entry.Deferred, 0), 2 * there);
        long freed = 0;
        while (wanted >= Batch || wanted >= there)
        {
            long scan = Math.Min(Batch, wanted);
            if (scan <= 0) break;
            long got = entry.Shrinker.Scan(control with { ToScan = scan });
            Interlocked.Increment(ref _scans);
            if (got == Shrinker.Stop) break;
            freed = Math.Min(freed + Math.Clamp(got, 0, MostPages), MostPages);
            wanted -= scan;
        }

        // No more than it would be asked for anyway, or what nobody ever looks at grows without end.
        if (wanted > 0 && Interlocked.Add(ref entry.Deferred, wanted) > 2 * there) Volatile.Write(ref entry.Deferred, 2 * there);
        Interlocked.Add(ref _pages, freed);
        return freed;
    }

    // Whether interrupted or not: whoever does this is about to destroy the shrinker, or is a thread of ours on which it has thrown.
    [Sleepable]
    private Entry? Detach(Shrinker shrinker)
    {
        bool interrupted = Interruption.Enter(_changing);
        Entry? entry;
        try
        {
            entry = Array.Find(_entries, other => other.Shrinker == shrinker);
            if (entry is not null)
            {
                Volatile.Write(ref _entries, Array.FindAll(_entries, other => other != entry));
                entry.Invalidate();
            }
        }
        finally
        {
            Monitor.Exit(_changing);
        }

        if (interrupted) Interruption.Postpone();
        return entry;
    }

    private sealed class Entry(ShrinkerList list, Shrinker shrinker)
    {
        internal int Users;
        internal long Deferred;
        private int _invalid;

        internal ShrinkerList List { get; } = list;

        internal Shrinker Shrinker { get; } = shrinker;

        // Count first, then look: Remove invalidates first, then looks at the count, both with full fences. So either we see that it is invalid, or Remove sees us.
        internal bool Enter()
        {
            Interlocked.Increment(ref Users);
            if (Volatile.Read(ref _invalid) == 0) return true;
            Exit();
            return false;
        }

        internal void Exit() => Interlocked.Decrement(ref Users);

        internal void Invalidate() => Interlocked.Exchange(ref _invalid, 1);
    }
}
