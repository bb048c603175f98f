using System;
using System.Collections.Generic;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>
/// LCX3002: a member promises less than one that it stands for, so whoever calls it through that one relies on what does not hold. A member without a contract of its own inherits and is checked by its
/// body; only a weaker word is reported.
/// </summary>
internal sealed class OverridePromisesLess : IDeclarationRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.OverridePromisesLess;

    public void Check(ISymbol declaration, KnowledgeBase knowledge, Action<Diagnostic> report)
    {
        switch (declaration)
        {
            case INamedTypeSymbol { TypeKind: TypeKind.Class or TypeKind.Struct } type:
                CheckInheritedImplementations(type, knowledge, report);
                break;
            case IMethodSymbol { AssociatedSymbol: null, MethodKind: not (MethodKind.LocalFunction or MethodKind.AnonymousFunction) } method:
                Check(method, method, knowledge, report);
                break;
            case IPropertySymbol property:
                CheckAny(property, knowledge, report, property.GetMethod, property.SetMethod);
                break;
            case IEventSymbol @event:
                CheckAny(@event, knowledge, report, @event.AddMethod, @event.RemoveMethod);
                break;
        }
    }

    /// <summary>One report for a property or event, whichever accessor it is about.</summary>
    private void CheckAny(ISymbol declaration, KnowledgeBase knowledge, Action<Diagnostic> report, params IMethodSymbol?[] accessors)
    {
        foreach (var accessor in accessors)
        {
            if (accessor is not null && Check(accessor, declaration, knowledge, report))
                return;
        }
    }

    private bool Check(IMethodSymbol method, ISymbol declaration, KnowledgeBase knowledge, Action<Diagnostic> report)
    {
        // The other part of a partial member says the same and is the one to be reported.
        if (method.PartialImplementationPart is not null)
            return false;
        foreach (var stoodFor in knowledge.StoodFor(method))
        {
            if (Weaker(knowledge.OwnWord(method), knowledge.FactsOf(stoodFor)) is { } difference)
                return Report(declaration, method, stoodFor, difference, report);
        }

        return false;
    }

    /// <summary>A class that names an interface some of whose members its base class has written, for another purpose perhaps.</summary>
    private void CheckInheritedImplementations(INamedTypeSymbol type, KnowledgeBase knowledge, Action<Diagnostic> report)
    {
        if (type.BaseType is null or { SpecialType: SpecialType.System_Object } or { TypeKind: TypeKind.Error })
            return;
        foreach (var contract in type.AllInterfaces)
        {
            if (type.BaseType.AllInterfaces.Contains(contract, SymbolEqualityComparer.Default))
                continue;
            foreach (var member in contract.GetMembers().OfType<IMethodSymbol>())
            {
                if (type.FindImplementationForInterfaceMember(member) is IMethodSymbol implementation && !SymbolEqualityComparer.Default.Equals(implementation.ContainingType, type)
                    && implementation.ContainingType.TypeKind == TypeKind.Class && Weaker(knowledge.OwnWord(implementation.OriginalDefinition), knowledge.FactsOf(member)) is { } difference
                    && Report(type, implementation, member, difference, report))
                {
                    return;
                }
            }
        }
    }

    /// <summary>What the one promises, and what the other says instead; <see langword="null"/> if it promises as much, or says nothing.</summary>
    private static (string Promise, string Instead)? Weaker(MethodFacts own, MethodFacts promised)
    {
        if (promised.NoGracePeriodWait && own.WaitsForGracePeriod)
            return ("[NoGracePeriodWait]", "[WaitsForGracePeriod]");
        var limit = Contracts.Limit(promised);
        if (limit == WaitClass.None || Contracts.Needs(own) <= limit)
            return null;
        return (Contracts.Display(promised), Contracts.Display(own));
    }

    private bool Report(ISymbol declaration, IMethodSymbol method, IMethodSymbol stoodFor, (string Promise, string Instead) difference, Action<Diagnostic> report)
    {
        if (declaration.Locations.FirstOrDefault(l => l.IsInSource) is not { } location)
            return false;
        var additional = new List<Location>();
        if (stoodFor.Locations.FirstOrDefault(l => l.IsInSource) is { } promise)
            additional.Add(promise);
        report(Diagnostic.Create(Descriptor, location, additional, Name(method), difference.Instead, Name(stoodFor), difference.Promise));
        return true;
    }

    private static string Name(IMethodSymbol method)
    {
        var name = (method.AssociatedSymbol ?? method).Name;
        return method.ContainingType.Name + "." + name.Substring(name.LastIndexOf('.') + 1);
    }
}
