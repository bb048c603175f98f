using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>Something that restricts a point of the code: a held lock or section, or an attribute of the member.</summary>
/// <param name="Display">In the words of a report.</param>
/// <param name="Limits">What it forbids.</param>
/// <param name="EnteredAt">The acquire or the declaration.</param>
/// <param name="Order">Where it stands among those in force; the latest is the innermost.</param>
/// <param name="IsLock">A lock or section, not an attribute.</param>
internal sealed record ContextEntry(string Display, Model.Limits Limits, Location? EnteredAt, int Order, bool IsLock, string? ReleasedBy = null, bool ByShape = false)
{
    /// <summary>Whether managed allocation is forbidden as well.</summary>
    public bool ForbidsManagedAllocation { get; init; }
}

/// <summary>In which way an effect breaks a context; the order is that of reporting.</summary>
internal enum Breach
{
    /// <summary>It may keep its caller waiting for longer than the limit allows.</summary>
    Wait,

    /// <summary>It reclaims memory where that is forbidden.</summary>
    Reclaim,

    /// <summary>It takes from the emergency reserves where that is forbidden.</summary>
    Reserves,

    /// <summary>It is speculative but does not say so in full.</summary>
    Speculation,
}

/// <summary>A call whose effect a context forbids.</summary>
/// <param name="WaitsForItself">It waits for a grace period that cannot end before the context does.</param>
/// <param name="Assumed">By flags that are not known, and taken to be the worst that they may be.</param>
internal sealed record ContextViolation(IOperation Operation, Effect Effect, EffectSite Site, ContextEntry Context, Breach Breach = Breach.Wait, bool WaitsForItself = false, bool Assumed = false);

/// <summary>A delegate that is stored or passed where more is promised of it than it keeps.</summary>
/// <param name="Holder">The place, in the words of a report.</param>
/// <param name="Promise">What is promised there.</param>
/// <param name="Known">The contract of the delegate, if that is what is weaker; else the effect is, with its site.</param>
internal sealed record DelegateFinding(IOperation Operation, string Name, string Holder, Knowledge.MethodFacts Promise, Knowledge.MethodFacts? Known, Effect? Effect, EffectSite? Site);

/// <summary>A call of a member that allocates by flags.</summary>
/// <param name="Name">What is called.</param>
/// <param name="FlagsAt">The flags argument, or the call where it is left out.</param>
/// <param name="Flags">The flags as the code names them, before any scope changes them.</param>
/// <param name="OrderAt">The order argument, where there is one.</param>
internal sealed record AllocationFinding(string Name, Location FlagsAt, Model.AllocationFlags Type, Model.BitValue Flags, Location? OrderAt, Model.BitValue Order);

/// <summary>A call that allocates with flags given to it, in a member that is given flags itself.</summary>
/// <param name="Flags">The member's own parameter.</param>
/// <param name="IsStronger">The flags passed on reclaim, and nothing here shows that the member's own do.</param>
internal sealed record PassedFlagsFinding(string Name, Location At, IParameterSymbol Flags, bool IsStronger);

/// <summary>An allocation that surely takes no lock, by flags that this member names.</summary>
/// <param name="Flag">The name of the bit.</param>
/// <param name="InSection">Something restricts this member there.</param>
internal sealed record NoLocksFinding(string Name, Location At, string Flag, bool InSection);

/// <summary>A use of an allocation's result that nobody has checked.</summary>
internal sealed record UncheckedResultFinding(Location At, string Text, AllocationResult Result, bool IsSpan);

/// <summary>An allocation that is repeated until it succeeds in a context that it does not leave in between, here or in what is called here.</summary>
internal sealed record RetryFinding(IOperation Operation, Effect Effect, EffectSite Site, ContextEntry Context);

internal sealed record SuspensionFinding(IOperation Operation, HeldLock Held);

internal sealed record TakenAgainFinding(IOperation Operation, HeldLock Held, EffectSite? Through, bool TakenFlag);

internal sealed record NotHeldFinding(IOperation Operation, Term Term, string Lock);

/// <summary>A call of a member that needs a lock held, where it is not.</summary>
/// <param name="SurelyNotHeld">It was released here before, or a try failed.</param>
internal sealed record RequiredFinding(IOperation Operation, string Callee, Term Target, string TypeName, bool SurelyNotHeld);

internal enum ProtectedUseKind
{
    Used,
    Stored,
    Returned,
}

