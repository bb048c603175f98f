using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Conditions, each by one name however it is written: <c>a &lt; b</c> and <c>!(b &lt;= a)</c>, <c>x == null</c> and <c>x is null</c>, <c>n > 0</c> and <c>n >= 1</c>. What a branch has shown of one decides
/// the next.
/// </summary>
internal sealed partial class Walk
{
    private const string LessOrEqual = "<=";

    /// <summary>The order of two values. All four ways of writing it come down to "less", where one of less, equal and greater is always true, and to two otherwise.</summary>
    private static Value Ordered(State state, BinaryOperatorKind kind, Value left, Value right, ITypeSymbol? type)
    {
        switch (kind)
        {
            case BinaryOperatorKind.LessThan:
                return Less(state, left, right, type);
            case BinaryOperatorKind.GreaterThan:
                return Less(state, right, left, type);
            case BinaryOperatorKind.LessThanOrEqual when type is not null:
                return Not(state, Less(state, right, left, type));
            case BinaryOperatorKind.GreaterThanOrEqual when type is not null:
                return Not(state, Less(state, left, right, type));
            case BinaryOperatorKind.LessThanOrEqual:
                return Refreshed(state, Operated(LessOrEqual, default, left, right));
            default:
                return Refreshed(state, Operated(LessOrEqual, default, right, left));
        }
    }

    /// <param name="type">Of both, if they are integers: floating-point numbers may be unordered, nullable ones absent, and operators of a type anything.</param>
    private static Value Less(State state, Value left, Value right, ITypeSymbol? type)
    {
        var bits = AreTheSame(left, right) ? BitValue.False : BitValue.Unknown;
        if (type is null || Integer(type) is not var (width, signed))
            return Refreshed(state, Operated("<", bits, left, right));
        if (left.Bits.IsConstant && right.Bits.IsConstant)
            bits = BitValue.Of(signed ? (long)left.Bits.Set < (long)right.Bits.Set : left.Bits.Set < right.Bits.Set);
        if (width == 64 && !signed)
            return Refreshed(state, Operated("<u", bits, left, right));

        // A number stands on the right: "3 < x" is "not (x < 4)".
        if (left.Term.Kind == TermKind.Constant && right.Term.Kind != TermKind.Constant && ConstantBits(left.Term) is { } number && (long)number < long.MaxValue)
            return Not(state, Less(state, right, Value.Constant(number + 1), type));
        if (ConstantBits(right.Term) is { } limit && left.Term.Kind != TermKind.Constant)
        {
            if (limit == 1 && IsNeverNegative(left.Term, signed))
                return Comparison(state, "==", left, Value.Constant(0));
            var (least, most) = RangeOf(state, left.Own ?? left.Term, signed);
            if (bits.IsUnknown)
                bits = most < (long)limit ? BitValue.True : least >= (long)limit ? BitValue.False : bits;
        }

        return Refreshed(state, Operated("<", bits, left, right));
    }

    private static bool IsNeverNegative(Term term, bool signed) => !signed || term is { Kind: TermKind.Property, Symbol: IPropertySymbol { Name: "Length" or "Count", DeclaringSyntaxReferences.IsEmpty: true } size } && IsOfClassLibrary(size.ContainingType);

    /// <summary>Between which numbers a value lies, by the comparisons that branches have decided.</summary>
    private static (long Least, long Most) RangeOf(State state, Term term, bool signed)
    {
        var (least, most) = (IsNeverNegative(term, signed) ? 0 : long.MinValue, long.MaxValue);
        foreach (var fact in state.Facts)
        {
            if (fact.Key is not { Kind: TermKind.Operator, Data: "<" or "==", Children: { Length: 2 } operands } || !fact.Value.IsConstant || !operands[0].Equals(term) || ConstantBits(operands[1]) is not { } number)
                continue;
            var (isEqual, isTrue, limit) = (Equals(fact.Key.Data, "=="), !fact.Value.IsZero, (long)number);
            if (isEqual && isTrue)
                return (limit, limit);
            if (isEqual)
            {
                least = least == limit && limit < long.MaxValue ? limit + 1 : least;
                most = most == limit && limit > long.MinValue ? limit - 1 : most;
            }
            else if (isTrue && limit > long.MinValue)
            {
                most = System.Math.Min(most, limit - 1);
            }
            else if (!isTrue)
            {
                least = System.Math.Max(least, limit);
            }
        }

        return (least, most);
    }

    private static bool IsTruth(ITypeSymbol? type) => type?.SpecialType == SpecialType.System_Boolean;

