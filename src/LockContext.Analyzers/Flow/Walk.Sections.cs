using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Flow;

/// <summary>Read sections: what waits for their end, and what they protect.</summary>
internal sealed partial class Walk
{
    /// <summary>Adds to a wait for a grace period whose readers it waits for, where the member belongs to them: <c>Rcu.Synchronize</c> waits for readers of <c>Rcu</c>.</summary>
    private Effect OverSections(Effect effect, IMethodSymbol callee, Value? receiver)
    {
        if (effect.Kind is not (EffectKind.GracePeriodWait or EffectKind.DeferredFree) || _knowledge.LockClassOf(callee.ContainingType) is not { ReadSection: true })
            return effect;
        var sections = callee.IsStatic ? Term.Static(callee.ContainingType) : receiver?.Term ?? Term.This;
        return effect.WithLock(sections, new LockTraits(WaitClass.Sleep, WaitClass.Sleep));
    }

    /// <summary>The innermost thing in force that a wait for a grace period would itself hold up, or <see langword="null"/>.</summary>
    private ContextEntry? NeverEnds(State state, Effect effect)
    {
        if (effect.Kind is not (EffectKind.GracePeriodWait or EffectKind.DeferredFree))
            return null;
        for (var i = state.Held.Length - 1; i >= 0; i--)
        {
            var held = state.Held[i];
            if (held.Traits.ReadSection && !effect.Released.Contains(held.Term) && IsHeldUpBy(effect, held))
                return EntryOf(held, i + 1);
        }

        return _ambientContexts.FirstOrDefault(e => e.Limits.NoGracePeriodWait);
    }

    /// <summary>
    /// Whether the readers waited for are those of the section. Readers of another kind are not waited for; and where readers may sleep there are many independent
    /// domains of them, so there it has to be surely the same one.
    /// </summary>
    private static bool IsHeldUpBy(Effect effect, HeldLock section)
    {
        if (effect.Lock is not { } sections)
            return section.Traits.Inner < WaitClass.Sleep;
        if (sections.Equals(section.Term) && !sections.IsWeak)
            return true;
        return section.Traits.Inner < WaitClass.Sleep && (sections.IsWeak || section.Term.IsWeak || (sections.Kind != TermKind.Static && section.Term.Kind != TermKind.Static));
    }

    /// <summary>
    /// A named method passed as a callback that runs later under a limit: its effects are judged under that limit alone. A lambda is checked where it is written.
    /// </summary>
    private void CheckCallback(IOperation operation, WaitClass limit, int ordinal, Value callback, string name)
    {
        if (_findings is null || _inDoomedBlock || limit == WaitClass.None)
            return;
        var passed = ArgumentsOf(operation).FirstOrDefault(a => a.Parameter?.Ordinal == ordinal)?.Value ?? operation;
        foreach (var function in callback.Functions)
        {
            if (function.Method.MethodKind == MethodKind.AnonymousFunction || _knowledge.FactsOf(function.Method) is { RestrictsBody: true } or { Trusted: true })
                continue;
            var limits = new Limits(limit, NoGracePeriodWait: limit == WaitClass.Config);
            var context = new ContextEntry($"the callback of '{name}'", limits, PlaceOf(passed), 1, IsLock: false);
            foreach (var effect in EffectsOf(function).Where(e => e.Effect.Guards.IsEmpty))
            {
                if (limits.NoGracePeriodWait && effect.Effect.Kind == EffectKind.GracePeriodWait)
                    _findings.Violations.Add(new ContextViolation(passed, effect.Effect, effect.Site(PlaceOf(passed)), context, WaitsForItself: true));
                else if (!WaitLimit.Allows(limit, effect.Effect.Needs))
                    _findings.Violations.Add(new ContextViolation(passed, effect.Effect, effect.Site(PlaceOf(passed)), context));
            }
        }
    }

    /// <summary>
    /// "May sleep" is all that the contract of a member says, so what its body does further is still worth knowing: whether it gets to wait for a grace period.
    /// </summary>
    private void WaitsBehindContract(Frame frame, IOperation operation, MethodFacts facts, Binding binding, string name)
    {
        if (!facts.Sleepable || facts.WaitsForGracePeriod || facts.DefersFreeMightSleep || facts.Trusted || facts.FromTable || !(_wantsEffects || IsRestricted(frame.State)))
            return;
        foreach (var effect in _summaries.Of(binding.Callee, binding.Types, withEffects: true).Effects.Keys.Where(e => e.Kind is EffectKind.GracePeriodWait or EffectKind.DeferredFree))
            ApplyEffect(frame.State, effect, binding, new EffectSite(PlaceOf(operation), name, binding.Callee, effect) { Types = binding.Types });
    }

    /// <summary>The member beside one that may wait which does the same without.</summary>
    private string? NeverWaiting(IMethodSymbol deferredFree) => deferredFree.ContainingType?.GetMembers().OfType<IMethodSymbol>()
        .Where(m => _knowledge.FactsOf(m) is { DefersFree: true, DefersFreeMightSleep: false })
        .OrderBy(m => m.Name, System.StringComparer.Ordinal).ThenBy(m => m.Parameters.Length)
        .Select(m => $"{m.Name}({string.Join(", ", m.Parameters.Select(p => p.Name))})").FirstOrDefault();

    private sealed record CalledEffect(FunctionReference Function, Effect Effect, bool Declared)
    {
        public EffectSite Site(Location at) => Declared ? new EffectSite(at, CalleeName(Function.Method), null, null) : new EffectSite(at, CalleeName(Function.Method), Function.Method, Effect) { Types = Function.Types };
    }

    /// <summary>What running a member does, declared or by its body, with nothing known of its arguments.</summary>
    private ImmutableArray<CalledEffect> EffectsOf(FunctionReference function)
    {
        var facts = _knowledge.FactsOf(function.Method);
        if (!facts.DeclaresEffects)
            return _summaries.Of(function.Method, function.Types, withEffects: true).Effects.Keys.Select(e => new CalledEffect(function, e, Declared: false)).ToImmutableArray();
        var kind = facts.DefersFreeMightSleep ? EffectKind.DeferredFree : facts.WaitsForGracePeriod ? EffectKind.GracePeriodWait : EffectKind.Sleep;
        return facts.Sleepable ? ImmutableArray.Create(new CalledEffect(function, new Effect(kind, WaitClass.Sleep), Declared: true)) : ImmutableArray<CalledEffect>.Empty;
    }
}
