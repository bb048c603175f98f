using System;

namespace LockContext.Analyzers.Model;

/// <summary>
/// What is known of the bits of an integral, <c>bool</c> or enum value: each bit is surely set, surely clear, equal to that bit of a parameter, or unknown.
/// </summary>
/// <remarks>
/// The order is by information: <see cref="Unknown"/> is the top, constants are minimal. <see cref="Join"/> is the least upper bound (what holds on both
/// paths) and every operator is monotone, so a fixpoint over them ends: a bit can only lose knowledge, at most twice. The three masks are disjoint. A bit that
/// depends on a parameter makes the value <em>parametric</em>: <see cref="Substitute"/> puts the caller's value in.
/// </remarks>
internal readonly struct BitValue : IEquatable<BitValue>
{
    private BitValue(ulong set, ulong clear, ulong inherited, object? parameter)
    {
        Set = set;
        Clear = clear;
        Inherited = inherited;
        Parameter = inherited == 0 ? null : parameter;
    }

    /// <summary>Bits that are surely one.</summary>
    public ulong Set { get; }

    /// <summary>Bits that are surely zero.</summary>
    public ulong Clear { get; }

    /// <summary>Bits that equal those of <see cref="Parameter"/>.</summary>
    public ulong Inherited { get; }

    /// <summary>The parameter that the inherited bits come from; compared with <see cref="object.Equals(object)"/>.</summary>
    public object? Parameter { get; }

    public static BitValue Unknown => default;

    public static readonly BitValue True = Constant(1);

    public static readonly BitValue False = Constant(0);

    public static BitValue Constant(ulong value) => new(value, ~value, 0, null);

    public static BitValue Of(bool value) => value ? True : False;

    public static BitValue OfParameter(object parameter) => new(0, 0, ulong.MaxValue, parameter);

    public static BitValue Known(ulong set, ulong clear) => new(set, clear & ~set, 0, null);

    public bool IsUnknown => (Set | Clear | Inherited) == 0;

    public bool IsConstant => (Set | Clear) == ulong.MaxValue;

    public bool IsZero => Clear == ulong.MaxValue;

    public bool IsNonZero => Set != 0;

    public bool SurelyHas(ulong mask) => (Set & mask) == mask;

    public bool SurelyLacks(ulong mask) => (Clear & mask) == mask;

    public static BitValue operator |(BitValue a, BitValue b) =>
        Combine(a, b, set: a.Set | b.Set, clear: a.Clear & b.Clear, fromA: a.Inherited & b.Clear, fromB: b.Inherited & a.Clear);

    public static BitValue operator &(BitValue a, BitValue b) =>
        Combine(a, b, set: a.Set & b.Set, clear: a.Clear | b.Clear, fromA: a.Inherited & b.Set, fromB: b.Inherited & a.Set);

    public static BitValue operator ^(BitValue a, BitValue b) =>
        Combine(a, b, set: (a.Set & b.Clear) | (a.Clear & b.Set), clear: (a.Set & b.Set) | (a.Clear & b.Clear),
            fromA: a.Inherited & b.Clear, fromB: b.Inherited & a.Clear);

    /// <summary>The complement. A complemented parameter bit is not a parameter bit, so it becomes unknown.</summary>
    public static BitValue operator ~(BitValue a) => new(a.Clear, a.Set, 0, null);

    /// <summary>The value cut to so many bits, and extended again to 64 by its sign or by zeros.</summary>
    public BitValue Truncated(int width, bool signed)
    {
        var low = (1UL << width) - 1;
        var sign = 1UL << (width - 1);
        var (set, clear) = (Set & low, Clear & low);
        if (!signed || (Clear & sign) != 0)
            clear |= ~low;
        else if ((Set & sign) != 0)
            set |= ~low;
        return new BitValue(set, clear, Inherited & low, Parameter);
    }

    /// <summary>What is known of some of the bits.</summary>
    public BitValue Only(ulong mask) => new(Set & mask, Clear & mask, Inherited & mask, Parameter);

    /// <summary>What is true of both values: the least upper bound.</summary>
    public static BitValue Join(BitValue a, BitValue b)
    {
        var inherited = Equals(a.Parameter, b.Parameter) ? a.Inherited & b.Inherited : 0;
        return new BitValue(a.Set & b.Set, a.Clear & b.Clear, inherited, a.Parameter);
    }

    /// <summary>Adds what a test has shown: bits that must be set and bits that must be clear.</summary>
    public BitValue Refine(ulong set, ulong clear) =>
        new((Set | set) & ~clear, (Clear | clear) & ~set, Inherited & ~(set | clear), Parameter);

    /// <summary>Whether the two can be the same value: no bit is surely set in one and surely clear in the other.</summary>
    public bool Contradicts(BitValue other) => ((Set & other.Clear) | (Clear & other.Set)) != 0;

    /// <summary>Replaces the bits that come from the parameter by those of the caller's argument.</summary>
    public BitValue Substitute(BitValue argument)
    {
        if (Inherited == 0)
            return this;
        return new BitValue(Set | (argument.Set & Inherited), Clear | (argument.Clear & Inherited),
            argument.Inherited & Inherited, argument.Parameter);
    }

    /// <summary>Forgets the link to the parameter, for a value that leaves its scope.</summary>
    public BitValue WithoutParameter() => new(Set, Clear, 0, null);

    private static BitValue Combine(BitValue a, BitValue b, ulong set, ulong clear, ulong fromA, ulong fromB)
    {
        if (fromA != 0 && fromB != 0 && !Equals(a.Parameter, b.Parameter))
            fromB = 0;
        return new BitValue(set, clear, fromA | fromB, fromA != 0 ? a.Parameter : b.Parameter);
    }

    public bool Equals(BitValue other) =>
        Set == other.Set && Clear == other.Clear && Inherited == other.Inherited && Equals(Parameter, other.Parameter);

    public override bool Equals(object? obj) => obj is BitValue other && Equals(other);

    public override int GetHashCode() => unchecked((Set.GetHashCode() * 397) ^ Clear.GetHashCode() ^ (Inherited.GetHashCode() * 31));

    public override string ToString() =>
        IsConstant ? $"{Set:x}" : $"+{Set:x} -{Clear:x}" + (Inherited != 0 ? $" ={Parameter}&{Inherited:x}" : "");
}
