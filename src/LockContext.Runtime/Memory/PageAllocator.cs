using System;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>
/// Native pages, in blocks of 2^order: what Linux' page allocator is to the kernel. A page comes from a list of the thread; the lists are refilled in batches, from those of the CPU and
/// from zones of buddy blocks under a sleeping lock.
/// </summary>
/// <remarks>
/// <para>
/// <b>What it may do depends on the flags.</b> With <see cref="GfpFlags.NoLocks"/>, <see cref="AllocPages"/> looks at page lists and does nothing else, so it may be called anywhere, under a
/// raw spin lock too. Without it, it may take the zone lock (<see cref="WaitClass.Config"/>), and with <see cref="GfpFlags.DirectReclaim"/> it may sleep.
/// <see cref="FreePages"/> may take the zone lock; <see cref="FreePagesNoLocks"/> takes nothing that sleeps.
/// </para>
/// <para><b>Zones.</b> The normal zone serves everybody. A part of the memory can be set apart for what can be moved (<see cref="PageAllocatorOptions.MovablePages"/>): allocations with
/// <see cref="GfpFlags.Movable"/> look there first and then in the normal zone, where they leave a reserve to those who have nowhere else to go.</para>
/// <para><b>Marks.</b> Free memory is measured in pages free in a zone. Above the low mark everybody is served. Below it the background reclaimer is woken, <see cref="GfpFlags.NoLocks"/> is
/// refused although lists may have pages, and others are served down to the min mark; what is below that is a reserve, see <see cref="GfpFlags.High"/> and <see cref="GfpFlags.MemAlloc"/>.</para>
/// <para><b>Memory</b> is reserved from the system at once and provided by it page by page when touched. When it has been free and quiet for a while, it goes back, see
/// <see cref="Trim"/>.</para>
/// <para><b>It never waits for a grace period</b>, because a grace period may be waiting for memory.</para>
/// <para><b>Misuse is found.</b> Every block has a state apart from its memory, and of all frees of a block one takes effect: a double free is refused and counted, and its page is
/// never handed out twice. (A free that comes so late that the page already belongs to somebody else is indistinguishable from a rightful one. Of two threads that free a page in the same
/// nanoseconds, both may be told that all is well. Nearly always the page is then found on one list too many before it is handed out, dropped there, and counted; if one of them is suspended in
/// the middle of its free until the page has moved on, it may be handed out twice. <see cref="PageAllocatorOptions.CheckedFrees"/> closes even that gap, at the price of an atomic operation for
/// each free.)</para>
/// <para><b>Thread-safety</b>: every member may be called from any thread, except that <see cref="Dispose"/> has to come last. <b>Managed allocation</b>: none, unless a
/// call is refused with an exception; the first call that may sleep on a thread may make a page list for it.</para>
/// <para><b>Source</b>: M. Gorman, "Understanding the Linux Virtual Memory Manager", 2004; for <see cref="GfpFlags.NoLocks"/>, U. Rezki, "mm: Add __GFP_NO_LOCKS flag", 2020.</para>
/// </remarks>
/// <example><code>
/// _lock.Enter();                                            // a RawSpinLock
/// void* page = PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0);
/// if (page != null) Append(page);
/// _lock.Exit();
/// if (page == null) ...                                     // out here there is time to find some
/// </code></example>
[NoGracePeriodWait]
public sealed unsafe partial class PageAllocator : IDisposable
{
    /// <summary>The binary logarithm of <see cref="PageSize"/>.</summary>
    public const int PageShift = 12;

    /// <summary>The size of a page in bytes, 4 096 whatever the system's own page size is. Pages are aligned to it, and blocks of several to their own size.</summary>
    public const int PageSize = 1 << PageShift;

    /// <summary>The largest order: blocks of 2^10 pages, 4 MiB.</summary>
    public const int MaxOrder = 10;

    /// <summary>Bands that free memory can be in: above low, above min, below min.</summary>
    internal const int Bands = 3;

    private static int s_count;

