using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Finding;
using LockContext.Analyzers.Flow;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace LockContext.Analyzers.Rules;

/// <summary>
/// LCX2005: two or more lock classes are taken in orders that lead in a circle. Only the whole compilation shows that, so this is the one rule about code that reports at its end. Which
/// circles of a tangle are reported is <see cref="LockOrderCircles"/>' choice; each stands at the last of its inner acquires in the order of files.
/// </summary>
internal static class LockOrderInversion
{
    public static DiagnosticDescriptor Descriptor => Descriptors.LockOrderInversion;

    public static void Check(CompilationAnalysisContext context, CompilationAnalysis analysis)
    {
        var edges = LockOrderSearch.Edges(analysis, context.Compilation, Descriptor, context.CancellationToken);
        var solver = analysis.NewSolver(context.CancellationToken);
        foreach (var circle in new LockOrderCircles(edges).Choose(context.CancellationToken))
            context.ReportDiagnostic(Report(circle, solver));
    }

    private static Diagnostic Report(ImmutableArray<LockEdge> circle, Solver solver)
    {
        var last = circle.OrderBy(e => e.Site.At, LocationOrder.Instance).Last();
        var start = circle.IndexOf(last);
        var others = Enumerable.Range(1, circle.Length - 1).Select(i => circle[(start + i) % circle.Length]).ToArray();
        var places = new List<Location> { last.HeldAt };
        places.AddRange(CausePaths.From(last.Site, solver).Skip(1).Select(s => s.At));
        foreach (var other in others)
        {
            places.Add(other.HeldAt);
            places.AddRange(CausePaths.From(other.Site, solver).Select(s => s.At));
        }

        return Diagnostic.Create(Descriptor, InnerAcquire(last, solver), places, Display(last.Taken), Display(last.Held), Way(last, solver), string.Join(", ", others.Select(o =>
            $"'{Display(o.Taken)}' while '{Display(o.Held)}' is held at {System.IO.Path.GetFileName(o.Site.At.SourceTree?.FilePath)} line {ContextReport.Line(o.Site.At)}{Way(o, solver)}")));
    }

    /// <summary>The call or acquire; of a lambda written in place, what is inside it.</summary>
    private static Location InnerAcquire(LockEdge edge, Solver solver) => CausePaths.From(edge.Site, solver).Select(s => s.At)
        .LastOrDefault(at => at.SourceTree == edge.Site.At.SourceTree && edge.Site.At.SourceSpan.Contains(at.SourceSpan)) ?? edge.Site.At;

    private static string Way(LockEdge edge, Solver solver) => edge.Site.Callee is null ? "" : $" ({ContextReport.PathText(CausePaths.From(edge.Site, solver))})";

    private static string Display(ISymbol lockClass) => lockClass is ITypeSymbol ? lockClass.Name : $"{lockClass.ContainingType?.Name}.{lockClass.Name}";
}
