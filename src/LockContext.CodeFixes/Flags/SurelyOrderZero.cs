using System;
using System.Linq;
using System.Threading;
using LockContext.CodeFixes.Failure;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.CodeFixes.Flags;

/// <summary>
/// An allocation that may take no lock succeeds for order 0 only, so the order has to be known to be 0. A method that passes its flags on is looked
/// into: what it allocates has to be of order 0 as well, and it has to cope with a failure, since only its caller is changed.
/// </summary>
internal static class SurelyOrderZero
{
    /// <summary>Wrappers of wrappers of wrappers: nobody nests deeper, and recursion ends.</summary>
    private const int DeepestWrapper = 4;

    public static bool Holds(AllocationCall call, Compilation compilation, CancellationToken cancellationToken) =>
        Holds(call, call.ConstantOf, compilation, DeepestWrapper, cancellationToken);

    private static bool Holds(AllocationCall call, Func<IParameterSymbol, long?> valueOf, Compilation compilation, int depth, CancellationToken cancellationToken)
    {
        if (call.Allocates)
            return call.OrderParameter is not { } order || valueOf(order) == 0;

        var method = call.Method.OriginalDefinition;
        method = method.PartialImplementationPart ?? method;
        if (depth == 0 || method.IsAbstract || method.IsVirtual || method.IsOverride && !method.IsSealed
            || method.DeclaringSyntaxReferences is not [var reference] || !compilation.ContainsSyntaxTree(reference.SyntaxTree))
            return false;

        var body = reference.GetSyntax(cancellationToken);
#pragma warning disable RS1030 // A fix, not an analyzer: the wrapper may be in another file.
        var model = compilation.GetSemanticModel(body.SyntaxTree);
#pragma warning restore RS1030
        var flags = method.Parameters[call.FlagsParameter.Ordinal];
        if (IsWritten(body, flags, model))
            return false;

        var any = false;
        foreach (var invocation in body.DescendantNodes().OfType<InvocationExpressionSyntax>())
        {
            if (AllocationCall.From(invocation, model, cancellationToken) is not { FlagsArgument: { } argument } inner || !Mentions(argument, flags, model))
                continue;

            any = true;
            if (!PassesOn(argument.Expression, flags, inner.Flags, model) || ResultUse.Of(invocation, model, cancellationToken) is not { NeedsFailurePath: false }
                || !Holds(inner, p => ValueInside(inner, p, valueOf), compilation, depth - 1, cancellationToken))
                return false;
        }

        return any;
    }

    /// <summary>The value of an argument inside the wrapper: a constant there, or what the wrapper itself was given.</summary>
    private static long? ValueInside(AllocationCall inner, IParameterSymbol parameter, Func<IParameterSymbol, long?> valueOf)
    {
        if (inner.ConstantOf(parameter) is { } constant)
            return constant;

        var value = inner.Arguments.FirstOrDefault(a => a.Parameter?.Ordinal == parameter.Ordinal)?.Value;
        while (value is IConversionOperation { OperatorMethod: null } conversion)
            value = conversion.Operand;
        return value is IParameterReferenceOperation { Parameter: var outer } ? valueOf(outer) : null;
    }

    /// <summary>What the caller sets stays set on the way, and nothing is added that contradicts it.</summary>
    private static bool PassesOn(ExpressionSyntax argument, IParameterSymbol parameter, FlagsEnum flags, SemanticModel model)
    {
        var terms = FlagsRewriter.TermsOf(argument).ToList();
        return terms.Any(t => SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(t).Symbol, parameter))
            && terms.All(t => model.GetConstantValue(t) is not { HasValue: true, Value: var value } || (FlagsEnum.ToBits(value) & flags.Contradicting) == 0);
    }

    private static bool IsWritten(SyntaxNode body, IParameterSymbol parameter, SemanticModel model) => body.DescendantNodes().OfType<IdentifierNameSyntax>()
        .Where(name => name.Identifier.ValueText == parameter.Name)
        .Any(name => name.Parent is AssignmentExpressionSyntax assignment && assignment.Left == name || name.Parent is ArgumentSyntax { RefKindKeyword.RawKind: not 0 }
            && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name).Symbol, parameter));

    private static bool Mentions(SyntaxNode node, IParameterSymbol parameter, SemanticModel model) => node.DescendantNodes().OfType<IdentifierNameSyntax>()
        .Any(name => name.Identifier.ValueText == parameter.Name && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name).Symbol, parameter));
}