    /// <summary>Equality of two values of a type. To be equal to <c>true</c> is to be true; of a <c>bool?</c> that is not null, to be equal to <c>false</c> is not to be equal to <c>true</c>.</summary>
    private static Value Equality(State state, Value left, Value right, ITypeSymbol? type)
    {
        if (IsNullable(type))
        {
            if (left.Term.Kind == TermKind.Constant)
                (left, right) = (right, left);
            if (right.Term is not { Kind: TermKind.Constant, Data: ulong truth } || left.Term.Kind == TermKind.Constant || Truth(Comparison(state, "isnull", left, null)) is not { } isNull)
                return Comparison(state, "==", left, right);
            if (isNull)
                return new Value(Term.Constant(0UL), BitValue.False);
            return truth == 0 && IsTruth(((INamedTypeSymbol)type!).TypeArguments[0]) ? Not(state, Comparison(state, "==", left, Value.Constant(1))) : Comparison(state, "==", left, right);
        }

        if (IsTruth(type))
        {
            if (left.Term.Kind == TermKind.Constant)
                (left, right) = (right, left);
            if (right.Term.Kind == TermKind.Constant && right.Bits.IsConstant)
                return right.Bits.IsZero ? Not(state, left) : left;
        }

        // What is not a number is not equal to itself.
        return type?.SpecialType is SpecialType.System_Single or SpecialType.System_Double && AreTheSame(left, right) ? Refreshed(state, Operated("==", default, left, right)) : Comparison(state, "==", left, right);
    }

    /// <summary>Equality and the null test. The constant, if there is one, stands on the right.</summary>
    private static Value Comparison(State state, string name, Value left, Value? right)
    {
        if (right is null && left is { TriedAs: { } tried, NotNull: false })
            return Not(state, TypeTest(state, left.WithTriedAs(null), null, tried));
        if (right is null)
        {
            var isNull = left.NotNull ? BitValue.False : left.Term is { Kind: TermKind.Constant } constant ? BitValue.Of(Equals(constant.Data, "null")) : BitValue.Unknown;
            return Refreshed(state, Operated(name, isNull, left));
        }

        if (left.Term.Kind == TermKind.Constant)
            (left, right) = (right, left);
        if (right.Term is { Kind: TermKind.Constant, Data: "null" })
            return Comparison(state, "isnull", left, null);
        var bits = BitValue.Unknown;
        if (left.Bits.Contradicts(right.Bits))
            bits = BitValue.False;
        else if (left.Bits.IsConstant && right.Bits.IsConstant)
            bits = BitValue.True;
        else if (AreTheSame(left, right))
            bits = BitValue.True;
        else if (ConstantBits(right.Term) is { } number && RangeOf(state, left.Own ?? left.Term, signed: true) is var (least, most) && ((long)number < least || (long)number > most))
            bits = BitValue.False;
        return Refreshed(state, Operated(name, bits, left, right));
    }

    private static Value Not(State state, Value operand)
    {
        var bits = Truth(operand) is { } truth ? BitValue.Of(!truth) : BitValue.Unknown;
        return Refreshed(state, new Value(Negated(operand.Term), bits).WithOwn(operand.Own is { } own ? Negated(own) : null));
    }

    /// <summary>Whether a value is of a type: that it is not null, and whatever its own type leaves open.</summary>
    private static Value TypeTest(State state, Value value, ITypeSymbol? own, ITypeSymbol? tested)
    {
        var isThere = own is { IsValueType: true } && !IsNullable(own) ? new Value(Term.Constant(1UL), BitValue.True) : Not(state, Comparison(state, "isnull", value, null));
        if (tested is null || IsSurely(own, tested))
            return isThere;
        var isOfType = Refreshed(state, new Value(Term.TypeTest(value.Term, tested)).WithOwn(value.Own is { } kept ? Term.TypeTest(kept, tested) : null));
        return Combined(state, "and", isThere, isOfType);
    }

    private static bool IsSurely(ITypeSymbol? own, ITypeSymbol tested)
    {
        if (own is null)
            return false;
        if (tested.SpecialType == SpecialType.System_Object || (IsNullable(own) && SymbolEqualityComparer.Default.Equals(((INamedTypeSymbol)own).TypeArguments[0], tested)))
            return true;
        for (var type = own; type is not null; type = type.BaseType)
        {
            if (SymbolEqualityComparer.Default.Equals(type, tested))
                return true;
        }

        return own.AllInterfaces.Any(i => SymbolEqualityComparer.Default.Equals(i, tested));
    }

