using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>Effects: making those of declared members, carrying those of callees over, checking them against the context, and adding them to the summary.</summary>
internal sealed partial class Walk
{
    /// <summary>Where an operation is written. What the compiler adds for a variable (its disposal, the next element of a loop) stands with the value that it is called on.</summary>
    private static Location PlaceOf(IOperation operation) => operation.Syntax switch
    {
        VariableDeclaratorSyntax { Initializer.Value: { } value } => value.GetLocation(),
        TypeSyntax { Parent: ForEachStatementSyntax { Expression: { } collection } loop } type when operation.IsImplicit && loop.Type == type => collection.GetLocation(),
        ExpressionSyntax { Parent: ForEachVariableStatementSyntax loop } variable when loop.Variable == variable => loop.Expression.GetLocation(),
        var syntax => syntax.GetLocation(),
    };

    private void DeclaredEffects(State state, IOperation operation, MethodFacts facts, IMethodSymbol callee, Value? receiver, ImmutableArray<Value> arguments, string name)
    {
        if (facts.Allocates && facts.FlagsParameter >= 0 && facts.FlagsParameter < arguments.Length && _knowledge.FlagsOf(callee.Parameters[facts.FlagsParameter].Type) is { } flags)
        {
            RecordAllocation(operation, facts, flags, arguments, name, state);
            Emit(state, operation, new Effect(EffectKind.Allocation, WaitClass.None) { Flags = arguments[facts.FlagsParameter].Bits, FlagsType = flags, Answered = facts.NoReclaim }, Site());
            return;
        }

        var kind = facts.DefersFreeMightSleep ? EffectKind.DeferredFree : facts.WaitsForGracePeriod ? EffectKind.GracePeriodWait : facts.Frees ? EffectKind.Free : EffectKind.Sleep;
        var needs = facts.Sleepable || facts.WaitsForGracePeriod ? WaitClass.Sleep
            : facts.Frees ? WaitClass.Config
            : facts.RawAtomic ? WaitClass.None
            : facts.ContextLimit;
        if (needs <= WaitClass.Spin)
            return;
        if (TimeoutGuards(facts, callee, arguments) is { } guards)
            Emit(state, operation, OverSections(new Effect(kind, needs) { Guards = guards }, callee, receiver), Site());

        EffectSite Site() => new(PlaceOf(operation), name, null, null, facts.DefersFreeMightSleep ? NeverWaiting(callee) : facts.FreesInstead);
    }

    /// <summary>The conditions on this member's own parameters under which a call waits; <see langword="null"/> if its timeout is surely zero.</summary>
    private ImmutableArray<Guard>? TimeoutGuards(MethodFacts facts, IMethodSymbol callee, ImmutableArray<Value> arguments)
    {
        var guards = ImmutableArray<Guard>.Empty;
        foreach (var ordinal in facts.TimeoutParameters)
        {
            if (ordinal >= arguments.Length)
                continue;
            if (Map(new Guard(callee.Parameters[ordinal], 0, 0, NonZero: true), arguments[ordinal]) is not { } mapped)
                return null;
            guards = guards.AddRange(mapped);
        }

        return guards;
    }

    /// <summary>
    /// A guard on a callee's parameter as guards on this member's: none if the argument satisfies it, one if the argument is a parameter handed through,
    /// <see langword="null"/> if the argument rules it out. Where the argument is unknown, a switch or timeout may well be on, but flags are not
    /// guessed at.
    /// </summary>
    private ImmutableArray<Guard>? Map(Guard guard, Value argument)
    {
        var bits = argument.Bits;
        if (bits.IsUnknown && argument.Term is { Kind: TermKind.Operator, Data: "not", Children: var negated } && negated[0] is { Kind: TermKind.Parameter, Symbol: IParameterSymbol opposite } && IsTrackedParameter(opposite))
            return Map(guard with { Set = guard.Clear & 1, Clear = guard.Set & 1 }, new Value(negated[0], BitValue.OfParameter(opposite)));
        if (guard.NonZero)
        {
            if (bits.IsZero)
                return null;
            return !bits.IsNonZero && bits.Inherited == ulong.MaxValue && bits.Parameter is IParameterSymbol through
                ? ImmutableArray.Create(guard with { Subject = through })
                : ImmutableArray<Guard>.Empty;
        }

        if (bits.Contradicts(BitValue.Known(guard.Set, guard.Clear)))
            return null;
        if (bits.SurelyHas(guard.Set) && bits.SurelyLacks(guard.Clear))
            return ImmutableArray<Guard>.Empty;
        if (bits.Parameter is IParameterSymbol own && ((bits.Set | bits.Inherited) & guard.Set) == guard.Set && ((bits.Clear | bits.Inherited) & guard.Clear) == guard.Clear)
            return ImmutableArray.Create(new Guard(own, guard.Set & bits.Inherited, guard.Clear & bits.Inherited, NonZero: false));
        return guard.Type?.TypeKind == TypeKind.Enum ? null : ImmutableArray<Guard>.Empty;
    }

