using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace LockContext.CodeFixes.Flags;

/// <summary>Reads the attributes of the vocabulary, by full name: a project may declare its own copy.</summary>
internal static class Vocabulary
{
    public const string AllocationFlags = "AllocationFlagsAttribute";
    public const string AllocationFlag = "AllocationFlagAttribute";
    public const string AllocationOrder = "AllocationOrderAttribute";
    public const string Allocates = "AllocatesAttribute";
    public const string Frees = "FreesAttribute";
    public const string Acquires = "AcquiresAttribute";
    public const string Releases = "ReleasesAttribute";

    public static AttributeData? Find(ISymbol symbol, string attribute) =>
        symbol.GetAttributes().FirstOrDefault(a => a.AttributeClass is { ContainingType: null } type && type.MetadataName == attribute
            && type.ContainingNamespace is { Name: "LockContext", ContainingNamespace.IsGlobalNamespace: true });

    /// <summary>The attribute stands on the method or on a member that it overrides or implements.</summary>
    public static bool Has(IMethodSymbol method, string attribute) => Declarations(method).Any(m => Find(m, attribute) is not null);

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
