using System.Threading.Tasks;
using LockContext.Testing.Fixes;
using Microsoft.CodeAnalysis.CodeFixes;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1003;

/// <summary>
/// A free under a raw lock is deferred where the object has a head for it, and else takes no lock. The rule and the fix together: afterwards all rules are silent. What the forms are called is in the
/// attributes, here those of the runtime and of somebody else's pool.
/// </summary>
public class FixFrees
{
    /// <summary>A heap as the runtime has it, and one of somebody who uses none of its names.</summary>
    private const string Heaps = """
        using LockContext.Runtime;

        public static unsafe class KernelMemory
        {
            [Frees(WithoutLocks = nameof(FreeNoLocks), DeferredBy = typeof(Rcu))] public static void Free(void* memory) { }
            [RawAtomic] public static void FreeNoLocks(void* memory) { }
            [Frees] public static void FreeBulk(ReadOnlySpan<nint> memory) { }
        }

        public unsafe struct Node
        {
            public Node* Next;
            public RcuHead Head;
        }

        public unsafe struct Plain
        {
            public Plain* Next;
        }

        public struct TwoHeads
        {
            public RcuHead First, Second;
        }

        public struct HiddenHead
        {
            private RcuHead _head;
        }

        namespace Vendor
        {
            public sealed class Ticket
            {
            }

            public sealed class Buffer
            {
                public Ticket Ticket = new();
            }

            public interface IPool
            {
                [Frees(DeferredBy = typeof(Later))] void Return(Buffer buffer);
                [Frees(WithoutLocks = nameof(Leave))] void Give(Buffer buffer);
                [RawAtomic] void Leave(Buffer buffer);
            }

            public sealed class Pool : IPool
            {
                public void Return(Buffer buffer) { }
                public void Give(Buffer buffer) { }
                [RawAtomic] public void Leave(Buffer buffer) { }
                [Frees(DeferredBy = typeof(Plainly))] public static void Drop(Buffer buffer) { }
            }

            public static class Later
            {
                [RawAtomic, DefersFree] public static void Return(Buffer buffer, ref Ticket ticket, bool urgent = false) { }
                [DefersFree(MightSleep = true)] public static void ReturnNow(Buffer buffer) { }
            }

            public static class Plainly
            {
                [RawAtomic, DefersFree] public static void Return(Buffer buffer) { }
            }
        }
        """;

    [Theory]
    [InlineData("KernelMemory.Free(n)", "Rcu.Free(n, &n->Head)")]
    [InlineData("KernelMemory.Free((void*)n)", "Rcu.Free((void*)n, &n->Head)")]
    [InlineData("KernelMemory.Free(memory: n)", "Rcu.Free(n, &n->Head)")]
    [InlineData("KernelMemory.Free(n->Next)", "Rcu.Free(n->Next, &n->Next->Head)")]
    [InlineData("KernelMemory.Free((Node*)raw)", "Rcu.Free((Node*)raw, &((Node*)raw)->Head)")]
    [InlineData("KernelMemory.Free((void*)(Node*)raw)", "Rcu.Free((void*)(Node*)raw, &((Node*)raw)->Head)")]
    [InlineData("KernelMemory.Free(all[1])", "Rcu.Free(all[1], &all[1]->Head)")]
    [InlineData("KernelMemory.Free(/* first */ n /* last */)", "Rcu.Free(/* first */ n, &n->Head /* last */)")]
    public Task Is_deferred_where_the_object_has_a_head(string free, string deferred) => FixAsync(Held($"{{|LCX1003:{free}|}};"), Held(deferred + ";"), "Defer it with 'Rcu.Free'");

    [Theory]
    [InlineData("KernelMemory.Free(p)", "KernelMemory.FreeNoLocks(p)", "FreeNoLocks")]
    [InlineData("KernelMemory.Free(Pop())", "KernelMemory.FreeNoLocks(Pop())", "FreeNoLocks")]
    [InlineData("KernelMemory.Free((void*)raw)", "KernelMemory.FreeNoLocks((void*)raw)", "FreeNoLocks")]
    [InlineData("KernelMemory.Free(two)", "KernelMemory.FreeNoLocks(two)", "FreeNoLocks")]
    [InlineData("KernelMemory.Free(hidden)", "KernelMemory.FreeNoLocks(hidden)", "FreeNoLocks")]
    [InlineData("PageAllocator.Shared.FreePages(raw, order: 0)", "PageAllocator.Shared.FreePagesNoLocks(raw, order: 0)", "FreePagesNoLocks")]
    [InlineData("pages?.FreePages(raw, 0)", "pages?.FreePagesNoLocks(raw, 0)", "FreePagesNoLocks")]
    [InlineData("pool.Give(buffer)", "pool.Leave(buffer)", "Leave")]
    public Task Takes_no_lock_where_it_has_none(string free, string without, string name) =>
        FixAsync(Held(Marked(free)), Held(without + ";"), $"Use '{name}'");

