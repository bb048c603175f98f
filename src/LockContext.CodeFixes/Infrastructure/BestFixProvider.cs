using System.Collections.Immutable;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;

namespace LockContext.CodeFixes.Infrastructure;

/// <summary>
/// The provider of one rule. It offers, best first, what the rule's families can do for a finding.
/// </summary>
/// <remarks>
/// <c>dotnet format</c> takes the first action registered for the first diagnostic and runs its fix-all for all others. Hence one provider per rule, and
/// a first action whose equivalence key does not say what it does but that it is the best: <c>LCX1003.best</c>.
/// </remarks>
public abstract class BestFixProvider : CodeFixProvider
{
    private readonly string _id;
    private readonly ImmutableArray<Family> _families;

    /// <param name="id">The rule.</param>
    /// <param name="families">What may repair it, best first.</param>
    private protected BestFixProvider(string id, params Family[] families)
    {
        _id = id;
        _families = ImmutableArray.Create(families);
        FixableDiagnosticIds = ImmutableArray.Create(id);
    }

    public sealed override ImmutableArray<string> FixableDiagnosticIds { get; }

    public sealed override FixAllProvider GetFixAllProvider() => BestFixAllProvider.Instance;

    public sealed override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        foreach (var diagnostic in context.Diagnostics)
        {
            if (diagnostic.Id != _id || await Finding.FromAsync(diagnostic, context.CancellationToken).ConfigureAwait(false) is not { } finding)
                continue;

            var (document, marked) = await Finding.MarkAsync(context.Document, [finding], context.CancellationToken).ConfigureAwait(false);
            if (marked.IsEmpty)
                continue;

            // Whether a family has a correct repair is known only when it has made it, so the work is done here and not when the action is invoked.
            var isBest = true;
            foreach (var family in _families)
            {
                var repair = await family.TryRepairAsync(document, marked[0].Mark, context.CancellationToken).ConfigureAwait(false);
                if (repair is null)
                    continue;

                context.RegisterCodeFix(
                    CodeAction.Create(repair.Title, ct => Finishing.FinishAsync(context.Document, repair.Document, ct), isBest ? BestKey : KeyOf(family)),
                    diagnostic);
                isBest = false;
            }
        }
    }

    private string BestKey => _id + ".best";

    private string KeyOf(Family family) => _id + "." + family.Key;

    /// <summary>The families a fix-all with this key may use, in order; it takes the first that can repair the finding.</summary>
    internal ImmutableArray<Family> FamiliesFor(string? equivalenceKey) =>
        equivalenceKey is null || equivalenceKey == BestKey ? _families : _families.RemoveAll(f => KeyOf(f) != equivalenceKey);
}