    private readonly int _number = Interlocked.Increment(ref s_count);
    private readonly PageFrames _frames;
    private readonly PathGate _gate;
    private readonly ThreadPageLists _threadLists;
    private readonly CpuPageLists _cpuLists;
    private readonly PageListLimits _limits = new();
    private readonly BuddyZone _normal;
    private readonly BuddyZone? _movable;
    private readonly BuddyZone[] _zones;
    private readonly ParkedPages _parked;
    private readonly AllocatorHooks _hooks = new();
    private readonly MemoryPressure _pressure;
    private readonly PageReclaim _reclaim;
    private readonly IdleTrim _trim;
    private readonly BackgroundReclaimer? _background;
    private readonly NoLocksMode _noLocksMode;
    private readonly bool _isShared;
    private int _patience;
    private int _closed;

    /// <summary>Reserves memory with the default options.</summary>
    /// <exception cref="OutOfMemoryException">The system does not provide the memory.</exception>
    public PageAllocator()
        : this(new PageAllocatorOptions())
    {
    }

    /// <summary>Reserves memory. The allocator has to be disposed: it has native memory and a thread.</summary>
    /// <param name="options">The size and the tunables.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside of its range.</exception>
    /// <exception cref="OutOfMemoryException">The system does not provide the memory.</exception>
    public PageAllocator(PageAllocatorOptions options)
        : this(options, isShared: false)
    {
    }

    private PageAllocator(PageAllocatorOptions options, bool isShared)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();

        _isShared = isShared;
        _options = options;
        _tunables = new PageAllocatorTunables
        {
            MinFreePages = options.MinFreePages,
            WatermarkScaleFactor = options.WatermarkScaleFactor,
            CpuListBatch = options.CpuListBatch,
            CpuListHighFraction = options.CpuListHighFraction,
            ReclaimPatience = options.ReclaimPatience,
            IdleTrimDelay = options.IdleTrimDelay,
        };
        _patience = options.ReclaimPatience;
        _noLocksMode = options.NoLocksMode;
        _frames = new PageFrames(options.Pages);

        // The zone of movable memory comes first: it is a whole number of page blocks, and what is left may end anywhere.
        int movable = options.EffectiveMovablePages;
        int normal = options.Pages - movable;
        _gate = new PathGate(movable > 0, listsOnly: _noLocksMode == NoLocksMode.ListsOnly);
        _normal = MakeZone(options, 0, movable, normal);
        _movable = movable > 0 ? MakeZone(options, 1, 0, movable) : null;
        _zones = _movable is null ? [_normal] : [_normal, _movable];
        _normal.ReserveForOthers = movable / options.LowMemoryReserveRatio;
        if (_normal.PresentPages < normal - Math.Min(options.DeferredPages, normal)) throw new InsufficientMemoryException("The system does not promise so much memory.");

