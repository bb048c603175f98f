using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1003;

/// <summary>The failure path that leaves the function, where leaving skips nothing.</summary>
public class FixLeaves
{
    private const string Before = """

        {
            byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
            *p = 1;

        """;

    private const string After = """

        {
            byte* p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (p == null)
                return;
            *p = 1;

        """;

    /// <summary>The value returned follows from the function's type.</summary>
    [Theory]
    [InlineData("void M()", "", "return;")]
    [InlineData("bool M()", "    return true;\n", "return false;")]
    [InlineData("byte* M()", "    return p;\n", "return null;")]
    [InlineData("nint M()", "    return (nint)p;\n", "return default;")]
    [InlineData("int M()", "    return *p;\n", "return default;")]
    [InlineData("int? M()", "    return *p;\n", "return null;")]
    [InlineData("string? M()", "    return \"\";\n", "return null;")]
    [InlineData("string M()", "    return \"\";\n", "return null!;")]
    [InlineData("T M<T>() where T : new()", "    return new T();\n", "return default!;")]
    [InlineData("TimeSpan M()", "    return default;\n", "return default;")]
    [InlineData("Task M()", "    return Task.Delay(1);\n", "return Task.CompletedTask;")]
    [InlineData("Task<bool> M()", "    return Task.FromResult(true);\n", "return Task.FromResult(false);")]
    [InlineData("ValueTask<int> M()", "    return new(1);\n", "return default;")]
    [InlineData("async Task M()", "", "return;")]
    [InlineData("async Task<bool> M()", "    return true;\n", "return false;")]
    [InlineData("async ValueTask<string?> M()", "    return null;\n", "return null;")]
    public Task By_return_type(string header, string end, string expected) => FixTest.MethodAsync(
        header + Before + end + "}",
        header + After.Replace("return;", expected, System.StringComparison.Ordinal) + end + "}");

    [Fact]
    public Task From_a_constructor_and_accessors() => FixTest.MethodAsync("""
        C() { byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|}; *p = 1; }
        int P
        {
            get { byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|}; return *p; }
            set { byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|}; *p = 1; }
        }
        """, """
        C() { byte* p = Pages.AllocBytes(GfpFlags.NoLocks, 0); if (p == null) return; *p = 1; }
        int P
        {
            get { byte* p = Pages.AllocBytes(GfpFlags.NoLocks, 0); if (p == null) return default; return *p; }
            set { byte* p = Pages.AllocBytes(GfpFlags.NoLocks, 0); if (p == null) return; *p = 1; }
        }
        """);

    [Fact]
    public Task From_lambdas_and_local_functions() => FixTest.BodyAsync("""
            Func<int> f = () =>
            {
                var p = {|LCX1003:Pages.AllocBytes(flags, 0)|};
                return *p;
            };
            bool Local()
            {
                var p = {|LCX1003:Pages.AllocBytes(flags, 0)|};
                *p = 1;
                return true;
            }
        """, """
            Func<int> f = () =>
            {
                var p = Pages.AllocBytes((flags & ~GfpFlags.Reclaim) | GfpFlags.NoLocks, 0);
                if (p == null)
                    return default;
                return *p;
            };
            bool Local()
            {
                var p = Pages.AllocBytes((flags & ~GfpFlags.Reclaim) | GfpFlags.NoLocks, 0);
                if (p == null)
                    return false;
                *p = 1;
                return true;
            }
        """);

    [Fact]
    public Task From_an_iterator() => FixTest.MethodAsync("""
        IEnumerable<int> M()
        {
            var o = {|LCX1003:Pages.AllocObject(1)|};
            yield return o!.GetHashCode();
        }
        """, """
        IEnumerable<int> M()
        {
            var o = Pages.AllocObject(1, GfpFlags.NoLocks);
            if (o == null)
                yield break;
            yield return o!.GetHashCode();
        }
        """);

    [Fact]
    public Task From_a_top_level_program()
    {
        var test = FixTest.Create<StandInAnalyzer>("""
            using Memory;

            // Fills a page.
            nint page = {|LCX1003:Pages.AllocHandle(GfpFlags.Kernel, 0)|};
            System.Console.WriteLine(page);

            class D;
            """, """
            using Memory;

            // Fills a page.
            nint page = Pages.AllocHandle(GfpFlags.NoLocks, 0);

            if (page == 0)
                return;

            System.Console.WriteLine(page);

            class D;
            """);
        test.SolutionTransforms.Add((solution, id) => solution.WithProjectCompilationOptions(
            id, solution.GetProject(id)!.CompilationOptions!.WithOutputKind(Microsoft.CodeAnalysis.OutputKind.ConsoleApplication)));
        return FixTest.RunAsync(test);
    }

