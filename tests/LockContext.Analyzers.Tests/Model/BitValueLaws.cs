using System.Collections.Generic;
using System.Linq;
using LockContext.Analyzers.Model;
using Xunit;

namespace LockContext.Analyzers.Tests.Model;

/// <summary>
/// The laws of flag values, checked on every value of one bit: set, clear, the bit of parameter p or q, unknown. Bits do not influence each other, so what holds for one holds for all.
/// </summary>
public class BitValueLaws
{
    private static readonly BitValue Set = BitValue.Known(1, 0);
    private static readonly BitValue Clear = BitValue.Known(0, 1);
    private static readonly BitValue P = BitValue.OfParameter("p") & BitValue.Constant(1);
    private static readonly BitValue Q = BitValue.OfParameter("q") & BitValue.Constant(1);

    /// <summary>One bit of each kind; the others are clear where that makes a difference.</summary>
    private static IEnumerable<BitValue> Values => [Set, Clear, P, Q, BitValue.Unknown, BitValue.True, BitValue.False];

    private static IEnumerable<(bool P, bool Q)> Worlds => from p in new[] { false, true } from q in new[] { false, true } select (p, q);

    /// <summary>The bits that a value can be in a world.</summary>
    private static bool[] Meaning(BitValue value, (bool P, bool Q) world)
    {
        if ((value.Set & 1) != 0)
            return [true];
        if ((value.Clear & 1) != 0)
            return [false];
        return (value.Inherited & 1) != 0 ? [Equals(value.Parameter, "p") ? world.P : world.Q] : [false, true];
    }

    private static void AssertSound(BitValue result, BitValue a, BitValue b, System.Func<bool, bool, bool> concrete)
    {
        foreach (var world in Worlds)
        {
            foreach (bool x in Meaning(a, world))
            {
                foreach (bool y in Meaning(b, world))
                    Assert.Contains(concrete(x, y), Meaning(result, world));
            }
        }
    }

    [Fact]
    public void Operators_are_sound()
    {
        foreach (var a in Values)
        {
            AssertSound(~a, a, a, (x, _) => !x);
            foreach (var b in Values)
            {
                AssertSound(a | b, a, b, (x, y) => x | y);
                AssertSound(a & b, a, b, (x, y) => x & y);
                AssertSound(a ^ b, a, b, (x, y) => x ^ y);
            }
        }
    }

    [Fact]
    public void Operators_on_constants_are_exact()
    {
        foreach (ulong x in new ulong[] { 0, 1, 0xC00, ulong.MaxValue })
        {
            Assert.Equal(BitValue.Constant(~x), ~BitValue.Constant(x));
            foreach (ulong y in new ulong[] { 0, 1, 0x400, 0x800000, ulong.MaxValue })
            {
                Assert.Equal(BitValue.Constant(x | y), BitValue.Constant(x) | BitValue.Constant(y));
                Assert.Equal(BitValue.Constant(x & y), BitValue.Constant(x) & BitValue.Constant(y));
                Assert.Equal(BitValue.Constant(x ^ y), BitValue.Constant(x) ^ BitValue.Constant(y));
            }
        }
    }

    [Fact]
    public void Join_is_a_least_upper_bound()
    {
        foreach (var a in Values)
        {
            Assert.Equal(a, BitValue.Join(a, a));
            Assert.True(BitValue.Join(a, BitValue.Unknown).IsUnknown);
            foreach (var b in Values)
            {
                Assert.Equal(BitValue.Join(a, b), BitValue.Join(b, a));
                foreach (var world in Worlds)
                    Assert.Superset(Meaning(a, world).Concat(Meaning(b, world)).ToHashSet(), Meaning(BitValue.Join(a, b), world).ToHashSet());
                foreach (var c in Values)
                    Assert.Equal(BitValue.Join(BitValue.Join(a, b), c), BitValue.Join(a, BitValue.Join(b, c)));
            }
        }
    }

    [Fact]
    public void Masks_never_overlap()
    {
        foreach (var a in Values)
        {
            foreach (var b in Values)
            {
                foreach (var result in new[] { a | b, a & b, a ^ b, ~a, BitValue.Join(a, b), a.Refine(1, 0), a.Refine(0, 1), a.Substitute(b) })
                    Assert.Equal(0UL, (result.Set & result.Clear) | (result.Set & result.Inherited) | (result.Clear & result.Inherited));
            }
        }
    }

    [Fact]
    public void Substituting_an_argument_is_what_the_callee_would_have_computed()
    {
        var callee = (BitValue.OfParameter("p") & ~BitValue.Constant(0x400)) | BitValue.Constant(0x800000);
        Assert.Equal(BitValue.Constant(0x800801), callee.Substitute(BitValue.Constant(0xC01)));
        Assert.True(callee.SurelyLacks(0x400));
        Assert.True(callee.SurelyHas(0x800000));
        Assert.False(callee.Substitute(BitValue.Unknown).SurelyHas(0x800));
    }

    [Fact]
    public void A_parametric_value_stays_parametric_through_a_caller_that_hands_its_own_on()
    {
        var through = BitValue.OfParameter("p").Substitute(BitValue.OfParameter("q"));
        Assert.Equal(BitValue.OfParameter("q"), through);
    }

    [Fact]
    public void A_test_refines_and_contradicts()
    {
        Assert.True(BitValue.OfParameter("p").Refine(0x400, 0).SurelyHas(0x400));
        Assert.True(BitValue.Constant(1).Contradicts(BitValue.Constant(0)));
        Assert.False(BitValue.Unknown.Contradicts(BitValue.True));
    }
}
