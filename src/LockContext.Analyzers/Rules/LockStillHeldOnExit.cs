using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LockContext.Analyzers.Rules;

/// <summary>
/// LCX2001: a lock that the member takes and, on some ways, releases, is still held on another explicit way out. A member that only takes, hands the lock to its
/// caller; so does one whose result says whether it is held.
/// </summary>
internal sealed class LockStillHeldOnExit : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.StillHeldOnExit;

    public void Check(Member member)
    {
        var findings = member.Findings;
        if (findings.GivenUp is not null || member.Knowledge.FactsOf(member.Body.Method).Locks.Any(l => l.Kind is LockOperationKind.Acquire or LockOperationKind.TryAcquire))
            return;
        var leaks = from exit in findings.Exits
                    from held in exit.Held
                    where !held.Ambient && (held.Term.IsMany || !held.Term.IsWeak) && held.TakenAt is not null && findings.ReleasedHere.ContainsKey(held.TakenAt) && !findings.TakenAgain.Any(t => t.Held.Term.Equals(held.Term))
                    group (exit, held) by held.TakenAt into acquire
                    orderby acquire.Key.SourceSpan.Start
                    select acquire;
        foreach (var acquire in leaks)
        {
            if (SaysSo(findings.Exits.ToImmutableArray(), acquire.Key) || IsReleasedUnderItsCondition(acquire.Key, findings.ReleasedHere[acquire.Key], member.Body.Assigned))
                continue;
            var (exit, held) = acquire.OrderBy(l => l.exit.At, LocationOrder.Instance).First();
            var at = exit.At ?? member.Body.Method.Locations.FirstOrDefault() ?? acquire.Key;
            member.Report(Diagnostic.Create(Descriptor, acquire.Key, ImmutableArray.Create(at), Promotion.Properties(held.Traits.ByShape), held.Display, ContextReport.Line(at)));
        }
    }

    /// <summary>
    /// Whether the lock is released under the very condition that it is taken under, <c>if (Scheduler.Current == null)</c>. A call between the two may have changed what is asked there; who writes the question
    /// twice relies on the same answer. Not so where it asks a variable that is assigned to.
    /// </summary>
    private static bool IsReleasedUnderItsCondition(Location acquire, HashSet<SyntaxNode> releases, ImmutableHashSet<ISymbol> assigned)
    {
        var conditions = acquire.SourceTree is { } tree ? ConditionsOf(tree.GetRoot().FindNode(acquire.SourceSpan, getInnermostNodeForTie: true)).ToArray() : System.Array.Empty<IfStatementSyntax>();
        conditions = conditions.Where(c => !c.Condition.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>().Any(n => assigned.Any(v => v.Name == n.Identifier.ValueText))).ToArray();
        return conditions.Length > 0 && releases.Count > 0 && releases.All(release => ConditionsOf(release).Any(r => conditions.Any(a => a != r && SyntaxFactory.AreEquivalent(a.Condition, r.Condition))));
    }

    /// <summary>The <c>if</c> statements whose condition is true where a node is executed.</summary>
    private static IEnumerable<IfStatementSyntax> ConditionsOf(SyntaxNode node)
    {
        for (var (inner, outer) = (node, node.Parent); outer is not null and not (MemberDeclarationSyntax or AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax); (inner, outer) = (outer, outer.Parent))
        {
            if (outer is IfStatementSyntax statement && statement.Statement == inner)
                yield return statement;
        }
    }

    /// <summary>Whether the result, or a <c>ref</c> or <c>out</c> parameter, tells the ways that hold the lock from those that do not.</summary>
    private static bool SaysSo(ImmutableArray<ExitFinding> exits, Location acquire)
    {
        var normal = exits.Where(e => !e.Throws).ToArray();
        var holding = normal.Where(e => Holds(e, acquire)).ToArray();
        var others = normal.Where(e => !Holds(e, acquire)).ToArray();

        // Of many locks a loop may have taken none, and whoever has them all says the same with that.
        if (holding.Any(e => e.Held.Any(h => h.Term.IsMany && acquire.Equals(h.TakenAt)))
            && others.Where(o => !holding.Any(h => Equals(h.Returned?.Bits, o.Returned?.Bits) && SameOuts(h, o))).ToArray() is { Length: > 0 } telling)
        {
            others = telling;
        }

        if (exits.Any(e => e.Throws && Holds(e, acquire)) || holding.Length == 0)
            return false;
        if (holding.All(h => others.All(o => AreToldApart(h, o))) || holding.All(e => Outcome.Carries(e.Returned, e.Held)))
            return true;

        // One argument may decide about the end of the member; an early way out that it leads to has forgotten the lock.
        return !holding.Any(h => IsEarly(h.At))
            && holding[0].Guards.Any(decides => holding.All(h => h.Guards.Contains(decides)) && others.All(o => Outcome.Differ(ImmutableArray.Create(decides), o.Guards) || holding.All(h => AreToldApart(h, o))));
    }

    /// <summary>By the result, or by what is left in an argument.</summary>
    private static bool AreToldApart(ExitFinding holding, ExitFinding other) => Outcome.Differ(holding.Returned, other.Returned)
        || holding.Outs.Any(o => other.Outs.TryGetValue(o.Key, out var value) && Outcome.Differ(o.Value, value));

    private static bool IsEarly(Location? at) => at?.SourceTree?.GetRoot().FindNode(at.SourceSpan) is { } node && node.FirstAncestorOrSelf<StatementSyntax>() is ReturnStatementSyntax;

    private static bool SameOuts(ExitFinding a, ExitFinding b) => a.Outs.All(p => b.Outs.TryGetValue(p.Key, out var other) && other.Bits.Equals(p.Value.Bits));

    private static bool Holds(ExitFinding exit, Location acquire) => exit.Held.Any(h => acquire.Equals(h.TakenAt));
}