    [Fact]
    public Task Out_parameters_get_a_value() => FixTest.MethodAsync("""
        bool M(out int sum, out int count)
        {
            count = 1;
            byte* p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
            sum = *p;
            return true;
        }
        """, """
        bool M(out int sum, out int count)
        {
            count = 1;
            byte* p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (p == null)
            {
                sum = default;
                return false;
            }

            sum = *p;
            return true;
        }
        """);

    [Fact]
    public Task Braces_where_the_project_wants_them()
    {
        var test = FixTest.Create<StandInAnalyzer>(FixTest.InClass("void M()" + Before + "}"), FixTest.InClass("void M()" + After.Replace(
            "        return;", "    {\n        return;\n    }\n", System.StringComparison.Ordinal) + "}"));
        test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", "root = true\n[*.cs]\ncsharp_prefer_braces = true:suggestion\n"));
        return FixTest.RunAsync(test);
    }

    [Fact]
    public Task The_line_ends_of_the_file_are_kept()
    {
        string before = FixTest.InClass("void M()" + Before + "}").Replace("\n", "\r\n", System.StringComparison.Ordinal);
        string after = FixTest.InClass("void M()" + After + "}").Replace("\n", "\r\n", System.StringComparison.Ordinal);
        return FixTest.SourceAsync(before, after);
    }

    [Theory]
    [InlineData("lock (this)")]
    [InlineData("using (new System.IO.MemoryStream())")]
    [InlineData("foreach (var i in new int[3])")]
    [InlineData("unsafe")]
    public Task From_inside(string around) => FixTest.BodyAsync($$"""
            {{around}}
            {
                var p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
                *p = 1;
            }
        """, $$"""
            {{around}}
            {
                var p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
                if (p == null)
                    return;
                *p = 1;
            }
        """);

    [Fact]
    public Task From_try_with_the_release_in_finally() => FixTest.MethodAsync("""
        bool M(ref SpinLock spin)
        {
            bool taken = false;
            byte* p;
            try
            {
                spin.Enter(ref taken);
                p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|}; // one page
            }
            finally
            {
                if (taken)
                    spin.Exit();
            }

            *p = 1;
            return true;
        }
        """, """
        bool M(ref SpinLock spin)
        {
            bool taken = false;
            byte* p;
            try
            {
                spin.Enter(ref taken);
                p = Pages.AllocBytes(GfpFlags.NoLocks, 0); // one page
                if (p == null)
                    return false;
            }
            finally
            {
                if (taken)
                    spin.Exit();
            }

            *p = 1;
            return true;
        }
        """);

    [Fact]
    public Task Results_of_other_types() => FixTest.BodyAsync("""
            nint handle = {|LCX1003:Pages.AllocHandle(GfpFlags.Kernel, 0)|};
            Console.WriteLine(handle);
            IntPtr old = {|LCX1003:Pages.AllocHandle(GfpFlags.Kernel, 0)|};
            Console.WriteLine(old);
            object? o = {|LCX1003:Pages.AllocObject(8)|};
            Console.WriteLine(o!.ToString());
        """, """
            nint handle = Pages.AllocHandle(GfpFlags.NoLocks, 0);
            if (handle == 0)
                return;
            Console.WriteLine(handle);
            IntPtr old = Pages.AllocHandle(GfpFlags.NoLocks, 0);
            if (old == 0)
                return;
            Console.WriteLine(old);
            object? o = Pages.AllocObject(8, GfpFlags.NoLocks);
            if (o == null)
                return;
            Console.WriteLine(o!.ToString());
        """);

    [Fact]
    public Task Casts_and_other_names_are_followed() => FixTest.BodyAsync("""
            void* raw = {|LCX1003:Pages.Alloc(GfpFlags.Kernel, 0)|};
            int* numbers = (int*)raw;
            numbers[0] = 1;
        """, """
            void* raw = Pages.Alloc(GfpFlags.NoLocks, 0);
            if (raw == null)
                return;
            int* numbers = (int*)raw;
            numbers[0] = 1;
        """);

    [Fact]
    public Task Fields_are_followed() => FixTest.BodyAsync("""
            this._head = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
            _head[0] = 1;
        """, """
            this._head = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (this._head == null)
                return;
            _head[0] = 1;
        """);

    [Fact]
    public Task An_embedded_statement_gets_a_block() => FixTest.BodyAsync("""
            byte* p = _head;
            if (_count > 0)
                p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
            *p = 1;
        """, """
            byte* p = _head;
            if (_count > 0)
            {
                p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
                if (p == null)
                    return;
            }

            *p = 1;
        """);

    [Fact]
    public Task In_a_section_of_a_switch() => FixTest.BodyAsync("""
            switch (_count)
            {
                case 1:
                    var p = {|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};
                    *p = 1;
                    break;
            }
        """, """
            switch (_count)
            {
                case 1:
                    var p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
                    if (p == null)
                        return;
                    *p = 1;
                    break;
            }
        """);
}
