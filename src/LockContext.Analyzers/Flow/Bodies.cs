using System;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Finds and builds the bodies of the compilation's own members. A member of another assembly has none here. What Roslyn cannot build a graph for (there are limits of its own,
/// reached by chains of ten thousand calls) has a <see cref="Failure"/> instead.
/// </summary>
internal sealed class Bodies
{
    private readonly Compilation _compilation;
    private readonly KnowledgeBase _knowledge;
    private readonly ConcurrentDictionary<IMethodSymbol, Body?> _bodies = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<IMethodSymbol, string> _failures = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<SyntaxTree, SemanticModel> _models = new();
    private readonly ConcurrentDictionary<IMethodSymbol, string> _names = new(SymbolEqualityComparer.Default);

    public Bodies(Compilation compilation, KnowledgeBase knowledge)
    {
        _compilation = compilation;
        _knowledge = knowledge;
        Hierarchy = new Hierarchy(compilation);
    }

    public Hierarchy Hierarchy { get; }

    public INamedTypeSymbol? Monitor => _compilation.GetTypeByMetadataName("System.Threading.Monitor");

    public Body? Of(IMethodSymbol method)
    {
        method = KnowledgeBase.Canonical(method);
        if (_bodies.TryGetValue(method, out var body))
            return body;

        // Nested functions are registered when the member around them is built.
        return method.MethodKind is MethodKind.LocalFunction or MethodKind.AnonymousFunction ? null : _bodies.GetOrAdd(method, Build(method));
    }

    /// <summary>What a member is called in reports, put together once.</summary>
    public string NameOf(IMethodSymbol method, Func<IMethodSymbol, string> make) => _names.GetOrAdd(method, make);

    /// <summary>Why a member that has a body could not be built, or <see langword="null"/>.</summary>
    public string? Failure(IMethodSymbol method) => _failures.TryGetValue(KnowledgeBase.Canonical(method), out var why) ? why : null;

    public SemanticModel? ModelOf(SyntaxTree tree)
    {
        if (_models.TryGetValue(tree, out var model))
            return model;
        if (!_compilation.ContainsSyntaxTree(tree))
            return null;
#pragma warning disable RS1030 // The callee's tree is not the one being analysed; models are kept per tree for the life of the compilation, so its bodies are bound once.
        return _models.GetOrAdd(tree, _compilation.GetSemanticModel(tree));
#pragma warning restore RS1030
    }

    /// <summary>The operations of a member, without building its flow.</summary>
    public IOperation? OperationsOf(IMethodSymbol method)
    {
        var declaration = method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax();
        return declaration is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax && !SyntaxDepth.IsTooDeep(declaration) ? ModelOf(declaration.SyntaxTree)?.GetOperation(declaration) : null;
    }

    private Body? Build(IMethodSymbol method)
    {
        try
        {
            return BuildMember(method);
        }
        catch (Exception e) when (e is InsufficientExecutionStackException or InvalidOperationException or ArgumentException or NullReferenceException or InvalidCastException)
        {
            // Roslyn gives up on, or trips over, some code that it accepts. That member is unknown, and LCX3006 says so.
            _failures.TryAdd(method, e is InsufficientExecutionStackException ? "an expression in it is too deep" : "its control flow could not be built");
            return null;
        }
    }

    private Body? BuildMember(IMethodSymbol method)
    {
        if (method.IsAbstract || method.IsExtern)
            return null;
        if (IsWithoutCode(method))
            return BuildInitialisersOnly(method);
        if (Declaration(method) is not { } node || ModelOf(node.SyntaxTree) is not { } model)
            return null;
        if (SyntaxDepth.IsTooDeep(node))
        {
            _failures.TryAdd(method, "an expression in it is too deep");
            return null;
        }

        if (model.GetOperation(node) is not { Parent: null } operation || Graph(operation) is not { } graph)
            return null;
        var initialisers = ImmutableArray<Body>.Empty;
        if (method.MethodKind is MethodKind.Constructor or MethodKind.StaticConstructor && node is not ConstructorDeclarationSyntax { Initializer.RawKind: (int)SyntaxKind.ThisConstructorInitializer })
            initialisers = Initialisers(method);
        return Make(method, graph, initialisers);
    }

