using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Spin locks written by hand: one attempt at the word is a try-acquire, which succeeds exactly if it yields the free value; writing the free value back is the release.
/// </summary>
internal sealed partial class Walk
{
    /// <summary>The lock that a place is, if its word is one.</summary>
    private (Term Term, SpinWord Word)? WordAt(Frame frame, IOperation place)
    {
        if (_knowledge.SpinWords.IsEmpty)
            return null;
        var term = PlaceTerm(frame, place);
        var symbol = term.Kind switch
        {
            TermKind.Element => term.Children[0].Symbol,
            TermKind.Field or TermKind.Parameter => term.Symbol,
            _ => null,
        };
        return _knowledge.SpinWords.Find(symbol) is { } word ? (term, word) : null;
    }

    /// <summary>The name of a place itself, whatever is stored there.</summary>
    private static Term PlaceTerm(Frame frame, IOperation place) => place switch
    {
        IFieldReferenceOperation { Field: { IsStatic: true } field } => Term.Field(Term.Static(field.ContainingType), field),
        IFieldReferenceOperation field => Term.Field(field.Instance is { } instance ? frame[instance].Term : Term.This, field.Field),
        IArrayElementReferenceOperation element => Term.Element(frame[element.ArrayReference].Term, element.Indices.Select(i => frame[i].Term)),
        IParameterReferenceOperation { Parameter.RefKind: not RefKind.None } parameter => Term.Parameter(parameter.Parameter),
        _ => frame[place].Term,
    };

    private LockTraits TraitsOf(SpinWord word) => word.ByShape
        ? new LockTraits(WaitClass.Spin, WaitClass.Spin, ByShape: true)
        : _knowledge.LockClassOf(word.Symbol, new LockTraits(WaitClass.Spin, WaitClass.Spin));

    private static bool IsFree(Value value, SpinWord word) => value.Term is { Kind: TermKind.Constant } constant && Equals(constant.Data, word.Free);

    /// <summary>An operation of <c>Interlocked</c> or <c>Volatile</c> on such a word; false if it is none.</summary>
    private bool TryUseWord(Frame frame, IInvocationOperation call, ImmutableArray<Value> arguments, out List<Frame>? results)
    {
        results = null;
        if (TryUseBits(frame, call, arguments, out results))
            return true;
        if (call.TargetMethod.ContainingType is not { Name: "Interlocked" or "Volatile" or "Thread", ContainingNamespace.Name: "Threading" } || call.Arguments.IsEmpty
            || call.Arguments.FirstOrDefault(a => a.Parameter?.Ordinal == 0)?.Value is not { } place || WordAt(frame, place) is not var (term, word))
        {
            return false;
        }

        switch (call.TargetMethod.Name)
        {
            case "CompareExchange" when arguments.Length == 3 && IsFree(arguments[2], word) && !IsFree(arguments[1], word):
            case "Exchange" when arguments.Length == 2 && !IsFree(arguments[1], word):
                results = TryTakeWord(frame, call, term, word, arguments);
                return true;
            case "CompareExchange" or "Exchange" or "Write" or "VolatileWrite" when arguments.Length >= 2 && IsFree(arguments[1], word):
            case "Decrement" or "Add" or "And":
            case var _ when frame.State.Holds(term) && call.TargetMethod.Name is not ("Read" or "VolatileRead"):
                // However else the holder changes the word, it is the release.
                frame.State = FreeWord(frame.State.ForgetSharedMemory(), term, word, call);
                frame[call] = Fresh(frame, call);
                return true;
            default:
                return false;
        }
    }

    private List<Frame> TryTakeWord(Frame frame, IInvocationOperation call, Term term, SpinWord word, ImmutableArray<Value> arguments)
    {
        var traits = TraitsOf(word);
        var free = new Value(Term.Constant(word.Free is "null" ? null : word.Free), word.Free is ulong bits ? BitValue.Constant(bits) : BitValue.Unknown);
        var before = frame.State.ForgetSharedMemory();
        var results = new List<Frame>();
        NoteSpinning(before, term, traits, call);

        // Who holds it spins on; an attempt by the holder fails.
        if (!before.Holds(term) || term.IsWeak)
        {
            var success = frame.Fork(Acquire(before, new HeldLock(term, traits, PlaceOf(call), traits.ByShape ? "" : "lock"), call, null));
            success[call] = free;
            results.Add(success);
        }

        var found = new Value(OpaqueOf(call));
        var failure = frame.Fork(before.ForgetOpaque(found.Term));
        if (!before.Holds(term))
            failure.State = failure.State.WithNotHeld(term);

        // What was there is not the free value. An exchange would have destroyed any third value, so it was the taken one.
        failure.State = failure.State.WithFact(word.Free is "null" ? Term.Operator("isnull", found.Term) : Term.Operator("==", found.Term, free.Term), BitValue.False);
        failure[call] = call.TargetMethod.Name == "Exchange" || call.Type?.SpecialType == SpecialType.System_Boolean || IsComparedWith(call, arguments[1]) ? found.WithBits(arguments[1].Bits.WithoutParameter()) : found;
        results.Add(failure);
        return results;
    }

