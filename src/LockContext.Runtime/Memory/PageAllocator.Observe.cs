using System;
using System.Globalization;
using System.IO;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

public sealed unsafe partial class PageAllocator
{
    private const int FlagBits = 25;

    private RawSpinLock _reporting;
    private PageFailure _lastFailure;
    private bool _hasFailed;
    private PageOwners? _owners;
    private FlagCounts _allocationsByFlag;
    private FlagCounts _failuresByFlag;

    /// <summary>
    /// What there was when an allocation last failed that nobody said to expect: without <see cref="GfpFlags.NoWarn"/>, without <see cref="GfpFlags.NoLocks"/>. <see langword="null"/> if none has.
    /// </summary>
    public PageFailure? LastFailure
    {
        get
        {
            _reporting.Enter();
            PageFailure? failure = _hasFailed ? _lastFailure : null;
            _reporting.Exit();
            return failure;
        }
    }

    /// <summary>
    /// Whether to write down with each block who allocated it: the stack, the flags, the thread. For finding leaks, with <see cref="WriteOwners"/>; allocations take microseconds and allocate managed memory while it is on. What is
    /// allocated with <see cref="GfpFlags.NoLocks"/> is not written down. The default is <see langword="false"/>.
    /// </summary>
    public bool TrackOwners
    {
        get => (_gate.Detours & Detour.Owners) != 0;
        set
        {
            if (value) Interlocked.CompareExchange(ref _owners, new PageOwners(_frames.Count), null);
            else _owners?.Clear();
            _gate.Set(Detour.Owners, value);
        }
    }

    /// <summary>What a zone holds and has done.</summary>
    /// <param name="zone">0 for the normal zone; 1 for that of movable memory, if there is one.</param>
    /// <returns>The figures, each right at some moment during the call.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such zone.</exception>
    public ZoneStatistics GetZoneStatistics(int zone)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(zone);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(zone, _zones.Length);
        BuddyZone it = _zones[zone];
        long taken = 0, foreign = 0;
        for (int kind = 0; kind < ListKind.Count; kind++)
        {
            if (ListKind.ZoneOf(kind) != zone) continue;
            long ofKind = TakenFromLists(kind);
            taken += ofKind;
            if (_movable is not null && kind == MigrateType.Movable) foreign += ofKind;
        }

