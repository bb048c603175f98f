using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX3008;

// LCX3008 is hidden: mentioning its id makes it count. Engine/NotLocksByShape has more of what is no lock.
public class Silences
{
    [Theory]
    [InlineData("int _busy; void M() { if (Interlocked.CompareExchange(ref _busy, 1, 0) == 0) _busy = 0; } // LCX3008")]
    [InlineData("[LockClass(Outer = WaitClass.Spin)] int _state; void Enter() { while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) { } } void Exit() => _state = 0; // LCX3008")]
    [InlineData("int _count; void M() { int c; do c = _count; while (Interlocked.CompareExchange(ref _count, c + 1, c) != c); } // LCX3008")]
    public Task What_is_no_lock_or_is_declared(string members) => Spec.Members(members + "\n");

    [Fact]
    public Task Refused_by_the_option()
    {
        var test = Spec.Files(Spec.InClass("int _state; void Enter() { while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) { } } void Exit() => _state = 0; // LCX3008\n"));
        test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", "root = true\n[*.cs]\nlockcontext.locks_by_shape = false\n"));
        return test.RunAsync();
    }
}