    /// <summary>Delegates that a callee is declared to run before it returns.</summary>
    private void RunDeclaredDelegates(State state, IOperation operation, MethodFacts facts, ImmutableArray<Value> arguments, string name)
    {
        foreach (var use in facts.Delegates)
        {
            if (use.Key >= arguments.Length)
                continue;
            if (use.Value.Later)
            {
                CheckCallback(operation, use.Value.Limit, use.Key, arguments[use.Key], name);
                continue;
            }

            var under = use.Value.Limit == WaitClass.None
                ? ImmutableArray<HeldLock>.Empty
                : ImmutableArray.Create(new HeldLock(Term.Opaque(("limit", name)), new LockTraits(WaitClass.None, use.Value.Limit, Reentrant: true), PlaceOf(operation), "the context that '" + name + "' gives its callback"));
            var passed = ArgumentsOf(operation).FirstOrDefault(a => a.Parameter?.Ordinal == use.Key)?.Value ?? operation;
            RunDelegate(state, passed, arguments[use.Key], under, ImmutableArray<Term>.Empty, ImmutableArray<Guard>.Empty, new EffectSite(PlaceOf(passed), name, null, null));
        }
    }

    /// <summary>This member runs a delegate that it is given, or enumerates a sequence.</summary>
    private void NoteRun(State state, Term parameter, ImmutableArray<HeldLock> under, ImmutableArray<Term> released, ImmutableArray<Guard> guards, EffectSite site)
    {
        var held = state.Held.Where(h => !h.Ambient).Select(Exported).Concat(under).ToImmutableArray();
        AddEffect(new Effect(EffectKind.RunsDelegate, WaitClass.None).WithDelegate(parameter, held).With(guards, released.AddRange(state.Released.Where(IsExportable))), site);
    }

    /// <summary>Runs a delegate value where it is: its functions' effects happen under what is held here and <paramref name="under"/>.</summary>
    private void RunDelegate(State state, IOperation operation, Value callee, ImmutableArray<HeldLock> under, ImmutableArray<Term> released, ImmutableArray<Guard> guards, EffectSite site, bool isSequence = false)
    {
        if (callee.Iteration is { } iteration)
        {
            RunSteps(under.Aggregate(state, Acquire), operation, iteration);
            return;
        }

        if (callee.Functions.IsEmpty)
        {
            // A parameter of this member: the caller knows what is in it.
            if (callee.Term is { Kind: TermKind.Parameter } && Same(callee.Term.Symbol!.ContainingSymbol, _method))
                NoteRun(state, callee.Term, under, released, guards, site);
            if (isSequence)
                return;
            var within = under.Aggregate(state, Acquire);
            var promised = PromiseOf((operation as IInvocationOperation)?.Instance ?? operation, callee);
            if (promised.DeclaresEffects)
                DeclaredEffects(within, operation, promised, (operation.Type as INamedTypeSymbol)?.DelegateInvokeMethod ?? _method, null, ImmutableArray<Value>.Empty, site.Name);
            else
                CallUnknownDelegate(within, operation, callee, site);
            return;
        }

        var inside = under.Aggregate(state, Acquire);
        if (!_wantsEffects && !IsRestricted(inside) && !IsManagedAllocationAsked(inside))
            return;
        foreach (var function in callee.Functions)
        {
            var facts = _knowledge.FactsOf(function.Method);
            var binding = new Binding(function.Method, function.Receiver is { } receiver ? new Value(receiver) : null, ImmutableArray<Value>.Empty, operation);
            if (facts.DeclaresEffects)
            {
                DeclaredEffects(inside, operation, facts, function.Method, binding.Receiver, ImmutableArray<Value>.Empty, CalleeName(function.Method));
                continue;
            }

            var summary = EffectsOf(inside, function.Method, function.Types);
            foreach (var pair in summary.Effects)
                ApplyEffect(inside, pair.Key, binding, new EffectSite(site.At, site.Callee is null && function.Method.MethodKind == MethodKind.AnonymousFunction ? site.Name : CalleeName(function.Method), function.Method, pair.Key) { Types = function.Types });
        }
    }

