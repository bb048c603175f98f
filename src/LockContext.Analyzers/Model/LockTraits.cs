namespace LockContext.Analyzers.Model;

/// <summary>What a lock class is: the wait classes of taking it and of holding it, and how it treats its owner.</summary>
internal readonly record struct LockTraits(
    WaitClass Outer,
    WaitClass Inner,
    bool Reentrant = false,
    bool ThreadAffine = false,
    bool TracksOwner = false,
    bool ReadSection = false,
    bool ByShape = false,
    bool Shared = false)
{
    /// <summary>A lock that nothing is known of: it is tracked, but neither limits nor needs anything.</summary>
    public static readonly LockTraits Unclassified = new(WaitClass.None, WaitClass.None, Reentrant: true);

    /// <summary>A lock that spins and forbids everything that might sleep.</summary>
    public bool IsRaw => !ReadSection && WaitLimit.IsRawAtomic(Inner);

    /// <summary>
    /// Whether it may be held across a suspension: only locks that belong to no thread and limit nothing may.
    /// </summary>
    public bool ForbidsSuspension => ThreadAffine || ReadSection || (Inner != WaitClass.None && Inner < WaitClass.Sleep);

    /// <summary>
    /// The traits of one particular lock: what its own declaration sets wins over its type's. An inner class that is set nowhere equals the outer one.
    /// </summary>
    public LockTraits With(WaitClass outer, WaitClass inner) => this with
    {
        Outer = outer == WaitClass.None ? Outer : outer,
        Inner = inner != WaitClass.None ? inner : outer != WaitClass.None && Inner == WaitClass.None ? outer : Inner,
    };
}
