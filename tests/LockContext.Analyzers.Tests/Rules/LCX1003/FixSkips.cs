using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1003;

/// <summary>The failure path where a return would leave a lock held, memory unfreed, or a service's loop for good.</summary>
public class FixSkips
{
    [Fact]
    public Task Up_to_the_release() => FixTest.BodyAsync("""
            _lock.Enter();
            byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};

            // The new head.
            *p = 1;
            _head = p; // published
            _count++;
            _lock.Exit();
        """, """
            _lock.Enter();
            byte* p = Pages.AllocBytes(GfpFlags.NoLocks, 0);

            if (p != null)
            {
                // The new head.
                *p = 1;
                _head = p; // published
                _count++;
            }

            _lock.Exit();
        """);

    [Fact]
    public Task Up_to_the_release_where_null_is_returned() => FixTest.MethodAsync("""
        byte* M()
        {
            _lock.Enter();
            byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
            *p = 1;
            _lock.Exit();
            return p;
        }
        """, """
        byte* M()
        {
            _lock.Enter();
            byte* p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (p != null)
            {
                *p = 1;
            }

            _lock.Exit();
            return p;
        }
        """);

    [Fact]
    public Task A_release_around_the_block() => FixTest.BodyAsync("""
            _lock.Enter();
            if (_count > 0)
            {
                byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
                *p = 1;
            }
            _lock.Exit();
        """, """
            _lock.Enter();
            if (_count > 0)
            {
                byte* p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
                if (p != null)
                {
                    *p = 1;
                }
            }
            _lock.Exit();
        """);

    [Fact]
    public Task A_lock_written_by_hand() => FixTest.BodyAsync("""
            while (Interlocked.CompareExchange(ref _state, 1, 0) != 0)
                Thread.SpinWait(1);
            byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
            *p = 1;
            Volatile.Write(ref _state, 0);
        """, """
            while (Interlocked.CompareExchange(ref _state, 1, 0) != 0)
                Thread.SpinWait(1);
            byte* p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (p != null)
            {
                *p = 1;
            }

            Volatile.Write(ref _state, 0);
        """);

    [Fact]
    public Task Memory_to_be_freed() => FixTest.BodyAsync("""
            byte* q = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
            byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
            *q = *p;
            Pages.Free(q, 0);
        """, """
            byte* q = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (q == null)
                return;
            byte* p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (p != null)
            {
                *q = *p;
            }

            Pages.Free(q, 0);
        """);

    [Fact]
    public Task A_section_that_begins_and_ends_later_is_not_skipped() => FixTest.BodyAsync("""
            byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
            *p = 1;
            _lock.Enter();
            _head = p;
            _lock.Exit();
        """, """
            byte* p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (p == null)
                return;
            *p = 1;
            _lock.Enter();
            _head = p;
            _lock.Exit();
        """);

    [Fact]
    public Task One_round_of_an_endless_loop() => FixTest.BodyAsync("""
            while (true)
            {
                Thread.Sleep(1);
                byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
                *p = 1;
            }
        """, """
            while (true)
            {
                Thread.Sleep(1);
                byte* p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
                if (p != null)
                {
                    *p = 1;
                }
            }
        """);

    [Fact]
    public Task An_endless_loop_that_ends_by_break_is_left() => FixTest.BodyAsync("""
            while (true)
            {
                byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
                if (*p == 1)
                    break;
            }
        """, """
            while (true)
            {
                byte* p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
                if (p == null)
                    return;
                if (*p == 1)
                    break;
            }
        """);

    [Fact]
    public Task A_ref_return_has_no_failing_value() => FixTest.MethodAsync("""
        ref int M()
        {
            byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
            *p = 1;
            return ref _count;
        }
        """, """
        ref int M()
        {
            byte* p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (p != null)
            {
                *p = 1;
            }

            return ref _count;
        }
        """);

    [Fact]
    public Task In_finally() => FixTest.BodyAsync("""
            try
            {
                _count++;
            }
            finally
            {
                byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
                *p = 1;
            }
        """, """
            try
            {
                _count++;
            }
            finally
            {
                byte* p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
                if (p != null)
                {
                    *p = 1;
                }
            }
        """);

    [Fact]
    public Task No_fix_where_the_release_cannot_be_reached() => FixTest.NoFixAsync("""
            _lock.Enter();
            byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
            switch (*p)
            {
                case 1:
                    _lock.Exit();
                    break;
                default:
                    _lock.Exit();
                    break;
            }
        """);

    [Fact]
    public Task Up_to_a_label() => FixTest.BodyAsync("""
            _lock.Enter();
            if (_count > 0)
                goto end;
            byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
            *p = 1;
        end:
            _lock.Exit();
        """, """
            _lock.Enter();
            if (_count > 0)
                goto end;
            byte* p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (p != null)
            {
                *p = 1;
            }

        end:
            _lock.Exit();
        """);
}
