using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>Flags as values: constants kept in fields, tests of bits, and what their outcome says of the value tested.</summary>
internal sealed partial class Walk
{
    private const int MaxInitialiserDepth = 4;

    /// <summary><c>flags.HasFlag(mask)</c> is <c>(flags &amp; mask) == mask</c>; boxing on the way changes no bit.</summary>
    private bool TryHasFlag(Frame frame, IInvocationOperation invocation)
    {
        if (invocation is not { TargetMethod: { Name: "HasFlag", ContainingType.SpecialType: SpecialType.System_Enum }, Instance: { } instance, Arguments: { Length: 1 } arguments })
            return false;
        var flags = frame[Unconverted(instance)];
        var mask = frame[Unconverted(arguments[0].Value)];
        var common = Operated("&", flags.Bits & mask.Bits, flags, mask);
        frame[invocation] = Comparison(frame.State, "==", common, mask);
        return true;
    }

    private static IOperation Unconverted(IOperation operation)
    {
        while (operation is IConversionOperation { Conversion.IsUserDefined: false, IsTryCast: false } conversion && conversion.ConstantValue is not { HasValue: true })
            operation = conversion.Operand;
        return operation;
    }

    /// <summary>The bits of a value after a conversion between integers, whose value is kept sign- or zero-extended to 64 bits.</summary>
    private static BitValue ConvertedBits(BitValue bits, ITypeSymbol? from, ITypeSymbol? to)
    {
        if (Integer(from) is not var (fromWidth, fromSigned) || Integer(to) is not var (width, signed) || width == 64)
            return bits;
        return fromSigned == signed ? fromWidth <= width ? bits : bits.Truncated(width, signed)
            : !fromSigned && fromWidth < width ? bits : bits.Truncated(width, signed);
    }

    private static BitValue Complement(BitValue bits, ITypeSymbol? type) =>
        Integer(type) is (< 64 and var width, false) ? (~bits).Truncated(width, signed: false) : ~bits;

    private static (int Width, bool Signed)? Integer(ITypeSymbol? type) => (type is INamedTypeSymbol { EnumUnderlyingType: { } underlying } ? underlying : type)?.SpecialType switch
    {
        SpecialType.System_Byte => (8, false),
        SpecialType.System_SByte => (8, true),
        SpecialType.System_UInt16 or SpecialType.System_Char => (16, false),
        SpecialType.System_Int16 => (16, true),
        SpecialType.System_UInt32 => (32, false),
        SpecialType.System_Int32 => (32, true),
        SpecialType.System_UInt64 => (64, false),
        SpecialType.System_Int64 => (64, true),
        _ => null,
    };

    /// <summary>Records bits that a test has shown of a value: of the value itself, of what it was computed from, and of the parameter that its bits come from.</summary>
    private State Learn(State state, Term tested, ulong set, ulong clear)
    {
        if ((set | clear) == 0)
            return state;
        var known = KnownBits(state, tested);
        if (tested.Kind != TermKind.Constant)
            state = state.WithFact(tested, (state.Facts.TryGetValue(tested, out var before) ? before : BitValue.Unknown).Refine(set, clear));
        if (known.Parameter is IParameterSymbol parameter && (known.Inherited & (set | clear)) is var inherited and not 0 && EntryTerm(parameter) is var entry && !entry.Equals(tested))
        {
            var onEntry = state.Facts.TryGetValue(entry, out var earlier) ? earlier : BitValue.Unknown;
            state = state.WithFact(entry, onEntry.Refine(set & inherited, clear & inherited));
        }

        if (tested is not { Kind: TermKind.Operator, Data: "&" or "|" or "^" or "~" })
            return state;
        if (Equals(tested.Data, "~"))
            return Learn(state, tested.Children[0], clear, set);
        var (subject, other) = ConstantBits(tested.Children[1]) is { } right ? (tested.Children[0], right)
            : ConstantBits(tested.Children[0]) is { } left ? (tested.Children[1], left) : (null, 0UL);
        return subject is null ? state : tested.Data switch
        {
            "&" => Learn(state, subject, set & other, clear & other),
            "|" => Learn(state, subject, set & ~other, clear & ~other),
            _ => Learn(state, subject, (set & ~other) | (clear & other), (clear & ~other) | (set & other)),
        };
    }

