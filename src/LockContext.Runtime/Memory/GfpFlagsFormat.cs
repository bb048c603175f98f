using System;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace LockContext.Runtime;

/// <summary>Writes <see cref="GfpFlags"/> as kernel traces and <c>perf kmem</c> do.</summary>
/// <remarks>For people: both allocate a string, so they have no place on a path that may not allocate.</remarks>
public static class GfpFlagsFormat
{
    private static readonly Name[] s_names = Sorted(
    [
        new(GfpFlags.Kernel, "GFP_KERNEL", "K"),
        new(GfpFlags.NoFs, "GFP_NOFS", "NF"),
        new(GfpFlags.Atomic, "GFP_ATOMIC", "A"),
        new(GfpFlags.NoIo, "GFP_NOIO", "NI"),
        new(GfpFlags.NoWait, "GFP_NOWAIT", "NW"),
        new(GfpFlags.Movable, "__GFP_MOVABLE", "M"),
        new(GfpFlags.Reclaimable, "__GFP_RECLAIMABLE", "RC"),
        new(GfpFlags.High, "__GFP_HIGH", "H"),
        new(GfpFlags.Io, "__GFP_IO", "I"),
        new(GfpFlags.Fs, "__GFP_FS", "F"),
        new(GfpFlags.Zero, "__GFP_ZERO", "Z"),
        new(GfpFlags.DirectReclaim, "__GFP_DIRECT_RECLAIM", "DR"),
        new(GfpFlags.KswapdReclaim, "__GFP_KSWAPD_RECLAIM", "KR"),
        new(GfpFlags.Write, "__GFP_WRITE", "WR"),
        new(GfpFlags.NoWarn, "__GFP_NOWARN", "NWR"),
        new(GfpFlags.RetryMayFail, "__GFP_RETRY_MAYFAIL", "RMF"),
        new(GfpFlags.NoFail, "__GFP_NOFAIL", "NFL"),
        new(GfpFlags.NoRetry, "__GFP_NORETRY", "NR"),
        new(GfpFlags.MemAlloc, "__GFP_MEMALLOC", "MA"),
        new(GfpFlags.Comp, "__GFP_COMP", "C"),
        new(GfpFlags.NoMemAlloc, "__GFP_NOMEMALLOC", "NMA"),
        new(GfpFlags.HardWall, "__GFP_HARDWALL", "HW"),
        new(GfpFlags.ThisNode, "__GFP_THISNODE", "TN"),
        new(GfpFlags.Account, "__GFP_ACCOUNT", "AC"),
        new(GfpFlags.NoLocks, "__GFP_NO_LOCKS", "NL"),
        new(GfpFlags.NoLockdep, "__GFP_NOLOCKDEP", "NLD"),
    ]);

    /// <summary>
    /// The mask in the notation of kernel traces: <c>GFP_KERNEL|__GFP_ZERO</c>. Composite names come first, those of most bits before others, so that a mask is always
    /// written with the fewest names; bits without a name follow in hexadecimal; the empty mask is <c>none</c>.
    /// </summary>
    /// <param name="flags">Any mask.</param>
    /// <returns>The text.</returns>
    public static string ToTraceString(this GfpFlags flags) => Write(flags, compact: false);

    /// <summary>
    /// The mask in the short notation of <c>perf kmem</c>: <c>K|Z</c>, <c>NL</c>. Where perf uses a code twice (<c>R</c>, <c>NF</c>), ours are different
    /// (<c>RMF</c>, <c>NFL</c>), so that a text means one mask.
    /// </summary>
    /// <param name="flags">Any mask.</param>
    /// <returns>The text.</returns>
    public static string ToCompactString(this GfpFlags flags) => Write(flags, compact: true);

    private static string Write(GfpFlags flags, bool compact)
    {
        if (flags == GfpFlags.None) return "none";

        var text = new StringBuilder();
        foreach (Name name in s_names)
        {
            if ((flags & name.Mask) != name.Mask) continue;
            Append(text, compact ? name.Code : name.Text);
            flags &= ~name.Mask;
        }

        if (flags != GfpFlags.None) Append(text, "0x" + ((uint)flags).ToString("x", CultureInfo.InvariantCulture));
        return text.ToString();
    }

    private static void Append(StringBuilder text, string name)
    {
        if (text.Length > 0) text.Append('|');
        text.Append(name);
    }

    // By number of bits, then by value. Sorting here means that nobody can put a new composite in the wrong place.
    private static Name[] Sorted(Name[] names)
    {
        Array.Sort(names, static (left, right) =>
        {
            int byBits = BitOperations.PopCount((uint)right.Mask) - BitOperations.PopCount((uint)left.Mask);
            return byBits != 0 ? byBits : ((uint)left.Mask).CompareTo((uint)right.Mask);
        });
        return names;
    }

    private readonly record struct Name(GfpFlags Mask, string Text, string Code);
}
