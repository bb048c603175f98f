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

    /// <summary>The methods of a type that free after a grace period and do not wait for it themselves, those with the fewest parameters first.</summary>
    public static IEnumerable<IMethodSymbol> Deferring(INamedTypeSymbol type) => type.GetMembers().OfType<IMethodSymbol>()
        .Where(m => Defers(m) == false).OrderBy(m => m.Parameters.Length).ThenBy(m => m.Name, System.StringComparer.Ordinal);

    /// <summary>Those that free after a grace period, and wait for it here if they have nowhere to note the pointer.</summary>
    public static IEnumerable<IMethodSymbol> DeferringOrWaiting(INamedTypeSymbol type) => type.GetMembers().OfType<IMethodSymbol>()
        .Where(m => Defers(m) == true).OrderBy(m => m.Parameters.Length).ThenBy(m => m.Name, System.StringComparer.Ordinal);

    /// <summary>The methods that a name can mean: beside the one that frees, and with the same parameters.</summary>
    public static IEnumerable<IMethodSymbol> Beside(IMethodSymbol free, string name) => free.ContainingType.GetMembers(name).OfType<IMethodSymbol>()
        .Where(m => m.IsStatic == free.IsStatic && m.Parameters.Length == free.Parameters.Length && m.Parameters.Zip(free.Parameters, SameType).All(same => same));

    /// <summary>Whether a method that defers a free may wait for the grace period itself; <see langword="null"/> for any other method.</summary>
    private static bool? Defers(IMethodSymbol method) =>
        method.GetAttributes().FirstOrDefault(a => Vocabulary.NameOf(a) == "DefersFree") is { } attribute ? Vocabulary.Named(attribute, "MightSleep") != 0 : null;

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