    /// <summary>Carries an effect of a callee over to this call.</summary>
    private void ApplyEffect(State state, Effect effect, Binding binding, EffectSite site)
    {
        Work++;
        var guards = ImmutableArray<Guard>.Empty;
        var isOpen = false;
        foreach (var guard in effect.Guards)
        {
            if (Subject(guard, binding, state) is not { } argument)
                continue;
            isOpen |= effect.Chosen && !(argument.Bits.SurelyHas(guard.Set) && argument.Bits.SurelyLacks(guard.Clear));
            if (effect.Chosen && isOpen && argument.Bits.Inherited == 0 && Map(guard, argument) is { IsEmpty: true })
                return;
            if (Map(guard, argument) is { } mapped)
                guards = guards.AddRange(mapped);
            else if (guard.Type?.TypeKind != TypeKind.Enum || argument.Bits.Contradicts(BitValue.Known(guard.Set, guard.Clear)) || !IsStrictAt(binding.Site))
                return;
        }

        var released = effect.Released.IsEmpty ? effect.Released : effect.Released.Select(t => Translate(t, binding, state).Term).ToImmutableArray();
        switch (effect.Kind)
        {
            case EffectKind.RunsDelegate:
                var under = effect.Under.Select(h => Translate(h.Term, binding, state) is var v ? h.For(v.Term, _knowledge.LockClassOf(Declaration(v.Term), h.Traits)).At(PlaceOf(binding.Site)) : h).ToImmutableArray();
                if (effect.Delegate!.Symbol is IParameterSymbol { Ordinal: var ordinal } && ArgumentsOf(binding.Site).FirstOrDefault(a => a.Parameter?.Ordinal == ordinal)?.Value is { } passed)
                {
                    // Whoever passes the delegate is the one to blame, and the argument is where.
                    site = site with { At = PlaceOf(passed) };
                    binding = binding with { Site = passed };
                }

                RunDelegate(Without(state, released), binding.Site, Translate(effect.Delegate!, binding, state), under, released, guards, site, IsSequence(((IParameterSymbol)effect.Delegate!.Symbol!).Type));
                return;
            case EffectKind.Lock when effect.Lock is { } term:
                var translated = Translate(term, binding, state).Term;
                effect = effect.WithLock(translated, _knowledge.LockClassOf(Declaration(translated), effect.Traits));
                if (effect.OrderClass is not null && OrderClassOf(translated) is { } orderClass)
                    effect = effect.WithOrderClass(orderClass);
                if (MayTakeAgain(state, translated, effect.Traits) && !translated.IsWeak && state.Holds(translated) && !released.Contains(translated))
                    return;
                CheckTakenAgain(state, translated, effect.Traits, released, binding.Site, site);
                break;
            case EffectKind.GracePeriodWait or EffectKind.DeferredFree when effect.Lock is { } sections:
                effect = effect.WithLock(Translate(sections, binding, state).Term, effect.Traits);
                break;
            case EffectKind.Allocation or EffectKind.Retry when effect.FlagsType is not null:
                effect = effect.WithFlags(effect.Flags.Parameter is IParameterSymbol parameter && Argument(parameter, binding) is { } flags
                    ? effect.Flags.Substitute(flags.Bits)
                    : effect.Flags.WithoutParameter());
                if (_knowledge.FactsOf(binding.Callee).NoReclaim)
                    effect = effect.WithAnswered();
                break;
        }

        if (!isOpen)
            Emit(state, binding.Site, effect.With(guards, released), site);
        else if (!_inDoomedBlock && !state.Variables.ContainsKey(SuspendedSlot))
            HandOn(state, effect.With(guards, released), site);
    }

    private static State Without(State state, ImmutableArray<Term> released) =>
        released.IsEmpty ? state : state.WithHeld(state.Held.Where(h => !released.Contains(h.Term)).ToImmutableArray());

