using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Knowledge;

/// <summary>What an <c>[Frees]</c> attribute names for callers that must not wait.</summary>
internal static class FreeForms
{
    /// <summary>The forms in the words of a report: <c>'FreeNoLocks' or 'Rcu.Free'</c>; <see langword="null"/> if none is named.</summary>
    public static string? Of(AttributeData frees)
    {
        var names = new List<string>();
        if (WithoutLocks(frees) is { Length: > 0 } method)
            names.Add(method);
        if (DeferredBy(frees) is { } type && Deferring(type).FirstOrDefault() is { } deferred)
            names.Add(type.Name + "." + deferred.Name);
        return names.Count == 0 ? null : "'" + string.Join("' or '", names) + "'";
    }

    /// <summary>The name of the method that takes no lock.</summary>
    public static string? WithoutLocks(AttributeData frees) => Named(frees, "WithoutLocks") is { Kind: TypedConstantKind.Primitive, Value: string name } ? name : null;

    /// <summary>The type that frees later.</summary>
    public static INamedTypeSymbol? DeferredBy(AttributeData frees) =>
        Named(frees, "DeferredBy") is { Kind: TypedConstantKind.Type, Value: INamedTypeSymbol { TypeKind: not TypeKind.Error } type } ? type : null;

    /// <summary>The methods of a type that free after a grace period, those with the fewest parameters first.</summary>
    /// <param name="mightSleep">Those that wait for it themselves if they have nowhere to note the pointer, or those that never do.</param>
    public static IEnumerable<IMethodSymbol> Deferring(INamedTypeSymbol type, bool mightSleep = false) => type.GetMembers().OfType<IMethodSymbol>()
        .Where(m => m.GetAttributes().Any(a => Vocabulary.NameOf(a) == "DefersFree" && Vocabulary.Named(a, "MightSleep") != 0 == mightSleep))
        .OrderBy(m => m.Parameters.Length).ThenBy(m => m.Name, System.StringComparer.Ordinal);

    /// <summary>The methods that a name can mean: beside the one that frees, and with the same parameters.</summary>
    public static IEnumerable<IMethodSymbol> Beside(IMethodSymbol free, string name) => free.ContainingType.GetMembers(name).OfType<IMethodSymbol>()
        .Where(m => m.IsStatic == free.IsStatic && m.Parameters.Length == free.Parameters.Length && m.Parameters.Zip(free.Parameters, SameType).All(same => same));

    private static bool SameType(IParameterSymbol a, IParameterSymbol b) => a.RefKind == b.RefKind && SymbolEqualityComparer.Default.Equals(a.Type, b.Type);

    private static TypedConstant? Named(AttributeData attribute, string name)
    {
        foreach (var pair in attribute.NamedArguments)
        {
            if (pair.Key == name)
                return pair.Value;
        }

        return null;
    }
}
