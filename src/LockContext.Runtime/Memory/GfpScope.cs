using System;

namespace LockContext.Runtime;

/// <summary>
/// Changes what the flags of allocations mean for a while, on this thread: code that must not reclaim, or not through files, says so once instead of handing a mask down through everything
/// it calls.
/// </summary>
/// <remarks>
/// <para>Scopes nest, and end in the reverse order; an inner one adds to what outer ones do. They belong to their thread: a <see langword="ref"/> struct, so that neither <see langword="await"/> nor
/// another thread gets hold of one.</para>
/// <para>The flags are changed where the allocation leaves the short way. A page that lies on a list is handed out as without a scope, since that reclaims nothing anyway.</para>
/// <para><b>Wait class</b>: none; a load and a store. No managed allocation, apart from what .NET allocates for the first thread-static variable of a thread.</para>
/// <para><b>Source</b>: <c>memalloc_nofs_save</c> and its relatives in Linux (<c>include/linux/sched/mm.h</c>).</para>
/// </remarks>
/// <example><code>
/// using (GfpScope.NoReclaim())
/// {
///     Walk(table);        // whatever this allocates, it does not wait for memory
/// }
/// </code></example>
public static class GfpScope
{
    [ThreadStatic]
    private static Masks t_masks;

    /// <summary>Inside, no allocation of this thread reclaims: <see cref="GfpFlags.DirectReclaim"/> is cleared. Opens no reserve, unlike its namesake in Linux.</summary>
    /// <remarks>An allocation with <see cref="GfpFlags.NoFail"/> contradicts it and throws.</remarks>
    /// <returns>The scope, to be disposed.</returns>
    [RawAtomic]
    [MasksAllocations(AllocationBehavior.DirectReclaim)]
    public static Scope NoReclaim() => Open(clear: GfpFlags.DirectReclaim);

    /// <summary>Inside, reclaim does not go through a file system: <see cref="GfpFlags.Fs"/> is cleared.</summary>
    /// <returns>The scope, to be disposed.</returns>
    [RawAtomic]
    public static Scope NoFs() => Open(clear: GfpFlags.Fs);

    /// <summary>Inside, reclaim starts no input and output: <see cref="GfpFlags.Io"/> and <see cref="GfpFlags.Fs"/> are cleared.</summary>
    /// <returns>The scope, to be disposed.</returns>
    [RawAtomic]
    public static Scope NoIo() => Open(clear: GfpFlags.Io | GfpFlags.Fs);

    /// <summary>Inside, allocations may take everything, the emergency reserve included, unless they name <see cref="GfpFlags.NoMemAlloc"/>: for code that is about to free more than it takes.</summary>
    /// <returns>The scope, to be disposed.</returns>
    [RawAtomic]
    [MasksAllocations(AllocationBehavior.AllReserves, Set = true)]
    public static Scope MemAlloc() => Open(set: GfpFlags.MemAlloc);

    /// <summary>The flags as an allocation of this thread sees them here.</summary>
    /// <param name="flags">The flags that the code names.</param>
    /// <returns>The flags with the scopes' bits cleared and set.</returns>
    [RawAtomic]
    public static GfpFlags Apply(GfpFlags flags) => (flags & ~t_masks.Clear) | t_masks.Set;

    [RawAtomic]
    private static Scope Open(GfpFlags clear = GfpFlags.None, GfpFlags set = GfpFlags.None)
    {
        Masks outer = t_masks;
        t_masks = new Masks(outer.Clear | clear, outer.Set | set);
        return new Scope(outer);
    }

    /// <summary>Ends what opened it when it is disposed. Do not copy.</summary>
    public ref struct Scope
    {
        private readonly Masks _outer;
        private bool _isOpen;

        internal Scope(Masks outer)
        {
            _outer = outer;
            _isOpen = true;
        }

        /// <summary>Ends the scope; a second call on the same variable does nothing.</summary>
        [RawAtomic]
        public void Dispose()
        {
            if (!_isOpen) return;
            _isOpen = false;
            t_masks = _outer;
        }
    }

    internal readonly record struct Masks(GfpFlags Clear, GfpFlags Set);
}
