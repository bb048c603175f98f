using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;

namespace LockContext.CodeFixes.Infrastructure;

/// <summary>
/// One way of repairing a finding, shared by all rules it suits. A family repairs a single finding in a single document; which family is best for a
/// rule, and everything about actions, keys and fix-all, is the provider's business.
/// </summary>
internal abstract class Family
{
    /// <summary>The last part of the equivalence key, as in <c>LCX1003.NoLocks</c>.</summary>
    public abstract string Key { get; }

    /// <summary>
    /// Repairs the finding, or returns null if this family has no correct repair for it. New code is left unformatted but annotated
    /// (<see cref="Finishing"/>), and all annotations of the tree are kept, so that repairs can be chained.
    /// </summary>
    /// <param name="document">The document, with <paramref name="finding"/> on the reported node.</param>
    /// <param name="finding">Marks the reported node.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public abstract Task<Repair?> TryRepairAsync(Document document, SyntaxAnnotation finding, CancellationToken cancellationToken);
}

/// <summary>A repaired document and the words under which the repair is offered.</summary>
internal sealed class Repair(Document document, string title)
{
    public Document Document { get; } = document;

    public string Title { get; } = title;
}
