using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1001;

/// <summary>Code that must stay silent: what would make people turn the rule off.</summary>
public class Silences
{
    [Theory]
    [InlineData("var spin = new SpinWait(); while (!_b) spin.SpinOnce();")]
    [InlineData("var spin = new SpinWait(); spin.SpinOnce(sleep1Threshold: -1);")]
    [InlineData("Thread.SpinWait(20);")]
    [InlineData("Interlocked.Increment(ref _n); Volatile.Write(ref _n, 1); Thread.MemoryBarrier();")]
    [InlineData("_n = Math.Max(_n, text.Length);")]
    [InlineData("Span<int> s = stackalloc int[4]; s.Fill(1); _n = s[2];")]
    [InlineData("_ = nameof(Thread.Sleep); _ = typeof(Thread);")]
    public Task Harmless_calls(string statement) => Spec.Held(statement);

    [Theory]
    [InlineData("_semaphore.Wait(0);")]
    [InlineData("_semaphore.Wait(TimeSpan.Zero);")]
    [InlineData("const int none = 0; _semaphore.Wait(none);")]
    [InlineData("new ManualResetEventSlim().Wait(0);")]
    [InlineData("new ManualResetEvent(false).WaitOne(0);")]
    [InlineData("new ManualResetEvent(false).WaitOne(TimeSpan.Zero);")]
    [InlineData("int timeout = 0; _semaphore.Wait(timeout);")]
    public Task A_wait_of_no_time(string statement) => Spec.Held(statement);

    [Theory]
    [InlineData("foreach (int i in new int[3]) _n += i;")]
    [InlineData("foreach (char c in text) _n += c;")]
    [InlineData("foreach (int i in new int[2, 2]) _n += i;")]
    [InlineData("Span<int> s = default; foreach (ref int i in s) i++;")]
    public Task Loops_over_arrays_and_strings(string statement) => Spec.Held(statement);

    [Theory]
    [InlineData("Debug.Assert(_n > 0, Slow());")]
    [InlineData("if (_n < 0) Debug.Fail(Slow());")]
    [InlineData("if (_n < 0) throw new InvalidOperationException(Slow());")]
    [InlineData("if (_n < 0) { Slow(); throw new InvalidOperationException(); }")]
    [InlineData("_n = _b ? 1 : throw new InvalidOperationException(Slow());")]
    [InlineData("ArgumentNullException.ThrowIfNull(text);")]
    [InlineData("if (_b) Throw();")]
    [InlineData("if (_b) { Slow(); Throw(); }")]
    [InlineData("if (_b) Helper();")]
    public Task Throw_paths(string statement) => Spec.Held(statement, """
        static string Slow() { Thread.Sleep(1); return ""; }
        [DoesNotReturn] static void Throw() { Thread.Sleep(1); throw new InvalidOperationException(); }
        static void Helper() => throw new InvalidOperationException(Slow());
        """);

    [Theory]
    [InlineData("_later = () => Thread.Sleep(1);")]
    [InlineData("_later = Slow;")]
    [InlineData("void Local() => Thread.Sleep(1);")]
    [InlineData("Action f = static () => Thread.Sleep(1); _later = f;")]
    [InlineData("Keep(() => Thread.Sleep(1));")]
    public Task Code_that_is_not_run_here(string statement) => Spec.Held(statement, """
        private Action? _later;
        static void Slow() => Thread.Sleep(1);
        void Keep(Action later) => _later = later;
        """);

    [Theory]
    [InlineData("action();")]
    [InlineData("_service.Run();")]
    [InlineData("_base.Run();")]
    [InlineData("Native();")]
    public Task What_is_unknown(string statement) => Spec.Held(statement, """
        public interface IService { void Run(); }
        public abstract class Base { public abstract void Run(); }
        private IService _service = null!;
        private Base _base = null!;
        [System.Runtime.InteropServices.DllImport("x")] static extern void Native();
        """);

    [Fact]
    public Task Before_and_after() => Spec.Members("""
        void M()
        {
            Thread.Sleep(1);
            bool taken = false;
            try
            {
                _l.Enter(ref taken);
                _n++;
            }
            finally
            {
                if (taken) _l.Exit();
            }
            Thread.Sleep(1);
        }
        """);

    [Fact]
    public Task Outside_of_any_context() => Spec.Members("void M() { Thread.Sleep(1); lock (_gate) { Thread.Sleep(1); _semaphore.Wait(); } }");

    [Fact]
    public Task Between_two_sections() => Spec.Members("""
        void M()
        {
            bool taken = false;
            _l.Enter(ref taken);
            _n++;
            _l.Exit();
            Thread.Sleep(1);
            taken = false;
            _l.Enter(ref taken);
            _n++;
            _l.Exit();
        }
        """);

    [Fact]
    public Task After_the_last_release_inside_a_nested_section() => Spec.Members("""
        void M()
        {
            bool a = false, b = false;
            _l.Enter(ref a);
            _l2.Enter(ref b);
            _l2.Exit();
            _l.Exit();
            Thread.Sleep(1);
        }
        """);

    [Theory]
    [InlineData("if (Interlocked.CompareExchange(ref _n, 1, 0) == 0) { Thread.Sleep(1); Volatile.Write(ref _n, 0); }")]
    [InlineData("if (Interlocked.CompareExchange(ref _n, 1, 0) != 0) return; try { Thread.Sleep(1); } finally { _n = 0; }")]
    [InlineData("if (Interlocked.Exchange(ref _n, 1) == 0) { Thread.Sleep(1); _n = 0; }")]
    [InlineData("if (Interlocked.Exchange(ref _n, 1) == 1) return; Thread.Sleep(1); Interlocked.Exchange(ref _n, 0);")]
    public Task Busy_flags(string statement) => Spec.Members($"void M() {{ {statement} }}");

    [Fact]
    public Task A_callee_that_promises_not_to_sleep_and_is_trusted() => Spec.Held("Post();", """
        [RawAtomic, Trusted("never waits in practice")] static void Post() => Thread.Sleep(1);
        """);

    [Fact]
    public Task An_abstract_member_that_promises_not_to_sleep() => Spec.Held("_sink.Post();", """
        public interface ISink { [RawAtomic] void Post(); }
        private ISink _sink = null!;
        """);

    [Fact]
    public Task A_delegate_that_runs_later() => Spec.Held("Later(() => Thread.Sleep(1));", "static void Later([RunsLater] Action callback) { }");

    [Fact]
    public Task A_caller_that_holds_nothing() => Spec.Members("""
        void M() { A(); }
        void A() => B();
        static void B() => Thread.Sleep(1);
        void Other() { bool t = false; _l.Enter(ref t); _n++; _l.Exit(); }
        """);
}
