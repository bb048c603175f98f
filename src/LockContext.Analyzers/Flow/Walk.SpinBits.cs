using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Bits of a word that are spin locks. Setting the bit where it is known to be clear takes the lock, whatever puts in a value that surely lacks it gives it back, and what is done to the other bits
/// is nobody's business.
/// </summary>
internal sealed partial class Walk
{
    /// <summary>What a write does to a bit.</summary>
    private enum BitChange
    {
        None,
        Takes,
        Clears,

        /// <summary>Nobody knows; if it is held, this is how it is given back.</summary>
        Unknown,
    }

    private (Term Term, ImmutableArray<SpinWord> Bits)? BitsAt(Frame frame, IOperation place)
    {
        var term = PlaceTerm(frame, place);
        var symbol = term.Kind == TermKind.Element ? term.Children[0].Symbol : term.Kind is TermKind.Field or TermKind.Parameter ? term.Symbol : null;
        return _knowledge.SpinWords.BitsOf(symbol) is { IsEmpty: false } bits ? (term, bits) : null;
    }

    /// <summary>The lock that a bit of a word is: two bits of one word are two locks.</summary>
    private static Term BitTerm(Term word, SpinBit bit) => Term.Operator(Term.Bit, word, Term.Constant(bit.Mask));

    private bool TryUseBits(Frame frame, IInvocationOperation call, ImmutableArray<Value> arguments, out List<Frame>? results)
    {
        results = null;
        if (call.TargetMethod is not { ContainingType: { Name: "Interlocked" or "Volatile" or "Thread", ContainingNamespace.Name: "Threading" }, Name: not ("Read" or "VolatileRead") } || call.Arguments.IsEmpty
            || call.Arguments.FirstOrDefault(a => a.Parameter?.Ordinal == 0)?.Value is not { } place || BitsAt(frame, place) is not var (term, bits))
        {
            return false;
        }

        var before = frame.State.ForgetSharedMemory();
        var changes = bits.Select(b => (Word: b, Change: ChangeOf(call.TargetMethod.Name, before, BitTerm(term, b.Bit!), b.Bit!, arguments))).ToArray();
        switch (call.TargetMethod.Name)
        {
            case "CompareExchange" when arguments.Length == 3:
                var expected = arguments[2];
                results = new List<Frame>();
                NoteSpinning(before, term, changes, call);
                var found = new Value(OpaqueOf(call));
                if (changes.All(c => c.Change != BitChange.Takes || !before.Holds(BitTerm(term, c.Word.Bit!))))
                {
                    var success = frame.Fork(Apply(before.ForgetOpaque(found.Term), term, changes, call));
                    success.State = WithEquality(success.State, found.Term, expected, BitValue.True);
                    success[call] = found.WithBits(expected.Bits);
                    results.Add(success);
                }

                var failure = frame.Fork(WithEquality(before.ForgetOpaque(found.Term), found.Term, expected, BitValue.False));
                failure[call] = found;
                results.Add(failure);
                return true;
            case "Or" when changes.FirstOrDefault(c => c.Change == BitChange.Takes) is { Word.Bit: { } bit }:
                results = new List<Frame>();
                NoteSpinning(before, term, changes, call);
                if (!before.Holds(BitTerm(term, bit)))
                {
                    var taken = frame.Fork(Apply(before, term, changes, call));
                    taken[call] = new Value(OpaqueOf(call), BitValue.Known(0, bit.Mask));
                    taken.State = taken.State.ForgetOpaque(taken[call].Term);
                    results.Add(taken);
                }

                var missed = frame.Fork(before);
                missed[call] = new Value(OpaqueOf(call), BitValue.Known(bit.Mask, 0));
                missed.State = missed.State.ForgetOpaque(missed[call].Term);
                results.Add(missed);
                return true;
            default:
                frame.State = Apply(before, term, changes, call);
                frame[call] = Fresh(frame, call);
                return true;
        }
    }

    /// <summary>What an attempt has found is what it has expected, by whichever name that is asked for; or it is not.</summary>
    private static State WithEquality(State state, Term found, Value expected, BitValue outcome)
    {
        state = state.WithFact(Term.Operator("==", found, expected.Term), outcome);
        return expected.Own is { } own ? state.WithFact(Term.Operator("==", found, own), outcome) : state;
    }

    private void NoteSpinning(State before, Term word, IEnumerable<(SpinWord Word, BitChange Change)> changes, IOperation attempt)
    {
        foreach (var (found, change) in changes)
        {
            if (change == BitChange.Takes)
                NoteSpinning(before, BitTerm(word, found.Bit!), TraitsOf(found), attempt);
        }
    }

