using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX3008;

public class Reports
{
    [Theory]
    [InlineData("int {|LCX3008:_state|}; void Enter() { while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) { } } void Exit() => _state = 0;")]
    [InlineData("int {|LCX3008:_state|}; void Enter() { while (Interlocked.Exchange(ref _state, 1) == 1) Thread.SpinWait(8); } void Exit() => Volatile.Write(ref _state, 0);")]
    [InlineData("static long {|LCX3008:s_state|}; static void Enter() { while (Interlocked.CompareExchange(ref s_state, 1, 0) != 0) { } } static void Exit() => s_state = 0;")]
    public Task At_the_word(string members) => Spec.Members(members);

    [Fact]
    public Task Message() => Spec.Members(
        "int {|#0:_state|}; void Enter() { while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) { } } void Exit() => _state = 0;",
        Verify.Diagnostic("LCX3008").WithLocation(0).WithMessage("'_state' is taken to be a spin lock, because it is spun on; say so with [LockClass(Outer = WaitClass.Spin)]"));
}
