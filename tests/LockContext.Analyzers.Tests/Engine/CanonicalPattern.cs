using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary><c>bool taken</c>, <c>try</c>, <c>finally</c>: exact in both directions.</summary>
[Trait("Policy", "Ways through a body")]
public class CanonicalPattern
{
    [Fact]
    public Task Held_inside_try_and_not_after() => Spec.Members("""
        void M()
        {
            Thread.Sleep(1);
            bool taken = false;
            try
            {
                Thread.Sleep(1);
                _l.Enter(ref taken);
                {|LCX1001:Thread.Sleep(1)|};
            }
            finally
            {
                if (taken) _l.Exit();
            }
            Thread.Sleep(1);
        }
        """);

    [Fact]
    public Task Held_in_finally_until_released() => Spec.Members("""
        void M()
        {
            bool taken = false;
            try
            {
                _l.Enter(ref taken);
            }
            finally
            {
                {|LCX1001:Thread.Sleep(1)|};
                if (taken) _l.Exit();
            }
        }
        """);

    [Fact]
    public Task Not_held_in_finally_after_release() => Spec.Members("""
        void M()
        {
            bool taken = false;
            try { _l.Enter(ref taken); }
            finally
            {
                if (taken) _l.Exit();
                Thread.Sleep(1);
            }
        }
        """);

    [Fact]
    public Task Enter_before_try() => Spec.Members("""
        void M()
        {
            bool taken = false;
            _l.Enter(ref taken);
            try { {|LCX1001:Thread.Sleep(1)|}; }
            finally { _l.Exit(); }
            Thread.Sleep(1);
        }
        """);

    [Fact]
    public Task Exit_with_a_memory_barrier_flag() => Spec.Members("""
        void M()
        {
            bool taken = false;
            try { _l.Enter(ref taken); _n++; }
            finally { if (taken) _l.Exit(useMemoryBarrier: false); }
            Thread.Sleep(1);
        }
        """);

    [Fact]
    public Task Early_returns_run_finally() => Spec.Members("""
        int M()
        {
            bool taken = false;
            try
            {
                _l.Enter(ref taken);
                if (_n == 0) return 0;
                for (int i = 0; i < _n; i++) { if (i == 7) return i; }
                {|LCX1001:Thread.Sleep(1)|};
                return 1;
            }
            finally
            {
                if (taken) _l.Exit();
            }
        }

        void Caller() { M(); Thread.Sleep(1); }
        """);

    [Fact]
    public Task The_compilers_own_lock_statement() => Spec.Code("""
        class C
        {
            [LockClass(Inner = WaitClass.Spin)] private readonly object _hot = new();
            int _n;

            int M()
            {
                lock (_hot)
                {
                    if (_n == 0) return 0;
                    {|LCX1001:Thread.Sleep(1)|};
                }
                Thread.Sleep(1);
                return 1;
            }
        }
        """);
}
