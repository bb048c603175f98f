using System;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Knowledge;

/// <summary>Reads declarations from attributes.</summary>
internal static class AttributeFacts
{
    public static MethodFacts AddContracts(this MethodFacts facts, ImmutableArray<AttributeData> attributes)
    {
        foreach (var attribute in attributes)
        {
            if (attribute.AttributeClass?.Name == "DoesNotReturnAttribute")
                facts = facts with { DoesNotReturn = true };
            var word = Vocabulary.NameOf(attribute);
            facts = word switch
            {
                "DefersFree" when Vocabulary.Named(attribute, "MightSleep") != 0 => facts with { DefersFree = true, DefersFreeMightSleep = true, Sleepable = true },
                "WaitsForGracePeriod" when Vocabulary.Named(attribute, "Callbacks") != 0 => facts.With(word, WaitClass.None) with { WaitsForCallbacks = true },
                "Frees" => facts with { Frees = true, FreesInstead = FreeForms.Of(attribute) },
                "ValidatesSpeculation" => facts with { ValidatesSpeculation = true, ValidationMeansRetry = Vocabulary.Named(attribute, "TrueMeansRetry") != 0 },
                "MasksAllocations" => facts with { Masks = facts.Masks.With((AllocationBehavior)Vocabulary.Positional(attribute, 0), Vocabulary.Named(attribute, "Set") != 0) },
                _ => facts.With(word, word == "ContextLimit" ? (WaitClass)Vocabulary.Positional(attribute, 0) : WaitClass.None),
            };
        }

        return facts;
    }

    public static MethodFacts AddLocks(this MethodFacts facts, ImmutableArray<AttributeData> attributes)
    {
        foreach (var attribute in attributes)
        {
            LockOperation? operation = Vocabulary.NameOf(attribute) switch
            {
                "Acquires" => new LockOperation(
                    Vocabulary.Named(attribute, "Try") != 0 ? LockOperationKind.TryAcquire : LockOperationKind.Acquire,
                    Vocabulary.PositionalText(attribute, 0), Vocabulary.Named(attribute, "Scope") != 0, Vocabulary.Named(attribute, "Shared") != 0),
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

    public static MethodFacts AddParameters(this MethodFacts facts, IMethodSymbol method, Func<INamedTypeSymbol, bool> isFlags)
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

            if (parameter.Type is INamedTypeSymbol { TypeKind: TypeKind.Enum } type && isFlags(type))
                facts = facts with { FlagsParameter = parameter.Ordinal };
        }

        return facts;
    }

    public static LockTraits With(this LockTraits fallback, AttributeData attribute)
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
}
