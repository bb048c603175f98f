using System.Diagnostics.Tracing;

namespace LockContext.Runtime;

// The part of slab caches and of KernelMemory.
internal sealed unsafe partial class MemoryEvents
{
    [NonEvent]
    [Trusted("only while somebody listens; whoever does accepts that writing an event may wait")]
    internal void SlabFailed(string cache, GfpFlags flags, int size)
    {
        if (!IsWanted(EventLevel.Warning, Keywords.Failures)) return;
        using (Writing.Begin()) SlabAllocationFailed(cache, size, flags.ToTraceString(), flags.ToCompactString());
    }

    [NonEvent]
    [Trusted("only while somebody listens; whoever does accepts that writing an event may wait")]
    internal void Grown(string cache, GfpFlags flags, int order)
    {
        if (!IsWanted(EventLevel.Informational, Keywords.Slabs)) return;
        using (Writing.Begin()) SlabAllocated(cache, order, flags.ToTraceString(), flags.ToCompactString());
    }

    [NonEvent]
    [Trusted("only while somebody listens; whoever does accepts that writing an event may wait")]
    internal void Shrunk(string cache, int order)
    {
        if (!IsWanted(EventLevel.Informational, Keywords.Slabs)) return;
        using (Writing.Begin()) SlabFreed(cache, order);
    }

    [NonEvent]
    [Trusted("only while somebody listens; whoever does accepts that writing an event may wait")]
    internal void Refilled(string cache, GfpFlags flags)
    {
        if (!IsWanted(EventLevel.Verbose, Keywords.Magazines)) return;
        using (Writing.Begin()) MagazineRefilled(cache, flags.ToTraceString(), flags.ToCompactString());
    }

    [NonEvent]
    [Trusted("only while somebody listens; whoever does accepts that writing an event may wait")]
    internal void ObjectAllocated(string cache, void* item, nuint bytes, GfpFlags flags)
    {
        if (item == null || !IsWanted(EventLevel.Verbose, Keywords.Objects)) return;
        using (Writing.Begin()) ObjectAlloc(cache, (ulong)item, bytes, flags.ToTraceString(), flags.ToCompactString());
    }

    [NonEvent]
    [Trusted("only while somebody listens; whoever does accepts that writing an event may wait")]
    internal void ObjectFreed(string cache, void* item)
    {
        if (!IsWanted(EventLevel.Verbose, Keywords.Objects)) return;
        using (Writing.Begin()) ObjectFree(cache, (ulong)item);
    }

    [Event(8, Level = EventLevel.Warning, Keywords = Keywords.Failures, Message = "SLUB: Unable to allocate memory: cache: {0}, object size: {1}, gfp={2}")]
    private void SlabAllocationFailed(string cache, int objectSize, string gfpFlags, string code) => WriteEvent(8, cache, objectSize, gfpFlags, code);

    [Event(9, Level = EventLevel.Informational, Keywords = Keywords.Slabs)]
    private void SlabAllocated(string cache, int order, string gfpFlags, string code) => WriteEvent(9, cache, order, gfpFlags, code);

    [Event(10, Level = EventLevel.Informational, Keywords = Keywords.Slabs)]
    private void SlabFreed(string cache, int order) => WriteEvent(10, cache, order);

    [Event(11, Level = EventLevel.Verbose, Keywords = Keywords.Magazines)]
    private void MagazineRefilled(string cache, string gfpFlags, string code) => WriteEvent(11, cache, gfpFlags, code);

    [Event(12, Level = EventLevel.Verbose, Keywords = Keywords.Objects, Message = "kmem_cache_alloc: name={0} ptr={1} bytes_req={2} gfp_flags={3}")]
    private void ObjectAlloc(string cache, ulong pointer, ulong bytes, string gfpFlags, string code) => WriteEvent(12, cache, pointer, bytes, gfpFlags, code);

    [Event(13, Level = EventLevel.Verbose, Keywords = Keywords.Objects, Message = "kmem_cache_free: name={0} ptr={1}")]
    private void ObjectFree(string cache, ulong pointer) => WriteEvent(13, cache, pointer);
}
