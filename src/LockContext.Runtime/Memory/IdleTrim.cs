using System;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>What happens when it is quiet: the lists of idle and ended threads are emptied, then those of the CPUs, and then the memory of free blocks goes back to the system.</summary>
internal sealed class IdleTrim
{
    private readonly BuddyZone[] _zones;
    private readonly PageReclaim _reclaim;
    private readonly CpuPageLists _cpuLists;
    private readonly ThreadPageLists _threadLists;
    private readonly int _spares;
    private int _interval;
    private long _lastStep;
    private bool _wasQuiet;
    private long _returned;

    internal IdleTrim(BuddyZone[] zones, PageReclaim reclaim, CpuPageLists cpuLists, ThreadPageLists threadLists, int spares, int delay)
    {
        _zones = zones;
        _reclaim = reclaim;
        _cpuLists = cpuLists;
        _threadLists = threadLists;
        _spares = spares;
        SetDelay(delay);
    }

    /// <summary>Pages given back to the system so far.</summary>
    internal long Returned => Volatile.Read(ref _returned);

    /// <summary>How long to wait between two looks, in milliseconds.</summary>
    internal int Interval => Volatile.Read(ref _interval);

    /// <summary>Memory that has been quiet for between one and two such delays goes back.</summary>
    internal void SetDelay(int milliseconds) => Volatile.Write(ref _interval, milliseconds);

    /// <summary>Whether a whole interval has passed since the last look: a ring may end a wait early, and what is quiet for less does not count.</summary>
    internal bool IsDue => Environment.TickCount64 - _lastStep >= Interval;

    /// <summary>Looks once. Only the background thread does this.</summary>
    /// <param name="moved">Whether pages have moved between lists and zones since the last look.</param>
    /// <returns>Whether there will be something to look at again.</returns>
    internal bool Step(bool moved)
    {
        _lastStep = Environment.TickCount64;
        _threadLists.Provide(_spares);
        int drained = _reclaim.DrainIdle();
        if (moved || drained > 0 || !_wasQuiet)
        {
            _wasQuiet = !moved;
            return true;
        }

        drained = _reclaim.DrainParked() + _reclaim.DrainCpuLists();
        int returned = TrimZones();
        return drained + returned > 0 || _threadLists.Pages > 0;
    }

    /// <summary>Gives everything that is free back to the system, now.</summary>
    /// <returns>The number of pages given back.</returns>
    internal int TrimNow()
    {
        _reclaim.DrainAll();
        return TrimZones();
    }

    private int TrimZones()
    {
        int pages = 0;
        foreach (BuddyZone zone in _zones) pages += zone.Trim(keep: 0);
        Interlocked.Add(ref _returned, pages);
        return pages;
    }
}
