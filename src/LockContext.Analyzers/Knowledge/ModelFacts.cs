using System;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Knowledge;

/// <summary>Reads declarations from a model: the table of the class library, or a project's own files.</summary>
internal static class ModelFacts
{
    public static MethodFacts AddModel(this MethodFacts facts, ImmutableArray<ModelAnnotation> annotations, IMethodSymbol method)
    {
        foreach (var annotation in annotations)
        {
            var argument = annotation.Arguments.Length > 0 ? annotation.Arguments[0] : null;
            switch (annotation.Name)
            {
                case "Acquires":
                    var isTry = annotation.Arguments.Contains("Try");
                    var scope = annotation.Arguments.Contains("Scope");
                    facts = AddLock(facts, isTry ? LockOperationKind.TryAcquire : LockOperationKind.Acquire, argument is "Try" or "Scope" or "Shared" ? null : argument, scope, annotation.Arguments.Contains("Shared"));
                    break;
                case "Releases":
                    facts = AddLock(facts, LockOperationKind.Release, argument, scope: false);
                    break;
                case "RequiresLock":
                    facts = AddLock(facts, LockOperationKind.Require, argument, scope: false);
                    break;
                case "AssertsHeld":
                    facts = AddLock(facts, LockOperationKind.AssertHeld, argument, scope: false);
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

        var contracts = facts.AddContracts(annotations);
        return contracts.StatesContract || contracts.RunsForeignCode ? contracts with { FromTable = true } : contracts;
    }

    private static MethodFacts AddLock(MethodFacts facts, LockOperationKind kind, string? target, bool scope, bool shared = false) =>
        facts with { Locks = facts.Locks.Add(new LockOperation(kind, target, scope, shared)), FromTable = true };

    private static int Ordinal(IMethodSymbol method, string? name)
    {
        foreach (var parameter in method.Parameters)
        {
            if (parameter.Name == name)
                return parameter.Ordinal;
        }

        return -1;
    }

    public static MethodFacts AddContracts(this MethodFacts facts, ImmutableArray<ModelAnnotation> annotations)
    {
        foreach (var annotation in annotations.Where(a => a.Name != "Frees" || a.Arguments.IsEmpty))
            facts = facts.With(annotation.Name, annotation.Name == "ContextLimit" ? Parse(annotation.Arguments[0]) : WaitClass.None);
        return facts;
    }

    public static LockTraits? Apply(ImmutableArray<ModelAnnotation> annotations, LockTraits? traits)
    {
        foreach (var annotation in annotations)
        {
            traits = annotation.Name switch
            {
                "LockClass" => (traits ?? new LockTraits(WaitClass.None, WaitClass.None)).With(Parse(annotation.Arguments[0]), Parse(annotation.Arguments[annotation.Arguments.Length - 1])),
                "ReadSection" => new LockTraits(WaitClass.Free, annotation.Arguments.IsEmpty ? WaitTable.ReadSection : Parse(annotation.Arguments[0]), Reentrant: true, ThreadAffine: true, ReadSection: true),
                "TracksOwner" when traits is { } t => t with { TracksOwner = true },
                "ThreadAffine" when traits is { } t => t with { ThreadAffine = true },
                "Reentrant" when traits is { } t => t with { Reentrant = true },
                _ => traits,
            };
        }

        return traits;
    }

    private static WaitClass Parse(string name) => Enum.TryParse<WaitClass>(name, out var value) ? value : WaitClass.None;
}
