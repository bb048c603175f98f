using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1003;

/// <summary>The failure path that does what is left to do and leaves: the caller has to know, or what follows needs the memory.</summary>
public class FixCleansUp
{
    [Fact]
    public Task The_release_is_copied_where_the_caller_has_to_know() => FixTest.MethodAsync("""
        bool M()
        {
            _lock.Enter();
            byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
            *p = 1;
            _lock.Exit(); // done
            return true;
        }
        """, """
        bool M()
        {
            _lock.Enter();
            byte* p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (p == null)
            {
                _lock.Exit();
                return false;
            }

            *p = 1;
            _lock.Exit(); // done
            return true;
        }
        """);

    [Fact]
    public Task The_release_is_copied_where_the_memory_is_used_behind_it() => FixTest.BodyAsync("""
            _lock.Enter();
            byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
            _head = p;
            _lock.Exit();
            *p = 1;
        """, """
            _lock.Enter();
            byte* p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (p == null)
            {
                _lock.Exit();
                return;
            }

            _head = p;
            _lock.Exit();
            *p = 1;
        """);

    [Fact]
    public Task A_conditional_release_is_copied_with_its_condition() => FixTest.MethodAsync("""
        bool M(bool locked)
        {
            if (locked)
                _lock.Enter();
            byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
            *p = 1;
            if (locked)
                _lock.Exit();
            return true;
        }
        """, """
        bool M(bool locked)
        {
            if (locked)
                _lock.Enter();
            byte* p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (p == null)
            {
                if (locked)
                    _lock.Exit();
                return false;
            }

            *p = 1;
            if (locked)
                _lock.Exit();
            return true;
        }
        """);

    [Fact]
    public Task A_release_in_a_later_finally_is_copied() => FixTest.BodyAsync("""
            Monitor.Enter(this);
            byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
            try
            {
                *p = 1;
            }
            finally
            {
                Monitor.Exit(this);
            }
        """, """
            Monitor.Enter(this);
            byte* p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (p == null)
            {
                Monitor.Exit(this);
                return;
            }

            try
            {
                *p = 1;
            }
            finally
            {
                Monitor.Exit(this);
            }
        """);

    [Fact]
    public Task A_branch_that_releases_and_leaves() => FixTest.MethodAsync("""
        bool M()
        {
            _lock.Enter();
            byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
            if (_count > 0)
            {
                _lock.Exit();
                return false;
            }
            *p = 1;
            _lock.Exit();
            return true;
        }
        """, """
        bool M()
        {
            _lock.Enter();
            byte* p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (p == null)
            {
                _lock.Exit();
                return false;
            }

            if (_count > 0)
            {
                _lock.Exit();
                return false;
            }
            *p = 1;
            _lock.Exit();
            return true;
        }
        """);
}