    /// <summary>Whether calling a member runs none of its body.</summary>
    public static bool IsIterator(IMethodSymbol method) => method is { ReturnType: INamedTypeSymbol { Name: "IEnumerable" or "IEnumerator" or "IAsyncEnumerable" or "IAsyncEnumerator" } }
        && method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is { } node && Body.HasYield(node, method);

    /// <summary>A property that only keeps its value: none of its accessors has code.</summary>
    public static bool IsAutoProperty(IPropertySymbol property) => (property.GetMethod is null || IsAutoAccessor(property.GetMethod)) && (property.SetMethod is null || IsAutoAccessor(property.SetMethod));

    /// <summary>An accessor without code. Beside one with code, which gets at the value by <c>field</c>, there may be one without.</summary>
    public static bool IsAutoAccessor(IMethodSymbol accessor)
    {
        if (accessor.AssociatedSymbol is not IPropertySymbol { IsAbstract: false, IsIndexer: false, ContainingType: { } type, DeclaringSyntaxReferences.IsEmpty: false } property)
            return false;
        accessor = KnowledgeBase.Canonical(accessor);
        return accessor.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is not (AccessorDeclarationSyntax { Body: not null } or AccessorDeclarationSyntax { ExpressionBody: not null } or ArrowExpressionClauseSyntax)
            && type.GetMembers($"<{property.Name}>k__BackingField").Any(m => m is IFieldSymbol { AssociatedSymbol: IPropertySymbol });
    }

    /// <summary>A constructor that nobody wrote a body for: the implicit one, or a type's primary one.</summary>
    private static bool IsWithoutCode(IMethodSymbol method) => method.MethodKind is MethodKind.Constructor or MethodKind.StaticConstructor
        && !method.ContainingType.DeclaringSyntaxReferences.IsEmpty
        && (method.IsImplicitlyDeclared || method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is TypeDeclarationSyntax);

    /// <summary>
    /// The initialisers of such a constructor are all it runs itself, unless a primary one hands arguments to its base class; without any, it does what the one of its base class does.
    /// </summary>
    private Body? BuildInitialisersOnly(IMethodSymbol constructor)
    {
        var initialisers = Initialisers(constructor);
        if (constructor.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is TypeDeclarationSyntax { ParameterList: not null } type && type.BaseList?.Types.FirstOrDefault() is PrimaryConstructorBaseTypeSyntax
            && ModelOf(type.SyntaxTree)?.GetOperation(type) is IConstructorBodyOperation { Parent: null } operation && Graph(operation) is { } graph)
        {
            return Make(constructor, graph, initialisers);
        }

        if (!initialisers.IsEmpty)
            return initialisers[0].With(constructor, initialisers.RemoveAt(0));
        return BaseConstructor(constructor) is { } inherited ? Of(inherited) : null;
    }

    /// <summary>The parameterless constructor of a base class of this compilation, which a constructor without an initialiser of its own calls.</summary>
    public static IMethodSymbol? BaseConstructor(IMethodSymbol constructor) =>
        constructor is { IsStatic: false, ContainingType: { TypeKind: TypeKind.Class, BaseType: { SpecialType: SpecialType.None, DeclaringSyntaxReferences.IsEmpty: false } type } }
            ? type.InstanceConstructors.FirstOrDefault(c => c.Parameters.IsEmpty)
            : null;

    /// <summary>A field or property initialiser as a body of its own, for the report and for the constructors.</summary>
    public Body? OfInitialiser(IMethodSymbol owner, EqualsValueClauseSyntax initialiser)
    {
        if (ModelOf(initialiser.SyntaxTree) is not { } model)
            return null;
        try
        {
            if (model.GetOperation(initialiser) is not { Parent: null } operation || Graph(operation) is not { } graph)
                return null;
            return Make(owner, graph, ImmutableArray<Body>.Empty);
        }
        catch (Exception e) when (e is InsufficientExecutionStackException or InvalidOperationException or ArgumentException or NullReferenceException or InvalidCastException)
        {
            return null;
        }
    }

