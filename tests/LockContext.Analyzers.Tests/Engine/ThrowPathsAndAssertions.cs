using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Calls that are made only when something is wrong already, and calls that the compiler leaves out.</summary>
[Trait("Policy", "Throw paths")]
public class ThrowPathsAndAssertions
{
    private const string Logger = """
        [Conditional("TRACE_IT")] static void Trace(string text) => Thread.Sleep(1);
        static string Slow() { Thread.Sleep(1); return ""; }
        """;

    [Fact]
    public Task A_conditional_call_whose_symbol_is_not_defined() => Spec.Held("Trace(Slow());", Logger);

    [Fact]
    public Task A_conditional_call_whose_symbol_is_defined() => Spec.Code("#define TRACE_IT\n" + Spec.InClass($$"""
        void M() { bool t = false; _l.Enter(ref t); {|LCX1001:Trace("x")|}; _l.Exit(); }
        {{Logger}}
        """));

    [Fact]
    public Task The_symbol_counts_where_the_call_is_not_where_the_method_is()
    {
        var test = Spec.Files(
            """
            class A { SpinLock _l = new(false); void M() { bool t = false; _l.Enter(ref t); Log.Trace(); _l.Exit(); } }
            """,
            """
            #define TRACE_IT
            class Log { [Conditional("TRACE_IT")] public static void Trace() => Thread.Sleep(1); }
            class B { SpinLock _l = new(false); void M() { bool t = false; _l.Enter(ref t); {|LCX1001:Log.Trace()|}; _l.Exit(); } }
            """);
        return test.RunAsync();
    }

    [Fact]
    public Task Assertions_are_failure_paths_even_where_they_are_compiled_in() => Spec.Code("#define DEBUG\n#define TRACE\n" + Spec.InClass("""
        void M()
        {
            bool t = false;
            _l.Enter(ref t);
            Debug.Assert(_n > 0);
            Debug.Assert(_n > 0, "text");
            System.Diagnostics.Trace.Assert(_n > 0, "text");
            _l.Exit();
        }
        """));

    [Fact]
    public Task Partial_methods_without_a_body_are_no_calls() => Spec.Held("Hook(Slow());", "partial void Hook(string text);" + Logger);

    [Fact]
    public Task Partial_methods_with_a_body_are()
    {
        var test = Spec.Files(
            "partial class P { SpinLock _l = new(false); partial void Hook(); void M() { bool t = false; _l.Enter(ref t); {|LCX1001:Hook()|}; _l.Exit(); } }",
            "partial class P { partial void Hook() => Thread.Sleep(1); }");
        return test.RunAsync();
    }

    [Theory]
    [InlineData("if (_b) ThrowHelper();")]
    [InlineData("if (_b) throw Make();")]
    [InlineData("_ = text ?? throw Make();")]
    [InlineData("switch (_n) { case 0: break; default: throw Make(); }")]
    public Task Throw_helpers(string statement) => Spec.Held(statement, """
        static void ThrowHelper() => throw Make();
        static Exception Make() { Thread.Sleep(1); return new InvalidOperationException(); }
        """);
}
