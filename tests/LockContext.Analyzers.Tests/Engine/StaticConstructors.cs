using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Another type's static constructor may run at its first use.</summary>
[Trait("Policy", "Hidden calls")]
public class StaticConstructors
{
    [Theory]
    [InlineData("{|LCX1001:Config.Touch()|};")]
    [InlineData("_n = {|LCX1001:Config.Value|};")]
    [InlineData("_ = {|LCX1001:new Config()|};")]
    public Task A_first_use(string statement) => Spec.Held(statement, """
        class Config
        {
            public static int Value;
            static Config() => Thread.Sleep(1);
            public static void Touch() { }
        }
        """);

    [Theory]
    [InlineData("_n = Constants.Value;")]
    [InlineData("_ = typeof(Slow);")]
    [InlineData("_ = nameof(Slow.Touch);")]
    [InlineData("Quick.Touch();")]
    public Task No_use_or_nothing_slow(string statement) => Spec.Held(statement, """
        class Constants { public const int Value = 1; static Constants() => Thread.Sleep(1); }
        class Slow { static Slow() => Thread.Sleep(1); public static void Touch() { } }
        class Quick { static int s_n; static Quick() => s_n = 1; public static void Touch() { } }
        """);

    [Fact]
    public Task The_types_own_members_run_after_it() => Spec.Code("""
        class C
        {
            static SpinLock s_l = new(false);
            static int s_n;
            static C() => Thread.Sleep(1);
            static void M() { bool t = false; s_l.Enter(ref t); s_n++; N(); s_l.Exit(); }
            static void N() { }
        }
        """);
}
