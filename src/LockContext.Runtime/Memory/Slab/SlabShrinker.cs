namespace LockContext.Runtime;

/// <summary>What a cache can give up when its page allocator is short: slabs without objects in use, and, when it gets serious, those that are full of objects that only lie in magazines.</summary>
internal sealed class SlabShrinker(SlabCache cache) : Shrinker
{
    /// <summary>From this priority down magazines are emptied. Before, that would cost the threads more than a few pages are worth.</summary>
    private const int Serious = 8;

    /// <inheritdoc/>
    public override long Count(in ReclaimControl control)
    {
        SlabCacheStatistics now = cache.GetStatistics();
        if (now.Slabs == 0) return 0;
        long pagesOfASlab = now.Pages / now.Slabs;
        long empty = now.EmptySlabs * pagesOfASlab;
        return control.Priority > Serious ? empty : empty + (now.CachedObjects * now.Pages / now.Objects);
    }

    /// <inheritdoc/>
    public override long Scan(in ReclaimControl control)
    {
        int pages = control.Priority > Serious ? cache.ReleaseEmptySlabs() : cache.Shrink();
        return pages == 0 ? Stop : pages;
    }
}