    /// <summary>One effect at one place: checked against the context here, and handed on to callers.</summary>
    private void Emit(State state, IOperation operation, Effect effect, EffectSite site)
    {
        if (effect.Kind == EffectKind.Retry)
        {
            EmitRetry(state, operation, effect, site);
            return;
        }

        if (effect.FlagsType is { } type)
        {
            effect = effect.WithFlags(Masked(state, effect.Flags, type).Only(type.Relevant));
            effect = effect.WithNeeds(type.Needs(effect.Flags));
            if (type.Has(effect.Flags, AllocationBehavior.NoLocks))
                return;
            if (IsChosen(state))
                effect = effect.WithChosen();
        }

        if (effect.Kind == EffectKind.Sleep && IsPauseOfSpinLock(operation))
            return;
        Check(state, operation, effect, site);
        if (_inDoomedBlock || state.Variables.ContainsKey(SuspendedSlot))
            return;
        if (_findings is not null && site.Callee is null && effect.Needs > WaitClass.Spin && effect.Guards.IsEmpty)
            _findings.Own.Add((effect, site));
        HandOn(state, effect, site);
    }

    /// <summary>Adds an effect to the summary, with the conditions of this way through the member.</summary>
    private void HandOn(State state, Effect effect, EffectSite site)
    {
        var guards = effect.Guards;
        foreach (var guard in GuardsOf(state))
        {
            if (!effect.Guards.Contains(guard))
                guards = guards.Add(guard);
        }

        var released = effect.Released.IsEmpty && state.Released.IsEmpty
            ? effect.Released
            : effect.Released.Where(t => !state.Holds(t)).Concat(state.Released).Where(IsExportable).Distinct().ToImmutableArray();
        if (effect.Lock is { } taken)
        {
            // Nobody waits for the lock of an object that nobody else has seen.
            if (effect.OrderClass is not null && IsUnshared(state, taken))
                effect = effect.WithOrderClass(null);
            if (!IsExportable(taken))
                effect = effect.WithLock(null, effect.Traits);
        }

        AddEffect(effect.With(guards, released), site);
    }

    private void AddEffect(Effect effect, EffectSite site)
    {
        if (_inDoomedBlock)
            return;
        if (!_effects.TryGetValue(effect, out var sites))
        {
            // What is worth a suggestion only must not crowd out what is worth a warning.
            if (_effects.Count >= (effect.Kind >= EffectKind.ManagedAllocation ? MaxEffects / 2 : MaxEffects))
            {
                _isPartial |= effect.Kind <= EffectKind.ManagedAllocation;
                return;
            }

            _effects.Add(effect, sites = new List<EffectSite>(1));
        }

        foreach (var known in sites)
        {
            if (known.At.Equals(site.At) && Equals(known.CalleeEffect, site.CalleeEffect) && Same(known.Callee, site.Callee))
                return;
        }

        sites.Add(site);
    }

    private void Check(State state, IOperation operation, Effect effect, EffectSite site)
    {
        if (_findings is null || _inDoomedBlock)
            return;
        if (effect.Kind == EffectKind.ManagedAllocation)
            CheckManagedAllocation(state, operation, effect, site);
        if (effect.Kind is EffectKind.Unknown or EffectKind.ForeignCode)
            CheckUnknown(state, operation, effect, site);
        if (effect.Needs == WaitClass.None && effect.FlagsType is null)
            return;
        if (effect.Kind == EffectKind.Lock)
            NoteOrder(state, effect, site);
        if (!Judge(state, operation, effect, site, assumed: false) && AssumingTheWorst(operation, effect) is { } worst)
            Judge(state, operation, worst, site, assumed: true);
    }

    /// <summary>An allocation with flags of which too little is known, as the worst that it may be, where the project wants to hear of that.</summary>
    private Effect? AssumingTheWorst(IOperation operation, Effect effect)
    {
        if (effect is not { Kind: EffectKind.Allocation, FlagsType: { } type } || !IsStrictAt(operation))
            return null;

        // What callers in this project pass is looked at where they do; others nobody sees.
        var open = ~(effect.Flags.Set | effect.Flags.Clear | effect.Flags.Inherited) | (Hierarchy.IsOpenToAll(_method) ? effect.Flags.Inherited : 0);
        return type.Worst(effect.Flags, open) is { } worst ? effect.WithFlags(worst).WithNeeds(type.Needs(worst)) : null;
    }

