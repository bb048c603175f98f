namespace LockContext.Analyzers.Model;

/// <summary>
/// The wait classes, ordered by how long something may keep its caller waiting. A mirror of the public enum in the annotations: the analyzer never loads that
/// assembly, it reads numbers from metadata (a test keeps the two equal).
/// </summary>
internal enum WaitClass
{
    None = 0,
    Free = 1,
    Spin = 2,
    Config = 3,
    Sleep = 4,
}

/// <summary>
/// The limit that a context puts on what runs in it. Limits form a chain with <see cref="Unlimited"/> on top; entering something takes the minimum, so the
/// order of entering does not matter and nothing that is entered can loosen a limit (lockdep's rule, which is the minimum and not the last lock).
/// </summary>
internal static class WaitLimit
{
    /// <summary>The limit of ordinary code: everything is allowed.</summary>
    public const WaitClass Unlimited = WaitClass.Sleep;

    /// <summary>The stricter of two limits. <see cref="WaitClass.None"/> is "unclassified" and limits nothing.</summary>
    public static WaitClass Meet(WaitClass a, WaitClass b) => Normalise(a) <= Normalise(b) ? Normalise(a) : Normalise(b);

    /// <summary>Whether something that needs <paramref name="need"/> may run under <paramref name="limit"/>.</summary>
    public static bool Allows(WaitClass limit, WaitClass need) => need == WaitClass.None || need <= Normalise(limit);

    /// <summary>A raw-atomic context: nothing in it may sleep or take a lock that could.</summary>
    public static bool IsRawAtomic(WaitClass limit) => limit is WaitClass.Free or WaitClass.Spin;

    private static WaitClass Normalise(WaitClass limit) => limit == WaitClass.None ? Unlimited : limit;
}