        return new ZoneStatistics
        {
            Name = zone == 0 ? "Normal" : "Movable",
            ManagedPages = it.ManagedPages,
            PresentPages = it.PresentPages,
            FreePages = it.FreePages,
            FreeHighAtomicPages = it.FreeHighAtomic,
            DiscardedPages = it.DiscardedPages,
            MinMark = it.Marks.Min,
            LowMark = it.Marks.Low,
            HighMark = it.Marks.High,
            LowMemoryReserve = it.ReserveForOthers,
            Allocations = taken + Volatile.Read(ref _zoneAllocations[zone]),
            ForeignAllocations = foreign + (zone == 0 ? Volatile.Read(ref _foreignZoneAllocations) : 0),
            TypeFallbacks = it.Fallbacks,
            Claims = it.Claims,
        };
    }

    /// <summary>How many allocations have named a flag, and how many of them failed, since <see cref="PageAllocatorTunables.CountFlags"/> is on.</summary>
    /// <param name="flag">A single flag, or <see cref="GfpFlags.None"/> for those without any.</param>
    /// <returns>Allocations, failures included; and failures.</returns>
    /// <exception cref="ArgumentException">Not a single flag.</exception>
    public (long Allocations, long Failures) GetFlagStatistics(GfpFlags flag)
    {
        if (BitOperations.PopCount((uint)flag) > 1 || (flag & ~Known) != 0) throw new ArgumentException($"{flag.ToTraceString()} is not a single flag.", nameof(flag));
        int bit = flag == GfpFlags.None ? 0 : BitOperations.Log2((uint)flag);
        return (Volatile.Read(ref _allocationsByFlag[bit]), Volatile.Read(ref _failuresByFlag[bit]));
    }

    /// <summary>Writes what the zones hold, in the form of <c>/proc/zoneinfo</c>, with the free blocks of each order and type as <c>/proc/pagetypeinfo</c> has them.</summary>
    /// <param name="writer">Where to.</param>
    /// <exception cref="ArgumentNullException"><paramref name="writer"/> is <see langword="null"/>.</exception>
    [Sleepable]
    public void WriteZoneInfo(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        PageAllocatorStatistics all = GetStatistics();
        for (int zone = 0; zone < _zones.Length; zone++)
        {
            ZoneStatistics now = GetZoneStatistics(zone);
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
                Node 0, zone {now.Name,8}
                  pages free     {now.FreePages}
                        min      {now.MinMark}
                        low      {now.LowMark}
                        high     {now.HighMark}
                        present  {now.PresentPages}
                        managed  {now.ManagedPages}
                        discarded {now.DiscardedPages}
                        protection: ({now.LowMemoryReserve})
                      nr_free_highatomic {now.FreeHighAtomicPages}
                      pgalloc      {now.Allocations}
                      zone_miss    {now.ForeignAllocations}
                      fallbacks    {now.TypeFallbacks}
                      claims       {now.Claims}
                """));
            for (int type = 0; type < MigrateType.OfBlocks; type++)
            {
                writer.Write($"      type {TypeName(type),12}");
                for (int order = 0; order <= MaxOrder; order++) writer.Write(string.Create(CultureInfo.InvariantCulture, $" {_zones[zone].FreeBlocks(order, type),6}"));
                writer.WriteLine();
            }
        }

        writer.WriteLine("  pagesets");
        int cpu = 0;
        foreach (CpuPageList list in _cpuLists.All)
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    cpu: {cpu++}\n              count: {list.Pages}\n              high:  {_limits.High}\n              batch: {_limits.Batch}"));
        foreach (ThreadPageList list in _threadLists.All)
        {
            if (list.Owner is { } owner) writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    thread: {owner.ManagedThreadId} {owner.Name}\n              count: {list.Pages}\n              high:  {_limits.High} to {_limits.Highest}\n              batch: {_limits.Batch}"));
        }

        long hits = all.CpuListHits;
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  pcp hit rate   {(all.Allocations == 0 ? 0 : 100.0 * hits / all.Allocations):F1} %"));
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  no_locks       hits {all.NoLocksHits} failed above_low {all.NoLocksFailuresAboveLow} min_to_low {all.NoLocksFailuresAboveMin} below_min {all.NoLocksFailuresBelowMin}"));
    }

    /// <summary>Writes who has pages, as far as <see cref="TrackOwners"/> was on when they were allocated: a paragraph for each place in the code, those with the most pages first, in the form of Linux' <c>page_owner</c>.</summary>
    /// <param name="writer">Where to.</param>
    /// <returns>The number of pages in the report.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="writer"/> is <see langword="null"/>.</exception>
    [Sleepable]
    public long WriteOwners(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        return _owners?.Write(writer) ?? 0;
    }

    internal void SetTracing(bool on) => _gate.Set(Detour.Trace, on);

    private static string TypeName(int type) => type switch
    {
        MigrateType.Unmovable => "Unmovable",
        MigrateType.Movable => "Movable",
        MigrateType.Reclaimable => "Reclaimable",
        _ => "HighAtomic",
    };

    // Only on the longer ways, and only while somebody wants to know.
    private void Note(int frame, int order, GfpFlags flags)
    {
        Detour detours = _gate.Detours;
        if ((detours & (Detour.Owners | Detour.Trace)) == 0) return;
        if ((detours & Detour.Owners) != 0) _owners?.Add(frame, order, flags);
        if ((detours & Detour.Trace) != 0) MemoryEvents.Log?.Allocated((nuint)_frames.AddressOf(frame), flags, order);
    }

    [RawAtomic]
    private void CountFlags(GfpFlags flags, bool failed)
    {
        if ((_gate.Detours & Detour.Counts) == 0) return;
        uint bits = (uint)(flags & Known);
        if (bits == 0) CountFlag(0, failed);
        for (; bits != 0; bits &= bits - 1) CountFlag(BitOperations.TrailingZeroCount(bits), failed);
    }

    [RawAtomic]
    private void CountFlag(int bit, bool failed)
    {
        Interlocked.Increment(ref _allocationsByFlag[bit]);
        if (failed) Interlocked.Increment(ref _failuresByFlag[bit]);
    }

    private void Report(GfpFlags flags, int order)
    {
        // Whoever finds the lock taken leaves it: somebody else is reporting the same shortage.
        if (!_reporting.TryEnter()) return;
        _lastFailure = new PageFailure(flags, order, Thread.CurrentThread.Name, MemoryGroup.Current?.Name, Environment.TickCount64, GetStatistics());
        _hasFailed = true;
        _reporting.Exit();
        MemoryEvents.Log?.Failed(flags, order);
    }

    [InlineArray(FlagBits)]
    private struct FlagCounts
    {
        private long _first;
    }
}