    private bool IsStrictAt(IOperation operation) => _findings is not null && _knowledge.Options.Get(Options.Strict, operation.Syntax.SyntaxTree);

    /// <summary>Records how an effect breaks the context, if it does.</summary>
    private bool Judge(State state, IOperation operation, Effect effect, EffectSite site, bool assumed)
    {
        ContextEntry? strictest = null;
        foreach (var entry in ContextsOf(state, effect.Released))
        {
            if (!WaitLimit.Allows(entry.Limits.Limit, effect.Needs) && (strictest is null || entry.Limits.Limit <= strictest.Limits.Limit))
                strictest = entry;
        }

        if (NeverEnds(state, effect) is { } waitedFor && (effect.Kind == EffectKind.GracePeriodWait || strictest is null))
            _findings!.Violations.Add(new ContextViolation(operation, effect, site, waitedFor, WaitsForItself: true));
        else if (strictest is not null)
            _findings!.Violations.Add(new ContextViolation(operation, effect, site, strictest, Assumed: assumed));
        else
            return effect is { FlagsType: { } type, Answered: false } && CheckReclaim(state, operation, effect, type, site, assumed);
        return true;
    }

    /// <summary>Whether what happens here is to be judged.</summary>
    private bool IsRestricted(State state)
    {
        if (_findings is null)
            return false;
        if (_findings.CollectsOrder && !state.Held.IsEmpty)
            return true;
        foreach (var entry in _ambientContexts)
        {
            if (entry.Limits != Limits.None)
                return true;
        }

        foreach (var held in state.Held)
        {
            // A lock that may not be taken twice makes callees interesting even if it limits nothing else.
            if (held.Traits.Inner is not (WaitClass.None or WaitClass.Sleep) || held.Traits.ReadSection || !held.Traits.Reentrant)
                return true;
        }

        return false;
    }

    private IEnumerable<ContextEntry> ContextsOf(State state, ImmutableArray<Term> released)
    {
        foreach (var entry in _ambientContexts)
            yield return entry;
        for (var i = 0; i < state.Held.Length; i++)
        {
            var held = state.Held[i];
            if (!released.Contains(held.Term) && !released.Any(r => r.IsMany && MayBe(held.Term, r)))
                yield return EntryOf(held, i + 1);
        }
    }

    private ContextEntry EntryOf(HeldLock held, int order) => new(held.Display, Limits.Of(held.Traits), held.TakenAt, order, IsLock: true, held.ReleasedBy, held.Traits.ByShape)
    {
        ForbidsManagedAllocation = ForbidsManagedAllocation(held),
    };

    /// <summary>What the member's own contract forbids; a lambda or local function has its own contract only.</summary>
    private ImmutableArray<ContextEntry> AmbientContexts()
    {
        if (_facts.Trusted || !_facts.RestrictsBody)
            return ImmutableArray<ContextEntry>.Empty;
        var entries = ImmutableArray.CreateBuilder<ContextEntry>();
        var limit = _facts.RawAtomic ? WaitClass.Spin : _facts.ContextLimit;
        if (limit != WaitClass.None)
            Add(_facts.RawAtomic ? "[RawAtomic]" : _facts.IsCallback ? "the callback" : $"[ContextLimit({_facts.ContextLimit})]", new Limits(WaitLimit.Meet(WaitLimit.Unlimited, limit)), _facts.RawAtomic);
        if (_facts.NoReclaim)
            Add("[NoReclaim]", Limits.None with { NoReclaim = true }, forbidsManaged: true);
        if (_facts.NoGracePeriodWait || (_facts.IsCallback && limit == WaitClass.Config))
            Add(_facts.NoGracePeriodWait ? "[NoGracePeriodWait]" : "the callback", Limits.None with { NoGracePeriodWait = true });
        return entries.ToImmutable();

        void Add(string attribute, Limits limits, bool forbidsManaged = false)
        {
            var display = _method.MethodKind == MethodKind.AnonymousFunction ? $"a {attribute} lambda" : $"{attribute} '{CalleeName(_method).Replace("new ", "")}'";
            entries.Add(new ContextEntry(display, limits, _method.Locations.FirstOrDefault(), 0, IsLock: false) { ForbidsManagedAllocation = forbidsManaged && MayForbidManagedAllocation() });
        }
    }
}
