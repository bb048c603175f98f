using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Between a caller and a summary: the ways a callee returns, in the terms and under the conditions of the caller; and what this member hands out to its own callers.
/// </summary>
internal sealed partial class Walk
{
    private List<Frame>? ApplyOutcomes(Frame frame, IOperation operation, Summary summary, Binding binding, bool keepValue)
    {
        var before = frame.State;
        if (summary.Outcomes.Length == 1)
        {
            // The only way on needs no copy of what has been computed so far.
            if (Assume(before, summary.Outcomes[0].Guards, binding) is not { } only)
                return new List<Frame>();
            frame.State = only;
            ApplyOutcome(frame, before, operation, summary.Outcomes[0], binding, keepValue);
            return null;
        }

        var outcomes = ToldHere(before, summary.Outcomes, binding);
        var results = new List<Frame>(outcomes.Length);
        foreach (var outcome in outcomes)
        {
            if (Assume(before, outcome.Guards, binding) is not { } state)
                continue;
            var next = frame.Fork(state);
            ApplyOutcome(next, before, operation, outcome, binding, keepValue);
            results.Add(next);
        }

        return results;
    }

    private void ApplyOutcome(Frame next, State before, IOperation operation, Outcome outcome, Binding binding, bool keepValue)
    {
        foreach (var released in outcome.Released)
            next.State = ReleaseByCallee(next.State, Translate(released, binding, before).Term, operation);
        foreach (var acquired in outcome.Acquired)
        {
            var lockValue = Translate(acquired.Term, binding, before);
            var traits = _knowledge.LockClassOf(Declaration(lockValue.Term), acquired.Traits);
            if (!_knowledge.SpinWords.IsEmpty)
                NoteSpinning(before, lockValue.Term, traits, operation);
            if (!before.Holds(lockValue.Term))
                CheckTakenAgain(next.State, lockValue.Term, traits, ImmutableArray<Term>.Empty, operation, null);
            next.State = Acquire(next.State, new HeldLock(lockValue.Term, traits, PlaceOf(operation), acquired.TypeName) { Masks = acquired.Masks }, operation, OwnerAt(operation, acquired.Term));
        }

        foreach (var unsure in outcome.Unsure)
            next.State = WithUnsure(next.State, Translate(unsure, binding, before).Term);

        Forget(next, operation);
        var after = binding;
        foreach (var argument in ArgumentsOf(operation))
        {
            if (argument.Parameter is { RefKind: RefKind.Ref or RefKind.Out, Ordinal: var ordinal } && Variables.Of(argument.Value) is { } variable && outcome.Outs.TryGetValue(ordinal, out var written))
            {
                // A value without a name of its own goes by the parameter's, which from here on is the variable's.
                var given = Translate(written, binding, before);
                if (written.Term is { Kind: TermKind.Parameter, Symbol: IParameterSymbol own } && own.Ordinal == ordinal && Same(own.ContainingSymbol, binding.Callee))
                    given = given.WithTerm(Term.Opaque((operation.Syntax.SpanStart, "out", ordinal)));
                next.State = next.State.Assign(variable, given, operation.Syntax.SpanStart);
                if (ordinal < after.Arguments.Length)
                    after = after with { Arguments = after.Arguments.SetItem(ordinal, Variable(next.State, variable)) };
            }
        }

        var returnsStatus = !binding.Callee.ReturnsVoid && !CanBeNull(binding.Callee.ReturnType);
        AllocationResult? told = null;
        foreach (var argument in ArgumentsOf(operation))
        {
            if (argument.Parameter is not { RefKind: RefKind.Out, Ordinal: var ordinal } || !outcome.Outs.TryGetValue(ordinal, out var left) || (left.Unchecked ?? left.NullBecauseOf) is null)
                continue;
            var given = Translate(left, binding, before).Unchecked;
            if (given is not null && Variables.Of(argument.Value) is null)
                StoreOut(next, argument.Value, new Value(Term.Opaque((operation.Syntax.SpanStart, "out", ordinal))).WithUnchecked(given), operation);

            // Whoever asks whether the call succeeded has checked.
            told ??= returnsStatus ? given : null;
        }

        foreach (var captured in outcome.Captured.Count < 2 ? outcome.Captured : outcome.Captured.OrderBy(c => c.Key, DeclarationOrder.Instance).AsEnumerable())
            next.State = next.State.Assign(captured.Key, Translate(captured.Value, binding, before), operation.Syntax.SpanStart);

        if (operation is IObjectCreationOperation && !outcome.Fields.IsEmpty)
        {
            var made = next[operation];
            foreach (var field in outcome.Fields)
                made = made.WithField(field.Key, Translate(field.Value, binding, before));
            next[operation] = made;
            return;
        }

        LeaveSwitches(next, operation, outcome, binding, before);
        if (!keepValue && outcome.Return is { } returned)
        {
            var translated = Translate(returned, after, before);
            translated = translated.WithScope(translated.ScopeOf ?? next[operation].ScopeOf);
            next[operation] = translated.Term.IsWeak ? translated.WithTerm(next[operation].Term) : translated;
        }
        else if (keepValue && outcome.Return is { } got && Translate(got, binding, before) is { } read && !read.Term.IsWeak)
        {
            next[operation] = read;
        }
        else if (keepValue && outcome.Return is { Bits.IsUnknown: false } chosen && next[operation].Bits.IsUnknown && IsFlags(operation.Type))
        {
            next[operation] = next[operation].WithBits(Translate(chosen, binding, before).Bits);
        }

        if (told is not null && next[operation].Unchecked is null)
            next[operation] = next[operation].WithUnchecked(told);
    }

