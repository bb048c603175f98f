using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>One statement of a block as the list of its operations in the order they are evaluated, operands first. Iterative, so the depth of an expression costs no stack.</summary>
internal sealed class Code
{
    public Code(IOperation root, ImmutableArray<IOperation> operations)
    {
        Root = root;
        Operations = operations;
    }

    public IOperation Root { get; }

    public ImmutableArray<IOperation> Operations { get; }

    public static Code Of(IOperation root)
    {
        var result = ImmutableArray.CreateBuilder<IOperation>();
        var pending = new Stack<(IOperation Operation, bool Expanded)>();
        pending.Push((root, false));
        while (pending.Count > 0)
        {
            var (operation, expanded) = pending.Pop();
            if (expanded)
            {
                result.Add(operation);
                continue;
            }

            if (Conditional.IsLeftOut(operation))
                continue;
            pending.Push((operation, true));
            if (operation is IFlowAnonymousFunctionOperation or ILocalFunctionOperation or INameOfOperation or ITypeOfOperation or ISizeOfOperation)
                continue;
            foreach (var child in operation.ChildOperations.Reverse())
                pending.Push((child, false));
        }

        return new Code(root, result.ToImmutable());
    }
}

/// <summary>The body of one member, lambda or local function, ready to be walked.</summary>
internal sealed class Body
{
    private readonly Code[]?[] _blocks;
    private readonly Code?[] _branches;

    public Body(IMethodSymbol method, ControlFlowGraph graph, ImmutableArray<Body> initialisers)
    {
        Method = method;
        Graph = graph;
        Initialisers = initialisers;
        _blocks = new Code[]?[graph.Blocks.Length];
        _branches = new Code?[graph.Blocks.Length];
        Doomed = ThrowPaths.Of(this);
        IsIterator = HasYield(graph.OriginalOperation.Syntax, method);
    }

    public IMethodSymbol Method { get; }

    public ControlFlowGraph Graph { get; }

    /// <summary>For a constructor: the field initialisers that run before it.</summary>
    public ImmutableArray<Body> Initialisers { get; }

    /// <summary>Blocks from which every way ends in a throw.</summary>
    public bool[] Doomed { get; }

    /// <summary>Calling it runs none of the body.</summary>
    public bool IsIterator { get; }

    public static bool HasYield(SyntaxNode node, IMethodSymbol method) =>
        method.ReturnType is INamedTypeSymbol { Name: "IEnumerable" or "IEnumerator" or "IAsyncEnumerable" or "IAsyncEnumerator" }
        && node.DescendantNodes(child => ReferenceEquals(child, node) || child is not (LocalFunctionStatementSyntax or AnonymousFunctionExpressionSyntax)).Any(child => child is YieldStatementSyntax);

    public Code[] CodeOf(BasicBlock block) => _blocks[block.Ordinal] ??= block.Operations.Select(Code.Of).ToArray();

    public Code? BranchOf(BasicBlock block) => block.BranchValue is null ? null : _branches[block.Ordinal] ??= Code.Of(block.BranchValue);
}
