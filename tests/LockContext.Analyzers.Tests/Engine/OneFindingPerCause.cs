using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

[Trait("Policy", "One finding per cause")]
public class OneFindingPerCause
{
    [Fact]
    public Task The_same_call_again_is_not_repeated() => Spec.Held("{|LCX1001:Save()|}; Save(); Save();", "static void Save() => Thread.Sleep(1);");

    [Fact]
    public Task The_same_primitive_again_is_not_repeated() => Spec.Held("{|LCX1001:Thread.Sleep(1)|}; Thread.Sleep(2);");

    [Fact]
    public Task Another_cause_is_another_finding() => Spec.Held("{|LCX1001:Thread.Sleep(1)|}; {|LCX1001:_semaphore.Wait()|}; lock ({|LCX1002:_gate|}) { }");

    [Fact]
    public Task Another_member_is_another_finding() => Spec.Members("""
        void A() { bool t = false; _l.Enter(ref t); {|LCX1001:Save()|}; _l.Exit(); }
        void B() { bool t = false; _l.Enter(ref t); {|LCX1001:Save()|}; _l.Exit(); }
        static void Save() => Thread.Sleep(1);
        """);

    [Fact]
    public Task Several_causes_of_one_call_are_one_report() => Spec.Held(
        "{|LCX1001:Save()|};",
        "void Save() { Thread.Sleep(1); Thread.Sleep(2); Thread.Yield(); }");

    [Fact]
    public Task A_loop_reports_once() => Spec.Held("for (int i = 0; i < 9; i++) { {|LCX1001:Thread.Sleep(1)|}; }");

    [Fact]
    public Task A_finally_that_the_graph_duplicates_reports_once() => Spec.Members("""
        int M()
        {
            bool taken = false;
            _l.Enter(ref taken);
            try { if (_n == 0) return 0; if (_n == 1) return 1; _n++; return 2; }
            finally { {|LCX1001:Thread.Sleep(1)|}; _l.Exit(); }
        }
        """);
}
