using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1003;

public class FixAll
{
    [Fact]
    public Task Several_in_one_statement() => FixTest.BodyAsync("""
            Console.WriteLine(Pages.Sum({|LCX1003:Pages.Alloc(GfpFlags.Kernel, 0)|}) + 1);
            byte* a = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|}, b = {|LCX1003:Pages.AllocBytes(flags, 0)|};
            *a = *b;
        """, """
            void* page = Pages.Alloc(GfpFlags.NoLocks, 0);
            if (page == null)
                return;
            Console.WriteLine(Pages.Sum(page) + 1);
            byte* a = Pages.AllocBytes(GfpFlags.NoLocks, 0), b = Pages.AllocBytes((flags & ~GfpFlags.Reclaim) | GfpFlags.NoLocks, 0);
            if (b == null)
                return;
            if (a == null)
                return;
            *a = *b;
        """);
}
