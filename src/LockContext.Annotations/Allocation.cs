using System;

namespace LockContext;

/// <summary>
/// The enum is a set of allocation flags. What an allocation may do depends on the flags it is given, so the analysis follows their values through
/// locals, parameters, constants and operators.
/// </summary>
/// <remarks>Each single-bit member says what it means with <see cref="AllocationFlagAttribute"/>; composite members follow from their bits.</remarks>
/// <example><code>
/// [Flags, AllocationFlags]
/// enum GfpFlags : uint { [AllocationFlag(AllocationBehavior.DirectReclaim)] DirectReclaim = 0x400, ... }
/// </code></example>
[AttributeUsage(AttributeTargets.Enum)]
public sealed class AllocationFlagsAttribute : Attribute;

/// <summary>What one bit of an <see cref="AllocationFlagsAttribute"/> enum makes an allocation do.</summary>
public enum AllocationBehavior
{
    /// <summary>Nothing that the rules look at.</summary>
    None = 0,

    /// <summary>May reclaim memory in the calling thread, and sleep.</summary>
    DirectReclaim = 1,

    /// <summary>Wakes the background reclaimer when memory is low.</summary>
    BackgroundReclaim = 2,

    /// <summary>Takes no lock: the allocator's lists of the current CPU or thread only, else <see langword="null"/>. Cancels everything else.</summary>
    NoLocks = 3,

    /// <summary>May take part of the emergency reserve.</summary>
    Reserve = 4,

    /// <summary>May take all of the emergency reserve.</summary>
    AllReserves = 5,

    /// <summary>Leaves the emergency reserve alone, and cancels <see cref="AllReserves"/>.</summary>
    NoReserves = 6,

    /// <summary>Never fails; loops until memory is found.</summary>
    NoFail = 7,

    /// <summary>May fail although reclaim is allowed.</summary>
    MayFail = 8,

    /// <summary>Does not report a failure.</summary>
    NoWarn = 9,

    /// <summary>The memory can be moved. Excludes <see cref="Reclaimable"/>.</summary>
    Movable = 10,

    /// <summary>The memory can be reclaimed. Excludes <see cref="Movable"/>.</summary>
    Reclaimable = 11,
}

/// <summary>Says what a bit of an <see cref="AllocationFlagsAttribute"/> enum means.</summary>
/// <param name="behavior">What an allocation does with the bit set.</param>
/// <example><code>
/// [AllocationFlag(AllocationBehavior.NoLocks)] NoLocks = 0x800000,
/// </code></example>
[AttributeUsage(AttributeTargets.Field)]
public sealed class AllocationFlagAttribute(AllocationBehavior behavior) : Attribute
{
    /// <summary>What an allocation does with the bit set.</summary>
    public AllocationBehavior Behavior { get; } = behavior;
}

/// <summary>
/// The member allocates native memory and does what the flags in its parameter of an <see cref="AllocationFlagsAttribute"/> type allow: with
/// <see cref="AllocationBehavior.NoLocks"/> nothing that waits; otherwise it takes the allocator's lock (<see cref="WaitClass.Config"/>); with
/// <see cref="AllocationBehavior.DirectReclaim"/> it may reclaim and sleep. A result of <see langword="null"/> (or zero) is failure.
/// </summary>
/// <example><code>
/// [Allocates] public unsafe void* AllocPages(GfpFlags flags, [AllocationOrder] int order);
/// </code></example>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AllocatesAttribute : Attribute;

/// <summary>The member frees what an <see cref="AllocatesAttribute"/> member returned, for which it may take the allocator's lock (<see cref="WaitClass.Config"/>).</summary>
/// <remarks>It may name its forms for callers that must not wait: reports mention them, and code fixes use them.</remarks>
/// <example><code>
/// [Frees] public unsafe void FreePages(void* page, int order);
/// [Frees(WithoutLocks = nameof(FreeNoLocks), DeferredBy = typeof(Rcu))] public static unsafe void Free(void* memory);
/// </code></example>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FreesAttribute : Attribute
{
    /// <summary>The method beside this one, with the same parameters, that frees the same and takes no lock.</summary>
    public string? WithoutLocks { get; set; }

    /// <summary>The type whose <see cref="DefersFreeAttribute"/> method takes the same memory, to free it after a grace period.</summary>
    public Type? DeferredBy { get; set; }
}

/// <summary>The binary logarithm of the number of pages asked for. An allocation that may take no lock succeeds for order 0 only.</summary>
/// <example><code>
/// [Allocates] public unsafe void* AllocPages(GfpFlags flags, [AllocationOrder] int order);
/// </code></example>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class AllocationOrderAttribute : Attribute;

/// <summary>The member opens a scope, ended by disposing what it returns, in which allocations of this thread run with a bit cleared or set whatever flags they name.</summary>
/// <param name="behavior">The bit concerned.</param>
/// <example><code>
/// [MasksAllocations(AllocationBehavior.DirectReclaim)] public static Scope NoReclaim();
/// [MasksAllocations(AllocationBehavior.AllReserves, Set = true)] public static Scope MemAlloc();
/// </code></example>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class MasksAllocationsAttribute(AllocationBehavior behavior) : Attribute
{
    /// <summary>The bit concerned.</summary>
    public AllocationBehavior Behavior { get; } = behavior;

    /// <summary>The bit is set inside the scope; by default it is cleared.</summary>
    public bool Set { get; set; }
}
