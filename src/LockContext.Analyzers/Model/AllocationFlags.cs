using System.Collections.Generic;
using System.Collections.Immutable;

namespace LockContext.Analyzers.Model;

/// <summary>What one bit of an allocation-flags enum means; the numbers of the public enum in the annotations.</summary>
internal enum AllocationBehavior
{
    None = 0,
    DirectReclaim = 1,
    BackgroundReclaim = 2,
    NoLocks = 3,
    Reserve = 4,
    AllReserves = 5,
    NoReserves = 6,
    NoFail = 7,
    MayFail = 8,
    NoWarn = 9,
    Movable = 10,
    Reclaimable = 11,
}

/// <summary>
/// What a scope does to the flags of the allocations in it, by behaviour and not by bit, for it does not know whose flags they will be. Scopes nest: the inner one changes the flags first.
/// </summary>
internal readonly record struct AllocationMask(int Cleared, int Added)
{
    public bool IsEmpty => (Cleared | Added) == 0;

    public AllocationMask With(AllocationBehavior behavior, bool set) =>
        set ? this with { Added = Added | (1 << (int)behavior) } : this with { Cleared = Cleared | (1 << (int)behavior) };
}

/// <summary>The bits of one allocation-flags enum by meaning, and what an allocation with a given value does.</summary>
/// <remarks>
/// "Has" and "lacks" are both certainties: of a value whose bits are unknown neither is true, and nothing is reported. A meaning that the enum has no bit for is lacking and not
/// <see cref="Knows">known</see>: rules that miss it ask for that first.
/// </remarks>
internal sealed class AllocationFlags
{
    private const int Count = (int)AllocationBehavior.Reclaimable + 1;

    private readonly ulong[] _bits = new ulong[Count];
    private readonly string[] _names = new string[Count];
    private readonly ImmutableArray<(AllocationBehavior Behavior, ulong Bits, string Name)> _members;

    public AllocationFlags(IEnumerable<(AllocationBehavior Behavior, ulong Bits, string Name)> members)
    {
        _members = members.ToImmutableArray();
        foreach (var (behavior, bits, name) in _members)
        {
            if (behavior is <= AllocationBehavior.None or > AllocationBehavior.Reclaimable)
                continue;
            _bits[(int)behavior] |= bits;
            _names[(int)behavior] ??= name;
        }

        // What an allocation does to its surroundings depends on these only.
        Relevant = this[AllocationBehavior.DirectReclaim] | this[AllocationBehavior.BackgroundReclaim] | this[AllocationBehavior.NoLocks] | this[AllocationBehavior.Reserve]
            | this[AllocationBehavior.AllReserves] | this[AllocationBehavior.NoReserves] | this[AllocationBehavior.NoWarn];
    }

    /// <summary>The bits that matter to whoever calls a member that allocates.</summary>
    public ulong Relevant { get; }

    public ulong this[AllocationBehavior behavior] => _bits[(int)behavior];

    /// <summary>The enum's own name for a behaviour.</summary>
    public string Name(AllocationBehavior behavior) => _names[(int)behavior] ?? behavior.ToString();

    /// <summary>The name of the bit with that meaning that a value has, where several bits mean the same.</summary>
    public string Name(BitValue flags, AllocationBehavior behavior)
    {
        foreach (var (member, bits, name) in _members)
        {
            if (member == behavior && (flags.Set & bits) != 0)
                return name;
        }

        return Name(behavior);
    }

    public bool Knows(AllocationBehavior behavior) => this[behavior] != 0;

    public bool Has(BitValue flags, AllocationBehavior behavior) => (flags.Set & this[behavior]) != 0;

    public bool Lacks(BitValue flags, AllocationBehavior behavior) => flags.SurelyLacks(this[behavior]);

