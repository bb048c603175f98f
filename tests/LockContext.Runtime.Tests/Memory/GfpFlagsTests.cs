using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Reflection;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed class GfpFlagsTests
{
    [Theory]
    [InlineData(GfpFlags.Movable, 0x08u)]
    [InlineData(GfpFlags.Reclaimable, 0x10u)]
    [InlineData(GfpFlags.High, 0x20u)]
    [InlineData(GfpFlags.Io, 0x40u)]
    [InlineData(GfpFlags.Fs, 0x80u)]
    [InlineData(GfpFlags.Zero, 0x100u)]
    [InlineData(GfpFlags.DirectReclaim, 0x400u)]
    [InlineData(GfpFlags.KswapdReclaim, 0x800u)]
    [InlineData(GfpFlags.Write, 0x1000u)]
    [InlineData(GfpFlags.NoWarn, 0x2000u)]
    [InlineData(GfpFlags.RetryMayFail, 0x4000u)]
    [InlineData(GfpFlags.NoFail, 0x8000u)]
    [InlineData(GfpFlags.NoRetry, 0x10000u)]
    [InlineData(GfpFlags.MemAlloc, 0x20000u)]
    [InlineData(GfpFlags.Comp, 0x40000u)]
    [InlineData(GfpFlags.NoMemAlloc, 0x80000u)]
    [InlineData(GfpFlags.HardWall, 0x100000u)]
    [InlineData(GfpFlags.ThisNode, 0x200000u)]
    [InlineData(GfpFlags.Account, 0x400000u)]
    [InlineData(GfpFlags.NoLocks, 0x800000u)]
    [InlineData(GfpFlags.NoLockdep, 0x1000000u)]
    [InlineData(GfpFlags.Reclaim, 0xC00u)]
    [InlineData(GfpFlags.Kernel, 0xCC0u)]
    [InlineData(GfpFlags.NoWait, 0x2800u)]
    [InlineData(GfpFlags.Atomic, 0x820u)]
    [InlineData(GfpFlags.NoFs, 0xC40u)]
    public void Values_are_those_of_the_patch(GfpFlags flags, uint value) => Assert.Equal(value, (uint)flags);

    [Fact]
    public void Single_bits_are_unique_and_each_says_what_it_means()
    {
        var seen = new HashSet<uint>();
        foreach (FieldInfo field in typeof(GfpFlags).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            uint value = Convert.ToUInt32(field.GetRawConstantValue(), null);
            bool single = BitOperations.PopCount(value) == 1;
            Assert.Equal(single, field.GetCustomAttribute<AllocationFlagAttribute>() is not null);
            if (single) Assert.True(seen.Add(value), field.Name);
        }

        Assert.Equal(21, seen.Count);
    }

    [Fact]
    public void No_io_is_reclaim_and_nothing_else() => Assert.Equal(GfpFlags.Reclaim, GfpFlags.NoIo);

    [Fact]
    public void No_locks_alone_has_no_reclaim_bit() => Assert.Equal(GfpFlags.None, GfpFlags.NoLocks & GfpFlags.Reclaim);

    [Fact]
    public void Every_behaviour_but_none_belongs_to_one_bit()
    {
        IEnumerable<AllocationBehavior> used = typeof(GfpFlags).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => field.GetCustomAttribute<AllocationFlagAttribute>()?.Behavior ?? AllocationBehavior.None)
            .Where(behavior => behavior != AllocationBehavior.None);
        AllocationBehavior[] twice = [AllocationBehavior.MayFail];
        Assert.Equal(
            Enum.GetValues<AllocationBehavior>().Where(behavior => behavior != AllocationBehavior.None).Concat(twice).Order(),
            used.Order());
    }
}
