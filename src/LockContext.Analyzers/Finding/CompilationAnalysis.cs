using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;
using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.Analyzers.Finding;

/// <summary>
/// The analysis of one compilation: which bodies are worth looking at (<see cref="NameSearch"/> finds them), and the summaries and knowledge they share. Lives as long as the compilation.
/// </summary>
internal sealed class CompilationAnalysis
{
    private static readonly ConditionalWeakTable<AnalyzerOptions, ConditionalWeakTable<Compilation, StrongBox<bool>>> s_hasContexts = new();

    private const int WorthSharing = 8;

    private readonly Compilation _compilation;
    private readonly AnalyzerOptions _options;
    private readonly NameSearch _names;
    private readonly SummaryStore _summaries = new();

    public CompilationAnalysis(Compilation compilation, AnalyzerOptions options, CancellationToken cancellation)
    {
        _compilation = compilation;
        _options = options;
        var project = ModelFiles.Table(options.AdditionalFiles, cancellation);
        Knowledge = new KnowledgeBase(new Options(options.AnalyzerConfigOptionsProvider), project);
        Bodies = new Bodies(compilation, Knowledge);
        Callers = new CallerContexts(compilation, Bodies, Knowledge);
        _names = new NameSearch(compilation, project, Bodies, Knowledge, _summaries);
    }

    public Bodies Bodies { get; }

    public KnowledgeBase Knowledge { get; }

    /// <summary>In which order the code that was checked takes its locks, declaration by declaration.</summary>
    public ConcurrentDictionary<SyntaxNode, IReadOnlyList<LockEdge>> Orders { get; } = new();

    /// <summary>In which contexts members are called.</summary>
    public CallerContexts Callers { get; }

    /// <inheritdoc cref="NameSearch.HasContexts"/>
    /// <remarks>The actions of the beginning and of the end have an analysis each; the second is told what the first has found.</remarks>
    public bool HasContexts(CancellationToken cancellation)
    {
        var known = s_hasContexts.GetOrCreateValue(_options);
        if (known.TryGetValue(_compilation, out var answer))
            return answer.Value;
        var hasContexts = _names.HasContexts(cancellation);
        return known.GetValue(_compilation, _ => new StrongBox<bool>(hasContexts)).Value;
    }

    public Solver NewSolver(CancellationToken cancellation) =>
        new(Bodies, Knowledge, _names.Found.MayChangeLocks, _summaries, cancellation);

    /// <summary>The severity that the project gives a rule in a file; <see cref="ReportDiagnostic.Default"/> if it says nothing.</summary>
    public ReportDiagnostic SeverityOf(DiagnosticDescriptor rule, SyntaxTree tree)
    {
        var ofTrees = _compilation.Options.SyntaxTreeOptionsProvider;
        if (ofTrees is not null && (ofTrees.TryGetDiagnosticValue(tree, rule.Id, CancellationToken.None, out var severity) || ofTrees.TryGetGlobalDiagnosticValue(rule.Id, CancellationToken.None, out severity)))
            return severity;
        return _compilation.Options.SpecificDiagnosticOptions.TryGetValue(rule.Id, out severity) ? severity : ReportDiagnostic.Default;
    }

    /// <summary>The declarations in a file whose code can have anything to report; decided without binding it.</summary>
    public IEnumerable<SyntaxNode> CodeToCheck(SyntaxTree tree, TextSpan? within, CancellationToken cancellation) => _names.Found.Code.In(tree, within, cancellation);

    /// <summary>The declarations in a file that can have anything to report: those that mention the vocabulary or a lock struct, and all that stands in a type which does so itself.</summary>
    public IEnumerable<SyntaxNode> DeclarationsToCheck(SyntaxTree tree, TextSpan? within, CancellationToken cancellation)
    {
        var index = IdentifierIndex.Of(tree);
        if (!index.MentionsAny(_names.Found.Declaring))
            return Array.Empty<SyntaxNode>();
        var root = tree.GetRoot(cancellation);
        var found = new HashSet<SyntaxNode>();
        foreach (var position in index.PositionsOf(_names.Found.Declaring))
        {
            var owner = root.FindToken(position).Parent?.FirstAncestorOrSelf<SyntaxNode>(n => n is MemberDeclarationSyntax and not (BaseNamespaceDeclarationSyntax or GlobalStatementSyntax));

            // A mention outside of all declarations names an alias, and may be meant anywhere.
            found.UnionWith(Declared(owner ?? root));
            for (var type = owner?.Parent; type is BaseTypeDeclarationSyntax; type = type.Parent)
                found.Add(type);
        }

        return found.Where(n => within is null || within.Value.IntersectsWith(n.FullSpan)).OrderBy(n => n.SpanStart);

        // What a declaration declares, with all inside; code aside.
        static IEnumerable<SyntaxNode> Declared(SyntaxNode declaration) => declaration
            .DescendantNodesAndSelf(n => n is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax or BaseTypeDeclarationSyntax or BaseFieldDeclarationSyntax or VariableDeclarationSyntax)
            .Where(n => n is (MemberDeclarationSyntax and not (BaseFieldDeclarationSyntax or BaseNamespaceDeclarationSyntax or GlobalStatementSyntax)) or VariableDeclaratorSyntax);
    }

    /// <summary>The declarations in a file whose code may take a lock of any kind.</summary>
    public IEnumerable<SyntaxNode> CodeWithLocks(SyntaxTree tree, CancellationToken cancellation) => _names.Found.Locking.In(tree, null, cancellation);

    /// <summary>The member that a declaration with code declares; of a property that is an expression, its getter stands in the expression.</summary>
    public static ISymbol? DeclaredBy(SyntaxNode node, SemanticModel? model, CancellationToken cancellation) =>
        model?.GetDeclaredSymbol(node is ArrowExpressionClauseSyntax { Parent: { } property } ? property : node, cancellation);

    /// <summary>The body of a declaration that <see cref="CodeToCheck"/> or <see cref="CodeWithLocks"/> has found; of a partial method, the part with the code.</summary>
    public Body? BodyOf(SyntaxNode node, ISymbol declared)
    {
        switch (declared)
        {
            case IPropertySymbol { GetMethod: { } getter } when node is ArrowExpressionClauseSyntax:
                return Bodies.Of(getter);
            case IMethodSymbol { IsPartialDefinition: true, PartialImplementationPart: not null }:
                return null;
            case IMethodSymbol method:
                return Bodies.Of(method);
        }

        var initialiser = node switch
        {
            VariableDeclaratorSyntax variable => variable.Initializer,
            PropertyDeclarationSyntax property => property.Initializer,
            _ => null,
        };
        return initialiser is not null && declared.ContainingType is { } type
            && (declared.IsStatic ? type.StaticConstructors : type.InstanceConstructors).FirstOrDefault() is { } constructor
                ? Bodies.OfInitialiser(KnowledgeBase.Canonical(constructor), initialiser)
                : null;
    }

    /// <summary>Does something for each of a number of things, several at once if there are enough of them and the compiler works on several threads itself; a solver belongs to one thread.</summary>
    public void ForEach(int count, Action<int, Solver> action, CancellationToken cancellation)
    {
        try
        {
            Parallel.ForEach(
                Partitioner.Create(Enumerable.Range(0, count), EnumerablePartitionerOptions.NoBuffering),
                count < WorthSharing ? new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = 1 } : _compilation.Threads(cancellation),
                () => NewSolver(cancellation),
                (i, _, solver) =>
                {
                    action(i, solver);
                    return solver;
                },
                _ => { });
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Capture(e.InnerExceptions[0]).Throw();
        }
    }
}
