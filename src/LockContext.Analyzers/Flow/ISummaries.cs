using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Flow;

/// <summary>Where a walk gets what it has to know of the members it calls.</summary>
internal interface ISummaries
{
    /// <summary>The summary of a member of this compilation.</summary>
    /// <param name="types">What its type parameters are known to be.</param>
    /// <param name="withEffects">Whether the effects are needed, or only what happens to locks.</param>
    /// <param name="withManaged">Whether managed allocations are to be among the effects.</param>
    Summary Of(IMethodSymbol method, TypeArguments types, bool withEffects, bool withManaged = false);

    /// <summary>Whether calling the member can change what is held, judged by its name alone.</summary>
    bool MayChangeLocks(IMethodSymbol method);

    /// <summary>
    /// Whether a constructor, or who returns an object, may make one that gives back what it is given: <c>_lock.EnterReadLock(); return new Releaser(_lock);</c>. What it keeps is then of interest although it
    /// changes no lock itself.
    /// </summary>
    bool MayMakeGuard(IMethodSymbol maker);
}
