using System.Linq;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>Locks that a member needs its caller to hold, and assertions that one is held.</summary>
internal sealed partial class Walk
{
    /// <summary>
    /// Records a call of a member whose lock is not held here. Nested functions say nothing: they may run where the lock is held by whoever runs them.
    /// </summary>
    private void CheckRequired(Frame frame, IOperation operation, MethodFacts facts, Binding binding, string name)
    {
        if (_findings is null || _inDoomedBlock || facts.Locks.IsEmpty || _method.MethodKind is MethodKind.LocalFunction or MethodKind.AnonymousFunction)
            return;
        foreach (var declared in facts.Locks)
        {
            if (declared.Kind != LockOperationKind.Require || TargetAtCall(declared, binding, frame.State) is not { } target)
                continue;
            if (!MayHold(frame.State, target) && !IsUnsure(frame.State, target.Term) && !IsUnshared(frame.State, target.Term))
                _findings.Required.Add(new RequiredFinding(operation, name, target.Term, target.TypeName, frame.State.NotHeld.Contains(target.Term)));
        }
    }

    /// <summary>Whether the lock is among those held, or may be one that is held under a name that tells nothing.</summary>
    private static bool MayHold(State state, LockTarget target) => state.Held.Any(h => h.Term.Equals(target.Term)
        || ((IsVague(h.Term) || IsVague(target.Term)) && (h.Traits.Equals(target.Traits) || h.Traits.Outer == WaitClass.None || target.Traits.Outer == WaitClass.None)));

    /// <summary>Weak, or led to by a property that computes its value and may well be another name for a field.</summary>
    private static bool IsVague(Term term) => term.IsWeak
        || term.HasPart(t => t is { Kind: TermKind.Property, Symbol: IPropertySymbol { IsAbstract: false } property } && !Bodies.IsAutoProperty(property));

    /// <summary>
    /// Nobody else can reach the lock yet: it belongs to the object under construction, or to one that this member has just made.
    /// </summary>
    private bool IsUnshared(State state, Term target)
    {
        var root = target;
        while (root.Kind is TermKind.Field or TermKind.Property or TermKind.Element)
            root = root.Children[0];
        return root.Kind switch
        {
            TermKind.This => _method.MethodKind == MethodKind.Constructor,
            TermKind.Static => _method.MethodKind == MethodKind.StaticConstructor && Same(root.Symbol, _method.ContainingType),
            TermKind.Local => state.Variables.TryGetValue(root.Symbol!, out var value) && value.NotNull,
            TermKind.Opaque => root.Data is System.ValueTuple<int, int, OperationKind> { Item3: OperationKind.ObjectCreation },
            _ => false,
        };
    }

    /// <summary>
    /// <c>Debug.Assert(Monitor.IsEntered(gate))</c>: the call is left out of the walk like every assertion, but what it says of a lock is believed, whether it is compiled in or not.
    /// </summary>
    private void BelieveAssertion(Frame frame, IInvocationOperation assertion)
    {
        if (assertion.TargetMethod.Name != "Assert" || assertion.Arguments.FirstOrDefault(a => a.Parameter?.Ordinal == 0)?.Value is not { } claim)
            return;
        var method = claim switch
        {
            IInvocationOperation call => call.TargetMethod,
            IPropertyReferenceOperation property => property.Property.GetMethod,
            _ => null,
        };
        if (method is null || _knowledge.FactsOf(method) is not { Locks.IsEmpty: false } facts)
            return;
        foreach (var part in Code.Of(claim).Operations.Where(o => !ReferenceEquals(o, claim)))
            frame[part] = part.ConstantValue is { HasValue: true } constant ? Constant(constant.Value) : Evaluate(frame, part);
        var receiver = claim switch
        {
            IInvocationOperation { Instance: { } instance } => frame[instance],
            IPropertyReferenceOperation { Instance: { } instance } => frame[instance],
            _ => null,
        };
        var binding = new Binding(KnowledgeBase.Canonical(method), receiver, Arguments(frame, method, ArgumentsOf(claim)), claim);
        foreach (var declared in facts.Locks.Where(l => l.Kind == LockOperationKind.AssertHeld))
        {
            if (TargetAtCall(declared, binding, frame.State) is { } target)
                frame.State = Believe(frame.State, target, claim);
        }
    }

    private static State Believe(State state, LockTarget target, IOperation site) => state.Holds(target.Term)
        ? state
        : state.WithHeld(state.Held.Add(new HeldLock(target.Term, target.Traits, PlaceOf(site), target.TypeName, ambient: true)));
}
