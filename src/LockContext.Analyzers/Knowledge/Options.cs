using System;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace LockContext.Analyzers.Knowledge;

/// <summary>One option of <c>.editorconfig</c> or <c>.globalconfig</c>: its key, the values that it takes, and what holds where it is not set.</summary>
internal abstract class Option
{
    public const string Prefix = "lockcontext.";

    protected Option(string name, ImmutableArray<string> values)
    {
        Key = Prefix + name;
        Values = values;
    }

    public string Key { get; }

    /// <summary>The legal values as they are written, the default first.</summary>
    public ImmutableArray<string> Values { get; }

    public bool IsLegal(string value) => IndexOf(value) >= 0;

    protected int IndexOf(string value)
    {
        for (var i = 0; i < Values.Length; i++)
        {
            if (string.Equals(Values[i], value.Trim(), StringComparison.OrdinalIgnoreCase))
                return i;
        }

        return -1;
    }
}

/// <inheritdoc/>
internal sealed class Option<T> : Option
{
    private readonly ImmutableArray<T> _meanings;

    /// <param name="name">The key without its prefix.</param>
    /// <param name="values">The legal values with their meanings, the default first.</param>
    public Option(string name, params (string Text, T Meaning)[] values)
        : base(name, values.Select(v => v.Text).ToImmutableArray()) =>
        _meanings = values.Select(v => v.Meaning).ToImmutableArray();

    /// <summary>The meaning of a value; that of the default for none and for one that is not legal, about which LCX3005 speaks.</summary>
    public T Parse(string? value) => _meanings[value is null ? 0 : Math.Max(0, IndexOf(value))];
}

/// <summary>In which contexts calls with unknown effects are reported.</summary>
internal enum UnknownCalls
{
    RawAtomic,
    Off,
    All,
}

/// <summary>Where managed allocation is reported.</summary>
internal enum ManagedAllocations
{
    /// <summary>Under the attributes that speak of it.</summary>
    Contracts,

    /// <summary>And while a raw lock is held.</summary>
    RawLocks,
}

/// <summary>Which warnings become errors.</summary>
internal enum Promote
{
    None,

    /// <summary>Those of the strict rules, unless they rest on a lock recognised by its shape.</summary>
    Sure,

    /// <summary>Those of the strict rules.</summary>
    All,
}

/// <summary>
/// The options as set for the files of one compilation: what holds for a file wins over what is set globally. An option is asked for with the file that is reported in, never with that of a
/// callee, or summaries would depend on who asked for them first.
/// </summary>
internal sealed class Options
{
    public static readonly Option<UnknownCalls> UnknownCalls = new("unknown_calls",
        ("raw_atomic", Knowledge.UnknownCalls.RawAtomic), ("off", Knowledge.UnknownCalls.Off), ("all", Knowledge.UnknownCalls.All));

    /// <summary>Whether words that some loop spins on are taken to be locks; asked for with the file that declares the word.</summary>
    public static readonly Option<bool> LocksByShape = new("locks_by_shape", ("true", true), ("false", false));

    /// <summary>Whether allocations with flags that are not known are taken to be the worst that they may be.</summary>
    public static readonly Option<bool> Strict = new("strict", ("false", false), ("true", true));

    /// <summary>Where managed allocation is reported; asked for with the file that is reported in.</summary>
    public static readonly Option<ManagedAllocations> ManagedAllocation = new("managed_allocation", ("contracts", ManagedAllocations.Contracts), ("raw_locks", ManagedAllocations.RawLocks));

    /// <summary>Which warnings are errors; asked for with the file that is reported in.</summary>
    public static readonly Option<Promote> Promote = new("promote", ("none", Knowledge.Promote.None), ("sure", Knowledge.Promote.Sure), ("all", Knowledge.Promote.All));

    /// <summary>Every option there is. What is not among them is no option.</summary>
    public static readonly ImmutableArray<Option> All = ImmutableArray.Create<Option>(UnknownCalls, LocksByShape, Strict, ManagedAllocation, Promote);

    private readonly AnalyzerConfigOptionsProvider? _provider;

    public Options(AnalyzerConfigOptionsProvider? provider) => _provider = provider;

    /// <summary>All defaults.</summary>
    public static readonly Options Default = new(null);

    public T Get<T>(Option<T> option, SyntaxTree tree) => option.Parse(Text(option, tree));

    /// <summary>The value as it is written, legal or not; <see langword="null"/> where it is not set.</summary>
    public string? Text(Option option, SyntaxTree tree)
    {
        if (_provider is null)
            return null;
        return _provider.GetOptions(tree).TryGetValue(option.Key, out var value) || _provider.GlobalOptions.TryGetValue(option.Key, out value) ? value : null;
    }
}
