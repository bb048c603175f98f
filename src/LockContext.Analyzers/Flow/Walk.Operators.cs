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
        if (conversion.IsTryCast)
            return AsOrNull(operand, conversion);
        if (IsOtherNumber(operand, conversion.Operand.Type, conversion.Type))
            operand = Operated($"({conversion.Type!.SpecialType})", operand.Bits, operand);
        return Integer(conversion.Type) is null ? operand : operand.WithBits(ConvertedBits(operand.Bits, conversion.Operand.Type, conversion.Type));
    }

    /// <summary>The same object, or null where it is none of that type. What disposing it releases is known, so then it is one.</summary>
    private static Value AsOrNull(Value operand, IConversionOperation conversion)
    {
        if (conversion.Type is not { } type || operand.IsNull || operand.ScopeOf is not null || IsSurely(conversion.Operand.Type, type) || IsSurely(operand.MadeAs, type))
            return operand;
        return operand.TriedAs is null ? operand.WithTriedAs(type) : new Value(OpaqueOf(conversion));
    }

    /// <summary>Whether a conversion between numbers may make another one of a value that nobody knows.</summary>
    private static bool IsOtherNumber(Value operand, ITypeSymbol? from, ITypeSymbol? to)
    {
        if (operand.Bits.IsConstant || from is null or { TypeKind: TypeKind.Enum } || to is null or { TypeKind: TypeKind.Enum } || Integer(to) is not var (width, signed))
            return false;
        if (Integer(from) is not var (fromWidth, fromSigned))
            return from.SpecialType is SpecialType.System_Single or SpecialType.System_Double or SpecialType.System_Decimal;
        return fromSigned == signed ? width < fromWidth : fromSigned || width <= fromWidth;
    }

    private Value Unary(State state, UnaryOperatorKind kind, Value operand, ITypeSymbol? type)
    {
        switch (kind)
        {
            case UnaryOperatorKind.Not:
                return Not(state, operand);
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
            case BinaryOperatorKind.Or or BinaryOperatorKind.And when operation.Type?.SpecialType == SpecialType.System_Boolean:
                return Combined(state, kind == BinaryOperatorKind.Or ? "or" : "and", left, right);
            case BinaryOperatorKind.ExclusiveOr when operation.Type?.SpecialType == SpecialType.System_Boolean:
                return Not(state, Equality(state, left, right, operation.Type));
            case BinaryOperatorKind.Or:
                return Refreshed(state, Operated("|", left.Bits | right.Bits, left, right));
            case BinaryOperatorKind.And:
                return Refreshed(state, Operated("&", left.Bits & right.Bits, left, right));
            case BinaryOperatorKind.ExclusiveOr:
                return Refreshed(state, Operated("^", left.Bits ^ right.Bits, left, right));
            case BinaryOperatorKind.Equals:
                return Equality(state, left, right, ComparedAs(operation));
            case BinaryOperatorKind.NotEquals:
                return Not(state, Equality(state, left, right, ComparedAs(operation)));
            case BinaryOperatorKind.LessThan or BinaryOperatorKind.GreaterThan or BinaryOperatorKind.LessThanOrEqual or BinaryOperatorKind.GreaterThanOrEqual:
                return Ordered(state, kind, left, right, OrderedAs(operation));
            case BinaryOperatorKind.Add or BinaryOperatorKind.Subtract when left.Bits.IsConstant && right.Bits.IsConstant && Integer(operation.Type) is var (size, isSigned):
                var sum = BitValue.Constant(unchecked(kind == BinaryOperatorKind.Add ? left.Bits.Set + right.Bits.Set : left.Bits.Set - right.Bits.Set));
                return Value.Constant((size == 64 ? sum : sum.Truncated(size, isSigned)).Set);
            case BinaryOperatorKind.Add or BinaryOperatorKind.Subtract or BinaryOperatorKind.Multiply or BinaryOperatorKind.Divide or BinaryOperatorKind.Remainder:
                return Refreshed(state, Operated(kind.ToString(), default, left, right));
            case BinaryOperatorKind.LeftShift when left.Bits.IsConstant && right.Bits.IsConstant && Integer(operation.Type) is var (width, signed):
                var shifted = BitValue.Constant(left.Bits.Set << (int)(right.Bits.Set & (width == 64 ? 63UL : 31UL)));
                return Value.Constant((width == 64 ? shifted : shifted.Truncated(width, signed)).Set);
            default:
                return new Value(OpaqueOf(operation));
        }
    }

    private static ITypeSymbol? ComparedAs(IOperation operation) => operation is IBinaryOperation { OperatorMethod: null, LeftOperand.Type: { } left, RightOperand.Type: { } right } && Same(left, right) ? left : null;

    /// <summary>The type of two operands that are integers and ordered as such.</summary>
    private static ITypeSymbol? OrderedAs(IOperation operation)
    {
        if (operation is not IBinaryOperation { OperatorMethod: null, LeftOperand: { Type: { } type } left, RightOperand: { Type: { } other } right } || Integer(type) is null || Integer(other) is null)
            return null;

        // What was a byte is never negative.
        if (right.ConstantValue.HasValue && Integer(TypeOf(left)) is (_, false))
            return TypeOf(left);
        return left.ConstantValue.HasValue && Integer(TypeOf(right)) is (_, false) ? TypeOf(right) : type;

        // Before it was made wider.
        static ITypeSymbol? TypeOf(IOperation operand)
        {
            while (operand is IConversionOperation { IsImplicit: true, Conversion: { IsNumeric: true, IsImplicit: true } } conversion)
                operand = conversion.Operand;
            return operand.Type;
        }
    }

    private static bool AreTheSame(Value left, Value right) => !left.Term.IsWeak && SymbolEqualityComparer.Default.Equals(left.TriedAs, right.TriedAs) && (left.Own ?? left.Term).Equals(right.Own ?? right.Term);

    private static bool? Truth(Value value) => value.Bits.IsNonZero ? true : value.Bits.IsZero ? false : null;

    private static ulong? ConstantBits(Term term) => term is { Kind: TermKind.Constant, Data: ulong bits } ? bits : null;
}
