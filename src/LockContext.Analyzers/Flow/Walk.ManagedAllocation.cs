using System.Linq;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Managed allocation. It is looked for only where somebody wants to know: in members under a contract that forbids it, and in the summaries that those ask for.
/// </summary>
internal sealed partial class Walk
{
    private readonly bool _wantsManaged;
    private bool _managedUnderLocks;

    /// <summary>Whether a contract of this member forbids it; none does so to field initialisers, or to constructors that are covered by their type's contract only: making an object allocates it.</summary>
    private bool MayForbidManagedAllocation() =>
        _body.Graph.OriginalOperation is not (IFieldInitializerOperation or IPropertyInitializerOperation)
        && (_method.MethodKind is not (MethodKind.Constructor or MethodKind.StaticConstructor) || KnowledgeBase.HasVocabulary(_method.GetAttributes()));

    /// <summary>Where managed allocation matters: under the attributes that forbid it, and, where an option says so, while a raw lock is held.</summary>
    private bool IsManagedAllocationAsked(State state) =>
        _wantsManaged || (_findings is not null && _ambientContexts.Any(c => c.ForbidsManagedAllocation)) || (_managedUnderLocks && state.Held.Any(ForbidsManagedAllocation));

    private bool ForbidsManagedAllocation(HeldLock held) => _managedUnderLocks && Limits.Of(held.Traits).IsRawAtomic;

    /// <summary>The effects of a member, with its managed allocations where they matter here.</summary>
    private Summary EffectsOf(State state, IMethodSymbol method, TypeArguments types) => _summaries.Of(method, types, withEffects: true, IsManagedAllocationAsked(state));

    private void AllocateManaged(State state, IOperation operation)
    {
        if (_inDoomedBlock || !IsManagedAllocationAsked(state) || ManagedAllocation.Of(operation, _bodies) is not { } allocated)
            return;
        if (operation is IInvocationOperation { TargetMethod: var enumerating } && (_knowledge.FactsOf(enumerating) is { NoReclaim: true } or { Trusted: true }))
            return;
        EmitManaged(state, operation, allocated);
    }

    /// <summary>Calling an iterator makes an object and runs none of its body.</summary>
    private void CallIterator(State state, IOperation operation, IMethodSymbol callee, string name)
    {
        if (IsManagedAllocationAsked(state) && _bodies.Of(callee) is { IsIterator: true })
            EmitManaged(state, operation, ManagedAllocation.Iterator(name));
    }

    /// <summary>What a member declares of waiting says nothing of managed memory, so for that its body is looked into all the same.</summary>
    private void CallDeclared(State state, IOperation operation, MethodFacts facts, Binding binding, string name)
    {
        if (!facts.DeclaresEffects || facts.NoReclaim || !IsManagedAllocationAsked(state))
            return;
        foreach (var effect in _summaries.Of(binding.Callee, binding.Types, withEffects: true, withManaged: true).Effects.Keys.Where(e => e.Kind == EffectKind.ManagedAllocation))
            ApplyEffect(state, facts.RawAtomic ? effect.WithInRawAtomic() : effect, binding, new EffectSite(PlaceOf(operation), name, binding.Callee, effect) { Types = binding.Types });
    }

    private void EmitManaged(State state, IOperation operation, ManagedAllocation allocated) =>
        Emit(state, operation, new Effect(EffectKind.ManagedAllocation, WaitClass.None), new EffectSite(PlaceOf(operation), allocated.Name, null, null) { Allocated = allocated });

    private void CheckManagedAllocation(State state, IOperation operation, Effect effect, EffectSite site)
    {
        ContextEntry? strictest = null;
        foreach (var entry in ContextsOf(state, effect.Released))
        {
            // What stands in [RawAtomic] code is reported there; only who promises more has to hear of it again.
            if (entry.ForbidsManagedAllocation && (entry.Limits.NoReclaim || !effect.InRawAtomic) && (strictest is null || entry.Limits.NoReclaim))
                strictest = entry;
        }

        if (strictest is not null)
            _findings!.Violations.Add(new ContextViolation(operation, effect, site, strictest));
    }
}
