using System.Linq;
using LockContext.Analyzers.Flow;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>
/// LCX6001: what was read under a sequence count leaves the member on a way without validation, or after one that failed. What is done with it inside counts only if the member never validates.
/// </summary>
internal sealed class SpeculationNotValidated : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.SpeculationNotValidated;

    public void Check(Member member)
    {
        var findings = member.Findings.Speculations.Where(f => !f.IsEffect || !member.Findings.Validated.Contains(f.Begin.Syntax.SpanStart));
        foreach (var begin in findings.GroupBy(f => f.Begin.Syntax).OrderBy(g => g.Key.SpanStart))
        {
            var finding = begin.OrderBy(f => f.IsEffect).ThenBy(f => f.At, LocationOrder.Instance).First();
            var validation = finding.Validation is { } name ? $"'{name}'" : "the validation";
            var how = finding.Failed ? $"although {validation} has failed" : "without being validated";
            var next = finding.Failed ? "read it again, or fall back to the lock" : $"call {validation} after the last read, and read again or fall back to the lock if it fails";
            member.Report(Diagnostic.Create(Descriptor, begin.Key.GetLocation(), new[] { finding.At }, finding.Begin.TargetMethod.Name, ContextReport.Line(finding.At), how, next));
        }
    }
}
