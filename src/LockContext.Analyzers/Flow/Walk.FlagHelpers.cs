using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Flags that a helper chooses: <c>Flags(atomic: true)</c>. Its summary tells what all its choices have in common; what it makes of arguments that are known, a walk over its body with them tells.
/// A member that hands its own switch to a helper, or chooses by it in place, is followed once for each choice, for its callers to decide.
/// </summary>
internal sealed partial class Walk
{
    private const string ChosenSlot = "chosen";
    private const int MaxHelperDepth = 3;
    private const int MaxChoices = 8;

    private readonly Dictionary<(IMethodSymbol, string), BitValue> _chosen = new();

    /// <summary>For a walk over a helper: its arguments.</summary>
    private ImmutableArray<Value> _given = ImmutableArray<Value>.Empty;
    private int _helperDepth;

    /// <summary>Variables and temporaries that hold flags; <see langword="null"/> where ways with other flags are not kept apart.</summary>
    private HashSet<object>? FlagVariables => _hasFlagVariables ? _flagVariables : FindFlagVariables();

    private HashSet<object>? _flagVariables;
    private bool _hasFlagVariables;

    private HashSet<object>? FindFlagVariables()
    {
        _hasFlagVariables = true;

        // Whoever looks for what to report asks for what is common to all ways, and no more is known of them than that.
        if (_findings is not null || !_wantsEffects || !_method.Parameters.Any(IsChoice))
            return null;
        foreach (var operation in _body.AllOperations())
        {
            object? key = operation switch
            {
                IFlowCaptureOperation capture when IsFlags(capture.Value.Type) => capture.Id,
                IAssignmentOperation assignment when IsFlags(assignment.Type) => Variables.Of(assignment.Target),
                _ => null,
            };
            if (key is not null)
                (_flagVariables ??= new()).Add(key);
        }

        return _flagVariables;
    }

    private bool IsFlags(ITypeSymbol? type) => type is { TypeKind: TypeKind.Enum } && _knowledge.FlagsOf(type) is not null;

    /// <summary>A parameter that a choice may hang on.</summary>
    private bool IsChoice(IParameterSymbol parameter) =>
        parameter.RefKind == RefKind.None && IsTrackedParameter(parameter) && (parameter.Type.SpecialType == SpecialType.System_Boolean || (parameter.Type.TypeKind == TypeKind.Enum && !IsFlags(parameter.Type)));

    /// <summary>Whether two ways have chosen other flags, and know by which parameter.</summary>
    private bool AreOtherChoices(State a, State b)
    {
        if (FlagVariables is not { } variables)
            return false;
        foreach (var variable in variables)
        {
            if (a.Variables.TryGetValue(variable, out var x) && b.Variables.TryGetValue(variable, out var y) && !x.Bits.Equals(y.Bits))
                return !FindGuards(a).SequenceEqual(FindGuards(b));
        }

        return false;
    }

    /// <summary>Whether the flags of this way are one choice of several.</summary>
    private bool IsChosen(State state) => state.Variables.ContainsKey(ChosenSlot) || (FlagVariables is { } variables && variables.Any(state.Variables.ContainsKey));

    /// <summary>After a call of a helper that returns flags.</summary>
    private List<Frame>? ChooseFlags(Frame frame, List<Frame>? results, IOperation operation, IMethodSymbol callee, ImmutableArray<Value> arguments)
    {
        if (_helperDepth >= MaxHelperDepth || callee.IsAbstract || callee.IsVirtual || callee.IsOverride || arguments.IsEmpty || _bodies.Of(callee) is not { IsIterator: false } body)
            return results;
        if (results is null && _wantsEffects && _findings is null && ChoicesOf(frame.State, arguments) is not null)
        {
            results = new List<Frame>();
            Split(frame, arguments);
            return results;
        }

        if (!arguments.Any(a => a.Bits.IsConstant))
            return results;
        foreach (var each in results ?? new List<Frame> { frame })
            Choose(each, arguments);
        return results;

        void Split(Frame from, ImmutableArray<Value> given)
        {
            if (FlagsBy(body, given).IsConstant || ChoicesOf(from.State, given) is not var (index, choices) || results!.Count + choices.Length > MaxChoices)
            {
                Choose(from, given);
                results!.Add(from);
                return;
            }

            foreach (var choice in choices)
            {
                var next = from.Fork(AssumeTerm(from.State, Equality(from.State, given[index], choice, callee.Parameters[index].Type).Term, true));
                next.State = next.State.WithVariable(ChosenSlot, Value.Constant(1));
                Split(next, given.SetItem(index, choice));
            }
        }

        void Choose(Frame each, ImmutableArray<Value> given)
        {
            if (!each[operation].Bits.IsConstant && FlagsBy(body, given) is { IsUnknown: false } bits)
                each[operation] = each[operation].WithBits(bits);
        }
    }

    /// <summary>The values of an argument that is one of this member's own switches, where these are few.</summary>
    private (int Index, ImmutableArray<Value> Choices)? ChoicesOf(State state, ImmutableArray<Value> arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i].Term is { Kind: TermKind.Operator, Data: "not", Children: var negated } && negated[0] is { Kind: TermKind.Parameter, Symbol: IParameterSymbol opposite } && IsChoice(opposite)
                && Same(opposite.ContainingSymbol, _method) && state.TruthOf(negated[0]) is null)
            {
                return (i, ImmutableArray.Create(Value.Constant(1), Value.Constant(0)));
            }

            if (arguments[i].Bits is not { Inherited: not 0, IsConstant: false, Parameter: IParameterSymbol parameter } || !IsChoice(parameter) || !arguments[i].Term.Equals(Term.Parameter(parameter)))
                continue;
            if (parameter.Type.SpecialType == SpecialType.System_Boolean)
                return (i, ImmutableArray.Create(Value.Constant(1), Value.Constant(0)));
            var members = parameter.Type.GetMembers().OfType<IFieldSymbol>().Where(f => f.HasConstantValue).Select(f => Constants.Bits(f.ConstantValue)).OfType<ulong>().Distinct().ToArray();
            if (members.Length is > 0 and <= MaxChoices)
                return (i, members.Select(Value.Constant).ToImmutableArray());
        }

        return null;
    }

    /// <summary>The flags that a helper returns for arguments some of which are known.</summary>
    private BitValue FlagsBy(Body body, ImmutableArray<Value> arguments)
    {
        var key = (body.Method, string.Join(",", arguments.Select(a => a.Bits.IsConstant ? a.Bits.Set.ToString(System.Globalization.CultureInfo.InvariantCulture) : "?")));
        if (_chosen.TryGetValue(key, out var chosen))
            return chosen;
        var walk = new Walk(body, _knowledge, _bodies, _summaries, wantsEffects: false, findings: null, _cancellation)
        {
            _given = arguments.Select((a, i) => a.Bits.IsConstant ? Value.Constant(a.Bits.Set) : new Value(Term.Opaque(("given", i)))).ToImmutableArray(),
            _helperDepth = _helperDepth + 1,
        };
        var outcomes = walk.Run().Outcomes;
        Work += walk.Work;
        chosen = outcomes.IsEmpty || outcomes.Any(o => o.Return is null) ? BitValue.Unknown : outcomes.Select(o => o.Return!.Bits.WithoutParameter()).Aggregate(BitValue.Join);
        _chosen[key] = chosen;
        return chosen;
    }
}