    /// <summary>
    /// What an allocation with these flags needs. With no-locks surely set it takes the current CPU's lists only: legal everywhere. Without it the
    /// allocator's lock is taken, a sleeping spin lock, so non-blocking flags are still wrong under a raw lock; direct reclaim also sleeps. Where the
    /// deciding bits are unknown the answer is the least that is certain (the analyzer stays silent about what it does not know).
    /// </summary>
    public WaitClass Needs(BitValue flags)
    {
        if (!Lacks(flags, AllocationBehavior.NoLocks))
            return WaitClass.None;
        return Has(flags, AllocationBehavior.DirectReclaim) ? WaitTable.Reclaim : WaitTable.Allocation;
    }

    /// <summary>Surely reclaims memory in the calling thread when there is too little.</summary>
    public bool Reclaims(BitValue flags) => Lacks(flags, AllocationBehavior.NoLocks) && Has(flags, AllocationBehavior.DirectReclaim);

    /// <summary>Surely makes no room itself: it takes what is there or fails.</summary>
    public bool NeverReclaims(BitValue flags) => Has(flags, AllocationBehavior.NoLocks) || (Knows(AllocationBehavior.DirectReclaim) && Lacks(flags, AllocationBehavior.DirectReclaim));

    /// <summary>Whether it makes room is up to a parameter.</summary>
    public bool MayNeverReclaim(BitValue flags) => (flags.Inherited & (this[AllocationBehavior.NoLocks] | this[AllocationBehavior.DirectReclaim])) != 0 && !Reclaims(flags);

    /// <summary>Surely goes below the mark that ordinary allocations stop at. Of the two ways only the one to all reserves can be called off.</summary>
    public bool UsesReserves(BitValue flags) => Lacks(flags, AllocationBehavior.NoLocks)
        && (Has(flags, AllocationBehavior.Reserve) || (Has(flags, AllocationBehavior.AllReserves) && Lacks(flags, AllocationBehavior.NoReserves)));

    /// <summary>What a speculative allocation should say and these flags surely do not.</summary>
    public IEnumerable<AllocationBehavior> MissingForSpeculation(BitValue flags)
    {
        if (!Lacks(flags, AllocationBehavior.NoLocks))
            yield break;
        foreach (var wanted in new[] { AllocationBehavior.BackgroundReclaim, AllocationBehavior.NoReserves, AllocationBehavior.NoWarn })
        {
            if (Knows(wanted) && Lacks(flags, wanted))
                yield return wanted;
        }
    }

    /// <summary>Surely returns null in the end when there is no memory at once, instead of waiting for some.</summary>
    public bool MayFail(BitValue flags) => Lacks(flags, AllocationBehavior.NoFail)
        && (Has(flags, AllocationBehavior.NoLocks) || Has(flags, AllocationBehavior.MayFail) || (Knows(AllocationBehavior.DirectReclaim) && Lacks(flags, AllocationBehavior.DirectReclaim)));

    /// <summary>The worst that flags may be, given which bits could be anything; <see langword="null"/> if none that matters could.</summary>
    public BitValue? Worst(BitValue flags, ulong open)
    {
        open &= this[AllocationBehavior.NoLocks] | this[AllocationBehavior.DirectReclaim] | this[AllocationBehavior.Reserve] | this[AllocationBehavior.AllReserves] | this[AllocationBehavior.NoReserves];
        if (open == 0 || Has(flags, AllocationBehavior.NoLocks))
            return null;
        var harmless = this[AllocationBehavior.NoLocks] | this[AllocationBehavior.NoReserves];
        return flags.Refine(open & ~harmless, open & harmless);
    }

    /// <summary>The flags that an allocation inside a scope runs with.</summary>
    public BitValue Masked(BitValue flags, AllocationMask mask) => mask.IsEmpty ? flags : flags.Refine(Bits(mask.Added), 0).Refine(0, Bits(mask.Cleared));

    private ulong Bits(int behaviors)
    {
        ulong bits = 0;
        for (var i = 1; i < Count; i++)
            bits |= (behaviors & (1 << i)) != 0 ? _bits[i] : 0;
        return bits;
    }
}
