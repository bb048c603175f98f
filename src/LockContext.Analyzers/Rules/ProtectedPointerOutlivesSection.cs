using System.Collections.Generic;
using System.Linq;
using LockContext.Analyzers.Flow;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX5002: a pointer that a read section protects is used after the section has ended, kept in a field, or returned. Each pointer once for each end.</summary>
internal sealed class ProtectedPointerOutlivesSection : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.ProtectedPointerOutlivesSection;

    public void Check(Member member)
    {
        var reported = new HashSet<(string, Location?)>();
        foreach (var use in member.Findings.ProtectedUses.OrderBy(u => u.At, LocationOrder.Instance).ThenBy(u => u.Pointer, System.StringComparer.Ordinal).ThenBy(u => u.Protection.EndedAt, LocationOrder.Instance))
        {
            var protection = use.Protection;
            if (!reported.Add((use.Pointer, protection.EndedAt)))
                continue;
            var places = new[] { protection.EnteredAt, protection.EndedAt }.OfType<Location>();
            var what = use.Kind switch
            {
                ProtectedUseKind.Stored => "is kept in a field",
                ProtectedUseKind.Returned => "is handed to the caller",
                _ => "is used",
            };
            var since = protection.EndedAt is { } ended ? $" ended at line {ContextReport.Line(ended)}" : " has ended";
            member.Report(Diagnostic.Create(Descriptor, use.At, places, use.Pointer, what, protection.Name + since));
        }
    }
}
