using System;
using System.Collections.Generic;
using System.Linq;
using LockContext.Analyzers.Model;
using Xunit;

namespace LockContext.Analyzers.Tests.Model;

/// <summary>The laws of limits, checked on every value.</summary>
public class LimitLaws
{
    private static IEnumerable<Analyzers.Model.WaitClass> Classes => Enum.GetValues<Analyzers.Model.WaitClass>();

    private static IEnumerable<Limits> All =>
        from limit in new[] { Analyzers.Model.WaitClass.Free, Analyzers.Model.WaitClass.Spin, Analyzers.Model.WaitClass.Config, Analyzers.Model.WaitClass.Sleep }
        from bits in Enumerable.Range(0, 8)
        select new Limits(limit, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0);

    [Fact]
    public void Meet_is_commutative_associative_idempotent_and_has_a_unit()
    {
        foreach (var a in All)
        {
            Assert.Equal(a, a.Meet(a));
            Assert.Equal(a, a.Meet(Limits.None));
            foreach (var b in All)
            {
                Assert.Equal(a.Meet(b), b.Meet(a));
                foreach (var c in All)
                    Assert.Equal(a.Meet(b).Meet(c), a.Meet(b.Meet(c)));
            }
        }
    }

    [Fact]
    public void Nothing_that_is_entered_loosens_a_limit()
    {
        foreach (var a in All)
        {
            foreach (var b in All)
            {
                foreach (var need in Classes.Where(need => !WaitLimit.Allows(a.Limit, need)))
                    Assert.False(WaitLimit.Allows(a.Meet(b).Limit, need));
            }
        }
    }

    [Fact]
    public void A_limit_allows_its_class_and_all_below()
    {
        foreach (var limit in Classes.Where(c => c != Analyzers.Model.WaitClass.None))
        {
            foreach (var need in Classes)
                Assert.Equal(need <= limit, WaitLimit.Allows(limit, need));
        }
    }

    [Fact]
    public void What_is_not_classified_limits_nothing_and_needs_nothing()
    {
        foreach (var c in Classes)
        {
            Assert.True(WaitLimit.Allows(c, Analyzers.Model.WaitClass.None));
            Assert.True(WaitLimit.Allows(Analyzers.Model.WaitClass.None, c));
        }
    }

    [Fact]
    public void An_inner_class_that_is_set_nowhere_equals_the_outer_one()
    {
        var declared = new LockTraits(Analyzers.Model.WaitClass.None, Analyzers.Model.WaitClass.None).With(Analyzers.Model.WaitClass.Spin, Analyzers.Model.WaitClass.None);
        Assert.Equal(Analyzers.Model.WaitClass.Spin, declared.Inner);
        Assert.True(declared.IsRaw);
    }

    [Fact]
    public void A_field_overrides_what_it_sets_and_leaves_the_rest_to_the_type()
    {
        var monitor = new LockTraits(Analyzers.Model.WaitClass.Sleep, Analyzers.Model.WaitClass.Sleep, Reentrant: true);
        var hot = monitor.With(Analyzers.Model.WaitClass.None, Analyzers.Model.WaitClass.Spin);
        Assert.Equal(Analyzers.Model.WaitClass.Sleep, hot.Outer);
        Assert.Equal(Analyzers.Model.WaitClass.Spin, hot.Inner);
        Assert.True(hot.Reentrant);
    }
}
