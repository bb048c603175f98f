using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Knowledge;

/// <summary>
/// Answers what is declared about the symbols of one compilation: attributes first (own, then of the overridden or implemented member, then of the type), then the
/// framework table. Holds symbols, so it lives exactly as long as its compilation's analysis. Safe for concurrent use; two threads may compute the same answer.
/// </summary>
internal sealed class KnowledgeBase
{
    private readonly ConcurrentDictionary<IMethodSymbol, MethodFacts> _methods = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<ISymbol, LockTraits?> _locks = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<IFieldSymbol, bool> _protectedFields = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<INamedTypeSymbol, AllocationFlags?> _flags = new(SymbolEqualityComparer.Default);

    private readonly ModelTable _project;

    /// <param name="project">What the project's own model files say.</param>
    public KnowledgeBase(Options options, ModelTable? project = null)
    {
        Options = options;
        _project = project ?? ModelTable.Empty;
    }

    /// <summary>What the project has set in <c>.editorconfig</c>.</summary>
    public Options Options { get; }

    /// <summary>The spin locks written by hand. Set once, before the first member is walked.</summary>
    public SpinWords SpinWords { get; set; } = SpinWords.None;

    /// <summary>Says what a lambda promises because of where it is stored or passed. Called when its body is built, before anybody asks.</summary>
    public void Declare(IMethodSymbol lambda, MethodFacts holder)
    {
        var own = FromAttributes(lambda, new HashSet<IMethodSymbol>(SymbolEqualityComparer.Default));
        _methods.TryAdd(Canonical(lambda), Inherit(own, holder));
    }

    public MethodFacts FactsOf(IMethodSymbol method)
    {
        method = Canonical(method);
        if (_methods.TryGetValue(method, out var facts))
            return facts;
        return _methods.GetOrAdd(method, Compute(method));
    }

    /// <summary>What a member says itself, or its type for it, where it may contradict what it inherits.</summary>
    public MethodFacts OwnWord(IMethodSymbol method)
    {
        var facts = MethodFacts.Nothing.AddContracts(method.GetAttributes());
        if (method.PartialDefinitionPart is { } definition)
            facts = facts.AddContracts(definition.GetAttributes());
        if (method.AssociatedSymbol is { } owner)
            facts = facts.AddContracts(owner.GetAttributes());
        return facts.StatesContract || method.ContainingType is not { } type ? facts : facts.AddContracts(type.OriginalDefinition.GetAttributes());
    }

    /// <summary>The members that a member stands for: the one it overrides, and those of interfaces that it implements for its own type.</summary>
    public IEnumerable<IMethodSymbol> StoodFor(IMethodSymbol method)
    {
        if (method.OverriddenMethod is { } overridden)
            yield return overridden;
        foreach (var implemented in Implemented(method))
            yield return implemented;
    }

    /// <summary>What is declared about an inherited member as called on a receiver of a certain type, where the framework table knows better than of the member itself.</summary>
    public MethodFacts? FactsOn(ITypeSymbol? receiver, IMethodSymbol method)
    {
        if (receiver is not INamedTypeSymbol type || SymbolEqualityComparer.Default.Equals(type.OriginalDefinition, method.ContainingType?.OriginalDefinition))
            return null;
        var table = _project.FindOn(type, method);
        if (table.IsEmpty)
            table = FrameworkTable.Instance.FindOn(type, method);
        return table.IsEmpty ? null : MethodFacts.Nothing.AddModel(table, method);
    }

    /// <summary>The definition that carries declarations and body: unconstructed, unreduced, the implementing part of a partial method.</summary>
    public static IMethodSymbol Canonical(IMethodSymbol method)
    {
        method = (method.ReducedFrom ?? method).OriginalDefinition;
        return method.PartialImplementationPart ?? method;
    }