    /// <summary>Whether a value matches a pattern, as far as the bits and the null test tell.</summary>
    private Value Match(State state, Value value, IPatternOperation pattern)
    {
        switch (pattern)
        {
            case IConstantPatternOperation { Value.ConstantValue: { HasValue: true, Value: var constant } }:
                return constant is null ? Comparison(state, "isnull", value, null) : Equality(state, value, Constant(constant), pattern.InputType);
            case IRelationalPatternOperation { Value.ConstantValue: { HasValue: true, Value: var limit } } relational:
                return Ordered(state, relational.OperatorKind, value, Constant(limit), Integer(pattern.InputType) is null ? null : pattern.InputType);
            case INegatedPatternOperation negated:
                return Not(state, Match(state, value, negated.Pattern));
            case IBinaryPatternOperation { OperatorKind: BinaryOperatorKind.And or BinaryOperatorKind.Or } binary:
                return Combined(state, binary.OperatorKind == BinaryOperatorKind.And ? "and" : "or", Match(state, value, binary.LeftPattern), Match(state, value, binary.RightPattern));
            case IDiscardPatternOperation:
            case IDeclarationPatternOperation { MatchesNull: true }:
                return new Value(Term.Constant(1UL), BitValue.True);
            case ITypePatternOperation type:
                return TypeTest(state, value, pattern.InputType, type.MatchedType);
            case IDeclarationPatternOperation declaration:
                return TypeTest(state, value, pattern.InputType, declaration.MatchedType);
            case IRecursivePatternOperation { DeconstructSymbol: null, DeconstructionSubpatterns.IsEmpty: true } recursive:
                return recursive.PropertySubpatterns.Aggregate(TypeTest(state, value, pattern.InputType, recursive.MatchedType), (all, part) => Combined(state, "and", all, MatchPart(state, value, part)));
            case IRecursivePatternOperation or IListPatternOperation:
                // Whatever else it asks for, null does not match.
                return Combined(state, "and", TypeTest(state, value, pattern.InputType, null), new Value(OpaqueOf(pattern)));
            default:
                return new Value(OpaqueOf(pattern));
        }
    }

    private Value MatchPart(State state, Value value, IPropertySubpatternOperation part)
    {
        Term? member = part.Member switch
        {
            IFieldReferenceOperation { Field: { IsStatic: false } field } => Term.Field(value.Term, field),
            IPropertyReferenceOperation { Property: { IsStatic: false, IsIndexer: false } property } => Term.Property(value.Term, property),
            _ => null,
        };
        return member is null ? new Value(OpaqueOf(part)) : Match(state, Read(state, member), part.Pattern);
    }

    /// <summary>"And" and "or" of conditions that are no branches of their own. One term for a whole chain, so that its depth does not grow.</summary>
    private static Value Combined(State state, string name, Value left, Value right)
    {
        var decisive = name == "or";
        if (Truth(left) == !decisive)
            return right;
        if (Truth(right) == !decisive)
            return left;
        var bits = Truth(left) == decisive || Truth(right) == decisive ? BitValue.Of(decisive) : BitValue.Unknown;
        var result = new Value(Chain(left.Term, right.Term), bits);
        return Refreshed(state, left.Own is null && right.Own is null ? result : result.WithOwn(Chain(left.Own ?? left.Term, right.Own ?? right.Term)));

        Term Chain(params Term[] terms) =>
            Term.Operator(name, terms.SelectMany(t => t is { Kind: TermKind.Operator, Data: var data } && Equals(data, name) ? t.Children : ImmutableArray.Create(t)).ToArray());
    }

    /// <summary>Tests of the class library that say the same of the same values.</summary>
    private bool TryPureTest(Frame frame, IInvocationOperation call, Value? receiver, ImmutableArray<Value> arguments)
    {
        if (call is not { TargetMethod: { DeclaringSyntaxReferences.IsEmpty: true, ContainingType: { } type } method } || !IsImmutable(type) && !IsNullable(type) && !(method.IsStatic && type.SpecialType == SpecialType.System_Object))
            return false;
        switch (method.Name)
        {
            // Null is false.
            case "GetValueOrDefault" when receiver is not null && arguments.IsEmpty && IsNullable(type) && IsTruth(method.ReturnType):
                frame[call] = Equality(frame.State, receiver, Value.Constant(1), type);
                return true;
            case nameof(ReferenceEquals) when arguments.Length == 2:
                frame[call] = Comparison(frame.State, "==", Plain(call.Arguments, 0), Plain(call.Arguments, 1));
                return true;
            case nameof(Equals) when arguments.Length == 2 && method.IsStatic && type.SpecialType == SpecialType.System_String:
                frame[call] = Comparison(frame.State, "==", arguments[0], arguments[1]);
                return true;
            case nameof(Equals) when arguments.Length == 1 && receiver is not null && SymbolEqualityComparer.Default.Equals(method.Parameters[0].Type, type):
                frame[call] = Comparison(frame.State, "==", receiver, arguments[0]);
                return true;
            case "IsNullOrEmpty" or "IsNullOrWhiteSpace" or "CompareTo" or "StartsWith" or "EndsWith" or "Contains" or nameof(Equals):
                frame[call] = Refreshed(frame.State, Operated(type.Name + "." + method.Name + arguments.Length, default, (receiver is null ? arguments : arguments.Insert(0, receiver)).ToArray()));
                return true;
            default:
                return false;
        }

        Value Plain(ImmutableArray<IArgumentOperation> given, int ordinal) =>
            given.FirstOrDefault(a => a.Parameter?.Ordinal == ordinal)?.Value is { } value ? frame[Unconverted(value)] : arguments[ordinal];
    }

