using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Attributes;

/// <summary>On a delegate type, or on what holds a delegate, a contract says what may be called where.</summary>
public class DelegateTargets
{
    [Theory]
    [InlineData("[Sleepable] delegate void D(); D _d = null!;", "_d()")]
    [InlineData("[Sleepable] Action _f = null!;", "_f()")]
    [InlineData("[Sleepable] Action P { get; set; } = null!;", "P()")]
    [InlineData("[Sleepable] event Action? E;", "E!()")]
    public Task A_sleepable_holder(string declaration, string call) => Spec.Held("{|LCX1001:" + call + "|};", declaration);

    [Theory]
    [InlineData("[RawAtomic] delegate void D(); D _d = null!;", "_d()")]
    [InlineData("[RawAtomic] Action _f = null!;", "_f()")]
    [InlineData("[RawAtomic] Action P { get; set; } = null!;", "P()")]
    [InlineData("[RawAtomic] event Action? E;", "E?.Invoke()")]
    public Task An_atomic_holder(string declaration, string call) => Spec.Held(call + ";", declaration);

    [Theory]
    [InlineData("[RawAtomic] delegate void D(); void M() { D d = () => {|LCX1001:Thread.Sleep(1)|}; }")]
    [InlineData("[RawAtomic] Action _f = null!; void M() { _f = () => {|LCX1001:Thread.Sleep(1)|}; }")]
    [InlineData("[RawAtomic] Action _f = () => {|LCX1001:Thread.Sleep(1)|};")]
    [InlineData("void Take([RawAtomic] Action a) { } void M() { Take(() => {|LCX1001:Thread.Sleep(1)|}); }")]
    [InlineData("[RawAtomic] event Action? E; void M() { E += () => {|LCX1001:Thread.Sleep(1)|}; }")]
    [InlineData("[RawAtomic] delegate void D(); void M() { D d = delegate { {|LCX1001:Thread.Sleep(1)|}; }; }")]
    public Task A_lambda_stored_in_an_atomic_holder_is_checked(string members) => Spec.Members(members);
}
