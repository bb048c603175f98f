using System.Linq;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// One bit of a word as the lock: the loop puts in what it has found with the bit set, having looked that it was clear, or sets the bit and looks whether it was. What tells it from any other update of the
/// word is that it stays in the loop while the bit is set.
/// </summary>
internal sealed partial class SpinLoop
{
    private bool _onBit;
    private ILocalSymbol? _expected;
    private bool _takesByOr;

    public SpinBit? Bit { get; private set; }

    /// <summary>A <c>CompareExchange</c> of constants only is a read, or a step of something else.</summary>
    private static bool IsAttemptAtBit(IInvocationOperation call) => call.TargetMethod.Name switch
    {
        "CompareExchange" => Argument(call, 1) is not { ConstantValue.HasValue: true },
        "Or" => true,
        _ => false,
    };

    private bool AgreesOnBit(IInvocationOperation attempt)
    {
        if (Argument(attempt, 0) is not { } place || SymbolOf(place) is not { } word || (Word is not null && !SymbolEqualityComparer.Default.Equals(Word, word.OriginalDefinition)))
            return false;
        Word = word.OriginalDefinition;
        if (attempt.TargetMethod.Name == "Or")
        {
            _takesByOr = true;
            return ConstantOf(Argument(attempt, 1)) is ulong set and not 0 && Agrees(set, Argument(attempt, 1)!, counts: false);
        }

        if (Unwrapped(Argument(attempt, 2)) is not ILocalReferenceOperation { Local: var expected } || Unwrapped(Argument(attempt, 1)) is not IBinaryOperation { OperatorKind: BinaryOperatorKind.Or or BinaryOperatorKind.Add } update)
            return false;
        var (from, mask) = ConstantOf(update.RightOperand) is ulong right ? (update.LeftOperand, right) : ConstantOf(update.LeftOperand) is ulong left ? (update.RightOperand, left) : (null, 0UL);
        var constant = ReferenceEquals(from, update.LeftOperand) ? update.RightOperand : update.LeftOperand;
        if (mask == 0 || Unwrapped(from) is not ILocalReferenceOperation { Local: var updated } || !SymbolEqualityComparer.Default.Equals(updated, expected))
            return false;
        _expected = expected;

        // Adding sets exactly a bit that is clear, and carries nothing on.
        return Agrees(mask, constant, update.OperatorKind == BinaryOperatorKind.Add);
    }

    private bool Agrees(ulong mask, IOperation constant, bool counts)
    {
        if (Bit is not null)
            return Bit.Mask == mask && Bit.Counts == counts;
        Bit = new SpinBit(mask, NameOf(constant, mask), counts);
        return !counts || (mask & (mask - 1)) == 0;
    }

    private static string NameOf(IOperation constant, ulong mask) => Unwrapped(constant) switch
    {
        IFieldReferenceOperation field => field.Field.Name,
        ILocalReferenceOperation local => local.Local.Name,
        IConversionOperation { Operand: IFieldReferenceOperation field } => field.Field.Name,
        _ => "0x" + (mask > 0xFFFFFFFF_00000000 ? mask & 0xFFFFFFFF : mask).ToString("X", System.Globalization.CultureInfo.InvariantCulture),
    };

    /// <summary>Whether the loop, or the method of its own that makes the attempt, looks at the bit in what it has read.</summary>
    private bool TestsBit() => _takesByOr || _tries.Where(t => t.Value).Select(t => _bodyOf(t.Key)).Append(_loop).OfType<IOperation>().Any(o => o.Descendants().Any(IsTestOfBit));

    private bool IsTestOfBit(IOperation operation)
    {
        if (operation is not IBinaryOperation { OperatorKind: BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals } equality)
            return false;
        return Tests(equality.LeftOperand, equality.RightOperand) || Tests(equality.RightOperand, equality.LeftOperand);

        bool Tests(IOperation tested, IOperation with) => MaskOf(tested, out var read) is { } mask && (mask & Bit!.Mask) == Bit.Mask && ConstantOf(with) is ulong constant && (constant == 0 || constant == Bit.Mask)
            && (Unwrapped(read) is ILocalReferenceOperation { Local: var local } ? SymbolEqualityComparer.Default.Equals(local, _expected) || ReadsWord(local) : ReadsWord(read));
    }

    /// <summary>The constant of <c>x &amp; constant</c>.</summary>
    private static ulong? MaskOf(IOperation? operation, out IOperation? masked)
    {
        masked = null;
        if (Unwrapped(operation) is not IBinaryOperation { OperatorKind: BinaryOperatorKind.And } and)
            return null;
        var mask = ConstantOf(and.RightOperand) ?? ConstantOf(and.LeftOperand);
        masked = ConstantOf(and.RightOperand) is not null ? and.LeftOperand : and.RightOperand;
        return mask as ulong?;
    }

    private bool ReadsWord(ILocalSymbol local) => _locals.TryGetValue(local, out var assigned) && ReadsWord(assigned);

    private bool ReadsWord(IOperation? value) => Unwrapped(value) switch
    {
        IInvocationOperation { TargetMethod.ContainingType.Name: "Volatile" or "Interlocked" or "Thread" } read => SymbolEqualityComparer.Default.Equals(SymbolOf(Argument(read, 0))?.OriginalDefinition, Word),
        { } place => SymbolEqualityComparer.Default.Equals(SymbolOf(place)?.OriginalDefinition, Word),
        _ => false,
    };

    /// <summary>What a comparison is where the bit has not been taken: the word was not what was expected, or the bit had been set.</summary>
    private bool? WhenBitNotTaken(IBinaryOperation equality, int depth)
    {
        var notEqual = equality.OperatorKind == BinaryOperatorKind.NotEquals;
        if (_takesByOr)
        {
            return Or(equality.LeftOperand, equality.RightOperand) ?? Or(equality.RightOperand, equality.LeftOperand);
        }

        return (IsResult(equality.LeftOperand, depth) && IsExpected(equality.RightOperand)) || (IsResult(equality.RightOperand, depth) && IsExpected(equality.LeftOperand)) ? notEqual : null;

        bool? Or(IOperation tested, IOperation with) => MaskOf(tested, out var result) == Bit?.Mask && IsResult(result, depth) && ConstantOf(with) is ulong constant
            ? constant == 0 ? notEqual : constant == Bit?.Mask ? !notEqual : null
            : null;
    }

    private bool IsExpected(IOperation value) => Unwrapped(value) is ILocalReferenceOperation { Local: var local } && SymbolEqualityComparer.Default.Equals(local, _expected);
}
