using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LockContext.CodeFixes.Failure;

/// <summary>What becomes of an allocation's result, and where it is used as if the allocation could not fail.</summary>
internal sealed class ResultUse
{
    private ResultUse(ExpressionSyntax value, Place? place = null, StatementSyntax? statement = null, ImmutableArray<ExpressionSyntax> uses = default)
    {
        Value = value;
        Place = place;
        Statement = statement;
        Unchecked = uses.IsDefault ? ImmutableArray<ExpressionSyntax>.Empty : uses;
    }

    /// <summary>The result as the code around it sees it; with the assignment, if it is one inside an expression.</summary>
    public ExpressionSyntax Value { get; }

    /// <summary>Where the result is kept; null if it is used without ever having a name.</summary>
    public Place? Place { get; }

    /// <summary>The statement that puts it there. The failure path goes behind it.</summary>
    public StatementSyntax? Statement { get; }

    /// <summary>Uses that no check protects.</summary>
    public ImmutableArray<ExpressionSyntax> Unchecked { get; }

    public bool NeedsFailurePath => !Unchecked.IsEmpty;

    /// <summary>The result has to be given a name before it can be checked.</summary>
    public bool NeedsName => NeedsFailurePath && Place is null;

    /// <summary>Null if the code is of a shape that cannot be given a failure path.</summary>
    public static ResultUse? Of(InvocationExpressionSyntax call, SemanticModel model, CancellationToken cancellationToken)
    {
        ExpressionSyntax value = call;
        var places = new List<Place>();
        var severally = false;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var role = Role.Of(value, model);
            value = role.Value;
            severally |= role.IsOneOfSeveral;
            switch (role.Kind)
            {
                case RoleKind.Dropped when places.Count > 0 && value.Parent is ExpressionStatementSyntax statement:
                    return Kept(value, places, statement, model);

                case RoleKind.Used:
                    return severally ? null : new ResultUse(value, uses: ImmutableArray.Create(value));

                case RoleKind.Stored when role.Target is AssignmentExpressionSyntax assignment:
                    if (Place.Of(assignment.Left, model) is { } assigned)
                        places.Add(assigned);
                    value = assignment;
                    continue;

                case RoleKind.Stored when role.Target is VariableDeclaratorSyntax declarator && Place.Of(declarator, model) is { } declared:
                    places.Insert(0, declared);
                    if (declarator.Parent is { Parent: LocalDeclarationStatementSyntax declaration }
                        && !declared.MentionsIn(declaration, model).Any())
                        return Kept(value, places, declaration, model);

                    // Declared in the head of another statement: that comes too late for a check.
                    return severally ? null : new ResultUse(value, uses: ImmutableArray.Create(value));

                case RoleKind.Stored or RoleKind.Overwritten:
                    return null;

                default:
                    return new ResultUse(value);
            }
        }
    }

    private static ResultUse Kept(ExpressionSyntax value, List<Place> places, StatementSyntax statement, SemanticModel model)
    {
        var function = Functions.Around(statement);
        var mentions = new List<(ExpressionSyntax Mention, RoleKind Kind, Place Of)>();
        var known = new HashSet<string>();

        // Another name for the result counts from where it gets it: what it held before is not ours.
        var queue = new Queue<(Place Place, int From)>(places.Select(p => (p, 0)));
        while (queue.Count > 0)
        {
            var (place, from) = queue.Dequeue();
            if (!known.Add(place.Expression.ToString()))
                continue;

            foreach (var mention in place.MentionsIn(function, model).Where(m => m.SpanStart >= from && IsAfter(m, statement, place)))
            {
                var role = Role.Of(mention, model);
                mentions.Add((mention, role.Kind, place));
                if (role.Kind == RoleKind.Stored && Target(role, model) is { } alias)
                    queue.Enqueue((alias, role.Target!.Span.End));
            }
        }

        // A check of one name is a check of all; another value is that of one name only.
        var open = mentions.Where(use => use.Kind == RoleKind.Used && !mentions.Any(check =>
            (check.Kind == RoleKind.Check || check.Kind == RoleKind.Overwritten && check.Of == use.Of) && Guards.Covers(check.Mention, use.Mention)));
        return new ResultUse(value, places[0], statement, open.Select(use => use.Mention).OrderBy(m => m.SpanStart).ToImmutableArray());
    }

    private static Place? Target(Role role, SemanticModel model) => role.Target switch
    {
        AssignmentExpressionSyntax assignment => Place.Of(assignment.Left, model),
        VariableDeclaratorSyntax declarator => Place.Of(declarator, model),
        _ => null,
    };

    /// <summary>Behind the statement in the text, or before it in a loop that comes round to it with the same variable.</summary>
    private static bool IsAfter(SyntaxNode mention, StatementSyntax statement, Place place)
    {
        if (mention.SpanStart >= statement.Span.End)
            return true;
        if (statement.Span.Contains(mention.Span))
            return false;

        return statement.Ancestors().TakeWhile(n => !Functions.IsFunction(n)).Any(loop =>
            loop is WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax
            && loop.Span.Contains(mention.Span)
            && (place.Declaration is not { } declaration || !loop.Span.Contains(declaration.Span)));
    }
}