        int lists = options.EffectiveCpuLists;
        _limits.Set(options.EffectiveBatch, options.EffectiveHigh(_normal.Marks, lists), options.EffectiveHighest(_normal.Marks, lists));
        _pressure = new MemoryPressure(_gate);
        _parked = new ParkedPages(_frames, _gate);
        _cpuLists = new CpuPageLists(lists, _gate, () => new CpuPageList(_frames, _gate, _hooks));
        int spares = Math.Clamp(options.Pages / 4096, 1, Environment.ProcessorCount);
        _threadLists = new ThreadPageLists(_frames, _gate, _limits, _hooks, spares);
        _reclaim = new PageReclaim(_frames, _zones, _cpuLists, _threadLists, _parked, _limits, _pressure);
        _trim = new IdleTrim(_zones, _reclaim, _cpuLists, _threadLists, spares, options.IdleTrimDelay);
        if (options.CheckedFrees) _gate.Set(Detour.CheckedFrees, true);
        if (options.BackgroundReclaim) _background = new BackgroundReclaimer(_zones, _reclaim, _shrinkers, _trim);
        Allocators.Add(this);
    }

    /// <summary>
    /// The allocator of the process, made at the first use: 256 MiB, or as many pages as the run-time configuration property <c>LockContext.Runtime.SharedPages</c> says.
    /// </summary>
    /// <remarks>The first use reserves memory and starts a thread. Code that must not do so touches this property beforehand, where it starts up. Disposing it does nothing.</remarks>
    /// <value>Always the same instance.</value>
    [RawAtomic]
    [Trusted("reads a field that is set once; only the very first use does more, and the documentation says where to have it")]
    public static PageAllocator Shared => SharedInstance.Value;

    /// <summary>A number that no other allocator of the process has, from 1.</summary>
    internal int Number => _number;

    internal AllocatorHooks Hooks => _hooks;

    internal ReadOnlySpan<BuddyZone> Zones => _zones;

    /// <summary>Whether an address lies in memory of this allocator, allocated or not.</summary>
    /// <param name="address">Any address.</param>
    /// <returns>Whether it is ours; <see langword="false"/> once the memory has been given back to the system.</returns>
    [RawAtomic]
    public bool Owns(void* address) => _frames.Contains(address);

    /// <summary>Moves everything from the page lists and from where it lies parked to the zones, where blocks can merge.</summary>
    /// <remarks>Takes the zone lock: wait class <see cref="WaitClass.Config"/>. The list of a thread that is using it at that moment is left out.</remarks>
    /// <returns>The number of pages moved.</returns>
    public int Drain() => _reclaim.DrainAll();

    /// <summary>Empties all lists as <see cref="Drain"/> does and gives the memory of free blocks of 64 KiB and more back to the system, now. The background thread does the same after a while of quiet.</summary>
    /// <remarks>Takes the zone lock: wait class <see cref="WaitClass.Config"/>; system calls are made outside of it. The addresses stay reserved, and the memory comes back when it is touched.</remarks>
    /// <returns>The number of pages given back.</returns>
    public int Trim() => _trim.TrimNow();

    /// <summary>Closes the allocator and gives its memory back to the system. Idempotent. Does nothing to <see cref="Shared"/>.</summary>
    /// <remarks>
    /// Comes last: no other call may be going on. From here on <see cref="AllocPages"/> throws <see cref="ObjectDisposedException"/>, or returns <see langword="null"/> under
    /// <see cref="GfpFlags.NoLocks"/>. If pages are still with users, they stay valid and may be freed, and the memory is not given back: a leak that <see cref="GetStatistics"/>
    /// shows is better than a pointer into nowhere.
    /// </remarks>
    /// <exception cref="InvalidOperationException">Called by one of its own shrinkers, which would wait for itself; nothing has happened.</exception>
    [Sleepable]
    public void Dispose()
    {
        if (_shrinkers.IsAsking && !_isShared) throw new InvalidOperationException("A shrinker cannot dispose the allocator that asks it: it is disposed from elsewhere.");
        if (_isShared || Interlocked.Exchange(ref _closed, 1) != 0) return;

        Allocators.Remove(this);
        _gate.Set(Detour.Closed, true);
        _background?.Stop();
        _reclaim.DrainAll();
        _threadLists.Close();
        if (_normal.FreePages == _normal.PresentPages && (_movable is null || _movable.FreePages == _movable.PresentPages)) _frames.ReleaseMemory();
    }

    private BuddyZone MakeZone(PageAllocatorOptions options, int index, int start, int pages)
    {
        int deferred = index == 0 ? Math.Min(options.DeferredPages, pages) : 0;

        return new BuddyZone(_frames, index, start, pages, pages - deferred, MarksOf(options, pages), options.ZoneLock, _gate, _hooks);
    }

    private static class SharedInstance
    {
        internal static readonly PageAllocator Value;

#pragma warning disable CA1810 // so that a listener which allocates when it is told of the instruments finds the allocator
        static SharedInstance()
#pragma warning restore CA1810
        {
            Telemetry.Hold();
            try
            {
                Value = new PageAllocator(new PageAllocatorOptions { Pages = ConfiguredPages() }, isShared: true);
            }
            finally
            {
                Telemetry.Release();
            }
        }

        // The property comes as text from runtimeconfig.json, and as whatever was set by a host.
        private static int ConfiguredPages()
            => int.TryParse(AppContext.GetData("LockContext.Runtime.SharedPages")?.ToString(), out int pages) ? pages : new PageAllocatorOptions().Pages;
    }
}
