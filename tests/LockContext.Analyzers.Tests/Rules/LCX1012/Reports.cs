using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1012;

public class Reports
{
    [Theory]
    [InlineData("{|LCX1012:_action()|};")]
    [InlineData("_action?{|LCX1012:.Invoke()|};")]
    [InlineData("Plain?{|LCX1012:.Invoke()|};")]
    [InlineData("var handler = Plain; handler?{|LCX1012:.Invoke()|};")]
    [InlineData("{|LCX1012:_inline.SetResult()|}; {|LCX1012:_inline2.TrySetResult(1)|};")]
    [InlineData("var t = new TaskCompletionSource(); {|LCX1012:t.SetResult()|};")]
    [InlineData("{|LCX1012:_hub.Publish()|};")]
    [InlineData("Run({|LCX1012:_action|});")]
    [InlineData("{|LCX1012:Raise()|};")]
    [InlineData("Array.ForEach(new int[1], {|LCX1012:_each|});")]
    public Task Callbacks_events_and_continuations(string statements) =>
        Spec.Held(statements, Silences.Members + " private void Raise() => Plain?.Invoke(); private Action<int> _each = null!;");

    [Fact]
    public Task Cancelling_is_worse_than_that() => Spec.Held("{|LCX1001:_cancel.Cancel()|};", "private readonly CancellationTokenSource _cancel = new(); // LCX1012");

    [Fact]
    public Task Anybody_may_pass_a_delegate_to_a_public_member() => Spec.Code("""
        public class C
        {
            private SpinLock _l = new(false);
            public void Run(Action body) { bool t = false; _l.Enter(ref t); {|LCX1012:body()|}; _l.Exit(); }
        }
        """);

    [Fact]
    public Task Message() => Spec.Held("{|#0:_action()|};", Silences.Members, Verify.Diagnostic("LCX1012").WithLocation(0)
        .WithSeverity(Microsoft.CodeAnalysis.DiagnosticSeverity.Info)
        .WithMessageContaining("'_action' may do anything (it is a delegate that others have made) while SpinLock '_l' (taken at line ", ") is held; run it after Exit, or declare what it promises"));

    [Fact]
    public Task Whatever_unknown_calls_says() => WithOption("off");

    private static async Task WithOption(string value)
    {
        var test = Spec.Files(Spec.InClass("void M() { bool t = false; _l.Enter(ref t); {|LCX1012:_action()|}; _l.Exit(); } private Action _action = null!;"));
        test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", $"root = true\n[*.cs]\nlockcontext.unknown_calls = {value}\n"));
        await test.RunAsync();
    }
}