    /// <summary>The lock class of a type, or <see langword="null"/> if it declares none.</summary>
    public LockTraits? LockClassOf(ITypeSymbol? type)
    {
        if (type is not INamedTypeSymbol named)
            return null;
        named = named.OriginalDefinition;
        if (_locks.TryGetValue(named, out var traits))
            return traits;
        var declared = ComputeTypeClass(named);
        if (declared is null && named.TypeKind is TypeKind.Class or TypeKind.Struct && !named.DeclaringSyntaxReferences.IsEmpty)
        {
            declared = LockClassOf(named.BaseType);
            foreach (var contract in named.AllInterfaces)
                declared ??= LockClassOf(contract);
        }

        return _locks.GetOrAdd(named, declared);
    }

    /// <summary>The lock class of one field or property: what it declares over what its type (or the operation applied to it) says.</summary>
    public LockTraits LockClassOf(ISymbol? declaration, LockTraits fallback)
    {
        if (declaration is not (IFieldSymbol or IPropertySymbol))
            return fallback;
        foreach (var attribute in declaration.OriginalDefinition.GetAttributes())
        {
            if (Vocabulary.NameOf(attribute) == "LockClass")
                return fallback.With(attribute);
        }

        return _project.IsEmpty || _project.Find(declaration) is not { IsEmpty: false } modelled ? fallback : ModelFacts.Apply(modelled, fallback) ?? fallback;
    }

    /// <summary>The meaning of an allocation-flags enum, or <see langword="null"/> for any other type.</summary>
    public AllocationFlags? FlagsOf(ITypeSymbol? type)
    {
        if (type is not INamedTypeSymbol { TypeKind: TypeKind.Enum } named)
            return null;
        if (_flags.TryGetValue(named, out var flags))
            return flags;
        return _flags.GetOrAdd(named, ComputeFlags(named));
    }

    /// <summary>What a delegate-typed parameter, field, property or event promises of the delegates in it, by its own attributes and those of its type.</summary>
    public MethodFacts DelegateFactsOf(ISymbol? holder, ITypeSymbol? delegateType)
    {
        var facts = MethodFacts.Nothing;
        if (delegateType is INamedTypeSymbol { TypeKind: TypeKind.Delegate } named)
        {
            facts = facts.AddContracts(named.OriginalDefinition.GetAttributes());
            if (!facts.StatesContract && !_project.IsEmpty)
                facts = facts.AddContracts(_project.Find((ISymbol)named));
        }

        if (holder is null)
            return facts;
        foreach (var attribute in holder.OriginalDefinition.GetAttributes())
        {
            if (Vocabulary.NameOf(attribute) is "RunsHere" or "RunsLater" && Vocabulary.Named(attribute, "Limit") is var limit and not 0)
                facts = facts with { ContextLimit = (WaitClass)limit, IsCallback = Vocabulary.NameOf(attribute) == "RunsLater" };
        }

        return facts.AddContracts(holder.OriginalDefinition.GetAttributes());
    }

    /// <summary>What is promised of the delegates in a place by contracts alone: what a callee does with them is another matter.</summary>
    public MethodFacts DelegatePromiseOf(ISymbol? holder, ITypeSymbol? delegateType)
    {
        var facts = MethodFacts.Nothing;
        if (delegateType is INamedTypeSymbol { TypeKind: TypeKind.Delegate } named)
            facts = facts.AddContracts(named.OriginalDefinition.GetAttributes());
        return holder is null ? facts : facts.AddContracts(holder.OriginalDefinition.GetAttributes());
    }

    public static bool HasVocabulary(ImmutableArray<AttributeData> attributes)
    {
        foreach (var attribute in attributes)
        {
            if (Vocabulary.NameOf(attribute) is not null)
                return true;
        }

        return false;
    }

