using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LockContext.Runtime;

/// <summary>A row of a thread's table: a lock that it holds or waits for, or a context that it is in.</summary>
/// <remarks>
/// <para>What the thread's state and chain were before is kept here, so that giving up the latest row, the usual case, is a copy.</para>
/// <para>In words of eight bytes, because the row is written just before the lock's own atomic operation, which waits until every earlier store has left the processor: each store less is a
/// part of a nanosecond less.</para>
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal struct HeldLock
{
    private const int HowShift = 24;

    /// <summary>Where it was taken or entered. A literal of the caller's, so nothing is allocated for it.</summary>
    internal string? File;
    internal ulong PreviousChain;
    internal HeldState PreviousState;

    // bits 0-23 the traits, 24-31 how, 32-63 the line
    private ulong _what;

    // bits 0-31 which, 32-63 its class
    private ulong _which;

    /// <summary>How many times more the thread has taken it since, if it is re-entrant. 0 in rows that are not in use.</summary>
    internal int Nesting;

    internal HeldLock(uint traits, int lockClass, int instance, AcquireHow how = AcquireHow.Wait, string? file = null, int line = 0)
    {
        File = file;
        _what = What(traits, how, line);
        _which = Which(lockClass, instance);
    }

    /// <summary>Which lock: a positive number for a lock that is an object; the complement of its class for a <see cref="RawSpinLock"/>, which has no room for more; for
    /// a context, one of <see cref="LockdepInstance"/>.</summary>
    internal readonly int Instance => (int)_which;

    /// <summary>Its class in <see cref="LockClasses"/>; 0 for what has no part in the order of locks.</summary>
    internal readonly int Class => (int)(_which >> 32);

    internal readonly uint Traits => (uint)_what & ((1u << HowShift) - 1);

    internal readonly AcquireHow How => (AcquireHow)(_what >> HowShift);

    internal readonly int Line => (int)(_what >> 32);

    /// <summary>Fills the row in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Set(uint traits, int lockClass, int instance, AcquireHow how, string? file, int line)
    {
        // Most often the same place as last time: a look is cheaper than a store of a reference, which the collector has to hear of.
        if (!ReferenceEquals(File, file)) File = file;
        _what = What(traits, how, line);
        _which = Which(lockClass, instance);
    }

    private static ulong What(uint traits, AcquireHow how, int line) => traits | ((uint)how << HowShift) | ((ulong)(uint)line << 32);

    private static ulong Which(int lockClass, int instance) => (uint)instance | ((ulong)(uint)lockClass << 32);
}

/// <summary>What a thread's checks look at, in one word: the limit in bits 0-7, the prohibitions in bits 8-31 as in <see cref="LockTraits"/>, the number of rows in bits 32-63.</summary>
/// <param name="Bits">The word.</param>
internal readonly record struct HeldState(ulong Bits)
{
    private const ulong OneRow = 1ul << 32;

    internal static HeldState Empty => new((uint)WaitLimit.Unlimited);

    internal uint Limit => (byte)Bits;

    internal uint Prohibitions => (uint)Bits & ~0xFFu;

    internal int Depth => (int)(Bits >> 32);

    /// <summary>The state with a row more.</summary>
    /// <param name="inner">The limit that it sets, or 0 for none.</param>
    /// <param name="prohibitions">What it forbids.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal HeldState With(uint inner, uint prohibitions)
    {
        ulong bits = (Bits + OneRow) | prohibitions;
        return new(inner - 1 < Limit - 1 ? (bits & ~0xFFul) | inner : bits); // 0, unclassified, becomes the largest number there is
    }
}

/// <summary>In which way something is taken.</summary>
internal enum AcquireHow : byte
{
    /// <summary>Waits for whoever has it.</summary>
    Wait,

    /// <summary>Waits for a writer who has it, and for one who waits.</summary>
    WaitToRead,

    /// <summary>Has taken it without waiting: exempt from the rules, but held from here on.</summary>
    Tried,

    /// <summary>Has taken it for reading, without waiting.</summary>
    TriedToRead,
}

/// <summary>Numbers of things that are not objects.</summary>
internal static class LockdepInstance
{
    private const int Contexts = int.MinValue;

    internal static int Of(LockKind kind) => Contexts + (int)kind;
}
