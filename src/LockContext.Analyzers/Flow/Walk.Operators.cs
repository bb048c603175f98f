using System.Linq;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>Values that are made of others: conversions, operators, comparisons, and what a comparison says of the values compared.</summary>
internal sealed partial class Walk
{
    private static Value Converted(Value operand, IConversionOperation conversion)
    {
        // Boxing makes another object; reference and numeric conversions keep the value (a narrowed constant was folded by the compiler).
        if (conversion.Conversion.IsUserDefined || (conversion.Operand.Type?.IsValueType == true && conversion.Type?.IsReferenceType == true))
            return new Value(OpaqueOf(conversion)).WithScope(operand.ScopeOf).WithFields(operand.Fields).WithNotNull(operand.NotNull).WithMadeAs(conversion.Conversion.IsUserDefined ? null : operand.MadeAs);
        return Integer(conversion.Type) is null ? operand : operand.WithBits(ConvertedBits(operand.Bits, conversion.Operand.Type, conversion.Type));
    }

    private Value Unary(State state, UnaryOperatorKind kind, Value operand, ITypeSymbol? type)
    {
        switch (kind)
        {
            case UnaryOperatorKind.Not:
                var bits = Truth(operand) is { } truth ? BitValue.Of(!truth) : BitValue.Unknown;
                return Refreshed(state, new Value(Negated(operand.Term), bits).WithOwn(operand.Own is { } own ? Negated(own) : null));
            case UnaryOperatorKind.BitwiseNegation:
                return Operated("~", Complement(operand.Bits, type), operand);
            default:
                return Refreshed(state, Operated(kind.ToString(), default, operand));
        }
    }

    private static Term Negated(Term term) => term is { Kind: TermKind.Operator, Data: "not" } ? term.Children[0] : Term.Operator("not", term);

    /// <summary>An operator over values; by the names of locals as well, if a name of one of them says more than its term.</summary>
    private static Value Operated(string name, BitValue bits, params Value[] operands)
    {
        var result = new Value(Term.Operator(name, operands.Select(o => o.Term).ToArray()), bits);
        return operands.All(o => o.Own is null) ? result : result.WithOwn(Term.Operator(name, operands.Select(o => o.Own ?? o.Term).ToArray()));
    }

    private Value Binary(State state, BinaryOperatorKind kind, Value left, Value right, IOperation operation)
    {
        switch (kind)
        {
            case BinaryOperatorKind.Or:
                return Refreshed(state, Operated("|", left.Bits | right.Bits, left, right));
            case BinaryOperatorKind.And:
                return Refreshed(state, Operated("&", left.Bits & right.Bits, left, right));
            case BinaryOperatorKind.ExclusiveOr:
                return Refreshed(state, Operated("^", left.Bits ^ right.Bits, left, right));
            case BinaryOperatorKind.Equals:
                return Comparison(state, "==", left, right);
            case BinaryOperatorKind.NotEquals:
                return Unary(state, UnaryOperatorKind.Not, Comparison(state, "==", left, right), null);
            case BinaryOperatorKind.LessThan:
                return Less(state, left, right, operation);
            case BinaryOperatorKind.GreaterThan:
                return Less(state, right, left, operation);
            case BinaryOperatorKind.LessThanOrEqual when IsTotalOrder(operation):
                return Unary(state, UnaryOperatorKind.Not, Less(state, right, left, operation), null);
            case BinaryOperatorKind.GreaterThanOrEqual when IsTotalOrder(operation):
                return Unary(state, UnaryOperatorKind.Not, Less(state, left, right, operation), null);
            case BinaryOperatorKind.Add or BinaryOperatorKind.Subtract or BinaryOperatorKind.Multiply or BinaryOperatorKind.Divide or BinaryOperatorKind.Remainder
                or BinaryOperatorKind.LessThanOrEqual or BinaryOperatorKind.GreaterThanOrEqual:
                return Refreshed(state, Operated(kind.ToString(), default, left, right));
            case BinaryOperatorKind.LeftShift when left.Bits.IsConstant && right.Bits.IsConstant && Integer(operation.Type) is var (width, signed):
                var shifted = BitValue.Constant(left.Bits.Set << (int)(right.Bits.Set & (width == 64 ? 63UL : 31UL)));
                return Value.Constant((width == 64 ? shifted : shifted.Truncated(width, signed)).Set);
            default:
                return new Value(OpaqueOf(operation));
        }
    }

    /// <summary>All four ways of writing an order of two values come down to this one.</summary>
    private static Value Less(State state, Value left, Value right, IOperation operation)
    {
        var bits = AreTheSame(left, right) ? BitValue.False : BitValue.Unknown;
        if (left.Bits.IsConstant && right.Bits.IsConstant && IsTotalOrder(operation))
            bits = BitValue.Of(Integer(((IBinaryOperation)operation).LeftOperand.Type) is (_, false) ? left.Bits.Set < right.Bits.Set : (long)left.Bits.Set < (long)right.Bits.Set);
        return Refreshed(state, Operated("<", bits, left, right));
    }

    /// <summary>Whether "not less" is "greater or equal": so it is with integers, while floating-point numbers may be unordered, nullable ones absent, and operators of a type anything.</summary>
    private static bool IsTotalOrder(IOperation operation) =>
        operation is IBinaryOperation { OperatorMethod: null, LeftOperand.Type: { } left, RightOperand.Type: { } right } && Integer(left) is not null && Integer(right) is not null;

    /// <summary>Equality and the null test. The constant, if there is one, stands on the right, so that both ways of writing a test are one term.</summary>
    private static Value Comparison(State state, string name, Value left, Value? right)
    {
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
        return Refreshed(state, Operated(name, bits, left, right));
    }

    private static bool AreTheSame(Value left, Value right) => !left.Term.IsWeak && (left.Own ?? left.Term).Equals(right.Own ?? right.Term);

    private static bool? Truth(Value value) => value.Bits.IsNonZero ? true : value.Bits.IsZero ? false : null;

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

    private static ulong? ConstantBits(Term term) => term is { Kind: TermKind.Constant, Data: ulong bits } ? bits : null;
}
