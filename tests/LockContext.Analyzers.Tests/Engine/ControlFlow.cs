using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

[Trait("Policy", "Ways through a body")]
public class ControlFlow
{
    private const string Enter = "bool taken = false; _l.Enter(ref taken);";

    [Theory]
    [InlineData("for (int i = 0; i < 3; i++) { {|LCX1001:Thread.Sleep(1)|}; } _l.Exit();")]
    [InlineData("while (_b) { if (_n > 1) break; if (_n > 0) continue; {|LCX1001:Thread.Sleep(1)|}; } _l.Exit(); Thread.Sleep(1);")]
    [InlineData("do { {|LCX1001:Thread.Sleep(1)|}; } while (_b); _l.Exit();")]
    [InlineData("while (true) { if (_b) { _l.Exit(); break; } _n++; } Thread.Sleep(1);")]
    [InlineData("for (;;) { _n++; if (_b) { _l.Exit(); Thread.Sleep(1); taken = false; _l.Enter(ref taken); continue; } break; } _l.Exit();")]
    public Task Loops(string statements) => Spec.Members($$"""void M() { {{Enter}} {{statements}} }""");

    [Theory]
    [InlineData("switch (_n) { case 0: {|LCX1001:Thread.Sleep(1)|}; _l.Exit(); break; case 1: _l.Exit(); Thread.Sleep(1); break; default: _l.Exit(); break; } Thread.Sleep(1);")]
    [InlineData("switch (_n) { case 0: goto case 1; case 1: _l.Exit(); Thread.Sleep(1); break; default: _l.Exit(); break; }")]
    [InlineData("_n = _n switch { 0 => {|LCX1001:Slow()|}, > 5 and < 7 => 1, _ => 2 }; _l.Exit();")]
    public Task Switches(string statements) => Spec.Members($$"""void M() { {{Enter}} {{statements}} } static int Slow() { Thread.Sleep(1); return 1; }""");

    [Theory]
    [InlineData("if (_b) goto end; {|LCX1001:Thread.Sleep(1)|}; end: _l.Exit(); Thread.Sleep(1);")]
    [InlineData("again: _n++; if (_b) { {|LCX1001:Thread.Sleep(1)|}; goto again; } _l.Exit();")]
    public Task Goto(string statements) => Spec.Members($$"""void M() { {{Enter}} {{statements}} }""");

    [Theory]
    [InlineData("_n = _b ? {|LCX1001:Slow()|} : 1;")]
    [InlineData("_ = _b && {|LCX1001:Slow()|} > 0;")]
    [InlineData("int? m = null; _n = m ?? {|LCX1001:Slow()|};")]
    [InlineData("_ = _self?{|LCX1001:.SlowHere()|};")]
    [InlineData("_ = text is { Length: > 3 } && {|LCX1001:Slow()|} == 1;")]
    public Task Inside_expressions(string statement) => Spec.Held(statement, """
        static int Slow() { Thread.Sleep(1); return 1; }
        private C? _self;
        int SlowHere() { Thread.Sleep(1); return 1; }
        """);
}