    /// <summary>What a callee leaves in the switches of its receiver.</summary>
    private void LeaveSwitches(Frame next, IOperation operation, Outcome outcome, Binding binding, State before)
    {
        var owner = binding.Receiver?.Term ?? Term.This;
        foreach (var field in outcome.Fields)
        {
            var value = Translate(field.Value, binding, before);
            next.State = next.State.ForgetField(field.Key).WithStored(field.Key is IPropertySymbol property ? Term.Property(owner, property) : Term.Field(owner, field.Key), value);
            if (operation is IInvocationOperation { Instance: { } instance } && Root(instance) is { } variable && next.State.Variables.TryGetValue(variable, out var made) && !made.Fields.IsEmpty)
                next.State = next.State.WithVariable(variable, made.WithField(field.Key, value));
        }
    }

    /// <summary>The state in which the guards of an outcome hold, or <see langword="null"/> if they cannot.</summary>
    private State? Assume(State state, ImmutableArray<Guard> guards, Binding binding)
    {
        foreach (var guard in guards)
        {
            if (Subject(guard, binding, state) is not { } argument)
                continue;
            if (guard is { NonZero: false, Type.IsReferenceType: true })
            {
                if (IsNull(state, argument) is { } isNull && isNull == (guard.Set == 1))
                    return null;
                continue;
            }

            if (argument.Bits.Contradicts(BitValue.Known(guard.Set, guard.Clear)) || (guard.NonZero && argument.Bits.IsZero))
                return null;
            if (!argument.Bits.IsConstant && argument.Term.Kind != TermKind.Constant && guard is { Set: 1 } or { Clear: 1 } && guard.Type?.SpecialType == SpecialType.System_Boolean)
                state = AssumeTruth(state, argument, guard.Set == 1);
        }

        return state;
    }

    private Value? Subject(Guard guard, Binding binding, State state) => guard.Subject switch
    {
        IParameterSymbol parameter => Argument(parameter, binding) ?? (Same(parameter.ContainingSymbol, binding.Callee) ? null : Variable(state, parameter)),
        IFieldSymbol field => (binding.Receiver ?? Term.This.Value) is var owner && owner.Fields.TryGetValue(FieldOf(field), out var known) ? known : Read(state, Term.Field(owner.Term, field)),
        IPropertySymbol property => Read(state, Term.Property((binding.Receiver ?? new Value(Term.This)).Term, property)),
        ILocalSymbol local => Variable(state, local),
        _ => null,
    };

    private static Value? Argument(IParameterSymbol parameter, Binding binding) =>
        Same(parameter.ContainingSymbol, binding.Callee) && parameter.Ordinal < binding.Arguments.Length ? binding.Arguments[parameter.Ordinal] : null;

    /// <summary>A callee's value in the caller's terms.</summary>
    private Value Translate(Value value, Binding binding, State state)
    {
        var translated = Translate(value.Term, binding, state);
        var bits = value.Bits.Parameter is IParameterSymbol parameter && Argument(parameter, binding) is { } argument
            ? value.Bits.Substitute(argument.Bits)
            : value.Bits.WithoutParameter();

        // What the caller knows of the value that the callee hands back holds of it still.
        if (bits.IsUnknown)
            bits = translated.Bits;
        var result = new Value(translated.Term, bits).WithFunctions(value.Functions.IsEmpty ? translated.Functions : value.Functions).WithNotNull(value.NotNull || translated.NotNull).WithIteration(value.Iteration ?? translated.Iteration).WithMadeAs(value.MadeAs ?? translated.MadeAs)
            .WithProtection(value.Protection is { HasEnded: false } ? Protection.OfCaller : translated.Protection)
            .WithUnchecked(Translate(value.Unchecked ?? (value.NotNull ? null : value.NullBecauseOf), binding, state)).WithAllocated(Translate(value.Allocated ?? value.NullBecauseOf, binding, state));
        if (!value.Fields.IsEmpty || !translated.Fields.IsEmpty)
            result = result.WithFields(value.Fields.IsEmpty ? translated.Fields : value.Fields.ToImmutableDictionary(p => p.Key, p => Translate(p.Value, binding, state), SymbolEqualityComparer.Default));
        return value.ScopeOf is { } scope ? result.WithScope(Translate(scope, binding, state).Term) : result.WithScope(translated.ScopeOf);
    }

