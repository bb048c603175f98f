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
        var facts = AddContracts(MethodFacts.Nothing, method.GetAttributes());
        if (method.PartialDefinitionPart is { } definition)
            facts = AddContracts(facts, definition.GetAttributes());
        if (method.AssociatedSymbol is { } owner)
            facts = AddContracts(facts, owner.GetAttributes());
        return StatesContract(facts) || method.ContainingType is not { } type ? facts : AddContracts(facts, type.OriginalDefinition.GetAttributes());
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
        return table.IsEmpty ? null : AddTable(MethodFacts.Nothing, table, method);
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
                return Apply(attribute, fallback);
        }

        return _project.IsEmpty || _project.Find(declaration) is not { IsEmpty: false } modelled ? fallback : Apply(modelled, fallback) ?? fallback;
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
            facts = AddContracts(facts, named.OriginalDefinition.GetAttributes());
            if (!StatesContract(facts) && !_project.IsEmpty)
                facts = AddContracts(facts, _project.Find((ISymbol)named));
        }

        if (holder is null)
            return facts;
        foreach (var attribute in holder.OriginalDefinition.GetAttributes())
        {
            if (Vocabulary.NameOf(attribute) is "RunsHere" or "RunsLater" && Vocabulary.Named(attribute, "Limit") is var limit and not 0)
                facts = facts with { ContextLimit = (WaitClass)limit, IsCallback = Vocabulary.NameOf(attribute) == "RunsLater" };
        }

        return AddContracts(facts, holder.OriginalDefinition.GetAttributes());
    }

    /// <summary>What is promised of the delegates in a place by contracts alone: what a callee does with them is another matter.</summary>
    public MethodFacts DelegatePromiseOf(ISymbol? holder, ITypeSymbol? delegateType)
    {
        var facts = MethodFacts.Nothing;
        if (delegateType is INamedTypeSymbol { TypeKind: TypeKind.Delegate } named)
            facts = AddContracts(facts, named.OriginalDefinition.GetAttributes());
        return holder is null ? facts : AddContracts(facts, holder.OriginalDefinition.GetAttributes());
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
            return StatesContract(attributed) || !attributed.Locks.IsEmpty ? attributed : AddTable(attributed, modelled, method);
        var table = FrameworkTable.Instance.Find(method);
        return table.IsEmpty ? attributed : AddTable(attributed, table, method);
    }

    private MethodFacts FromAttributes(IMethodSymbol method, HashSet<IMethodSymbol> seen)
    {
        seen.Add(method);
        var facts = AddContracts(MethodFacts.Nothing, method.GetAttributes());
        facts = AddLocks(facts, method.GetAttributes());
        if (method.PartialDefinitionPart is { } definition)
        {
            facts = AddContracts(facts, definition.GetAttributes());
            facts = AddLocks(facts, definition.GetAttributes());
        }

        if (method.AssociatedSymbol is { } owner)
        {
            facts = AddContracts(facts, owner.GetAttributes());
            facts = AddLocks(facts, owner.GetAttributes());
        }

        facts = AddParameters(facts, method);
        if (method.MethodKind is not (MethodKind.LocalFunction or MethodKind.AnonymousFunction))
        {
            // Contracts come from the nearest member that states one; a member's own word is never mixed with its base's. What is forbidden to the body stays forbidden, whatever else is said.
            if (method.OverriddenMethod is { } overridden && seen.Add(overridden.OriginalDefinition))
                facts = StatesWaiting(facts) ? Forbid(facts, FromAttributes(overridden.OriginalDefinition, seen)) : Inherit(facts, FromAttributes(overridden.OriginalDefinition, seen));
            if (!StatesWaiting(facts) || facts.Locks.IsEmpty)
            {
                foreach (var implemented in Implemented(method))
                {
                    if (seen.Add(implemented.OriginalDefinition))
                        facts = Inherit(facts, FromAttributes(implemented.OriginalDefinition, seen));
                }
            }
        }

        if (!StatesContract(facts))
        {
            for (var type = method.ContainingType; type is not null && !StatesContract(facts); type = null)
                facts = AddContracts(facts, type.OriginalDefinition.GetAttributes());
        }

        return facts;
    }

    private static bool StatesContract(MethodFacts facts) => StatesWaiting(facts) || facts.NoReclaim || facts.NoGracePeriodWait;

    /// <summary>Whether something is said of how long a caller may have to wait. Prohibitions say nothing of it.</summary>
    private static bool StatesWaiting(MethodFacts facts) => facts.RawAtomic || facts.Sleepable || facts.Trusted
        || facts.ContextLimit != WaitClass.None || facts.WaitsForGracePeriod || facts.DefersFree || facts.Allocates || facts.Frees;

    private static MethodFacts Forbid(MethodFacts own, MethodFacts from) => own with
    {
        NoReclaim = own.NoReclaim || from.NoReclaim,
        NoGracePeriodWait = own.NoGracePeriodWait || (from.NoGracePeriodWait && !own.WaitsForGracePeriod),
    };

    private static MethodFacts Inherit(MethodFacts own, MethodFacts from)
    {
        var facts = Forbid(own, from);
        if (!StatesWaiting(own))
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
                Allocates = from.Allocates,
                Frees = from.Frees,
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

    private static MethodFacts AddContracts(MethodFacts facts, ImmutableArray<AttributeData> attributes)
    {
        foreach (var attribute in attributes)
        {
            if (attribute.AttributeClass?.Name == "DoesNotReturnAttribute")
                facts = facts with { DoesNotReturn = true };
            var word = Vocabulary.NameOf(attribute);
            facts = word switch
            {
                "DefersFree" when Vocabulary.Named(attribute, "MightSleep") != 0 => facts with { DefersFree = true, DefersFreeMightSleep = true, Sleepable = true },
                "ValidatesSpeculation" => facts with { ValidatesSpeculation = true, ValidationMeansRetry = Vocabulary.Named(attribute, "TrueMeansRetry") != 0 },
                "MasksAllocations" => facts with { Masks = facts.Masks.With((AllocationBehavior)Vocabulary.Positional(attribute, 0), Vocabulary.Named(attribute, "Set") != 0) },
                _ => AddContract(facts, word, word == "ContextLimit" ? (WaitClass)Vocabulary.Positional(attribute, 0) : WaitClass.None),
            };
        }

        return facts;
    }

    private static MethodFacts AddContracts(MethodFacts facts, ImmutableArray<ModelAnnotation> annotations)
    {
        foreach (var annotation in annotations.Where(a => a.Name != "Frees" || a.Arguments.IsEmpty))
            facts = AddContract(facts, annotation.Name, annotation.Name == "ContextLimit" ? Parse(annotation.Arguments[0]) : WaitClass.None);
        return facts;
    }

    private static MethodFacts AddContract(MethodFacts facts, string? word, WaitClass limit) => word switch
    {
        "RawAtomic" => facts with { RawAtomic = true },
        "Sleepable" => facts with { Sleepable = true },
        "NoReclaim" => facts with { NoReclaim = true },
        "ContextLimit" => facts with { ContextLimit = limit },
        "Trusted" => facts with { Trusted = true },
        "WaitsForGracePeriod" => facts with { WaitsForGracePeriod = true, Sleepable = true },
        "NoGracePeriodWait" => facts with { NoGracePeriodWait = true },
        "RunsForeignCode" => facts with { RunsForeignCode = true },
        "Allocates" => facts with { Allocates = true },
        "Frees" => facts with { Frees = true },
        "DefersFree" => facts with { DefersFree = true },
        "BeginsSpeculation" => facts with { BeginsSpeculation = true },
        "ReadProtected" => facts with { ReadProtected = true },
        _ => facts,
    };

    private static MethodFacts AddLocks(MethodFacts facts, ImmutableArray<AttributeData> attributes)
    {
        foreach (var attribute in attributes)
        {
            LockOperation? operation = Vocabulary.NameOf(attribute) switch
            {
                "Acquires" => new LockOperation(
                    Vocabulary.Named(attribute, "Try") != 0 ? LockOperationKind.TryAcquire : LockOperationKind.Acquire,
                    Vocabulary.PositionalText(attribute, 0), Vocabulary.Named(attribute, "Scope") != 0),
                "Releases" => new LockOperation(LockOperationKind.Release, Vocabulary.PositionalText(attribute, 0)),
                "RequiresLock" => new LockOperation(LockOperationKind.Require, Vocabulary.PositionalText(attribute, 0)),
                "AssertsHeld" => new LockOperation(LockOperationKind.AssertHeld, Vocabulary.PositionalText(attribute, 0)),
                _ => null,
            };
            if (operation is not null)
                facts = facts with { Locks = facts.Locks.Add(operation) };
        }

        return facts;
    }

    private MethodFacts AddParameters(MethodFacts facts, IMethodSymbol method)
    {
        foreach (var parameter in method.Parameters)
        {
            foreach (var attribute in parameter.GetAttributes())
            {
                var limit = (WaitClass)Vocabulary.Named(attribute, "Limit");
                facts = Vocabulary.NameOf(attribute) switch
                {
                    "LockTaken" => facts with { LockTakenParameter = parameter.Ordinal },
                    "AllocationOrder" => facts with { OrderParameter = parameter.Ordinal },
                    "Timeout" => facts with { TimeoutParameters = facts.TimeoutParameters.Add(parameter.Ordinal) },
                    "RunsHere" => facts with { Delegates = facts.Delegates.SetItem(parameter.Ordinal, new DelegateUse(Later: false, limit)) },
                    "RunsLater" => facts with { Delegates = facts.Delegates.SetItem(parameter.Ordinal, new DelegateUse(Later: true, limit)) },
                    _ => facts,
                };
            }

            if (parameter.Type is INamedTypeSymbol { TypeKind: TypeKind.Enum } type && IsFlags(type))
                facts = facts with { FlagsParameter = parameter.Ordinal };
        }

        return facts;
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

    private static MethodFacts AddTable(MethodFacts facts, ImmutableArray<ModelAnnotation> annotations, IMethodSymbol method)
    {
        foreach (var annotation in annotations)
        {
            var argument = annotation.Arguments.Length > 0 ? annotation.Arguments[0] : null;
            switch (annotation.Name)
            {
                case "Acquires":
                    var isTry = annotation.Arguments.Contains("Try");
                    var scope = annotation.Arguments.Contains("Scope");
                    facts = AddTableLock(facts, isTry ? LockOperationKind.TryAcquire : LockOperationKind.Acquire, argument is "Try" or "Scope" ? null : argument, scope);
                    break;
                case "Releases":
                    facts = AddTableLock(facts, LockOperationKind.Release, argument, scope: false);
                    break;
                case "RequiresLock":
                    facts = AddTableLock(facts, LockOperationKind.Require, argument, scope: false);
                    break;
                case "AssertsHeld":
                    facts = AddTableLock(facts, LockOperationKind.AssertHeld, argument, scope: false);
                    break;
                case "Frees" when argument == "System":
                    facts = facts with { FreesToSystem = true };
                    break;
                case "LockTaken" when Ordinal(method, argument) is >= 0 and var ordinal:
                    facts = facts with { LockTakenParameter = ordinal };
                    break;
                case "Timeout" when Ordinal(method, argument) is >= 0 and var ordinal:
                    facts = facts with { TimeoutParameters = facts.TimeoutParameters.Add(ordinal) };
                    break;
                case "AllocationFlags" when Ordinal(method, argument) is >= 0 and var ordinal:
                    facts = facts with { FlagsParameter = ordinal };
                    break;
                case "AllocationOrder" when Ordinal(method, argument) is >= 0 and var ordinal:
                    facts = facts with { OrderParameter = ordinal };
                    break;
                case "MasksAllocations" when argument is not null && ModelText.Behavior(argument) is { } behavior:
                    facts = facts with { Masks = facts.Masks.With(behavior, annotation.Arguments.Length > 1) };
                    break;
                case "RunsHere" or "RunsLater" when Ordinal(method, argument) is >= 0 and var ordinal:
                    facts = facts with { Delegates = facts.Delegates.SetItem(ordinal, new DelegateUse(annotation.Name == "RunsLater", annotation.Arguments.Length > 1 ? Parse(annotation.Arguments[1]) : WaitClass.None)), FromTable = true };
                    break;
            }
        }

        var contracts = AddContracts(facts, annotations);
        return StatesContract(contracts) || contracts.RunsForeignCode ? contracts with { FromTable = true } : contracts;
    }

    private static MethodFacts AddTableLock(MethodFacts facts, LockOperationKind kind, string? target, bool scope) =>
        facts with { Locks = facts.Locks.Add(new LockOperation(kind, target, scope)), FromTable = true };

    private static int Ordinal(IMethodSymbol method, string? name)
    {
        foreach (var parameter in method.Parameters)
        {
            if (parameter.Name == name)
                return parameter.Ordinal;
        }

        return -1;
    }

    private LockTraits? ComputeTypeClass(INamedTypeSymbol type)
    {
        foreach (var attribute in type.GetAttributes())
        {
            switch (Vocabulary.NameOf(attribute))
            {
                case "LockClass":
                    return Apply(attribute, new LockTraits(WaitClass.None, WaitClass.None));
                case "ReadSection":
                    var inner = Vocabulary.Named(attribute, "Inner") is var value and not 0 ? (WaitClass)value : WaitClass.Config;
                    return new LockTraits(WaitClass.Free, inner, Reentrant: true, ThreadAffine: true, ReadSection: true);
            }
        }

        return Apply(_project.Find((ISymbol)type), null) ?? Apply(FrameworkTable.Instance.Find((ISymbol)type), null);
    }

    private static LockTraits? Apply(ImmutableArray<ModelAnnotation> annotations, LockTraits? traits)
    {
        foreach (var annotation in annotations)
        {
            traits = annotation.Name switch
            {
                "LockClass" => (traits ?? new LockTraits(WaitClass.None, WaitClass.None)).With(Parse(annotation.Arguments[0]), Parse(annotation.Arguments[annotation.Arguments.Length - 1])),
                "ReadSection" => new LockTraits(WaitClass.Free, annotation.Arguments.IsEmpty ? WaitClass.Config : Parse(annotation.Arguments[0]), Reentrant: true, ThreadAffine: true, ReadSection: true),
                "TracksOwner" when traits is { } t => t with { TracksOwner = true },
                "ThreadAffine" when traits is { } t => t with { ThreadAffine = true },
                "Reentrant" when traits is { } t => t with { Reentrant = true },
                _ => traits,
            };
        }

        return traits;
    }

    private static LockTraits Apply(AttributeData attribute, LockTraits fallback)
    {
        var traits = fallback.With((WaitClass)Vocabulary.Named(attribute, "Outer"), (WaitClass)Vocabulary.Named(attribute, "Inner"));
        if (traits.Inner == WaitClass.None)
            traits = traits with { Inner = traits.Outer };
        return traits with
        {
            Reentrant = fallback.Reentrant || Vocabulary.Named(attribute, "Reentrant") != 0,
            ThreadAffine = fallback.ThreadAffine || Vocabulary.Named(attribute, "ThreadAffine") != 0,
            TracksOwner = fallback.TracksOwner || Vocabulary.Named(attribute, "TracksOwner") != 0,
        };
    }

    private static WaitClass Parse(string name) => Enum.TryParse<WaitClass>(name, out var value) ? value : WaitClass.None;

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