    /// <summary>Whether what is read from a field is protected by a read section.</summary>
    public bool IsReadProtected(IFieldSymbol field)
    {
        if (field.Type.IsValueType && field.Type.TypeKind != TypeKind.Pointer)
            return false;
        field = field.OriginalDefinition;
        if (_protectedFields.TryGetValue(field, out var known))
            return known;
        var found = false;
        foreach (var attribute in field.GetAttributes())
            found |= Vocabulary.NameOf(attribute) == "ReadProtected";
        return _protectedFields.GetOrAdd(field, found);
    }

    private MethodFacts Compute(IMethodSymbol method)
    {
        var attributed = FromAttributes(method, new HashSet<IMethodSymbol>(SymbolEqualityComparer.Default));
        var modelled = _project.Find(method);
        if (!modelled.IsEmpty)
            return attributed.StatesContract || !attributed.Locks.IsEmpty ? attributed : attributed.AddModel(modelled, method);
        var table = FrameworkTable.Instance.Find(method);
        return table.IsEmpty ? attributed : attributed.AddModel(table, method);
    }

    private MethodFacts FromAttributes(IMethodSymbol method, HashSet<IMethodSymbol> seen)
    {
        seen.Add(method);
        var facts = MethodFacts.Nothing.AddContracts(method.GetAttributes());
        facts = facts.AddLocks(method.GetAttributes());
        if (method.PartialDefinitionPart is { } definition)
        {
            facts = facts.AddContracts(definition.GetAttributes());
            facts = facts.AddLocks(definition.GetAttributes());
        }

        if (method.AssociatedSymbol is { } owner)
        {
            facts = facts.AddContracts(owner.GetAttributes());
            facts = facts.AddLocks(owner.GetAttributes());
        }

        facts = facts.AddParameters(method, IsFlags);
        if (method.MethodKind is not (MethodKind.LocalFunction or MethodKind.AnonymousFunction))
        {
            // Contracts come from the nearest member that states one; a member's own word is never mixed with its base's. What is forbidden to the body stays forbidden, whatever else is said.
            if (method.OverriddenMethod is { } overridden && seen.Add(overridden.OriginalDefinition))
                facts = facts.StatesWaiting ? Forbid(facts, FromAttributes(overridden.OriginalDefinition, seen)) : Inherit(facts, FromAttributes(overridden.OriginalDefinition, seen));
            if (!facts.StatesWaiting || facts.Locks.IsEmpty)
            {
                foreach (var implemented in Implemented(method))
                {
                    if (seen.Add(implemented.OriginalDefinition))
                        facts = Inherit(facts, FromAttributes(implemented.OriginalDefinition, seen));
                }
            }
        }

        if (!facts.StatesContract)
        {
            for (var type = method.ContainingType; type is not null && !facts.StatesContract; type = null)
                facts = facts.AddContracts(type.OriginalDefinition.GetAttributes());
        }

        return facts;
    }

    private static MethodFacts Forbid(MethodFacts own, MethodFacts from) => own with
    {
        NoReclaim = own.NoReclaim || from.NoReclaim,
        NoGracePeriodWait = own.NoGracePeriodWait || (from.NoGracePeriodWait && !own.WaitsForGracePeriod),
    };

    private static MethodFacts Inherit(MethodFacts own, MethodFacts from)
    {
        var facts = Forbid(own, from);
        if (!own.StatesWaiting)
        {
            facts = facts with
            {
                RawAtomic = from.RawAtomic,
                Sleepable = from.Sleepable,
                ContextLimit = from.ContextLimit,
                IsCallback = from.IsCallback,
                DefersFree = from.DefersFree,
                DefersFreeMightSleep = from.DefersFreeMightSleep,
                WaitsForGracePeriod = from.WaitsForGracePeriod,
                WaitsForCallbacks = from.WaitsForCallbacks,
                Allocates = from.Allocates,
                Frees = from.Frees,
                FreesInstead = from.FreesInstead,
            };
        }

        facts = facts with
        {
            ReadProtected = own.ReadProtected || from.ReadProtected,
            BeginsSpeculation = own.BeginsSpeculation || from.BeginsSpeculation,
            ValidatesSpeculation = own.ValidatesSpeculation || from.ValidatesSpeculation,
            ValidationMeansRetry = own.ValidatesSpeculation ? own.ValidationMeansRetry : from.ValidationMeansRetry,
        };
        if (from.RunsForeignCode)
            facts = facts with { RunsForeignCode = true };
        if (own.Locks.IsEmpty)
            facts = facts with { Locks = from.Locks };
        if (own.LockTakenParameter < 0)
            facts = facts with { LockTakenParameter = from.LockTakenParameter };
        if (own.OrderParameter < 0)
            facts = facts with { OrderParameter = from.OrderParameter };
        if (own.Masks.IsEmpty)
            facts = facts with { Masks = from.Masks };
        if (own.TimeoutParameters.IsEmpty)
            facts = facts with { TimeoutParameters = from.TimeoutParameters };
        if (own.Delegates.IsEmpty)
            facts = facts with { Delegates = from.Delegates };
        return facts;
    }

