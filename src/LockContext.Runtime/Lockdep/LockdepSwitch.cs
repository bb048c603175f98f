using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>Whether lockdep is on: decided once, before the first lock, and a constant from then on.</summary>
/// <remarks>
/// A <see langword="static"/> <see langword="readonly"/> field of an initialised class is a constant to the JIT, so every <c>if (LockdepSwitch.IsOn)</c> and what it guards is gone from optimised
/// code while lockdep is off; <c>DisassemblyTests</c> compares. The empty static constructor makes the initialisation precise: it happens at the first look and not
/// whenever the JIT finds it convenient, so that <see cref="Lockdep.Enable"/> can come before.
/// </remarks>
[RawAtomic]
[Trusted("reads a constant; the very first look reads the environment, and the documentation says to have it at the start")]
internal static class LockdepSwitch
{
    internal const string Name = "LockContext.Lockdep";
    internal const string Variable = "LOCKCONTEXT_LOCKDEP";

    private static readonly bool s_isOn = Read();

    static LockdepSwitch()
    {
    }

    /// <summary>Whether locks and contexts are watched.</summary>
    [FeatureSwitchDefinition(Name)]
    internal static bool IsOn => s_isOn;

    // Whoever runs a program decides over who built it, and both over what its code asks for by default.
    private static bool Read() => Environment.GetEnvironmentVariable(Variable) switch
    {
        "1" or "true" or "on" => true,
        "0" or "false" or "off" => false,
        _ => AppContext.TryGetSwitch(Name, out bool on) ? on : LockdepRequest.IsMade,
    };
}

/// <summary>What <see cref="Lockdep.Enable"/> leaves for the switch to find. A class of its own: a look here must not decide anything.</summary>
internal static class LockdepRequest
{
    private static bool s_made;

    internal static bool IsMade => Volatile.Read(ref s_made);

    internal static void Make() => Volatile.Write(ref s_made, true);
}
