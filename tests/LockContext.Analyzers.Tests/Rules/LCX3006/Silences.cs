using System.Text;
using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX3006;

/// <summary>The budget is generous: what people write fits in, and what has no locks costs nothing.</summary>
public class Silences
{
    [Fact]
    public Task A_long_method_with_a_lock()
    {
        var body = new StringBuilder();
        for (int i = 0; i < 300; i++)
            body.AppendLine($"if (_n == {i}) _n += {i};");
        return Spec.Held(body.ToString());
    }

    [Fact]
    public Task Ten_locks_taken_one_after_the_other()
    {
        var body = new StringBuilder();
        for (int i = 0; i < 10; i++)
            body.AppendLine($"if (_n == {i}) {{ bool t{i} = false; _l2.Enter(ref t{i}); _n++; _l2.Exit(); }}");
        return Spec.Held(body.ToString());
    }

    /// <summary>All are followed to their ends.</summary>
    [Fact]
    public Task Twenty_locks_at_once()
    {
        var fields = new StringBuilder();
        var taken = new StringBuilder();
        var given = new StringBuilder();
        for (int i = 0; i < 20; i++)
        {
            fields.AppendLine($"private SpinLock _s{i} = new(false);");
            taken.AppendLine($"bool t{i} = false; _s{i}.Enter(ref t{i});");
            given.AppendLine($"_s{i}.Exit();");
        }

        return Spec.Members(fields + "void M() { " + taken + "_n++; {|LCX1001:Thread.Sleep(1)|}; " + given + "Thread.Sleep(1); }");
    }

    [Fact]
    public Task A_huge_method_without_locks()
    {
        var body = new StringBuilder();
        for (int i = 0; i < 5_000; i++)
            body.AppendLine($"_n += {i};");
        return Spec.Members($"void Big() {{ {body} }}");
    }
}
