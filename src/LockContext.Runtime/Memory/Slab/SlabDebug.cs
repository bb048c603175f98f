using System;

namespace LockContext.Runtime;

/// <summary>What a <see cref="SlabCache"/> watches for. All of it is off by default, and then free: a cache without has not a single instruction more on its fast paths.</summary>
[Flags]
public enum SlabDebug
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>
    /// Of several frees of the same object at the very same moment exactly one is accepted. Without it, double frees are found as well, unless two threads free an object and then also take its two copies, each
    /// within some nanoseconds of the other.
    /// </summary>
    ExactFrees = 1,
}
