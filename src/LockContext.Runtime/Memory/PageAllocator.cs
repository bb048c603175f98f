using System;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>
/// Native pages, in blocks of 2^order: what Linux' page allocator is to the kernel. A single page comes from a list of the current CPU; the lists are refilled in batches from a zone of
/// buddy blocks under a sleeping lock.
/// </summary>
/// <remarks>
/// <para>
/// <b>What it may do depends on the flags.</b> With <see cref="GfpFlags.NoLocks"/>, <see cref="AllocPages"/> looks at per-CPU lists and does nothing else, so it may be called anywhere, under a
/// raw spin lock too. Without it, it may take the zone lock (<see cref="WaitClass.Config"/>), and with <see cref="GfpFlags.DirectReclaim"/> it may sleep.
/// <see cref="FreePages"/> may take the zone lock; <see cref="FreePagesNoLocks"/> takes nothing that sleeps.
/// </para>
/// <para><b>Marks.</b> Free memory is measured in pages free in the zone. Above the low mark everybody is served. Below it the background reclaimer is woken, <see cref="GfpFlags.NoLocks"/> is
/// refused although lists may have pages, and others are served down to the min mark; what is below that is a reserve, see <see cref="GfpFlags.High"/> and <see cref="GfpFlags.MemAlloc"/>.</para>
/// <para><b>It never waits for a grace period</b>, because a grace period may be waiting for memory.</para>
/// <para><b>Misuse is found.</b> Every block has a state apart from its memory, and of all frees of a block one succeeds: a double free is refused and counted, and its page is
/// never handed out twice. (A free that comes so late that the page already belongs to somebody else is indistinguishable from a rightful one.)</para>
/// <para><b>Thread-safety</b>: every member may be called from any thread, except that <see cref="Dispose"/> has to come last. <b>Managed allocation</b>: none after construction, unless a
/// call is refused with an exception.</para>
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

    // The low mark that no amount of free memory exceeds: it closes the fast paths without a test of their own.
    private const int Closed = int.MaxValue;

    private readonly PageFrames _frames;
    private readonly BuddyZone _zone;
    private readonly CpuPageLists _lists;
    private readonly ParkedPages _parked;
    private readonly MemoryPressure _pressure = new();
    private readonly PageReclaim _reclaim;
    private readonly BackgroundReclaimer? _background;
    private readonly int _batch;
    private readonly int _patience;
    private readonly bool _isShared;
    private int _lowMark;

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

        var marks = new Watermarks(options.Pages, options.MinFreePages);
        _isShared = isShared;
        _patience = options.ReclaimPatience;
        _batch = options.EffectiveBatch;
        _frames = new PageFrames(options.Pages);
        _zone = new BuddyZone(_frames, marks, options.Pages - options.DeferredPages);
        _parked = new ParkedPages(_frames);
        int lists = options.EffectiveCpuLists;
        int high = options.EffectiveHigh(marks, lists);
        _lists = new CpuPageLists(lists, () => new CpuPageList(_frames, _pressure, high, _batch));
        _reclaim = new PageReclaim(_zone, _lists, _parked, _pressure);
        if (options.BackgroundReclaim) _background = new BackgroundReclaimer(_zone, _reclaim);
        Volatile.Write(ref _lowMark, marks.Low);
    }

    /// <summary>
    /// The allocator of the process, made at the first use: 256 MiB, or as many pages as the run-time configuration property <c>LockContext.Runtime.SharedPages</c> says.
    /// </summary>
    /// <remarks>The first use reserves memory and starts a thread. Code that must not do so touches this property beforehand, where it starts up. Disposing it does nothing.</remarks>
    /// <value>Always the same instance.</value>
    [RawAtomic]
    [Trusted("reads a field that is set once; only the very first use does more, and the documentation says where to have it")]
    public static PageAllocator Shared => SharedInstance.Value;

    /// <summary>Whether an address lies in memory of this allocator, allocated or not.</summary>
    /// <param name="address">Any address.</param>
    /// <returns>Whether it is ours; <see langword="false"/> once the memory has been given back to the system.</returns>
    [RawAtomic]
    public bool Owns(void* address) => _frames.Contains(address);

    /// <summary>Moves everything from the per-CPU lists and from where it lies parked to the zone, where blocks can merge.</summary>
    /// <remarks>Takes the zone lock: wait class <see cref="WaitClass.Config"/>.</remarks>
    /// <returns>The number of pages moved.</returns>
    public int Drain() => _reclaim.DrainAll();

    /// <summary>Closes the allocator and gives its memory back to the system. Idempotent. Does nothing to <see cref="Shared"/>.</summary>
    /// <remarks>
    /// Comes last: no other call may be going on. From here on <see cref="AllocPages"/> throws <see cref="ObjectDisposedException"/>, or returns <see langword="null"/> under
    /// <see cref="GfpFlags.NoLocks"/>. If pages are still with users, they stay valid and may be freed, and the memory is not given back: a leak that <see cref="GetStatistics"/>
    /// shows is better than a pointer into nowhere.
    /// </remarks>
    [Sleepable]
    public void Dispose()
    {
        if (_isShared || Interlocked.Exchange(ref _lowMark, Closed) == Closed) return;

        _background?.Stop();
        _reclaim.DrainAll();
        if (_zone.FreePages == _zone.PresentPages) _frames.ReleaseMemory();
    }

    private static class SharedInstance
    {
        internal static readonly PageAllocator Value = new(new PageAllocatorOptions { Pages = ConfiguredPages() }, isShared: true);

        // The property comes as text from runtimeconfig.json, and as whatever was set by a host.
        private static int ConfiguredPages()
            => int.TryParse(AppContext.GetData("LockContext.Runtime.SharedPages")?.ToString(), out int pages) ? pages : new PageAllocatorOptions().Pages;
    }
}
