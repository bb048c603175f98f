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
    private Value?[]? _opaque;

    public Code(IOperation root, ImmutableArray<IOperation> operations)
    {
        Root = root;
        Operations = operations;
    }

    public IOperation Root { get; }

    public ImmutableArray<IOperation> Operations { get; }

    /// <summary>What the walk has noted of each operation, once for all its visits. Threads may note the same twice.</summary>
    public OperationNotes[] Notes => _notes ??= new OperationNotes[Operations.Length];

    private OperationNotes[]? _notes;

    /// <summary>"Whatever this operation yields".</summary>
    public Value OpaqueAt(int index) => (_opaque ??= new Value?[Operations.Length])[index] ??= new Value(Walk.OpaqueOf(Operations[index]));

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

/// <summary>What of an operation does not depend on the state it is evaluated in.</summary>
[System.Flags]
internal enum OperationNotes : byte
{
    None = 0,
    Noted = 1,

    /// <summary>It has a constant value, or only reads a local or a parameter: nothing can happen there.</summary>
    Plain = 2,

    CanThrow = 4,

    /// <summary>It is bound at run time.</summary>
    LateBound = 8,
}

/// <summary>The body of one member, lambda or local function, ready to be walked.</summary>
internal sealed class Body
{
    private readonly Code[]?[] _blocks;
    private readonly Code?[] _branches;
    private ImmutableHashSet<ISymbol>? _captured;

    public Body(IMethodSymbol method, ControlFlowGraph graph, ImmutableArray<Body> initialisers, ImmutableArray<Body> nested)
    {
        Method = method;
        Graph = graph;
        Initialisers = initialisers;
        Nested = nested;
        _blocks = new Code[]?[graph.Blocks.Length];
        _branches = new Code?[graph.Blocks.Length];
        Doomed = ThrowPaths.Of(this);
        IsIterator = HasYield(graph.OriginalOperation.Syntax, method);
        Assigned = FindAssigned();
        Shared = FindShared();
    }

    public IMethodSymbol Method { get; }

    public ControlFlowGraph Graph { get; }

    /// <summary>For a constructor: the field initialisers that run before it.</summary>
    public ImmutableArray<Body> Initialisers { get; }

    /// <summary>The lambdas and local functions directly inside.</summary>
    public ImmutableArray<Body> Nested { get; }

    /// <summary>All lambdas and local functions inside, at any depth.</summary>
    public IEnumerable<Body> AllNested => Nested.SelectMany(n => n.AllNested.Prepend(n));

    /// <summary>The locals and parameters, its own or captured, that the body or a function in it assigns after their declaration or on entry.</summary>
    public ImmutableHashSet<ISymbol> Assigned { get; }

    private IEnumerable<ISymbol> AssignedOutside => Assigned.Where(v => !SymbolEqualityComparer.Default.Equals(v.ContainingSymbol, Method));

    /// <summary>Those assigned by functions whose calls are not seen one by one: lambdas, and local functions made into delegates.</summary>
    public ImmutableHashSet<ISymbol> Shared { get; }

    /// <summary>Locals and parameters that a lambda or local function inside mentions, though they are not its own.</summary>
    public ImmutableHashSet<ISymbol> CapturedByNested => _captured ??= Nested.IsEmpty
        ? ImmutableHashSet<ISymbol>.Empty
        : AllNested.SelectMany(n => n.AllOperations().Select(Variables.Of).Where(v => v is not null && !SymbolEqualityComparer.Default.Equals(v.ContainingSymbol, n.Method))).OfType<ISymbol>()
            .ToImmutableHashSet(SymbolEqualityComparer.Default);

    /// <summary>
    /// What the graph captures as a place to be written later, because the value to be written branches (<c>x.P = b ? 1 : 2</c>, <c>x.P ??= 1</c>), and whether it is read as well.
    /// </summary>
    public IReadOnlyDictionary<CaptureId, (IOperation Place, bool IsRead)> CapturedPlaces => _places ??= FindCapturedPlaces();

    private Dictionary<CaptureId, (IOperation Place, bool IsRead)>? _places;

