using System;
using System.Collections.Generic;
using System.Numerics;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed class GfpFlagsFormatTests
{
    [Theory]
    [InlineData(GfpFlags.None, "none", "none")]
    [InlineData(GfpFlags.Kernel, "GFP_KERNEL", "K")]
    [InlineData(GfpFlags.Kernel | GfpFlags.Zero, "GFP_KERNEL|__GFP_ZERO", "K|Z")]
    [InlineData(GfpFlags.NoFs | GfpFlags.NoWarn, "GFP_NOFS|__GFP_NOWARN", "NF|NWR")]
    [InlineData(GfpFlags.NoIo, "GFP_NOIO", "NI")]
    [InlineData(GfpFlags.Atomic, "GFP_ATOMIC", "A")]
    [InlineData(GfpFlags.NoWait, "GFP_NOWAIT", "NW")]
    [InlineData(GfpFlags.NoWait | GfpFlags.NoMemAlloc, "GFP_NOWAIT|__GFP_NOMEMALLOC", "NW|NMA")]
    [InlineData(GfpFlags.NoLocks, "__GFP_NO_LOCKS", "NL")]
    [InlineData(GfpFlags.NoLocks | GfpFlags.Zero, "__GFP_ZERO|__GFP_NO_LOCKS", "Z|NL")]
    [InlineData(GfpFlags.KswapdReclaim, "__GFP_KSWAPD_RECLAIM", "KR")]
    [InlineData(GfpFlags.Account | GfpFlags.Write | GfpFlags.Movable, "__GFP_MOVABLE|__GFP_WRITE|__GFP_ACCOUNT", "M|WR|AC")]
    [InlineData((GfpFlags)0x200 | GfpFlags.Kernel, "GFP_KERNEL|0x200", "K|0x200")]
    [InlineData((GfpFlags)0x80000000, "0x80000000", "0x80000000")]
    public void Writes(GfpFlags flags, string trace, string compact)
    {
        Assert.Equal(trace, flags.ToTraceString());
        Assert.Equal(compact, flags.ToCompactString());
    }

    [Fact]
    public void Every_bit_has_a_name_and_a_code_of_its_own()
    {
        var names = new HashSet<string>();
        foreach (GfpFlags flags in Enum.GetValues<GfpFlags>())
        {
            if (BitOperations.PopCount((uint)flags) != 1) continue;
            Assert.StartsWith("__GFP_", flags.ToTraceString(), StringComparison.Ordinal);
            Assert.True(names.Add(flags.ToCompactString()), flags.ToCompactString());
        }
    }
}
