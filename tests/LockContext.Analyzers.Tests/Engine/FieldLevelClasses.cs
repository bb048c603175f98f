using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>"Nothing that blocks under this lock", said of one field.</summary>
public class FieldLevelClasses
{
    [Theory]
    [InlineData("lock (_hot) { {|LCX1001:Thread.Sleep(1)|}; }")]
    [InlineData("lock (_hot) { lock ({|LCX1002:_gate|}) { } }")]
    [InlineData("lock (_hotLock) { {|LCX1001:Thread.Sleep(1)|}; }")]
    [InlineData("using (_hotLock.EnterScope()) { {|LCX1001:Thread.Sleep(1)|}; }")]
    [InlineData("Monitor.Enter(_hot); {|LCX1001:Thread.Sleep(1)|}; Monitor.Exit(_hot);")]
    [InlineData("_hotLock.Enter(); {|LCX1001:Thread.Sleep(1)|}; _hotLock.Exit();")]
    [InlineData("lock (s_hot) { {|LCX1001:Thread.Sleep(1)|}; }")]
    [InlineData("lock (Hot) { {|LCX1001:Thread.Sleep(1)|}; }")]
    [InlineData("lock (other._hot) { {|LCX1001:Thread.Sleep(1)|}; }")]
    [InlineData("lock (_gate) { lock (_hot) { {|LCX1001:Thread.Sleep(1)|}; } Thread.Sleep(1); }")]
    [InlineData("lock (_gate) { Thread.Sleep(1); }")]
    [InlineData("lock (_hot) { lock (_hot) { } }")]
    public Task Ordinary_locks_with_a_limit(string statement) => Spec.Members($$"""
        [LockClass(Inner = WaitClass.Spin)] private readonly object _hot = new();
        [LockClass(Inner = WaitClass.Spin)] private readonly Lock _hotLock = new();
        [LockClass(Inner = WaitClass.Spin)] private static readonly object s_hot = new();
        [LockClass(Inner = WaitClass.Spin)] private object Hot { get; } = new();
        void M(C other) { {{statement}} }
        """);

    [Fact]
    public Task Taking_one_under_another_is_still_blocking() => Spec.Members("""
        [LockClass(Inner = WaitClass.Spin)] private readonly object _hot1 = new();
        [LockClass(Inner = WaitClass.Spin)] private readonly object _hot2 = new();
        void M() { lock (_hot1) { lock ({|LCX1002:_hot2|}) { } } }
        """);

    [Fact]
    public Task The_message_names_the_field() => Spec.Members(
        """
        [LockClass(Inner = WaitClass.Spin)] private readonly Lock _hot = new();
        void M() { lock (_hot) { {|#0:Thread.Sleep(1)|}; } }
        """,
        Verify.Diagnostic("LCX1001").WithLocation(0).WithMessageContaining("'_hot'"));

    [Fact]
    public Task A_declared_lock_may_be_weakened() => Spec.Code("""
        [LockClass(Outer = WaitClass.Spin)]
        class Ticket { [Acquires] public void Take() { } [Releases] public void Give() { } }

        class C
        {
            [LockClass(Inner = WaitClass.Sleep)] private readonly Ticket _patient = new();
            private readonly Ticket _strict = new();
            void M() { _patient.Take(); Thread.Sleep(1); _patient.Give(); }
            void N() { _strict.Take(); {|LCX1001:Thread.Sleep(1)|}; _strict.Give(); }
        }
        """);
}