    private static IEnumerable<IMethodSymbol> Implemented(IMethodSymbol method)
    {
        foreach (var explicitly in method.ExplicitInterfaceImplementations)
            yield return explicitly;
        if (method.ContainingType is not { } type || method.DeclaredAccessibility != Accessibility.Public && method.ExplicitInterfaceImplementations.IsEmpty)
            yield break;
        foreach (var contract in type.AllInterfaces)
        {
            foreach (var member in contract.GetMembers(method.Name))
            {
                if (member is IMethodSymbol candidate
                    && SymbolEqualityComparer.Default.Equals(type.FindImplementationForInterfaceMember(candidate)?.OriginalDefinition, method))
                {
                    yield return candidate;
                }
            }
        }
    }

    private bool IsFlags(INamedTypeSymbol type)
    {
        foreach (var attribute in type.GetAttributes())
        {
            if (Vocabulary.NameOf(attribute) == "AllocationFlags")
                return true;
        }

        return !_project.IsEmpty && _project.Find((ISymbol)type.OriginalDefinition).Any(a => a.Name == "AllocationFlags");
    }

    private LockTraits? ComputeTypeClass(INamedTypeSymbol type)
    {
        foreach (var attribute in type.GetAttributes())
        {
            switch (Vocabulary.NameOf(attribute))
            {
                case "LockClass":
                    return new LockTraits(WaitClass.None, WaitClass.None).With(attribute);
                case "ReadSection":
                    var inner = Vocabulary.Named(attribute, "Inner") is var value and not 0 ? (WaitClass)value : WaitTable.ReadSection;
                    return new LockTraits(WaitClass.Free, inner, Reentrant: true, ThreadAffine: true, ReadSection: true);
            }
        }

        return ModelFacts.Apply(_project.Find((ISymbol)type), null) ?? ModelFacts.Apply(FrameworkTable.Instance.Find((ISymbol)type), null);
    }

    private AllocationFlags? ComputeFlags(INamedTypeSymbol type)
    {
        if (!IsFlags(type))
            return null;
        var members = new List<(AllocationBehavior, ulong, string)>();
        foreach (var member in type.GetMembers())
        {
            if (member is not IFieldSymbol { HasConstantValue: true, ConstantValue: { } constant } field)
                continue;
            foreach (var attribute in field.GetAttributes())
            {
                if (Vocabulary.NameOf(attribute) == "AllocationFlag")
                    members.Add(((AllocationBehavior)Vocabulary.Positional(attribute, 0), Constants.Bits(constant) ?? 0, field.Name));
            }

            foreach (var annotation in _project.IsEmpty ? ImmutableArray<ModelAnnotation>.Empty : _project.Find((ISymbol)field))
            {
                if (annotation.Name == "AllocationFlag")
                    members.Add((ModelText.Behavior(annotation.Arguments[0]) ?? AllocationBehavior.None, Constants.Bits(constant) ?? 0, field.Name));
            }
        }

        return new AllocationFlags(members);
    }
}