    [Theory]
    [InlineData("pool.Return(buffer)", "Vendor.Later.Return(buffer, ref buffer.Ticket)", "Later.Return")]
    [InlineData("Vendor.Pool.Drop(buffer)", "Vendor.Plainly.Return(buffer)", "Plainly.Return")]
    [InlineData("((Vendor.IPool)pool).Return(buffer)", "Vendor.Later.Return(buffer, ref buffer.Ticket)", "Later.Return")]
    public Task Of_somebody_else_with_other_names(string free, string deferred, string name) =>
        FixAsync(Held($"{{|LCX1003:{free}|}};"), Held(deferred + ";"), $"Defer it with '{name}'");

    [Theory]
    [InlineData("{|LCX1003:KernelMemory.FreeBulk(default)|};")]                     // names no form
    [InlineData("{|LCX1003:Retire(n)|};")]                                          // the call to repair is elsewhere
    [InlineData("{|LCX1003:Choose().Return(buffer)|};")]                            // the receiver would not be asked for any more
    [InlineData("{|LCX1003:pool.Return(new Vendor.Buffer())|};")]                   // the object would be made twice
    public Task Is_not_offered(string statement) => FixAsync(Held(statement), Held(statement), null);

    [Fact]
    public Task In_an_expression_body_and_in_RawAtomic_code() => FixAsync(
        "[RawAtomic] void Drop(Node* n) => {|LCX1003:KernelMemory.Free(n)|};",
        "[RawAtomic] void Drop(Node* n) => Rcu.Free(n, &n->Head);",
        "Defer it with 'Rcu.Free'");

    [Fact]
    public Task Of_a_list_one_by_one_and_all_at_once() => FixAsync("""
        Node* _first;
        Plain* _plain;
        void Clear()
        {
            _raw.Enter();
            // All of them.
            while (_first != null)
            {
                Node* n = _first;
                _first = n->Next;
                {|LCX1003:KernelMemory.Free(n)|}; // this one as well
            }

            {|LCX1003:KernelMemory.Free(_plain)|};
            if (_b)
                {|LCX1003:KernelMemory.Free(_first)|};
            _raw.Exit();
        }
        """, """
        Node* _first;
        Plain* _plain;
        void Clear()
        {
            _raw.Enter();
            // All of them.
            while (_first != null)
            {
                Node* n = _first;
                _first = n->Next;
                Rcu.Free(n, &n->Head); // this one as well
            }

            KernelMemory.FreeNoLocks(_plain);
            if (_b)
                Rcu.Free(_first, &_first->Head);
            _raw.Exit();
        }
        """, null);

    [Fact]
    public Task Together_with_an_allocation() => FixAsync("""
        void Swap(Node** slot)
        {
            _raw.Enter();
            Node* fresh = (Node*){|LCX1003:PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0)|};
            if (fresh != null)
            {
                Node* old = *slot;
                *slot = fresh;
                {|LCX1003:KernelMemory.Free(old)|};
            }

            _raw.Exit();
        }
        """, """
        void Swap(Node** slot)
        {
            _raw.Enter();
            Node* fresh = (Node*)PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0);
            if (fresh != null)
            {
                Node* old = *slot;
                *slot = fresh;
                Rcu.Free(old, &old->Head);
            }

            _raw.Exit();
        }
        """, null);

    [Fact]
    public Task The_free_without_locks_is_offered_as_well()
    {
        var test = Create<CodeFixes.Providers.LCX1003>(Held("{|LCX1003:KernelMemory.Free(n)|};"), Held("KernelMemory.FreeNoLocks(n);"));
        test.CodeActionIndex = 1;
        test.CodeActionEquivalenceKey = "LCX1003.FreeWithoutLocks";
        test.FixAllWithoutKey = false;
        return test.RunAsync();
    }