    private ImmutableArray<Body> Initialisers(IMethodSymbol constructor)
    {
        var result = ImmutableArray.CreateBuilder<Body>();
        foreach (var member in constructor.ContainingType.GetMembers())
        {
            if (member.IsStatic != constructor.IsStatic || member is not (IFieldSymbol { IsConst: false } or IPropertySymbol))
                continue;
            foreach (var reference in member.DeclaringSyntaxReferences)
            {
                var initialiser = reference.GetSyntax() switch
                {
                    VariableDeclaratorSyntax variable => variable.Initializer,
                    PropertyDeclarationSyntax property => property.Initializer,
                    _ => null,
                };
                if (initialiser is { Value: not LiteralExpressionSyntax } && OfInitialiser(constructor, initialiser) is { } body)
                    result.Add(body);
            }
        }

        return result.ToImmutable();
    }

    /// <summary>The syntax that carries a member's body.</summary>
    private SyntaxNode? Declaration(IMethodSymbol method)
    {
        foreach (var reference in method.DeclaringSyntaxReferences)
        {
            var node = reference.GetSyntax();
            switch (node)
            {
                case BaseMethodDeclarationSyntax { Body: not null } or BaseMethodDeclarationSyntax { ExpressionBody: not null }:
                case AccessorDeclarationSyntax { Body: not null } or AccessorDeclarationSyntax { ExpressionBody: not null }:
                case ArrowExpressionClauseSyntax:
                case CompilationUnitSyntax:
                    return node;
            }
        }

        return null;
    }

    private ControlFlowGraph? Graph(IOperation operation) => operation switch
    {
        IMethodBodyOperation body => ControlFlowGraph.Create(body),
        IConstructorBodyOperation body => ControlFlowGraph.Create(body),
        IBlockOperation body => ControlFlowGraph.Create(body),
        IFieldInitializerOperation body => ControlFlowGraph.Create(body),
        IPropertyInitializerOperation body => ControlFlowGraph.Create(body),
        _ => null,
    };

    /// <summary>Makes a body, and before it those of its lambdas and local functions, which can be asked for from then on.</summary>
    private Body Make(IMethodSymbol method, ControlFlowGraph graph, ImmutableArray<Body> initialisers)
    {
        var codes = new Codes(graph);
        var nested = ImmutableArray.CreateBuilder<Body>();
        foreach (var local in graph.LocalFunctions)
            nested.Add(MakeNested(local, graph.GetLocalFunctionControlFlowGraph(local)));
        foreach (var lambda in codes.Operations.OfType<IFlowAnonymousFunctionOperation>())
        {
            if (lambda.Parent is IDelegateCreationOperation creation)
                _knowledge.Declare(lambda.Symbol, _knowledge.DelegateFactsOf(HolderOf(creation), creation.Type));
            nested.Add(MakeNested(lambda.Symbol, graph.GetAnonymousFunctionControlFlowGraph(lambda)));
        }

        return new Body(method, graph, codes, initialisers, nested.ToImmutable());
    }

    private Body MakeNested(IMethodSymbol function, ControlFlowGraph graph) =>
        _bodies.GetOrAdd(KnowledgeBase.Canonical(function), Make(function, graph, ImmutableArray<Body>.Empty))!;

    /// <summary>The parameter, field, property or event that a delegate is made for.</summary>
    public static ISymbol? HolderOf(IOperation creation)
    {
        var value = creation;
        while (value.Parent is IConversionOperation or IParenthesizedOperation or ICoalesceOperation or IConditionalOperation)
            value = value.Parent;
        return value.Parent switch
        {
            IArgumentOperation argument => argument.Parameter,
            IAssignmentOperation { Target: IFieldReferenceOperation field } => field.Field,
            IAssignmentOperation { Target: IPropertyReferenceOperation property } => property.Property,
            IAssignmentOperation { Target: IEventReferenceOperation @event } => @event.Event,
            IEventAssignmentOperation { EventReference: IEventReferenceOperation @event } => @event.Event,
            IFieldInitializerOperation initialiser => initialiser.InitializedFields.FirstOrDefault(),
            IPropertyInitializerOperation initialiser => initialiser.InitializedProperties.FirstOrDefault(),
            _ => null,
        };
    }
}
