using System;
using System.Collections.Generic;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Who overrides and implements what inside the compilation. Only hierarchies that no other assembly can extend are answered for: there the list is complete.
/// </summary>
internal sealed class Hierarchy
{
    private readonly Compilation _compilation;
    private readonly Lazy<bool> _hasFriends;
    private readonly Lazy<Dictionary<INamedTypeSymbol, List<INamedTypeSymbol>>> _derived;

    public Hierarchy(Compilation compilation)
    {
        _compilation = compilation;
        _derived = new Lazy<Dictionary<INamedTypeSymbol, List<INamedTypeSymbol>>>(FindDerived);
        _hasFriends = new Lazy<bool>(() => compilation.Assembly.GetAttributes().Any(a => a.AttributeClass?.Name == "InternalsVisibleToAttribute"));
    }

    /// <summary>Whether other assemblies see what is internal.</summary>
    public bool HasFriends => _hasFriends.Value;

    public IEnumerable<IMethodSymbol> OverridesOf(IMethodSymbol method) => method.ContainingType is { } declaring && IsClosed(declaring) ? KnownOverridesOf(method) : Enumerable.Empty<IMethodSymbol>();

    /// <summary>Who overrides and implements a member of this compilation here, where others may do so elsewhere.</summary>
    public IEnumerable<IMethodSymbol> KnownOverridesOf(IMethodSymbol method)
    {
        if (method.ContainingType is not { } declaring || !SymbolEqualityComparer.Default.Equals(declaring.ContainingAssembly, _compilation.Assembly) || !IsOpenMember(method, declaring) || !_derived.Value.TryGetValue(declaring.OriginalDefinition, out _))
            yield break;
        var pending = new Queue<INamedTypeSymbol>();
        var seen = new HashSet<INamedTypeSymbol>(SymbolEqualityComparer.Default);
        pending.Enqueue(declaring.OriginalDefinition);
        while (pending.Count > 0)
        {
            if (!_derived.Value.TryGetValue(pending.Dequeue(), out var derived))
                continue;
            foreach (var type in derived)
            {
                if (!seen.Add(type))
                    continue;
                pending.Enqueue(type);
                if (Implementation(type, method) is { } target)
                    yield return KnowledgeBase.Canonical(target);
            }
        }
    }

    /// <summary>Whether everything that a call of the member can reach is known: nobody overrides it, or all who do are in this compilation.</summary>
    public bool IsComplete(IMethodSymbol method) => method.ContainingType is not { } declaring || !IsOpenMember(method, declaring) || IsClosed(declaring);

    /// <summary>Whether code of other assemblies may call the member.</summary>
    public static bool IsOpenToAll(IMethodSymbol method)
    {
        if (method.MethodKind is MethodKind.LocalFunction or MethodKind.AnonymousFunction)
            return false;
        for (ISymbol? symbol = method; symbol is not null and not INamespaceSymbol; symbol = symbol.ContainingSymbol)
        {
            if (symbol.DeclaredAccessibility is Accessibility.Private or Accessibility.Internal or Accessibility.ProtectedAndInternal)
                return false;
        }

        return true;
    }

    private static bool IsOpenMember(IMethodSymbol method, INamedTypeSymbol declaring) =>
        declaring.TypeKind == TypeKind.Interface || ((method.IsVirtual || method.IsAbstract || method.IsOverride) && !method.IsSealed && !declaring.IsSealed);

    private bool IsClosed(INamedTypeSymbol type)
    {
        if (!SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, _compilation.Assembly))
            return false;
        for (var outer = type; outer is not null; outer = outer.ContainingType)
        {
            if (outer.DeclaredAccessibility is Accessibility.Private or Accessibility.ProtectedAndInternal || (outer.DeclaredAccessibility == Accessibility.Internal && !HasFriends))
                return true;
        }

        return false;
    }

    private static IMethodSymbol? Implementation(INamedTypeSymbol type, IMethodSymbol method)
    {
        if (method.ContainingType.TypeKind == TypeKind.Interface)
        {
            foreach (var contract in type.AllInterfaces)
            {
                if (!SymbolEqualityComparer.Default.Equals(contract.OriginalDefinition, method.ContainingType.OriginalDefinition))
                    continue;
                foreach (var member in contract.GetMembers(method.Name))
                {
                    if (SymbolEqualityComparer.Default.Equals(member.OriginalDefinition, method) && type.FindImplementationForInterfaceMember(member) is IMethodSymbol found
                        && SymbolEqualityComparer.Default.Equals(found.ContainingType.OriginalDefinition, type))
                    {
                        return found;
                    }
                }
            }

            return null;
        }

        foreach (var member in type.GetMembers(method.Name))
        {
            if (member is not IMethodSymbol { IsOverride: true } candidate)
                continue;
            for (var overridden = candidate.OverriddenMethod; overridden is not null; overridden = overridden.OverriddenMethod)
            {
                if (SymbolEqualityComparer.Default.Equals(overridden.OriginalDefinition, method))
                    return candidate;
            }
        }

        return null;
    }

    private Dictionary<INamedTypeSymbol, List<INamedTypeSymbol>> FindDerived()
    {
        var derived = new Dictionary<INamedTypeSymbol, List<INamedTypeSymbol>>(SymbolEqualityComparer.Default);
        var pending = new Stack<INamespaceOrTypeSymbol>();
        pending.Push(_compilation.Assembly.GlobalNamespace);
        while (pending.Count > 0)
        {
            var container = pending.Pop();
            foreach (var member in container.GetMembers().OfType<INamespaceOrTypeSymbol>())
                pending.Push(member);
            if (container is not INamedTypeSymbol type)
                continue;
            if (type.BaseType is { } inherited)
                Add(inherited, type);
            foreach (var contract in type.AllInterfaces)
                Add(contract, type);
        }

        return derived;

        void Add(INamedTypeSymbol ancestor, INamedTypeSymbol type)
        {
            if (!derived.TryGetValue(ancestor.OriginalDefinition, out var list))
                derived.Add(ancestor.OriginalDefinition, list = new List<INamedTypeSymbol>());
            list.Add(type);
        }
    }
}
