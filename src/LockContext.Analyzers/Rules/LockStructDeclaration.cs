using System;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX2004 at declarations: a lock struct in a <c>readonly</c> field or in an auto-property. Each use works on a copy.</summary>
internal sealed class LockStructDeclaration : IDeclarationRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.LockStructCopied;

    public void Check(ISymbol declaration, KnowledgeBase knowledge, Action<Diagnostic> report)
    {
        switch (declaration)
        {
            case IFieldSymbol { IsReadOnly: true, IsImplicitlyDeclared: false, RefKind: RefKind.None } field when LockStructs.IsLockStruct(field.Type, knowledge):
                Report(field, $"{field.Type.Name} '{field.Name}' is readonly: every call works on a copy", "remove 'readonly'");
                break;
            case IPropertySymbol { IsIndexer: false, RefKind: RefKind.None } property when IsAuto(property) && LockStructs.IsLockStruct(property.Type, knowledge):
                Report(property, $"the property '{property.Name}' returns a copy of its {property.Type.Name}", "use a field, or return by 'ref'");
                break;
        }

        static bool IsAuto(IPropertySymbol property) => property.ContainingType.GetMembers().Any(m => m is IFieldSymbol { AssociatedSymbol: { } owner } && SymbolEqualityComparer.Default.Equals(owner, property));

        void Report(ISymbol symbol, string what, string instead)
        {
            if (symbol.Locations.FirstOrDefault(l => l.IsInSource) is { } location)
                report(Diagnostic.Create(Descriptor, location, what, instead));
        }
    }
}