    private static BitChange ChangeOf(string name, State state, Term held, SpinBit bit, ImmutableArray<Value> arguments)
    {
        if (arguments.Length < 2)
            return bit.Counts && name is "Increment" or "Decrement" && state.Holds(held) ? BitChange.Clears : BitChange.None;
        var value = arguments[1];
        switch (name)
        {
            case "CompareExchange" when arguments.Length == 3:
                var expected = arguments[2];
                if (expected.Bits.SurelyLacks(bit.Mask))
                    return value.Bits.SurelyHas(bit.Mask) || Adds(value, expected, bit) ? BitChange.Takes : BitChange.None;
                if (value.Bits.SurelyLacks(bit.Mask))
                    return BitChange.Clears;

                // Where the ways that found the bit set and clear have met again, the attempt is one all the same.
                return value.Bits.SurelyHas(bit.Mask) && !expected.Bits.SurelyHas(bit.Mask) && !state.Holds(held) ? BitChange.Takes : BitChange.None;
            case "Or":
                return value.Bits.SurelyHas(bit.Mask) ? BitChange.Takes : BitChange.None;
            case "And":
                return value.Bits.SurelyLacks(bit.Mask) ? BitChange.Clears : value.Bits.SurelyHas(bit.Mask) ? BitChange.None : BitChange.Unknown;
            case "Add":
                return (bit.Counts && state.Holds(held)) || (ConstantBits(value.Term) is { } added && unchecked(added + bit.Mask) == 0) ? BitChange.Clears : BitChange.None;
            default:
                return OfWritten(value, bit);
        }
    }

    private static BitChange OfWritten(Value value, SpinBit bit) =>
        value.Bits.SurelyLacks(bit.Mask) ? BitChange.Clears : value.Bits.SurelyHas(bit.Mask) ? BitChange.None : BitChange.Unknown;

    /// <summary>Whether a value is another with the bit added.</summary>
    private static bool Adds(Value value, Value to, SpinBit bit) =>
        value.Term is { Kind: TermKind.Operator, Data: nameof(BinaryOperatorKind.Add), Children: var operands } && operands[0].Equals(to.Term) && ConstantBits(operands[1]) == bit.Mask;

    private State Apply(State state, Term word, IEnumerable<(SpinWord Word, BitChange Change)> changes, IOperation site)
    {
        foreach (var (found, change) in changes)
        {
            var term = BitTerm(word, found.Bit!);
            var traits = TraitsOf(found);
            var name = "bit " + found.Bit!.Name;
            if (change == BitChange.Takes)
                state = Acquire(state, new HeldLock(term, traits, PlaceOf(site), name), site, null);
            else if (change == BitChange.Clears || (change == BitChange.Unknown && state.Holds(term)))
                state = Release(state, term, new LockTarget(term, traits, name, IsWord: true), site);
        }

        return state;
    }

    private bool StoresToBits(Frame frame, IOperation target, Value value, IOperation site)
    {
        if (target is not (IFieldReferenceOperation or IArrayElementReferenceOperation or IParameterReferenceOperation { Parameter.RefKind: RefKind.Ref } or ILocalReferenceOperation { Local.RefKind: RefKind.Ref })
            || BitsAt(frame, target) is not var (term, bits))
        {
            return false;
        }

        var state = frame.State.ForgetSharedMemory();
        var changes = bits.Select(b => (Word: b, Change: ChangeBy(site, state, term, b.Bit!, value))).ToArray();

        // An object's first value is no release.
        if (_method.MethodKind is MethodKind.Constructor or MethodKind.StaticConstructor)
            changes = changes.Where(c => state.Holds(BitTerm(term, c.Word.Bit!))).ToArray();
        frame.State = Apply(state, term, changes, site);
        return true;
    }

    private static BitChange ChangeBy(IOperation site, State state, Term word, SpinBit bit, Value value)
    {
        switch (site)
        {
            case IIncrementOrDecrementOperation or ICompoundAssignmentOperation { OperatorKind: BinaryOperatorKind.Add }:
                return bit.Counts && state.Holds(BitTerm(word, bit)) ? BitChange.Clears : BitChange.None;
            case ICompoundAssignmentOperation { OperatorKind: BinaryOperatorKind.Subtract or BinaryOperatorKind.ExclusiveOr, Value.ConstantValue: { HasValue: true, Value: var toggled } }:
                return Constants.Bits(toggled) == bit.Mask && state.Holds(BitTerm(word, bit)) ? BitChange.Clears : BitChange.None;
            case ICompoundAssignmentOperation { OperatorKind: not BinaryOperatorKind.And }:
                return BitChange.None;
            default:
                // What was there with other bits set has this one as it was.
                var others = value.Term is { Kind: TermKind.Operator, Data: "|" } && value.Term.Children.Any(word.Equals);
                return others && !value.Bits.SurelyLacks(bit.Mask) ? BitChange.None : OfWritten(value, bit);
        }
    }
}
