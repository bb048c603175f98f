using System.Collections.Immutable;
using LockContext.Analyzers.Model;

namespace LockContext.Analyzers.Knowledge;

internal enum LockOperationKind
{
    Acquire,
    TryAcquire,
    Release,
    Require,
    AssertHeld,
}

/// <summary>One thing a member declares about a lock. The target is the receiver (or the containing type) when <see langword="null"/>.</summary>
internal sealed record LockOperation(LockOperationKind Kind, string? Target, bool Scope = false, bool Shared = false);

/// <summary>How a member uses a delegate parameter: here or later, and under which limit.</summary>
internal readonly record struct DelegateUse(bool Later, WaitClass Limit);

/// <summary>
/// What is declared about a member, by its own attributes, by those it inherits or by the table of framework knowledge: the same vocabulary in all three.
/// Parameters are ordinals, -1 for none.
/// </summary>
internal sealed record MethodFacts
{
    public static readonly MethodFacts Nothing = new();

    public bool RawAtomic { get; init; }

    public bool Sleepable { get; init; }

    public bool NoReclaim { get; init; }

    public WaitClass ContextLimit { get; init; }

    public bool Trusted { get; init; }

    public bool WaitsForGracePeriod { get; init; }

    /// <summary>A wait for a grace period that waits for what is queued as well.</summary>
    public bool WaitsForCallbacks { get; init; }

    public bool NoGracePeriodWait { get; init; }

    /// <summary>What it returns is protected by a read section.</summary>
    public bool ReadProtected { get; init; }

    public bool BeginsSpeculation { get; init; }

    public bool ValidatesSpeculation { get; init; }

    /// <summary>A validation that answers <see langword="true"/> when it has failed.</summary>
    public bool ValidationMeansRetry { get; init; }

    /// <summary>Frees after a grace period.</summary>
    public bool DefersFree { get; init; }

    /// <summary>Frees after a grace period, and may wait for it here.</summary>
    public bool DefersFreeMightSleep { get; init; }

    /// <summary>Runs later as a callback, on a thread that others rely on to go on.</summary>
    public bool IsCallback { get; init; }

    /// <summary>Runs code that nobody at the call knows: callbacks, continuations, subscribers.</summary>
    public bool RunsForeignCode { get; init; }

    public bool Allocates { get; init; }

    public bool Frees { get; init; }

    /// <summary>For a member that frees: its forms for callers that must not wait, in the words of a report.</summary>
    public string? FreesInstead { get; init; }

    /// <summary>Frees memory of the system's own allocator; nothing is said of the locks that takes.</summary>
    public bool FreesToSystem { get; init; }

    public bool DoesNotReturn { get; init; }

    /// <summary>Known from the table: the body, if there is one, is not looked into.</summary>
    public bool FromTable { get; init; }

    public ImmutableArray<LockOperation> Locks { get; init; } = ImmutableArray<LockOperation>.Empty;

    public ImmutableDictionary<int, DelegateUse> Delegates { get; init; } = ImmutableDictionary<int, DelegateUse>.Empty;

    public ImmutableArray<int> TimeoutParameters { get; init; } = ImmutableArray<int>.Empty;

    public int LockTakenParameter { get; init; } = -1;

    public int FlagsParameter { get; init; } = -1;

    public int OrderParameter { get; init; } = -1;

    /// <summary>What the scope that the member opens does to the flags of allocations in it.</summary>
    public AllocationMask Masks { get; init; }

    /// <summary>The declared effect, so that the body need not be asked for it.</summary>
    public bool DeclaresEffects => RawAtomic || Sleepable || ContextLimit != WaitClass.None || Trusted || WaitsForGracePeriod || DefersFreeMightSleep || Allocates || Frees || FromTable;

    /// <summary>What it returns is what the declaration says; how the body makes it says less.</summary>
    public bool DeclaresResult => ReadProtected || BeginsSpeculation || ValidatesSpeculation;

    /// <summary>What the body must respect.</summary>
    public bool RestrictsBody => RawAtomic || NoReclaim || NoGracePeriodWait || IsCallback || ContextLimit != WaitClass.None;

    /// <summary>Whether it says anything that a base member or a type need not say any more.</summary>
    public bool StatesContract => StatesWaiting || NoReclaim || NoGracePeriodWait;

    /// <summary>Whether something is said of how long a caller may have to wait. Prohibitions say nothing of it.</summary>
    public bool StatesWaiting => RawAtomic || Sleepable || Trusted
        || ContextLimit != WaitClass.None || WaitsForGracePeriod || DefersFree || Allocates || Frees;

    public bool TakesOrReleases
    {
        get
        {
            foreach (var operation in Locks)
            {
                if (operation.Kind != LockOperationKind.Require)
                    return true;
            }

            return false;
        }
    }

    /// <summary>With one word of the vocabulary more.</summary>
    /// <param name="limit">For a limit: its class.</param>
    public MethodFacts With(string? word, WaitClass limit) => word switch
    {
        "RawAtomic" => this with { RawAtomic = true },
        "Sleepable" => this with { Sleepable = true },
        "NoReclaim" => this with { NoReclaim = true },
        "ContextLimit" => this with { ContextLimit = limit },
        "Trusted" => this with { Trusted = true },
        "WaitsForGracePeriod" => this with { WaitsForGracePeriod = true, Sleepable = true },
        "NoGracePeriodWait" => this with { NoGracePeriodWait = true },
        "RunsForeignCode" => this with { RunsForeignCode = true },
        "Allocates" => this with { Allocates = true },
        "Frees" => this with { Frees = true },
        "DefersFree" => this with { DefersFree = true },
        "BeginsSpeculation" => this with { BeginsSpeculation = true },
        "ReadProtected" => this with { ReadProtected = true },
        _ => this,
    };
}