    private Value Translate(Term term, Binding binding, State state)
    {
        switch (term.Kind)
        {
            case TermKind.This:
                return binding.Receiver ?? new Value(Term.This);
            case TermKind.Parameter:
                var parameter = (IParameterSymbol)term.Symbol!;
                return Argument(parameter, binding) ?? Variable(state, parameter);
            case TermKind.Local:
                return Variable(state, term.Symbol!);
            case TermKind.Opaque:
                return new Value(Term.Opaque(term.Data is MaskScope scope ? new MaskScope((binding.Site.Syntax.SpanStart, scope.Site)) : (binding.Site.Syntax.SpanStart, term.Data)));
            case TermKind.Field or TermKind.Property:
                var instance = Translate(term.Children[0], binding, state);
                if (instance.Fields.TryGetValue(term.Symbol!, out var known))
                    return known;
                return Read(state, term.With(ImmutableArray.Create(instance.Term)));
            case TermKind.Static or TermKind.Constant:
                return new Value(term, ConstantBits(term) is { } bits ? BitValue.Constant(bits) : default);
            default:
                return Read(state, term.With(term.Children.Select(c => Translate(c, binding, state).Term).ToImmutableArray()));
        }
    }

    // ---- what leaves the member

    /// <summary>Whether a caller can make sense of a term: it starts at the receiver, a parameter, a static member, or, for a nested function, at what it captures.</summary>
    private bool IsExportable(Term term) => !term.HasPart(t => t.Kind switch
    {
        TermKind.Opaque => true,
        TermKind.Local or TermKind.Parameter => Same(t.Symbol!.ContainingSymbol, _method) ? t.Kind == TermKind.Local : _method.MethodKind is not (MethodKind.LocalFunction or MethodKind.AnonymousFunction),
        _ => false,
    });

    private HeldLock Exported(HeldLock held) => held.For(Exported(held.Term), held.Traits);

    private Term Exported(Term term) => IsExportable(term) ? term : term.Data is MaskScope ? Term.Opaque(new MaskScope(("of", _method.Name))) : Term.Opaque(("of", _method.Name, term.Data is string ? term.Data : term.DisplayName));

    private Value Exported(Value value)
    {
        var result = value.WithTerm(Exported(value.Term)).WithScope(value.ScopeOf is { } scope ? Exported(scope) : null);
        return value.Fields.IsEmpty ? result : result.WithFields(value.Fields.ToImmutableDictionary(p => p.Key, p => Exported(p.Value), SymbolEqualityComparer.Default));
    }

    private ImmutableSortedDictionary<int, Value> Outs(State state)
    {
        var outs = ImmutableSortedDictionary<int, Value>.Empty;
        foreach (var parameter in _method.Parameters)
        {
            if (parameter.RefKind is RefKind.Ref or RefKind.Out && state.Variables.TryGetValue(parameter, out var value))
                outs = outs.Add(parameter.Ordinal, Exported(OutWithReason(state, Refreshed(state, value))));
        }

        return outs;
    }

    /// <summary>A variable of a member or function around this one.</summary>
    private bool IsCaptured(ISymbol variable) => _method.MethodKind is MethodKind.LocalFunction or MethodKind.AnonymousFunction
        && variable.ContainingSymbol is IMethodSymbol owner && !Same(owner, _method) && IsEnclosing(owner);

    /// <summary>What a captured variable holds when the function is entered; from then on its own name means its current value.</summary>
    private static Value OnEntry(ISymbol variable) => new(Term.Opaque(new EntryValue(variable)));

    private sealed record EntryValue(ISymbol Variable)
    {
        public bool Equals(EntryValue? other) => other is not null && Same(Variable, other.Variable);

        public override int GetHashCode() => SymbolEqualityComparer.Default.GetHashCode(Variable);
    }

    private ImmutableDictionary<ISymbol, Value> CapturedIn(State state)
    {
        var captured = Outcome.NoValues;
        if (_method.MethodKind is not (MethodKind.LocalFunction or MethodKind.AnonymousFunction))
            return captured;
        foreach (var variable in _body.Assigned.Where(IsCaptured))
        {
            var unknown = Term.Opaque(("captured", variable.Name));
            var value = state.Variables.TryGetValue(variable, out var known) ? Refreshed(state, known) : new Value(unknown);
            if (!value.Term.Equals(OnEntry(variable).Term))
                captured = captured.Add(variable, Exported(value.Term.Mentions(variable) ? value.WithTerm(unknown) : value));
        }

        return captured;
    }

