using System.Threading.Tasks;
using LockContext.Testing.Fixes;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1003;

/// <summary>The real rule and the fix together: what is repaired is silent afterwards, for this rule and for all others.</summary>
public class FixEndToEnd
{
    [Fact]
    public Task Between_Enter_and_Exit() => FixAsync("""
        void Push()
        {
            _raw.Enter();
            int* p = (int*){|LCX1003:PageAllocator.Shared.AllocPages(GfpFlags.NoWait, 0)|};
            *{|LCX4001:p|} = _n;
            _raw.Exit();
        }
        """, """
        void Push()
        {
            _raw.Enter();
            int* p = (int*)PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0);
            if (p != null)
            {
                *p = _n;
            }

            _raw.Exit();
        }
        """);

    [Fact]
    public Task A_copied_release_is_no_release_too_many() => FixAsync("""
        bool Push()
        {
            _raw.Enter();
            int* p = (int*){|LCX1003:PageAllocator.Shared.AllocPages(GfpFlags.Kernel | GfpFlags.Zero, 0)|};
            *p = _n;
            _raw.Exit();
            return true;
        }
        """, """
        bool Push()
        {
            _raw.Enter();
            int* p = (int*)PageAllocator.Shared.AllocPages(GfpFlags.NoLocks | GfpFlags.Zero, 0);
            if (p == null)
            {
                _raw.Exit();
                return false;
            }

            *p = _n;
            _raw.Exit();
            return true;
        }
        """);

    [Fact]
    public Task In_the_canonical_pattern() => FixAsync("""
        private System.Threading.SpinLock _spin = new(false);
        bool Push()
        {
            bool taken = false;
            try
            {
                _spin.Enter(ref taken);
                var flags = GfpFlags.Kernel;
                if (_b)
                    flags |= GfpFlags.Zero;
                int* p = (int*){|LCX1003:PageAllocator.Shared.AllocPages(flags, 0)|};
                *p = _n;
                return true;
            }
            finally
            {
                if (taken)
                    _spin.Exit();
            }
        }
        """, """
        private System.Threading.SpinLock _spin = new(false);
        bool Push()
        {
            bool taken = false;
            try
            {
                _spin.Enter(ref taken);
                var flags = GfpFlags.Kernel;
                if (_b)
                    flags |= GfpFlags.Zero;
                int* p = (int*)PageAllocator.Shared.AllocPages((flags & ~GfpFlags.Reclaim) | GfpFlags.NoLocks, 0);
                if (p == null)
                    return false;
                *p = _n;
                return true;
            }
            finally
            {
                if (taken)
                    _spin.Exit();
            }
        }
        """);

    [Fact]
    public Task In_RawAtomic_code() => FixAsync("""
        [RawAtomic] int First() => *(int*){|LCX1003:PageAllocator.Shared.AllocPages(_b ? GfpFlags.Kernel : GfpFlags.Atomic, 0)|};
        """, """
        [RawAtomic]
        int First()
        {
            int* memory = (int*)PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0);
            if (memory == null)
                return default;
            return *memory;
        }
        """);

    [Fact]
    public Task Through_a_helper_with_a_flags_parameter() => FixAsync("""
        static void* Alloc(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags, 0);
        static void* Zeroed(GfpFlags flags) => Alloc(flags | GfpFlags.Zero);
        void Push()
        {
            using (_raw.EnterScope())
            {
                var page = (int*){|LCX1003:Zeroed(GfpFlags.Kernel)|};
                *page = 1;
            }
        }
        """, """
        static void* Alloc(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags, 0);
        static void* Zeroed(GfpFlags flags) => Alloc(flags | GfpFlags.Zero);
        void Push()
        {
            using (_raw.EnterScope())
            {
                var page = (int*)Zeroed(GfpFlags.NoLocks);
                if (page == null)
                    return;
                *page = 1;
            }
        }
        """);

    /// <summary>Only the rule knows that "Here" takes the lock, and nobody knows that "There" releases it.</summary>
    [Fact]
    public Task A_release_by_any_other_name_is_not_skipped() => FixAsync("""
        void Here() => _raw.Enter();
        void There() => _raw.Exit();
        void Push()
        {
            Here();
            int* p = (int*){|LCX1003:PageAllocator.Shared.AllocPages(GfpFlags.NoWait, 0)|};
            *{|LCX4001:p|} = _n;
            p[1] = 2;
            There();
        }
        """, """
        void Here() => _raw.Enter();
        void There() => _raw.Exit();
        void Push()
        {
            Here();
            int* p = (int*)PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0);
            if (p != null)
            {
                *p = _n;
                p[1] = 2;
            }

            There();
        }
        """);

    [Fact]
    public Task Not_for_a_call_without_flags()
    {
        const string members = """
            static void* Alloc() => PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0);
            [RawAtomic] void* Get() => {|LCX1003:Alloc()|};
            """;
        return FixAsync(members, members);
    }

    [Fact]
    public Task Several_in_one_section() => FixAsync("""
        [RawAtomic] bool Copy(GfpFlags unknown)
        {
            var from = (int*){|LCX1003:PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0)|};
            var to = (int*){|LCX1003:PageAllocator.Shared.AllocPages(GfpFlags.Atomic, order: 0)|};
            *{|LCX4001:to|} = *from;
            return true;
        }
        """, """
        [RawAtomic] bool Copy(GfpFlags unknown)
        {
            var from = (int*)PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0);
            if (from == null)
                return false;
            var to = (int*)PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, order: 0);
            if (to == null)
                return false;
            *to = *from;
            return true;
        }
        """);

    private static Task FixAsync(string members, string fixedMembers)
    {
        var test = new CSharpCodeFixTest<LockContextAnalyzer, CodeFixes.Providers.LCX1003> { TestCode = InClass(members), FixedCode = InClass(fixedMembers), FixAllWithoutKey = true };
        foreach (var state in new[] { test.TestState, test.FixedState })
        {
            state.Sources.Add(RuntimeSource.Locks);
            state.Sources.Add(RuntimeSource.Memory);
            state.Sources.Add(Spec.Usings);
        }

        return test.RunAsync();
    }

    private static string InClass(string members) => """
        using LockContext.Runtime;

        unsafe class C
        {
            private RawSpinLock _raw;
            private bool _b;
            private int _n;

        """ + FixTest.Indent(members) + "\n}\n";
}
