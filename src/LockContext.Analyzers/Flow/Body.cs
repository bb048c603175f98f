using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>The body of one member, lambda or local function, ready to be walked.</summary>
internal sealed class Body
{
    private readonly Codes _codes;
    private static readonly ImmutableHashSet<ISymbol> s_none = ImmutableHashSet.Create<ISymbol>(SymbolEqualityComparer.Default);

    private ImmutableHashSet<ISymbol>? _captured;

    public Body(IMethodSymbol method, ControlFlowGraph graph, Codes codes, ImmutableArray<Body> initialisers, ImmutableArray<Body> nested)
    {
        Method = method;
        Graph = graph;
        Initialisers = initialisers;
        Nested = nested;
        _codes = codes;
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

    /// <summary>Locals and parameters that a pointer or a <c>ref</c> local may lead to.</summary>
    public ImmutableHashSet<ISymbol> Aliased => _aliased ??= AllOperations()
        .Select(o => o switch { IAddressOfOperation address => address.Reference, ISimpleAssignmentOperation { IsRef: true } reference => reference.Value, _ => null })
        .Select(place => place is null ? null : Variables.Of(place)).OfType<ISymbol>().ToImmutableHashSet(SymbolEqualityComparer.Default);

    private ImmutableHashSet<ISymbol>? _aliased;

    /// <summary>Locals and parameters that a lambda or local function inside mentions, though they are not its own.</summary>
    public ImmutableHashSet<ISymbol> CapturedByNested => _captured ??= Nested.IsEmpty
        ? s_none
        : AllNested.SelectMany(n => n.AllOperations().Select(Variables.Of).Where(v => v is not null && !SymbolEqualityComparer.Default.Equals(v.ContainingSymbol, n.Method))).OfType<ISymbol>()
            .ToImmutableHashSet(SymbolEqualityComparer.Default);

    /// <summary>
    /// What the graph captures as a place to be written later, because the value to be written branches (<c>x.P = b ? 1 : 2</c>, <c>x.P ??= 1</c>), and whether it is read as well.
    /// </summary>
    public IReadOnlyDictionary<CaptureId, (IOperation Place, bool IsRead)> CapturedPlaces => _places ??= FindCapturedPlaces();

    private Dictionary<CaptureId, (IOperation Place, bool IsRead)>? _places;

    private Dictionary<CaptureId, (IOperation Place, bool IsRead)> FindCapturedPlaces()
    {
        var places = new Dictionary<CaptureId, (IOperation Place, bool IsRead)>();
        var references = AllOperations().OfType<IFlowCaptureReferenceOperation>().ToLookup(r => r.Id);
        if (references.Count == 0)
            return places;
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

    /// <summary>The loops, the outer before the inner.</summary>
    public ImmutableArray<Loop> Loops => _loops.IsDefault ? _loops = Loop.Of(this) : _loops;

    private ImmutableArray<Loop> _loops;

    /// <summary>Blocks from which every way ends in a throw.</summary>
    public bool[] Doomed { get; }

    /// <summary>Calling it runs none of the body.</summary>
    public bool IsIterator { get; }

    /// <summary>Whether it, or a function in it, calls members of what a type parameter stands for, or hands the parameter on to somebody who may.</summary>
    public bool CallsThroughTypeParameters => _callsThrough ??= Initialisers.Any(static i => i.CallsThroughTypeParameters) || AllOperations().Concat(AllNested.SelectMany(static n => n.AllOperations())).Any(static o => o switch
    {
        IInvocationOperation call => IsThrough(call.Instance, call.ConstrainedToType) || HandsOn(call.TargetMethod),
        IMemberReferenceOperation member => IsThrough(member.Instance, member.ConstrainedToType) || HandsOn(member.Member),
        IObjectCreationOperation { Constructor: { } constructor } => HandsOn(constructor),
        _ => Walk.ConstrainedTo(o) is not null,
    });

    private bool? _callsThrough;

    private static bool IsThrough(IOperation? instance, ITypeSymbol? constrainedTo)
    {
        while (instance is IConversionOperation { OperatorMethod: null } conversion)
            instance = conversion.Operand;
        return (constrainedTo ?? instance?.Type) is ITypeParameterSymbol;
    }

    private static bool HandsOn(ISymbol member)
    {
        if (member.ContainingAssembly is not ISourceAssemblySymbol)
            return false;
        if (member is IMethodSymbol { IsGenericMethod: true } method && method.TypeArguments.Any(Mentions))
            return true;
        for (var type = member.ContainingType; type is { IsGenericType: true }; type = type.ContainingType)
        {
            if (type.TypeArguments.Any(Mentions))
                return true;
        }

        return false;

        static bool Mentions(ITypeSymbol type) => type is ITypeParameterSymbol parameter ? TypeArguments.IsCalledThrough(parameter) : type is INamedTypeSymbol { IsGenericType: true } named && named.TypeArguments.Any(Mentions);
    }

    public static bool HasYield(SyntaxNode node, IMethodSymbol method) =>
        method.ReturnType is INamedTypeSymbol { Name: "IEnumerable" or "IEnumerator" or "IAsyncEnumerable" or "IAsyncEnumerator" }
        && node.DescendantNodes(child => ReferenceEquals(child, node) || child is not (LocalFunctionStatementSyntax or AnonymousFunctionExpressionSyntax)).Any(child => child is YieldStatementSyntax);

    public Code[] CodeOf(BasicBlock block) => _codes.Of(block);

    public Code? BranchOf(BasicBlock block) => _codes.BranchOf(block);

    /// <summary>Every operation of the body, those of its nested functions aside.</summary>
    public IOperation[] AllOperations() => _codes.Operations;

    /// <summary>The body with other initialisers; for a constructor that is nothing but them.</summary>
    public Body With(IMethodSymbol method, ImmutableArray<Body> initialisers) => new(method, Graph, _codes, initialisers, Nested);

    private ImmutableHashSet<ISymbol> FindAssigned()
    {
        var assigned = s_none;
        foreach (var operation in AllOperations())
        {
            foreach (var variable in AssignedBy(operation))
                assigned = assigned.Add(variable);
        }

        foreach (var nested in Nested)
            assigned = assigned.Union(nested.AssignedOutside);
        return assigned;
    }

    /// <summary>The locals and parameters that an operation gives a value.</summary>
    public IEnumerable<ISymbol> AssignedBy(IOperation operation)
    {
        var target = operation switch
        {
            IDeconstructionAssignmentOperation deconstruction => deconstruction.Target,
            IAssignmentOperation assignment => PlaceOf(assignment.Target),
            IIncrementOrDecrementOperation increment => PlaceOf(increment.Target),
            IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } argument => argument.Value,
            _ => null,
        };
        if (target is IDeclarationExpressionOperation { Expression: ITupleOperation declared })
            target = declared;
        return target switch
        {
            null => Enumerable.Empty<ISymbol>(),
            ITupleOperation => target.DescendantsAndSelf().Select(Variables.Of).OfType<ISymbol>(),
            _ => Variables.Of(target) is { } variable ? new[] { variable } : Enumerable.Empty<ISymbol>(),
        };
    }

    private ImmutableHashSet<ISymbol> FindShared()
    {
        if (Nested.IsEmpty)
            return s_none;
        var shared = s_none.ToBuilder();
        foreach (var nested in Nested)
            shared.UnionWith(nested.Method.MethodKind == MethodKind.AnonymousFunction ? nested.AssignedOutside : nested.Shared);
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
