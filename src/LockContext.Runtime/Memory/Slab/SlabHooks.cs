using System;

namespace LockContext.Runtime;

/// <summary>Lets tests call the allocator from inside its own locked regions. Nobody else sets the hook, and only slow paths look at it.</summary>
internal static class SlabHooks
{
    /// <summary>The regions.</summary>
    internal enum Place
    {
        /// <summary>Under the barn's raw lock, with the thread's slot entered.</summary>
        Barn,

        /// <summary>Under the cache's sleeping lock.</summary>
        Cache,

        /// <summary>With the thread's slot entered, and no lock.</summary>
        Slot,
    }

    internal static Action<Place>? Hook { get; set; }

    [RawAtomic]
    [Trusted("null except in tests, whose hooks do what may be done there")]
    internal static void Reached(Place place) => Hook?.Invoke(place);
}