    [Fact]
    public Task The_deferred_free_that_may_wait_becomes_the_one_that_does_not() => Create<CodeFixes.Providers.LCX5001>(
        Held("{|LCX5001:Rcu.FreeMightSleep(n)|};"), Held("Rcu.Free(n, &n->Head);")).RunAsync();

    [Theory]
    [InlineData("{|LCX5001:Rcu.FreeMightSleep(p)|};")]
    [InlineData("{|LCX5001:Rcu.FreeMightSleep((void*)raw)|};")]
    public Task But_not_without_a_head(string statement) => Create<CodeFixes.Providers.LCX5001>(Held(statement), Held(statement)).RunAsync();

    [Fact]
    public Task Reports_name_the_forms() => RunAsync(Held("{|#0:KernelMemory.Free(n)|}; {|#1:PageAllocator.Shared.FreePages(raw, 0)|}; {|#2:KernelMemory.FreeBulk(default)|};"),
        Verify.Diagnostic("LCX1003").WithLocation(0).WithMessage(
            "'Free' takes the allocator's lock while RawSpinLock '_raw' (taken at line 12) is held; free after Exit, or use 'FreeNoLocks' or 'Rcu.Free'"),
        Verify.Diagnostic("LCX1003").WithLocation(1).WithMessage(
            "'FreePages' takes the allocator's lock while RawSpinLock '_raw' (taken at line 12) is held; free after Exit, or use 'FreePagesNoLocks'"),
        Verify.Diagnostic("LCX1003").WithLocation(2).WithMessage(
            "'FreeBulk' takes the allocator's lock while RawSpinLock '_raw' (taken at line 12) is held; free after Exit, or use the no-locks free"));

    [Fact]
    public Task A_form_that_is_not_there_is_reported() => RuntimeSource.Members("""
        [{|LCX3001:Frees(WithoutLocks = "Nothing")|}] static void A(void* p) { }
        [{|LCX3001:Frees(WithoutLocks = nameof(Other))|}] static void B(void* p) { }
        [{|LCX3001:Frees(DeferredBy = typeof(string))|}] static void D(void* p) { }
        [Frees(WithoutLocks = nameof(Other))] static void E(int p) { }
        static void Other(int p) { }
        """);

    // '?.' is reported on the whole, as everywhere.
    private static string Marked(string call)
    {
        int question = call.IndexOf("?.", System.StringComparison.Ordinal);
        return question < 0 ? $"{{|LCX1003:{call}|}};" : $"{call[..(question + 1)]}{{|LCX1003:{call[(question + 1)..]}|}};";
    }

    private static string Held(string statements) => $$"""
        void M(Node* n, Plain* p, TwoHeads* two, HiddenHead* hidden, Node** all, void* raw, PageAllocator? pages, Vendor.Pool pool, Vendor.Buffer buffer)
        {
            _raw.Enter();
            {{statements}}
            _raw.Exit();
        }
        """;

    private static Task FixAsync(string members, string fixedMembers, string? title)
    {
        var test = Create<CodeFixes.Providers.LCX1003>(members, fixedMembers);
        test.CodeActionTitle = title;
        return test.RunAsync();
    }

    private static CSharpCodeFixTest<LockContextAnalyzer, TFix> Create<TFix>(string members, string fixedMembers)
        where TFix : CodeFixProvider, new()
    {
        var test = new CSharpCodeFixTest<LockContextAnalyzer, TFix> { TestCode = InClass(members), FixedCode = InClass(fixedMembers), FixAllWithoutKey = true };
        foreach (var state in new[] { test.TestState, test.FixedState })
        {
            state.Sources.Add(Heaps);
            state.Sources.Add(RuntimeSource.Locks);
            state.Sources.Add(RuntimeSource.Memory);
            state.Sources.Add(Spec.Usings);
        }

        return test;
    }

    private static Task RunAsync(string members, params DiagnosticResult[] expected)
    {
        var test = Spec.Files(InClass(members), Heaps, RuntimeSource.Locks, RuntimeSource.Memory);
        test.ExpectedDiagnostics.AddRange(expected);
        return test.RunAsync();
    }

    private static string InClass(string members) => """
        using LockContext.Runtime;

        unsafe class C
        {
            private RawSpinLock _raw;
            private bool _b;
            private static Plain* Pop() => null;
            private static Vendor.Pool Choose() => new();
            private static void Retire(Node* n) => KernelMemory.Free(n);
        """ + "\n" + FixTest.Indent(members) + "\n}\n";
}
