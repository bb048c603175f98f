using System.Collections.Generic;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;

namespace LockContext.CodeFixes.Flags;

/// <summary>Finds attributes of the vocabulary, named as they are written in code.</summary>
internal static class Declared
{
    public static AttributeData? Find(ISymbol symbol, string attribute) => symbol.GetAttributes().FirstOrDefault(a => Vocabulary.NameOf(a) == attribute);

    /// <summary>The attribute stands on the method or on a member that it overrides or implements.</summary>
    public static bool Has(IMethodSymbol method, string attribute) => Declarations(method).Any(m => Find(m, attribute) is not null);

    /// <summary>The attribute of the method, or of a member that it overrides or implements.</summary>
    public static AttributeData? FindFor(IMethodSymbol method, string attribute) => Declarations(method).Select(m => Find(m, attribute)).FirstOrDefault(a => a is not null);

    /// <summary>The attribute stands on the parameter, here or in a member that the method overrides or implements.</summary>
    public static bool Has(IMethodSymbol method, IParameterSymbol parameter, string attribute) =>
        Declarations(method).Any(m => parameter.Ordinal < m.Parameters.Length && Find(m.Parameters[parameter.Ordinal], attribute) is not null);

    private static IEnumerable<IMethodSymbol> Declarations(IMethodSymbol method)
    {
        for (var m = method.OriginalDefinition; m is not null; m = m.OverriddenMethod?.OriginalDefinition)
            yield return m;

        if (method.ContainingType is not { } type)
            yield break;

        foreach (var member in type.AllInterfaces.SelectMany(i => i.GetMembers()).OfType<IMethodSymbol>())
        {
            if (member.Parameters.Length == method.Parameters.Length
                && SymbolEqualityComparer.Default.Equals(type.FindImplementationForInterfaceMember(member)?.OriginalDefinition, method.OriginalDefinition))
                yield return member.OriginalDefinition;
        }
    }
}