    /// <summary>Who asks whether the attempt has found the value of the taken lock, <c>CompareExchange(ref word, 1, 0) == 1</c>, knows of no third.</summary>
    private static bool IsComparedWith(IOperation call, Value taken) => taken.Bits.IsConstant && call.Parent is IBinaryOperation { OperatorKind: BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals } equality
        && SpinLoop.ConstantOf(ReferenceEquals(equality.LeftOperand, call) ? equality.RightOperand : equality.LeftOperand) is ulong compared && compared == taken.Bits.Set;

    /// <summary>An attempt that is repeated until it succeeds is an acquire: its holder waits for itself.</summary>
    private void NoteSpinning(State before, Term term, LockTraits traits, IOperation attempt)
    {
        if (!_knowledge.SpinWords.IsRepeated(attempt.Syntax))
            return;
        CheckTakenAgain(before, term, traits, ImmutableArray<Term>.Empty, attempt, null);
        if (!IsExportable(term))
            return;
        _spun.Add(term);
        HandOn(before, new Effect(EffectKind.Lock, WaitClass.Spin) { Lock = term, Traits = traits }, new EffectSite(PlaceOf(attempt), attempt is IInvocationOperation call ? CalleeName(call.TargetMethod) : term.DisplayName, null, null));
    }

    /// <summary>Words that this member spins on itself.</summary>
    private readonly HashSet<Term> _spun = new();

    /// <summary>How this member is left, where there are words to spin on.</summary>
    private readonly List<State> _leftWith = new();

    /// <summary>
    /// Whether an acquire of this member's own is left out on some way: a lock that knows its owner lets it pass, and a member that may leave without having waited is no reason to think that its caller
    /// would wait for ever.
    /// </summary>
    private bool MayPass(Effect effect, List<EffectSite> sites) => _spun.Count > 0 && effect is { Kind: EffectKind.Lock, Lock: { } taken } && _spun.Contains(taken) && sites.All(s => s.Callee is null)
        && _leftWith.Any(s => !s.Holds(taken) && !s.NotHeld.Contains(taken) && !s.Released.Contains(taken));

    /// <summary>A plain store to such a word.</summary>
    private bool StoresToWord(Frame frame, IOperation target, Value value, IOperation site)
    {
        if (StoresToBits(frame, target, value, site))
            return true;
        if (target is not (IFieldReferenceOperation or IArrayElementReferenceOperation or IParameterReferenceOperation { Parameter.RefKind: RefKind.Ref } or ILocalReferenceOperation { Local.RefKind: RefKind.Ref })
            || WordAt(frame, target) is not var (term, word))
        {
            return false;
        }

        frame.State = frame.State.ForgetSharedMemory();
        var changed = site is ICompoundAssignmentOperation { OperatorKind: BinaryOperatorKind.And or BinaryOperatorKind.Subtract } or IIncrementOrDecrementOperation { Kind: OperationKind.Decrement };

        // An object's first value is no release.
        if ((IsFree(value, word) || changed || frame.State.Holds(term)) && !(_method.MethodKind is MethodKind.Constructor or MethodKind.StaticConstructor && !frame.State.Holds(term)))
            frame.State = FreeWord(frame.State, term, word, site);
        return true;
    }

    /// <summary>Who waits for a spin lock may pause as it likes, <c>Thread.Yield</c> and <c>Thread.Sleep(0)</c> among others: that is the acquire, and as such it is checked.</summary>
    private bool IsPauseOfSpinLock(IOperation operation) => !_knowledge.SpinWords.IsEmpty && SpinLoop.Around(operation.Syntax) is { } loop && !SyntaxDepth.IsTooDeep(loop)
        && _bodies.ModelOf(loop.SyntaxTree)?.GetOperation(loop) is ILoopOperation spinning && SpinLoop.Judge(spinning, _knowledge, _bodies.OperationsOf) is { Kind: SpinLoopKind.Spins, Word: { } word }
        && _knowledge.SpinWords.Find(word) is not null;

    private State FreeWord(State state, Term term, SpinWord word, IOperation site) => Release(state, term, new LockTarget(term, TraitsOf(word), "", IsWord: true), site);
}
