using System;
using System.Diagnostics.Tracing;

namespace LockContext.Runtime;

/// <summary>
/// Events of the allocators, for <c>dotnet-trace</c> and the like: the source <c>LockContext-Runtime-Memory</c>. Flags are written both as kernel traces have them (<c>GFP_KERNEL|__GFP_ZERO</c>) and as
/// <c>perf kmem</c> does (<c>K|Z</c>).
/// </summary>
/// <remarks>
/// <para>Single allocations and frees are events of the keywords <see cref="Keywords.Pages"/> and <see cref="Keywords.Objects"/>, at the level "verbose". While somebody listens to them, they do not take their shortest way,
/// which so knows nothing of events: pages by the gate (<see cref="Detour.Trace"/>), objects by a diversion of each thread's slot (<see cref="SlabTrace"/>).</para>
/// <para>Nothing that is done without locks is ever an event: writing one may allocate, and wait. Nor is any written while a lock of ours is held, or by somebody who is being told of one.</para>
/// </remarks>
[EventSource(Name = "LockContext-Runtime-Memory")]
internal sealed partial class MemoryEvents : EventSource
{
    /// <summary>The source; <see langword="null"/> while it is being made, for a listener that allocates when it is told that there is one.</summary>
    internal static readonly MemoryEvents? Log = new();

    private MemoryEvents()
    {
    }

    [NonEvent]
    [Trusted("only while somebody listens; whoever does accepts that writing an event may wait")]
    internal void Allocated(nuint page, GfpFlags flags, int order)
    {
        if (!IsWanted(EventLevel.Verbose, Keywords.Pages)) return;
        using (Writing.Begin()) PageAlloc(page, order, flags.ToTraceString(), flags.ToCompactString());
    }

    [NonEvent]
    [Trusted("only while somebody listens; whoever does accepts that writing an event may wait")]
    internal void Freed(nuint page, int order)
    {
        if (!IsWanted(EventLevel.Verbose, Keywords.Pages)) return;
        using (Writing.Begin()) PageFree(page, order);
    }

    [NonEvent]
    [Trusted("only while somebody listens; whoever does accepts that writing an event may wait")]
    internal void Failed(GfpFlags flags, int order)
    {
        if (!IsWanted(EventLevel.Warning, Keywords.Reclaim)) return;
        using (Writing.Begin()) AllocationFailed(order, flags.ToTraceString(), flags.ToCompactString(), MemoryGroup.Current?.Name ?? "");
    }

    [NonEvent]
    internal void DirectReclaimBegin(GfpFlags flags, int order)
    {
        if (!IsWanted(EventLevel.Informational, Keywords.Reclaim)) return;
        using (Writing.Begin()) DirectReclaimStart(order, flags.ToTraceString(), MemoryGroup.Current?.Name ?? "");
    }

    [NonEvent]
    internal void DirectReclaimEnd(long pages)
    {
        if (!IsWanted(EventLevel.Informational, Keywords.Reclaim)) return;
        using (Writing.Begin()) DirectReclaimStop(pages);
    }

    [NonEvent]
    internal void BackgroundWoken(int order)
    {
        if (!IsWanted(EventLevel.Informational, Keywords.Reclaim)) return;
        using (Writing.Begin()) BackgroundWake(order);
    }

    [NonEvent]
    internal void ShrinkerFailed(Shrinker shrinker, Exception exception)
    {
        if (!IsWanted(EventLevel.Error, Keywords.Reclaim)) return;
        using (Writing.Begin()) ShrinkerThrew(shrinker.GetType().FullName ?? "", exception.ToString());
    }

    [Event(1, Level = EventLevel.Verbose, Keywords = Keywords.Pages, Message = "mm_page_alloc: page={0} order={1} gfp_flags={2}")]
    private void PageAlloc(ulong page, int order, string gfpFlags, string code) => WriteEvent(1, page, order, gfpFlags, code);

    [Event(2, Level = EventLevel.Verbose, Keywords = Keywords.Pages, Message = "mm_page_free: page={0} order={1}")]
    private void PageFree(ulong page, int order) => WriteEvent(2, page, order);

    [Event(3, Level = EventLevel.Warning, Keywords = Keywords.Reclaim, Message = "page allocation failure: order:{0}, mode:{1}")]
    private void AllocationFailed(int order, string gfpFlags, string code, string group) => WriteEvent(3, order, gfpFlags, code, group);

    [Event(4, Level = EventLevel.Informational, Keywords = Keywords.Reclaim, Message = "mm_vmscan_direct_reclaim_begin: order={0} gfp_flags={1}")]
    private void DirectReclaimStart(int order, string gfpFlags, string group) => WriteEvent(4, order, gfpFlags, group);

    [Event(5, Level = EventLevel.Informational, Keywords = Keywords.Reclaim, Message = "mm_vmscan_direct_reclaim_end: nr_reclaimed={0}")]
    private void DirectReclaimStop(long pages) => WriteEvent(5, pages);

    [Event(6, Level = EventLevel.Error, Keywords = Keywords.Reclaim)]
    private void ShrinkerThrew(string shrinker, string exception) => WriteEvent(6, shrinker, exception);

    [Event(7, Level = EventLevel.Informational, Keywords = Keywords.Reclaim, Message = "mm_vmscan_kswapd_wake: order={0}")]
    private void BackgroundWake(int order) => WriteEvent(7, order);

    // What a listener allocates while it is told of an allocation is no event, or it would be told for ever.
    [NonEvent]
    private bool IsWanted(EventLevel level, EventKeywords keywords) => IsEnabled(level, keywords) && !Writing.IsGoingOn;

    /// <inheritdoc/>
    protected override void OnEventCommand(EventCommandEventArgs command)
    {
        Allocators.SetTracing(IsEnabled(EventLevel.Verbose, Keywords.Pages));
        SlabTrace.Set(IsEnabled(EventLevel.Verbose, Keywords.Objects));
    }

    /// <summary>Whether this thread is writing an event.</summary>
    private ref struct Writing
    {
        [ThreadStatic]
        private static bool t_isGoingOn;

        internal static bool IsGoingOn => t_isGoingOn;

        internal static Writing Begin()
        {
            t_isGoingOn = true;
            return default;
        }

#pragma warning disable CA1822 // for "using"
        public readonly void Dispose() => t_isGoingOn = false;
#pragma warning restore CA1822
    }

    // Public, or the base class does not find it.
    public static class Keywords
    {
        /// <summary>Single allocations and frees of pages.</summary>
        public const EventKeywords Pages = (EventKeywords)1;

        /// <summary>Reclaim, and failures of pages.</summary>
        public const EventKeywords Reclaim = (EventKeywords)2;

        /// <summary>Slabs made and given back.</summary>
        public const EventKeywords Slabs = (EventKeywords)4;

        /// <summary>Failures of slab caches.</summary>
        public const EventKeywords Failures = (EventKeywords)8;

        /// <summary>Magazines refilled from slabs.</summary>
        public const EventKeywords Magazines = (EventKeywords)16;

        /// <summary>Single allocations and frees of objects.</summary>
        public const EventKeywords Objects = (EventKeywords)32;
    }
}
