using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>States are merged only when the same things are held.</summary>
public class PathSensitivity
{
    [Fact]
    public Task The_same_condition_twice() => Spec.Members("""
        void M(bool b)
        {
            bool taken = false;
            if (b) _l.Enter(ref taken);
            _n++;
            if (b) _l.Exit();
            Thread.Sleep(1);
        }
        """);

    [Fact]
    public Task The_opposite_condition() => Spec.Members("""
        void M(bool b)
        {
            bool taken = false;
            if (b) _l.Enter(ref taken);
            if (!b) Thread.Sleep(1);
            if (b) { {|LCX1001:Thread.Sleep(1)|}; _l.Exit(); }
            Thread.Sleep(1);
        }
        """);

    [Fact]
    public Task Held_on_one_way_is_held() => Spec.Members("""
        void M(bool b)
        {
            bool taken = false;
            if (b) _l.Enter(ref taken);
            {|LCX1001:Thread.Sleep(1)|};
            if (b) _l.Exit();
        }
        """);

    [Fact]
    public Task A_condition_that_changes_between_is_another() => Spec.Members("""
        void M(bool b)
        {
            bool taken = false;
            if (b) _l.Enter(ref taken);
            b = _n > 0;
            if (taken) _l.Exit();
            Thread.Sleep(1);
        }
        """);

    [Fact]
    public Task Early_return_without_the_lock() => Spec.Members("""
        void M()
        {
            bool taken = false;
            if (_b) { Thread.Sleep(1); return; }
            _l.Enter(ref taken);
            if (_n > 0) { _l.Exit(); Thread.Sleep(1); return; }
            _n++;
            _l.Exit();
        }
        """);

    [Fact]
    public Task Code_that_is_never_reached() => Spec.Held("""
        const bool never = false;
        if (never) Thread.Sleep(1);
        if (false) Thread.Sleep(1);
        while (false) Thread.Sleep(1);
        """);

    [Fact]
    public Task Constant_bool_arguments_choose_the_way() => Spec.Held(
        "Flush(wait: false); {|LCX1001:Flush(wait: true)|};",
        "void Flush(bool wait) { _n++; if (wait) Thread.Sleep(1); }");

    [Fact]
    public Task Constant_timeouts_are_passed_on() => Spec.Held(
        "TryWait(0); {|LCX1001:TryWait(5)|};",
        "bool TryWait(int milliseconds) => _semaphore.Wait(milliseconds);");
}