    /// <summary>What is known of a term's bits here.</summary>
    private BitValue KnownBits(State state, Term term)
    {
        var bits = term switch
        {
            { Kind: TermKind.Constant } => ConstantBits(term) is { } constant ? BitValue.Constant(constant) : BitValue.Unknown,
            { Kind: TermKind.Local or TermKind.Parameter, Symbol: { } variable } => Variable(state, variable).Bits,
            { Kind: TermKind.Operator, Data: "&" } => KnownBits(state, term.Children[0]) & KnownBits(state, term.Children[1]),
            { Kind: TermKind.Operator, Data: "|" } => KnownBits(state, term.Children[0]) | KnownBits(state, term.Children[1]),
            { Kind: TermKind.Operator, Data: "^" } => KnownBits(state, term.Children[0]) ^ KnownBits(state, term.Children[1]),
            _ => Read(state, term).Bits,
        };
        if (!bits.IsConstant && term.Kind is TermKind.Operator or TermKind.Opaque)
        {
            // A variable that holds the value knows more of it than what it was computed from, once that has been assigned to.
            foreach (var variable in state.Variables)
            {
                if (variable.Value.Term.Equals(term))
                    bits = variable.Value.Bits.Inherited != 0 ? variable.Value.Bits.Refine(bits.Set, bits.Clear) : bits.Refine(variable.Value.Bits.Set, variable.Value.Bits.Clear);
            }
        }

        return !bits.IsConstant && state.Facts.TryGetValue(term, out var fact) ? bits.Refine(fact.Set, fact.Clear) : bits;
    }

    /// <summary>What stands for a parameter's value as the caller gave it: the parameter itself, unless the body gives it others.</summary>
    private Term EntryTerm(IParameterSymbol parameter) => IsTrackedParameter(parameter) ? Term.Parameter(parameter) : OnEntry(parameter).Term;

    /// <summary>A parameter of a flags type that the body assigns to (<c>flags |= ...</c>): its bits are the caller's until then.</summary>
    private bool IsChangedFlags(IParameterSymbol parameter) => parameter.RefKind == RefKind.None && Same(parameter.ContainingSymbol, _method) && !_body.IsIterator
        && _body.Assigned.Contains(parameter) && !_body.Shared.Contains(parameter) && _knowledge.FlagsOf(parameter.Type) is not null;

    /// <summary>The value of a field or property that is set by its initialiser only, if that is made of constants.</summary>
    private ulong? InitialValue(ISymbol member, ITypeSymbol type, int depth = 0)
    {
        if (depth > MaxInitialiserDepth || Integer(type) is null || (!member.IsStatic && _knowledge.FlagsOf(type) is null))
            return null;
        var initialiser = member.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() switch
        {
            VariableDeclaratorSyntax variable => variable.Initializer,
            PropertyDeclarationSyntax property => property.Initializer,
            _ => null,
        };
        if (initialiser is null || IsSetByConstructor(member) || _bodies.ModelOf(initialiser.SyntaxTree) is not { } model)
            return null;
        if (model.GetConstantValue(initialiser.Value) is { HasValue: true } constant)
            return Constants.Bits(constant.Value);
        return model.GetOperation(initialiser.Value) is { } operation ? Fold(operation, depth) : null;
    }

    private ulong? Fold(IOperation operation, int depth)
    {
        if (operation.ConstantValue is { HasValue: true } constant)
            return Constants.Bits(constant.Value);
        switch (operation)
        {
            case IConversionOperation { Conversion.IsUserDefined: false } conversion when Fold(conversion.Operand, depth) is { } operand:
                return ConvertedBits(BitValue.Constant(operand), conversion.Operand.Type, conversion.Type).Set;
            case IParenthesizedOperation parenthesized:
                return Fold(parenthesized.Operand, depth);
            case IFieldReferenceOperation { Field: { IsReadOnly: true, IsStatic: true } field }:
                return InitialValue(field, field.Type, depth + 1);
            case IUnaryOperation { OperatorKind: UnaryOperatorKind.BitwiseNegation, OperatorMethod: null } unary when Fold(unary.Operand, depth) is { } operand:
                return Complement(BitValue.Constant(operand), unary.Type).Set;
            case IBinaryOperation { OperatorMethod: null } binary when depth <= MaxInitialiserDepth && Fold(binary.LeftOperand, depth + 1) is { } left && Fold(binary.RightOperand, depth + 1) is { } right:
                return binary.OperatorKind switch
                {
                    BinaryOperatorKind.Or => left | right,
                    BinaryOperatorKind.And => left & right,
                    BinaryOperatorKind.ExclusiveOr => left ^ right,
                    _ => null,
                };
            default:
                return null;
        }
    }

    private static bool IsSetByConstructor(ISymbol member) =>
        (member.IsStatic ? member.ContainingType.StaticConstructors : member.ContainingType.InstanceConstructors).SelectMany(c => c.DeclaringSyntaxReferences)
            .Select(r => r.GetSyntax()).OfType<ConstructorDeclarationSyntax>()
            .Any(c => c.DescendantTokens().Any(t => t.ValueText == member.Name));
}
