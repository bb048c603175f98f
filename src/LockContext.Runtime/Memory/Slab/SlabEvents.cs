using System.Diagnostics.Tracing;

namespace LockContext.Runtime;

/// <summary>
/// Events of the slab caches, for <c>dotnet-trace</c> and the like: the source <c>LockContext-Runtime-Slabs</c>. Flags are written both as kernel traces have them (<c>GFP_KERNEL|__GFP_ZERO</c>) and as
/// <c>perf kmem</c> does (<c>K|Z</c>).
/// </summary>
/// <remarks>What goes through a magazine is no event, and nothing that is done without locks: writing one may allocate, and wait. Events are written without any lock held.</remarks>
[EventSource(Name = "LockContext-Runtime-Slabs")]
internal sealed class SlabEvents : EventSource
{
    internal static readonly SlabEvents Log = new();

    private SlabEvents()
    {
    }

    [NonEvent]
    [Trusted("only while somebody listens; whoever does accepts that writing an event may wait")]
    internal void Failed(string cache, GfpFlags flags, int size)
    {
        if (IsEnabled(EventLevel.Warning, Keywords.Failures)) AllocationFailed(cache, size, flags.ToTraceString(), flags.ToCompactString());
    }

    [NonEvent]
    [Trusted("only while somebody listens; whoever does accepts that writing an event may wait")]
    internal void Grown(string cache, GfpFlags flags, int order)
    {
        if (IsEnabled(EventLevel.Informational, Keywords.Slabs)) SlabAllocated(cache, order, flags.ToTraceString(), flags.ToCompactString());
    }

    [NonEvent]
    [Trusted("only while somebody listens; whoever does accepts that writing an event may wait")]
    internal void Shrunk(string cache, int order)
    {
        if (IsEnabled(EventLevel.Informational, Keywords.Slabs)) SlabFreed(cache, order);
    }

    [NonEvent]
    [Trusted("only while somebody listens; whoever does accepts that writing an event may wait")]
    internal void Refilled(string cache, GfpFlags flags)
    {
        if (IsEnabled(EventLevel.Verbose, Keywords.Magazines)) MagazineRefilled(cache, flags.ToTraceString(), flags.ToCompactString());
    }

    [Event(1, Level = EventLevel.Warning, Keywords = Keywords.Failures, Message = "SLUB: Unable to allocate memory: cache: {0}, object size: {1}, gfp={2}")]
    private void AllocationFailed(string cache, int objectSize, string gfpFlags, string code) => WriteEvent(1, cache, objectSize, gfpFlags, code);

    [Event(2, Level = EventLevel.Informational, Keywords = Keywords.Slabs)]
    private void SlabAllocated(string cache, int order, string gfpFlags, string code) => WriteEvent(2, cache, order, gfpFlags, code);

    [Event(3, Level = EventLevel.Informational, Keywords = Keywords.Slabs)]
    private void SlabFreed(string cache, int order) => WriteEvent(3, cache, order);

    [Event(4, Level = EventLevel.Verbose, Keywords = Keywords.Magazines)]
    private void MagazineRefilled(string cache, string gfpFlags, string code) => WriteEvent(4, cache, gfpFlags, code);

    // Public, or the base class does not find it.
    public static class Keywords
    {
        public const EventKeywords Slabs = (EventKeywords)1;
        public const EventKeywords Failures = (EventKeywords)2;
        public const EventKeywords Magazines = (EventKeywords)4;
    }
}
