using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1003;

/// <summary>A result that is used on the spot gets a name, and an expression body becomes a block.</summary>
public class FixNames
{
    [Fact]
    public Task An_argument() => FixTest.BodyAsync("""
            // Uses a page.
            Pages.Use({|LCX1003:Pages.Alloc(GfpFlags.Kernel, 0)|}); // used
        """, """
            // Uses a page.
            void* page = Pages.Alloc(GfpFlags.NoLocks, 0);
            if (page == null)
                return;
            Pages.Use(page); // used
        """);

    [Fact]
    public Task The_name_is_free() => FixTest.BodyAsync("""
            int page = 1;
            Pages.Use({|LCX1003:Pages.Alloc(GfpFlags.Kernel, 0)|});
        """, """
            int page = 1;
            void* page2 = Pages.Alloc(GfpFlags.NoLocks, 0);
            if (page2 == null)
                return;
            Pages.Use(page2);
        """);

    [Fact]
    public Task A_dereference_with_its_cast() => FixTest.MethodAsync("""
        int M()
        {
            return *(int*){|LCX1003:Pages.Alloc(GfpFlags.Kernel, 0)|};
        }
        """, """
        int M()
        {
            int* memory = (int*)Pages.Alloc(GfpFlags.NoLocks, 0);
            if (memory == null)
                return default;
            return *memory;
        }
        """);

    [Fact]
    public Task An_assignment_inside_an_expression() => FixTest.BodyAsync("""
            byte* p;
            Pages.Use(p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|});
        """, """
            byte* p;
            p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (p == null)
                return;
            Pages.Use(p);
        """);

    [Fact]
    public Task The_head_of_a_statement() => FixTest.BodyAsync("""
            if (*{|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|} == 1)
                _count++;
            for (byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|}; *p != 0; p++)
                _count++;
        """, """
            byte* memory = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (memory == null)
                return;
            if (*memory == 1)
                _count++;
            byte* memory2 = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (memory2 == null)
                return;
            for (byte* p = memory2; *p != 0; p++)
                _count++;
        """);

    [Fact]
    public Task An_embedded_statement() => FixTest.BodyAsync("""
            if (_count > 0)
                Pages.Use({|LCX1003:Pages.Alloc(GfpFlags.Kernel, 0)|});
            else
                _count++;
        """, """
            if (_count > 0)
            {
                void* page = Pages.Alloc(GfpFlags.NoLocks, 0);
                if (page == null)
                    return;
                Pages.Use(page);
            }
            else
                _count++;
        """);

    [Fact]
    public Task Before_a_release() => FixTest.BodyAsync("""
            _lock.Enter();
            Pages.Use({|LCX1003:Pages.Alloc(GfpFlags.Kernel, 0)|});
            _lock.Exit();
        """, """
            _lock.Enter();
            void* page = Pages.Alloc(GfpFlags.NoLocks, 0);
            if (page != null)
            {
                Pages.Use(page);
            }

            _lock.Exit();
        """);

    [Fact]
    public Task Expression_bodies() => FixTest.MethodAsync("""
        void M() => Pages.Use({|LCX1003:Pages.Alloc(GfpFlags.Kernel, 0)|}); // uses

        int N() => *{|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};

        int P => Pages.Sum({|LCX1003:Pages.Alloc(GfpFlags.Kernel, 0)|});
        """, """
        void M()
        {
            void* page = Pages.Alloc(GfpFlags.NoLocks, 0);
            if (page == null)
                return;
            Pages.Use(page); // uses
        }

        int N()
        {
            byte* memory = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (memory == null)
                return default;
            return *memory;
        }

        int P
        {
            get
            {
                void* page = Pages.Alloc(GfpFlags.NoLocks, 0);
                if (page == null)
                    return default;
                return Pages.Sum(page);
            }
        }
        """);

    [Fact]
    public Task Lambdas() => FixTest.BodyAsync("""
            Action a = () => Pages.Use({|LCX1003:Pages.Alloc(GfpFlags.Kernel, 0)|});
            Func<int, int> f = x => Pages.Sum({|LCX1003:Pages.Alloc(GfpFlags.Kernel, 0)|}) + x;
        """, """
            Action a = () =>
            {
                void* page = Pages.Alloc(GfpFlags.NoLocks, 0);
                if (page == null)
                    return;
                Pages.Use(page);
            };
            Func<int, int> f = x =>
            {
                void* page = Pages.Alloc(GfpFlags.NoLocks, 0);
                if (page == null)
                    return default;
                return Pages.Sum(page) + x;
            };
        """);
}
