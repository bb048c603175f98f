using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using LockContext.Analyzers.Knowledge;
using LockContext.CodeFixes.Failure;
using LockContext.CodeFixes.Flags;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.CodeFixes.Frees;

/// <summary>A call that frees, now or later, and what its declaration names for callers that must not wait.</summary>
internal sealed class FreeCall
{
    private readonly SemanticModel _model;
    private readonly AttributeData? _frees;

    private FreeCall(InvocationExpressionSyntax syntax, IInvocationOperation operation, AttributeData? frees, SemanticModel model)
    {
        Syntax = syntax;
        Method = operation.TargetMethod;
        CanDoWithoutReceiver = syntax.Expression is not MemberBindingExpressionSyntax
            && (operation.Instance is null or { IsImplicit: true } || operation.Instance.Syntax is ExpressionSyntax receiver && IsStable(receiver));
        _frees = frees;
        _model = model;
    }

    public InvocationExpressionSyntax Syntax { get; }

    public IMethodSymbol Method { get; }

    /// <summary>What the method is called on can be left out: it is only named, so that evaluating it does nothing else. What <c>?.</c> is called on decides whether there is a call.</summary>
    public bool CanDoWithoutReceiver { get; }

    /// <summary>The one argument: what is freed. Null if there are more, or fewer.</summary>
    public ExpressionSyntax? Freed => Syntax.ArgumentList.Arguments is [{ RefKindKeyword.RawKind: 0 } argument] ? argument.Expression : null;

    public static FreeCall? From(InvocationExpressionSyntax? invocation, SemanticModel model, CancellationToken cancellationToken)
    {
        if (invocation is null || model.GetOperation(invocation, cancellationToken) is not IInvocationOperation operation)
            return null;

        var frees = Declared.FindFor(operation.TargetMethod, "Frees");
        return frees is not null || Declared.Has(operation.TargetMethod, "DefersFree") ? new FreeCall(invocation, operation, frees, model) : null;
    }

    /// <summary>The method that frees the same without a lock.</summary>
    public IMethodSymbol? WithoutLocks => _frees is not null && FreeForms.WithoutLocks(_frees) is { } name
        ? FreeForms.Beside(Method, name).FirstOrDefault(IsAccessible)
        : null;

    /// <summary>The methods that note the object, and free it after a grace period. For a method that may wait for that itself: those beside it.</summary>
    public IEnumerable<IMethodSymbol> Deferring
    {
        get
        {
            var type = _frees is null ? Method.ContainingType : DeferredBy;
            return type is null ? [] : FreeForms.Deferring(type).Where(CanStandForIt);
        }
    }

    /// <summary>The type that frees the same memory after a grace period.</summary>
    public INamedTypeSymbol? DeferredBy => _frees is null ? null : FreeForms.DeferredBy(_frees);

    /// <summary>The methods that free after a grace period and may wait for it: for callers that may wait.</summary>
    public IEnumerable<IMethodSymbol> DeferringOrWaiting => DeferredBy is { } type ? FreeForms.Deferring(type, mightSleep: true).Where(CanStandForIt) : [];

    /// <summary>
    /// The object that is freed, with its type: the argument, or what is in its casts, which often hide the type. Only what reads the same twice, since it is written twice where its head is named.
    /// </summary>
    public IEnumerable<(ExpressionSyntax Expression, ITypeSymbol Type)> Objects
    {
        get
        {
            for (var expression = Freed; expression is not null; expression = Inside(expression))
            {
                if (IsStable(expression) && _model.GetTypeInfo(expression).Type is { } type)
                    yield return (expression, type);
            }
        }
    }

    /// <summary>The fields of an object that can be its head: of that type, and within reach.</summary>
    public ImmutableArray<IFieldSymbol> HeadsIn(ITypeSymbol objectType, ITypeSymbol headType) => objectType.GetMembers().OfType<IFieldSymbol>()
        .Where(f => !f.IsStatic && f.CanBeReferencedByName && IsAccessible(f) && SymbolEqualityComparer.Default.Equals(f.Type, headType))
        .ToImmutableArray();

    private bool CanStandForIt(IMethodSymbol deferring) => deferring.IsStatic && IsAccessible(deferring) && !SymbolEqualityComparer.Default.Equals(deferring, Method);

    private bool IsAccessible(ISymbol symbol) => _model.IsAccessible(Syntax.SpanStart, symbol);

    private static ExpressionSyntax? Inside(ExpressionSyntax expression) => expression switch
    {
        CastExpressionSyntax cast => cast.Expression,
        ParenthesizedExpressionSyntax parenthesized => parenthesized.Expression,
        _ => null,
    };

    private static bool IsStable(ExpressionSyntax expression) => Inside(expression) is { } inside ? IsStable(inside) : Place.IsStable(expression);
}
