namespace LockContext.Analyzers.Model;

/// <summary>
/// Everything that is forbidden at a point: a wait limit and three prohibitions. <see cref="Meet"/> is commutative, associative and idempotent with
/// <see cref="None"/> as its unit, so a set of held locks has one meaning whatever order it is folded in.
/// </summary>
internal readonly record struct Limits(WaitClass Limit, bool NoReclaim = false, bool ReadSection = false, bool NoGracePeriodWait = false)
{
    public static readonly Limits None = new(WaitLimit.Unlimited);

    /// <summary>What holding a lock forbids.</summary>
    public static Limits Of(LockTraits held) => new(WaitLimit.Meet(WaitLimit.Unlimited, held.Inner), ReadSection: held.ReadSection);

    public Limits Meet(Limits other) => new(
        WaitLimit.Meet(Limit, other.Limit), NoReclaim || other.NoReclaim, ReadSection || other.ReadSection,
        NoGracePeriodWait || other.NoGracePeriodWait);

    public bool IsRawAtomic => WaitLimit.IsRawAtomic(Limit);
}
