using System;

namespace LockContext.Runtime;

/// <summary>What a <see cref="SlabCache"/> watches for. All of it is off by default, and then free: a cache without has not a single instruction more on its fast paths.</summary>
/// <remarks>
/// A cache that watches for anything does without magazines: every allocation and free takes its lock, <see cref="GfpFlags.NoLocks"/> tries it. What is found is thrown where a free is refused, and
/// told to <see cref="SlabReports"/>.
/// </remarks>
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

    /// <summary>Free objects are filled with 0x6b and a last byte of 0xa5, new ones with 0x5a, as in Linux. A write after the free is found when the object is allocated again. Caches with a constructor keep contents and are not poisoned.</summary>
    Poison = 2,

    /// <summary>Bytes before and behind each object hold 0xcc while it is allocated and 0xbb while it is free, as in Linux. A write past either end is found when the object is freed.</summary>
    RedZones = 4,

    /// <summary>The call stacks of each object's last allocation and free are kept, and are part of every report; <see cref="SlabCache.GetLeakReport"/> counts what is allocated by stack. Allocates managed memory at each call.</summary>
    Track = 8,

    /// <summary>All of it.</summary>
    All = ExactFrees | Poison | RedZones | Track,
}
