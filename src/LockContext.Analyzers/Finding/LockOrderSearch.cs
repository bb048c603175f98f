using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LockContext.Analyzers.Finding;

/// <summary>
/// Collects in which order the compilation takes its locks. Only bodies that take one are looked at, and from them what is called while it is held; what a body without a lock does can
/// add nothing, and files in which the rule is off count for nothing. It runs once everything else is done, in builds only: an editor has no use for it.
/// </summary>
internal static class LockOrderSearch
{
    public static IReadOnlyList<LockEdge> Edges(CompilationAnalysis analysis, Compilation compilation, DiagnosticDescriptor rule, CancellationToken cancellation)
    {
        var trees = compilation.SyntaxTrees.Where(t => !IsGenerated(compilation, t, cancellation) && analysis.SeverityOf(rule, t) != ReportDiagnostic.Suppress)
            .OrderBy(t => t.FilePath, StringComparer.Ordinal).ToArray();
        var edges = new LockEdge[trees.Length][];
        analysis.ForEach(trees.Length, (i, solver) => edges[i] = analysis.CodeWithLocks(trees[i], cancellation).SelectMany(node => EdgesOf(node, analysis, solver, cancellation)).ToArray(), cancellation);
        return edges.SelectMany(e => e).ToArray();
    }

    private static IEnumerable<LockEdge> EdgesOf(SyntaxNode node, CompilationAnalysis analysis, Solver solver, CancellationToken cancellation)
    {
        if (analysis.Orders.TryGetValue(node, out var order))
            return order;
        return Nests(node) && CompilationAnalysis.DeclaredBy(node, analysis.Bodies.ModelOf(node.SyntaxTree), cancellation) is { } declared && analysis.BodyOf(node, declared) is { } body
            ? body.AllNested.Prepend(body).SelectMany(part => solver.Analyse(part, collectsOrder: true).Order)
            : Enumerable.Empty<LockEdge>();
    }

    /// <summary>Whether something can happen while a lock is held: another one, or a call. A quick look at the syntax that spares most bodies the rest.</summary>
    private static bool Nests(SyntaxNode body)
    {
        var onlyStatements = true;
        foreach (var node in body.DescendantNodes())
        {
            switch (node)
            {
                case LockStatementSyntax statement when statement.Statement.DescendantNodesAndSelf().Any(MayTakeLock):
                case AttributeSyntax:
                    return true;
                case InvocationExpressionSyntax:
                    onlyStatements = false;
                    break;
            }
        }

        return !onlyStatements;
    }

    /// <summary>A property without a receiver looks like a variable; by custom it begins with a capital.</summary>
    private static bool MayTakeLock(SyntaxNode node) => node switch
    {
        InvocationExpressionSyntax or BaseObjectCreationExpressionSyntax or LockStatementSyntax or MemberAccessExpressionSyntax or ElementAccessExpressionSyntax => true,
        IdentifierNameSyntax { Identifier.ValueText: { Length: > 0 } name } => char.IsUpper(name[0]),
        _ => false,
    };

    private static bool IsGenerated(Compilation compilation, SyntaxTree tree, CancellationToken cancellation) =>
        compilation.Options.SyntaxTreeOptionsProvider?.IsGenerated(tree, cancellation) == GeneratedKind.MarkedGenerated
        || tree.FilePath.EndsWith(".g.cs", StringComparison.OrdinalIgnoreCase) || tree.FilePath.EndsWith(".designer.cs", StringComparison.OrdinalIgnoreCase);
}
