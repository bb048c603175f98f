using System;
using System.Globalization;

namespace LockContext.Benchmarks.Runtime;

/// <summary>What our candidate of a row has to reach: a ratio to another candidate, or to an uncontended compare-exchange, never an absolute time.</summary>
internal sealed class Target
{
    private readonly string? _rival;
    private readonly double _limit;
    private readonly bool _isMultipleOfCas;

    private Target(string text, double limit, string? rival = null, bool isMultipleOfCas = false)
    {
        Text = text;
        _limit = limit;
        _rival = rival;
        _isMultipleOfCas = isMultipleOfCas;
    }

    public string Text { get; }

    /// <summary>Ours takes at most so many times what the rival takes.</summary>
    public static Target AtMost(double times, string rival) => new(FormattableString.Invariant($"<= {times:0.##} x {rival}"), times, rival);

    /// <summary>The rival takes at least so many times what ours takes.</summary>
    public static Target Faster(double times, string rival) => new(FormattableString.Invariant($">= {times:0.##} x faster than {rival}"), 1 / times, rival);

    /// <summary>So many nanoseconds where an uncontended compare-exchange takes 7, and in proportion elsewhere.</summary>
    public static Target Nanoseconds(double atSevenPerCas) => new(FormattableString.Invariant($"<= {atSevenPerCas:0.##} ns at 7 ns a CAS"), atSevenPerCas / 7, isMultipleOfCas: true);

    /// <summary>A value in the row's own unit.</summary>
    public static Target Below(double value, string unit) => new(FormattableString.Invariant($"<= {value:0.##} {unit}"), value);

    /// <returns>Whether it is reached; <see langword="null"/> if the rival is not on this machine.</returns>
    public bool? IsReached(double ours, Func<string, double?> rival, double cas)
    {
        if (_isMultipleOfCas) return ours <= _limit * cas;
        if (_rival is null) return ours <= _limit;
        return rival(_rival) is { } other ? ours <= _limit * other : null;
    }

    public override string ToString() => Text.ToString(CultureInfo.InvariantCulture);
}