/// <summary>Something done with a pointer whose read section has ended.</summary>
internal sealed record ProtectedUse(ProtectedUseKind Kind, Location At, string Pointer, Protection Protection);

/// <summary>Something read speculatively that is relied on.</summary>
/// <param name="Validation">What would have validated it.</param>
/// <param name="Failed">The validation ran, and said no.</param>
/// <param name="IsEffect">Passed on or stored inside of the member, where a validation may still follow.</param>
internal sealed record SpeculationFinding(IInvocationOperation Begin, string? Validation, Location At, bool Failed, bool IsEffect);

/// <summary>A wait for a grace period with a free right behind it.</summary>
/// <param name="Deferred">What frees after a grace period without waiting for it here.</param>
internal sealed record WaitBeforeFree(IInvocationOperation Wait, IInvocationOperation Free, string? Deferred);

/// <summary>A way out of the member by a return, the end of the body or an explicit throw, and what is held there.</summary>
internal sealed record ExitFinding(Location? At, ImmutableArray<HeldLock> Held, Value? Returned, ImmutableSortedDictionary<int, Value> Outs, bool Throws)
{
    /// <summary>What this way has found the member's parameters to be.</summary>
    public ImmutableArray<Guard> Guards { get; init; } = ImmutableArray<Guard>.Empty;
}

/// <summary>
/// What the walk over one member has seen, in the order of the walk and with repetitions. Recorded in a last pass over final summaries, so nothing in it is transient; the rules
/// make diagnostics of it.
/// </summary>
internal sealed class Findings
{
    /// <summary>Nothing seen, and the same asked for.</summary>
    public Findings Anew() => new() { CollectsOrder = CollectsOrder, Watched = Watched };

    public List<ContextViolation> Violations { get; } = new();

    /// <summary>What the member itself does that keeps its callers waiting, calls of other members without a contract aside.</summary>
    public List<(Effect Effect, EffectSite Site)> Own { get; } = new();

    public List<DelegateFinding> Delegates { get; } = new();

    public List<AllocationFinding> Allocations { get; } = new();

    public List<PassedFlagsFinding> PassedFlags { get; } = new();

    public List<UncheckedResultFinding> UncheckedResults { get; } = new();

    public List<RetryFinding> Retries { get; } = new();

    /// <summary>Places of allocations that, at least at times, may make room themselves.</summary>
    public HashSet<Location> MayReclaim { get; } = new();

    public List<SuspensionFinding> Suspensions { get; } = new();

    public List<TakenAgainFinding> TakenAgain { get; } = new();

    public List<NotHeldFinding> NotHeld { get; } = new();

    public List<ExitFinding> Exits { get; } = new();

    /// <summary>Places of acquires whose lock this member also releases, and where.</summary>
    public Dictionary<Location, HashSet<SyntaxNode>> ReleasedHere { get; } = new();

    public List<RequiredFinding> Required { get; } = new();

    /// <summary>Locks that this member releases without having taken them, so its caller holds them.</summary>
    public HashSet<Term> ReleasedOfCaller { get; } = new();

    public List<ProtectedUse> ProtectedUses { get; } = new();

    public List<SpeculationFinding> Speculations { get; } = new();

    /// <summary>Positions of the speculative reads that this member validates somewhere, or whose cookie it hands to somebody who may.</summary>
    public HashSet<int> Validated { get; } = new();

    public List<WaitBeforeFree> WaitsBeforeFrees { get; } = new();

    /// <summary>Whether the order of locks is asked for, for which calls are followed wherever anything is held.</summary>
    public bool CollectsOrder { get; set; }

    public List<LockEdge> Order { get; } = new();

    /// <summary>Allocations that surely take no lock.</summary>
    public List<NoLocksFinding> NoLocks { get; } = new();

    /// <summary>Whether the member also allocates with flags that may take locks: the slower way, where the quick one fails.</summary>
    public bool AllocatesWithLocks { get; set; }

    /// <summary>A member whose calls are asked for.</summary>
    public IMethodSymbol? Watched { get; set; }

    /// <summary>The calls of that member, and whether a raw lock is held there or raw-atomic code runs.</summary>
    public List<(SyntaxNode Call, bool IsRaw)> WatchedCalls { get; } = new();

    /// <summary>What is missing from what was seen, though the walk came to its end; or <see langword="null"/>.</summary>
    public string? Missing { get; set; }

    /// <summary>Why the walk was given up, or <see langword="null"/>.</summary>
    public string? GivenUp { get; set; }
}
