using System.Collections.Generic;
using System.Linq;
using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Finding;

/// <summary>The bits that loops spin on, and which of them are cleared somewhere: a bit that only ever gets set says that something has happened.</summary>
internal sealed class SpinBits
{
    private sealed class Found
    {
        public Found(SpinBit bit) => Bit = bit;

        public SpinBit Bit { get; }

        public bool Waits { get; set; }

        public bool Cleared { get; set; }
    }

    private readonly Dictionary<ISymbol, List<Found>> _words = new(SymbolEqualityComparer.Default);

    public bool IsEmpty => _words.Count == 0;

    public IEnumerable<ISymbol> Words => _words.Keys;

    public void Add(ISymbol word, SpinBit bit, bool waits)
    {
        if (!_words.TryGetValue(word, out var bits))
            _words.Add(word, bits = new List<Found>());
        if (bits.FirstOrDefault(b => b.Bit.Mask == bit.Mask) is not { } found)
            bits.Add(found = new Found(bit));
        found.Waits |= waits;
    }

    /// <summary>A word passed by reference has the bits of the parameter, and the parameter those of whatever is passed.</summary>
    public void Link(ISymbol argument, ISymbol parameter)
    {
        Copy(argument, parameter);
        Copy(parameter, argument);

        void Copy(ISymbol from, ISymbol to)
        {
            foreach (var bit in _words.TryGetValue(from, out var bits) ? bits.ToArray() : Enumerable.Empty<Found>())
                Add(to, bit.Bit, waits: false);
        }
    }

    /// <summary>What happens behind a parameter happens to what is passed there; true if that is news.</summary>
    public bool Propagate(ISymbol argument, ISymbol parameter)
    {
        var changed = false;
        if (!_words.TryGetValue(argument, out var bits) || !_words.TryGetValue(parameter, out var behind))
            return false;
        foreach (var bit in bits)
        {
            if (behind.FirstOrDefault(b => b.Bit.Mask == bit.Bit.Mask) is not { } other)
                continue;
            changed |= (other.Cleared && !bit.Cleared) || (other.Waits && !bit.Waits);
            bit.Cleared |= other.Cleared;
            bit.Waits |= other.Waits;
        }

        return changed;
    }

    public void LookAt(IOperation use, ISymbol word)
    {
        if (!_words.TryGetValue(word, out var bits))
            return;
        foreach (var bit in bits)
            bit.Cleared |= Clears(use, word, bit.Bit);
    }

    private static bool Clears(IOperation use, ISymbol word, SpinBit bit) => use switch
    {
        ISimpleAssignmentOperation assignment => SpinLoops.Is(assignment.Target, word) && MayLack(assignment.Value, bit),
        ICompoundAssignmentOperation { OperatorKind: BinaryOperatorKind.And } and => SpinLoops.Is(and.Target, word) && !(SpinLoop.ConstantOf(and.Value) is ulong kept && (kept & bit.Mask) == bit.Mask),
        ICompoundAssignmentOperation { OperatorKind: BinaryOperatorKind.Subtract or BinaryOperatorKind.ExclusiveOr } toggled => SpinLoops.Is(toggled.Target, word) && SpinLoop.ConstantOf(toggled.Value) is ulong mask && mask == bit.Mask,
        ICompoundAssignmentOperation { OperatorKind: BinaryOperatorKind.Add } or IIncrementOrDecrementOperation => bit.Counts && SpinLoops.Is((use as ICompoundAssignmentOperation)?.Target ?? ((IIncrementOrDecrementOperation)use).Target, word),
        IInvocationOperation { TargetMethod: { ContainingType: { Name: "Interlocked" or "Volatile" or "Thread", ContainingNamespace.Name: "Threading" }, Name: var name } } call when SpinLoops.Is(SpinLoop.Argument(call, 0), word) => name switch
        {
            "And" => !(SpinLoop.ConstantOf(SpinLoop.Argument(call, 1)) is ulong kept && (kept & bit.Mask) == bit.Mask),
            "Exchange" or "Write" or "VolatileWrite" => SpinLoop.Argument(call, 1) is { } value && MayLack(value, bit),
            "CompareExchange" => SpinLoop.Argument(call, 1) is { } value && MayLack(value, bit),
            "Add" => bit.Counts || (SpinLoop.ConstantOf(SpinLoop.Argument(call, 1)) is ulong added && unchecked(added + bit.Mask) == 0),
            "Increment" or "Decrement" => bit.Counts,
            _ => false,
        },
        _ => false,
    };

    /// <summary>Whether a value that is put into the word may have the bit clear: not if it is what was found with the bit set.</summary>
    private static bool MayLack(IOperation value, SpinBit bit) => SpinLoop.ConstantOf(value) is ulong constant
        ? (constant & bit.Mask) != bit.Mask
        : !value.DescendantsAndSelf().OfType<IBinaryOperation>().Any(b => b.OperatorKind is BinaryOperatorKind.Or or BinaryOperatorKind.Add && (SpinLoop.ConstantOf(b.RightOperand) ?? SpinLoop.ConstantOf(b.LeftOperand)) is ulong set && (bit.Counts || (set & bit.Mask) == bit.Mask || b.OperatorKind == BinaryOperatorKind.Add));

    public IEnumerable<(ISymbol Symbol, SpinBit Bit)> Confirmed()
    {
        foreach (var pair in _words)
        {
            foreach (var found in pair.Value)
            {
                if (!found.Waits && (found.Cleared || pair.Key is IParameterSymbol))
                    yield return (pair.Key, found.Bit);
            }
        }
    }
}
