using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Summaries are least fixpoints: a cycle that never waits is silent, one that waits somewhere is reported with a finite path.</summary>
[Trait("Policy", "Summaries")]
public class Recursion
{
    [Fact]
    public Task A_recursion_that_never_waits() => Spec.Held("Walk(3);", "void Walk(int n) { if (n > 0) Walk(n - 1); _n++; }");

    [Fact]
    public Task A_recursion_that_waits() => Spec.Held(
        "{|#0:Walk(3)|};",
        "void Walk(int n) { if (n > 0) Walk(n - 1); else Thread.Sleep(1); }",
        Verify.Diagnostic("LCX1001").WithLocation(0).WithMessageContaining("Walk -> Thread.Sleep"));

    [Fact]
    public Task Mutual_recursion_that_never_waits() => Spec.Held("Even(3);", """
        bool Even(int n) => n == 0 || Odd(n - 1);
        bool Odd(int n) => n != 0 && Even(n - 1);
        """);

    [Fact]
    public Task Mutual_recursion_that_waits_in_its_second_half() => Spec.Held(
        "{|#0:Even(3)|};",
        """
        bool Even(int n) => n == 0 || Odd(n - 1);
        bool Odd(int n) { if (n == 0) { Thread.Sleep(1); return false; } return Even(n - 1); }
        """,
        Verify.Diagnostic("LCX1001").WithLocation(0).WithMessageContaining("Even -> Odd -> Thread.Sleep"));

    [Fact]
    public Task A_cycle_of_three_entered_anywhere() => Spec.Held("{|LCX1001:A(1)|};", """
        void A(int n) { if (n > 0) B(n - 1); }
        void B(int n) { if (n > 0) D(n - 1); }
        void D(int n) { if (n > 0) A(n - 1); else _semaphore.Wait(); }
        void Other() { bool t = false; _l2.Enter(ref t); {|LCX1001:B(1)|}; _l2.Exit(); }
        void Another() { bool t = false; _l2.Enter(ref t); {|LCX1001:D(1)|}; _l2.Exit(); }
        """);

    [Fact]
    public Task A_recursion_that_takes_and_releases() => Spec.Members("""
        void Walk(int n)
        {
            bool taken = false;
            _l.Enter(ref taken);
            _n++;
            _l.Exit();
            if (n > 0) Walk(n - 1);
            Thread.Sleep(1);
        }
        """);

    [Fact]
    public Task A_recursion_through_local_functions() => Spec.Held("{|LCX1001:Local(3)|}; void Local(int n) { if (n > 0) Local(n - 1); else Thread.Sleep(1); }");
}