    private ImmutableDictionary<ISymbol, Value> FieldsOfThis(State state)
    {
        var fields = Outcome.NoValues;
        foreach (var pair in state.Stored)
        {
            if (pair.Key is { Kind: TermKind.Field or TermKind.Property } && pair.Key.Children[0].Kind == TermKind.This
                && (_method.MethodKind == MethodKind.Constructor ? IsExportable(pair.Value.Term) : pair.Value.Bits.IsConstant && State.IsSwitch(pair.Key)))
            {
                fields = fields.SetItem(pair.Key.Symbol!, Exported(pair.Value));
            }
        }

        return fields;
    }

    // All effects of one call are handed on from the same state.
    private ImmutableArray<Guard> GuardsOf(State state)
    {
        if (!ReferenceEquals(state, _guardsOf.State))
            _guardsOf = (state, FindGuards(state));
        return _guardsOf.Guards;
    }

    private ImmutableArray<Guard> FindGuards(State state)
    {
        if (state.Facts.IsEmpty && state.Entry.IsEmpty)
            return ImmutableArray<Guard>.Empty;
        var guards = ImmutableArray.CreateBuilder<Guard>();
        foreach (var parameter in _method.Parameters)
        {
            if ((IsTrackedParameter(parameter) || IsChangedFlags(parameter)) && state.Facts.TryGetValue(EntryTerm(parameter), out var known) && !known.IsUnknown)
            {
                guards.Add(parameter.Type.SpecialType == SpecialType.System_Boolean
                    ? new Guard(parameter, known.Set & 1, known.Clear & 1, NonZero: false)
                    : new Guard(parameter, known.Set, known.Clear, NonZero: false));
            }
        }

        foreach (var variable in CapturedSwitches(state))
            guards.Add(variable);
        foreach (var entry in state.Entry)
        {
            if (Guard.TypeOf(entry.Key)?.IsReferenceType == false)
                guards.Add(new Guard(entry.Key, entry.Value ? 1UL : 0UL, entry.Value ? 0UL : 1UL, NonZero: false));
        }

        // The maps above are in the order of hash codes, which is another one in the next run.
        if (guards.Count > 1)
            guards.Sort(Guard.Order);
        return guards.ToImmutable();
    }

    /// <summary>Which parameters and fields of the receiver this way has found to be null, and which not. Only what happens to locks hangs on it: a guard gives back what its owner, if it has one, has taken.</summary>
    private ImmutableArray<Guard> NullGuardsOf(State state)
    {
        var guards = ImmutableArray<Guard>.Empty;
        foreach (var parameter in state.Facts.IsEmpty ? ImmutableArray<IParameterSymbol>.Empty : _method.Parameters)
        {
            if (parameter is { RefKind: RefKind.None, Type.IsReferenceType: true } && !_body.Assigned.Contains(parameter) && state.Facts.TryGetValue(Term.Operator("isnull", Term.Parameter(parameter)), out var isNull) && isNull.IsConstant)
                guards = guards.Add(new Guard(parameter, isNull.IsZero ? 1UL : 0UL, isNull.IsZero ? 0UL : 1UL, NonZero: false));
        }

        foreach (var entry in state.Entry)
        {
            if (Guard.TypeOf(entry.Key)?.IsReferenceType == true)
                guards = guards.Add(new Guard(entry.Key, entry.Value ? 1UL : 0UL, entry.Value ? 0UL : 1UL, NonZero: false));
        }

        return guards;
    }

    private static bool? IsNull(State state, Value value) => value.Term is { Kind: TermKind.Constant, Data: "null" } ? true
        : value.NotNull || value.Term.Kind == TermKind.This || (value.TriedAs is null && !state.Held.IsEmpty && state.Holds(value.Term)) ? false
        : state.Facts.TryGetValue(Term.Operator("isnull", value.Own ?? value.Term), out var known) && known.IsConstant && (known.IsNonZero || value.TriedAs is null) ? known.IsNonZero : null;

    /// <summary>What a nested function has found its captured switches to be on entry.</summary>
    private IEnumerable<Guard> CapturedSwitches(State state)
    {
        foreach (var fact in state.Facts)
        {
            var variable = fact.Key switch
            {
                { Kind: TermKind.Opaque, Data: EntryValue entry } => entry.Variable,
                { Kind: TermKind.Local or TermKind.Parameter, Symbol: { } symbol } when IsCaptured(symbol) => symbol,
                _ => null,
            };
            if (variable is not null && fact.Value.IsConstant && Guard.TypeOf(variable)?.SpecialType == SpecialType.System_Boolean)
                yield return new Guard(variable, fact.Value.Set & 1, fact.Value.Clear & 1, NonZero: false);
        }
    }
}
