using System.Linq;
using LockContext.Analyzers.Flow;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX4004: an allocation that makes no room is repeated until it succeeds, in a section that whoever has memory to give back may be waiting for. Once for each loop.</summary>
internal sealed class RetryWithoutLeaving : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.RetryWithoutLeaving;

    public void Check(Member member)
    {
        var retries = member.Findings.Retries.Select(r => (Finding: r, At: r.Operation.Syntax.GetLocation())).Where(r => !member.Findings.MayReclaim.Contains(r.At));
        foreach (var loop in retries.GroupBy(r => LoopAround(r.Finding.Operation.Syntax)).OrderBy(g => g.Key.SpanStart))
        {
            var (finding, at) = loop.OrderBy(r => r.At, LocationOrder.Instance).ThenBy(r => r.Finding.Context.Display, System.StringComparer.Ordinal).First();
            var path = CausePaths.From(finding.Site, member.Solver);
            var places = new[] { finding.Context.EnteredAt }.OfType<Location>().Concat(path.Skip(1).Select(s => s.At));
            member.Report(Diagnostic.Create(Descriptor, at, places, Promotion.Properties(finding.Context.ByShape), path[path.Length - 1].Name, ContextReport.Where(finding.Context), path.Length == 1 ? "" : ": " + ContextReport.PathText(path),
                finding.Context.IsLock ? $"give up on failure, or retry after {finding.Context.ReleasedBy ?? "the release"} and after making room" : "give up on failure, and let the caller make room"));
        }
    }

    private static SyntaxNode LoopAround(SyntaxNode call) =>
        call.Ancestors().TakeWhile(n => n is not (MemberDeclarationSyntax or AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)).FirstOrDefault(n => n is WhileStatementSyntax or DoStatementSyntax or CommonForEachStatementSyntax or ForStatementSyntax) ?? call;
}
