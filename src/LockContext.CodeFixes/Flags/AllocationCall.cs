using System;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.CodeFixes.Flags;

/// <summary>A call that allocates as a flags argument tells it to.</summary>
internal sealed class AllocationCall
{
    private AllocationCall(InvocationExpressionSyntax syntax, IMethodSymbol method, FlagsEnum flags, IParameterSymbol parameter,
        ArgumentSyntax? argument, ImmutableArray<IArgumentOperation> arguments)
    {
        Syntax = syntax;
        Method = method;
        Flags = flags;
        FlagsParameter = parameter;
        FlagsArgument = argument;
        Arguments = arguments;
    }

    public InvocationExpressionSyntax Syntax { get; }

    public IMethodSymbol Method { get; }

    public FlagsEnum Flags { get; }

    public IParameterSymbol FlagsParameter { get; }

    /// <summary>Null if the parameter is optional and left out.</summary>
    public ArgumentSyntax? FlagsArgument { get; }

    public ImmutableArray<IArgumentOperation> Arguments { get; }

    /// <summary>The method itself allocates; otherwise it passes its flags on to one that does.</summary>
    public bool Allocates => Declared.Has(Method, "Allocates");

    /// <summary>The invocation reported at a node, which is itself or the invoked name.</summary>
    public static InvocationExpressionSyntax? InvocationAt(SyntaxNode? node)
    {
        for (; node is ExpressionSyntax; node = node.Parent)
        {
            if (node is InvocationExpressionSyntax invocation)
                return invocation;

            var isInvoked = node.Parent switch
            {
                MemberAccessExpressionSyntax access => access.Name == node,
                MemberBindingExpressionSyntax => true,
                InvocationExpressionSyntax call => call.Expression == node,
                _ => false,
            };
            if (!isInvoked)
                return null;
        }

        return null;
    }

    public static AllocationCall? From(InvocationExpressionSyntax invocation, SemanticModel model, CancellationToken cancellationToken)
    {
        if (model.GetOperation(invocation, cancellationToken) is not IInvocationOperation operation)
            return null;

        AllocationCall? call = null;
        foreach (var argument in operation.Arguments)
        {
            if (argument.Parameter is not { RefKind: RefKind.None } parameter || FlagsEnum.From(parameter.Type) is not { } flags)
                continue;

            var syntax = argument.ArgumentKind == ArgumentKind.Explicit ? argument.Syntax as ArgumentSyntax : null;
            if (call is not null || argument.ArgumentKind is not (ArgumentKind.Explicit or ArgumentKind.DefaultValue)
                || argument.ArgumentKind == ArgumentKind.Explicit && syntax is null)
                return null;

            call = new AllocationCall(invocation, operation.TargetMethod, flags, parameter, syntax, operation.Arguments);
        }

        return call;
    }

    /// <summary>The value of an argument, if the compiler knows it.</summary>
    public long? ConstantOf(IParameterSymbol parameter) =>
        Arguments.FirstOrDefault(a => a.Parameter?.Ordinal == parameter.Ordinal)?.Value.ConstantValue is { HasValue: true, Value: IConvertible value and not string }
            ? unchecked((long)FlagsEnum.ToBits(value))
            : null;

    /// <summary>The order parameter: as declared, or of that name.</summary>
    public IParameterSymbol? OrderParameter => Arguments.Select(a => a.Parameter).FirstOrDefault(p => p is not null
        && (Declared.Has(Method, p, "AllocationOrder") || p.Name == "order" && p.Type.SpecialType is >= SpecialType.System_SByte and <= SpecialType.System_UInt64));
}