    /// <summary>Of a value of such a type nobody can make another by changing it in place.</summary>
    private static bool IsImmutable(ITypeSymbol type) => type.SpecialType is SpecialType.System_String or (>= SpecialType.System_Boolean and <= SpecialType.System_Double) or SpecialType.System_IntPtr or SpecialType.System_UIntPtr
        || type.TypeKind == TypeKind.Enum || type is { IsValueType: true, IsReadOnly: true, DeclaringSyntaxReferences.IsEmpty: true };

    /// <summary>The state in which a condition has an outcome, or <see langword="null"/> if it cannot.</summary>
    private State? Assume(State state, Value condition, bool outcome)
    {
        if (Truth(condition) is { } known)
            return known == outcome ? state : null;
        return AssumeTruth(state, condition, outcome);
    }

    private State AssumeTruth(State state, Value condition, bool outcome)
    {
        state = AssumeTerm(state, condition.Term, outcome);
        return condition.Own is { } own ? AssumeTerm(state, own, outcome) : state;
    }

    /// <summary>The state in which a condition has an outcome, with what that says of the values tested.</summary>
    private State AssumeTerm(State state, Term term, bool outcome)
    {
        while (term is { Kind: TermKind.Operator, Data: "not" })
        {
            term = term.Children[0];
            outcome = !outcome;
        }

        var before = state;
        state = state.WithFact(term, BitValue.Of(outcome));

        // What is less than something, or equal to a number, is there.
        if (outcome && term is { Kind: TermKind.Operator, Data: "==" or "<" or "<u" or LessOrEqual, Children: { Length: 2 } compared } && (!Equals(term.Data, "==") || compared[1].Kind == TermKind.Constant))
        {
            foreach (var operand in compared)
            {
                if (operand.Symbol is { } symbol && IsNullable(Guard.TypeOf(symbol)))
                    state = state.WithFact(Term.Operator("isnull", operand), BitValue.False);
            }
        }

        switch (term)
        {
            case { Kind: TermKind.Operator, Data: "and" or "or" }:
                state = outcome == Equals(term.Data, "and") ? AssumeAll(state, term.Children, outcome) : AssumeOnlyOpen(AssumeAny(state, term.Children, outcome), term);
                break;
            case { Kind: TermKind.Operator, Data: "==" } when ConstantBits(term.Children[1]) is { } constant:
                var tested = term.Children[0];
                if (outcome)
                {
                    state = Learn(state, tested, constant, ~constant);
                    break;
                }

                // Not equal says something where all bits but one are known to be equal: that one differs. Masks of one bit are the usual case.
                var known = KnownBits(state, tested);
                var open = ~(known.Set | known.Clear);
                if (open != 0 && (open & (open - 1)) == 0 && (known.Set & ~constant) == 0 && (known.Clear & constant) == 0)
                    state = Learn(state, tested, open & ~constant, open & constant);
                break;
        }

        // What one of several conditions has to be is decided once all others are.
        foreach (var fact in before.Facts)
        {
            if (fact.Key is { Kind: TermKind.Operator, Data: "and" or "or" } several && fact.Value.IsConstant && HasPart(several, term))
                state = AssumeOnlyOpen(state, several);
        }

        return state;
    }

    private State AssumeAll(State state, ImmutableArray<Term> parts, bool outcome) => parts.Aggregate(state, (s, part) => AssumeTerm(s, part, outcome));

    private State AssumeAny(State state, ImmutableArray<Term> parts, bool outcome) =>
        parts.Select(part => AssumeTerm(state, part, outcome)).Aggregate((a, b) => State.Merge(a, b, followsWays: false));

    private static bool HasPart(Term several, Term condition) => several.Children.Any(part => Bare(part).Equals(condition));

    private static Term Bare(Term condition) => condition is { Kind: TermKind.Operator, Data: "not" } ? condition.Children[0] : condition;

    private State AssumeOnlyOpen(State state, Term several)
    {
        if (!state.Facts.TryGetValue(several, out var known) || known.IsZero != Equals(several.Data, "and"))
            return state;
        var usual = known.IsZero;
        Term? open = null;
        foreach (var part in several.Children)
        {
            var truth = state.TruthOf(part);
            if (truth == !usual || (truth is null && open is not null))
                return state;
            if (truth is null)
                open = part;
        }

        return open is null ? state : AssumeTerm(state, open, !usual);
    }
}
