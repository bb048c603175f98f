using LockContext.Analyzers.Model;
using Xunit;
using Behavior = LockContext.Analyzers.Model.AllocationBehavior;

namespace LockContext.Analyzers.Tests.Model;

/// <summary>What an allocation needs of its context, by what is known of its flags: two thresholds, and silence where the deciding bits are unknown.</summary>
public class AllocationNeeds
{
    private const ulong Direct = 0x400, Background = 0x800, NoLocks = 0x800000, Zero = 0x100;

    private static readonly AllocationFlags Flags = new([(Behavior.NoLocks, NoLocks, "NoLocks"), (Behavior.DirectReclaim, Direct, "Direct"), (Behavior.BackgroundReclaim, Background, "Background")]);

    [Theory]
    [InlineData(Direct | Background, Analyzers.Model.WaitClass.Sleep)]
    [InlineData(Direct, Analyzers.Model.WaitClass.Sleep)]
    [InlineData(Background, Analyzers.Model.WaitClass.Config)]
    [InlineData(0, Analyzers.Model.WaitClass.Config)]
    [InlineData(Zero, Analyzers.Model.WaitClass.Config)]
    [InlineData(NoLocks, Analyzers.Model.WaitClass.None)]
    [InlineData(NoLocks | Zero, Analyzers.Model.WaitClass.None)]
    [InlineData(NoLocks | Direct | Background, Analyzers.Model.WaitClass.None)]
    internal void Of_constants(ulong flags, Analyzers.Model.WaitClass needs) => Assert.Equal(needs, Flags.Needs(BitValue.Constant(flags)));

    [Fact]
    public void An_unknown_value_is_not_guessed_at() => Assert.Equal(Analyzers.Model.WaitClass.None, Flags.Needs(BitValue.Unknown));

    [Fact]
    public void Without_no_locks_for_sure_the_lock_is_taken_for_sure() =>
        Assert.Equal(Analyzers.Model.WaitClass.Config, Flags.Needs(BitValue.Known(0, NoLocks)));

    [Fact]
    public void A_parameter_decides_later()
    {
        Assert.True(Flags.MayNeverReclaim(BitValue.OfParameter("flags")));
        Assert.False(Flags.MayNeverReclaim(BitValue.OfParameter("flags") & BitValue.Constant(Zero) | BitValue.Constant(Direct)));
        Assert.False(Flags.MayNeverReclaim(BitValue.Unknown));
        Assert.True(Flags.NeverReclaims(BitValue.OfParameter("flags") & ~BitValue.Constant(Direct)));
        Assert.True(Flags.NeverReclaims(BitValue.OfParameter("flags") | BitValue.Constant(NoLocks)));
    }

    [Fact]
    public void The_worst_of_what_is_open()
    {
        Assert.Equal(Analyzers.Model.WaitClass.Sleep, Flags.Needs(Flags.Worst(BitValue.Unknown, ulong.MaxValue)!.Value));
        Assert.Equal(Analyzers.Model.WaitClass.Config, Flags.Needs(Flags.Worst(BitValue.Known(0, Direct), ~Direct)!.Value));
        Assert.Null(Flags.Worst(BitValue.Known(NoLocks, 0), ~NoLocks));
        Assert.Null(Flags.Worst(BitValue.OfParameter("flags"), 0));
    }
}
