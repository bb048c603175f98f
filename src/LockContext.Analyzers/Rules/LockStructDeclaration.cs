using System;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX2004 at declarations: a lock struct in a <c>readonly</c> field, passed by value or <c>in</c>, or returned by a property. Each use works on a copy.</summary>
internal sealed class LockStructDeclaration : IDeclarationRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.LockStructCopied;

    public void Check(ISymbol declaration, KnowledgeBase knowledge, Action<Diagnostic> report)
    {
        switch (declaration)
        {
            case IFieldSymbol { IsReadOnly: true, IsImplicitlyDeclared: false, RefKind: RefKind.None } field when LockStructs.IsLockStruct(field.Type, knowledge):
                Report(field, $"{field.Type.Name} '{field.Name}' is readonly, so every call works on a copy", "remove 'readonly'");
                break;
            case IPropertySymbol { IsIndexer: false, RefKind: RefKind.None } property when LockStructs.IsLockStruct(property.Type, knowledge):
                Report(property, $"the property '{property.Name}' returns a copy of its {property.Type.Name}", "use a field, or return by 'ref'");
                break;
            case IMethodSymbol { IsImplicitlyDeclared: false, MethodKind: not (MethodKind.PropertyGet or MethodKind.PropertySet) } method:
                foreach (var parameter in method.Parameters.Where(p => p.RefKind is RefKind.None or RefKind.In or RefKind.RefReadOnlyParameter))
                {
                    if (LockStructs.IsLockStruct(parameter.Type, knowledge))
                        Report(parameter, $"{parameter.Type.Name} '{parameter.Name}' is passed {(parameter.RefKind == RefKind.None ? "by value" : "read-only")}, so the method works on a copy", "pass it by 'ref'");
                }

                break;
        }

        void Report(ISymbol symbol, string what, string instead)
        {
            if (symbol.Locations.FirstOrDefault(l => l.IsInSource) is { } location)
                report(Diagnostic.Create(Descriptor, location, what, instead));
        }
    }
}
