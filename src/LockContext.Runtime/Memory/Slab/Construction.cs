using System;

namespace LockContext.Runtime;

/// <summary>A constructor of a cache that this thread is inside of. On the stack, linked to the one that it has been called from: a constructor may allocate from other caches that have one.</summary>
/// <remarks>A constructor that allocates from its own cache needs a slab, whose objects are to be constructed, and so on without end. Only the thread that runs it can know; the others make slabs of their own meanwhile.</remarks>
internal unsafe struct Construction
{
    // Alone in a class without initialisers, or each access would first ask whether they have run.
    private static class Current
    {
        [ThreadStatic]
        internal static Construction* t_innermost;
    }

    private Construction* _outer;
    private ushort _cache;

    /// <summary>Says that the constructor of a cache is called from here on, until <see cref="End"/>.</summary>
    /// <param name="here">A variable of the caller.</param>
    /// <param name="cache">The number of the cache.</param>
    internal static void Begin(Construction* here, ushort cache)
    {
        here->_outer = Current.t_innermost;
        here->_cache = cache;
        Current.t_innermost = here;
    }

    internal static void End(Construction* here) => Current.t_innermost = here->_outer;

    /// <summary>Whether this thread is inside the constructor of a cache, however deep.</summary>
    [RawAtomic]
    internal static bool IsUnderWay(ushort cache)
    {
        for (Construction* at = Current.t_innermost; at != null; at = at->_outer)
        {
            if (at->_cache == cache) return true;
        }

        return false;
    }
}