    private Dictionary<CaptureId, (IOperation Place, bool IsRead)> FindCapturedPlaces()
    {
        var references = AllOperations().OfType<IFlowCaptureReferenceOperation>().ToLookup(r => r.Id);
        var places = new Dictionary<CaptureId, (IOperation Place, bool IsRead)>();
        foreach (var capture in AllOperations().OfType<IFlowCaptureOperation>())
        {
            if (capture.Value is not (IFieldReferenceOperation or IPropertyReferenceOperation or IArrayElementReferenceOperation or ILocalReferenceOperation or IParameterReferenceOperation) || !references[capture.Id].Any(IsTarget))
                continue;
            places[capture.Id] = (capture.Value, references[capture.Id].Any(r => !IsTarget(r) || r.Parent is not ISimpleAssignmentOperation));
        }

        return places;

        static bool IsTarget(IFlowCaptureReferenceOperation reference) => reference.Parent switch
        {
            IAssignmentOperation assignment => ReferenceEquals(assignment.Target, reference),
            IIncrementOrDecrementOperation => true,
            _ => false,
        };
    }

    /// <summary>The place that an assignment writes, behind the graph's own temporaries.</summary>
    public IOperation PlaceOf(IOperation target) => target is IFlowCaptureReferenceOperation { IsInitialization: false, Id: var id } && CapturedPlaces.TryGetValue(id, out var captured) ? captured.Place : target;

    /// <summary>Blocks from which every way ends in a throw.</summary>
    public bool[] Doomed { get; }

    /// <summary>Calling it runs none of the body.</summary>
    public bool IsIterator { get; }

    public static bool HasYield(SyntaxNode node, IMethodSymbol method) =>
        method.ReturnType is INamedTypeSymbol { Name: "IEnumerable" or "IEnumerator" or "IAsyncEnumerable" or "IAsyncEnumerator" }
        && node.DescendantNodes(child => ReferenceEquals(child, node) || child is not (LocalFunctionStatementSyntax or AnonymousFunctionExpressionSyntax)).Any(child => child is YieldStatementSyntax);

    public Code[] CodeOf(BasicBlock block) => _blocks[block.Ordinal] ??= block.Operations.Select(Code.Of).ToArray();

    public Code? BranchOf(BasicBlock block) => block.BranchValue is null ? null : _branches[block.Ordinal] ??= Code.Of(block.BranchValue);

    /// <summary>Every operation of the body, those of its nested functions aside.</summary>
    public IEnumerable<IOperation> AllOperations()
    {
        foreach (var block in Graph.Blocks)
        {
            foreach (var operation in CodeOf(block).Concat(BranchOf(block) is { } branch ? new[] { branch } : System.Array.Empty<Code>()).SelectMany(c => c.Operations))
                yield return operation;
        }
    }

    private ImmutableHashSet<ISymbol> FindAssigned()
    {
        var assigned = ImmutableHashSet.CreateBuilder<ISymbol>(SymbolEqualityComparer.Default);
        foreach (var operation in AllOperations())
        {
            var target = operation switch
            {
                IDeconstructionAssignmentOperation deconstruction => deconstruction.Target,
                IAssignmentOperation assignment => PlaceOf(assignment.Target),
                IIncrementOrDecrementOperation increment => PlaceOf(increment.Target),
                IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } argument => argument.Value,
                _ => null,
            };
            foreach (var part in target is ITupleOperation ? target.DescendantsAndSelf() : target is null ? Enumerable.Empty<IOperation>() : new[] { target })
            {
                if (Variables.Of(part) is { } variable)
                    assigned.Add(variable);
            }
        }

        foreach (var nested in Nested)
            assigned.UnionWith(nested.AssignedOutside);
        return assigned.ToImmutable();
    }

    private ImmutableHashSet<ISymbol> FindShared()
    {
        var shared = ImmutableHashSet.CreateBuilder<ISymbol>(SymbolEqualityComparer.Default);
        foreach (var nested in Nested)
            shared.UnionWith(nested.Method.MethodKind == MethodKind.AnonymousFunction ? nested.AssignedOutside : nested.Shared);
        if (Nested.IsEmpty)
            return shared.ToImmutable();
        foreach (var operation in AllOperations())
        {
            if (operation is IMethodReferenceOperation { Method: { MethodKind: MethodKind.LocalFunction } method } && Nested.FirstOrDefault(n => SymbolEqualityComparer.Default.Equals(n.Method, method)) is { } function)
                shared.UnionWith(function.AssignedOutside);
        }

        return shared.ToImmutable();
    }
}

/// <summary>The local or parameter that an operation names.</summary>
internal static class Variables
{
    public static ISymbol? Of(IOperation operation) => operation switch
    {
        ILocalReferenceOperation local => local.Local,
        IParameterReferenceOperation parameter => parameter.Parameter,
        IDeclarationExpressionOperation { Expression: ILocalReferenceOperation local } => local.Local,
        _ => null,
    };
}
