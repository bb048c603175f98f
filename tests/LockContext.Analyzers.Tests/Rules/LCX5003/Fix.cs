using System.Threading.Tasks;
using LockContext.Analyzers.Tests.Rules.LCX1003;
using LockContext.Testing.Fixes;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX5003;

/// <summary>The wait goes and the free is deferred: by the head where the object has one, else by the form that may wait, which is right wherever the wait was.</summary>
public class Fix
{
    private const string Heap = """
        using LockContext.Runtime;

        public static unsafe class KernelMemory
        {
            [Frees(DeferredBy = typeof(Rcu))] public static void Free(void* memory) { }
            [Frees(DeferredBy = typeof(Vendor.Epoch))] public static void Drop(void* memory) { }
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

        namespace Vendor
        {
            public sealed class Buffer
            {
            }

            public static class Pool
            {
                [Frees(DeferredBy = typeof(Epoch))] public static void Return(Buffer buffer) { }
            }

            public static class Epoch
            {
                [WaitsForGracePeriod] public static void Drain() { }
                [WaitsForGracePeriod] public static bool Drain(int milliseconds) => true;
                [RawAtomic, DefersFree] public static void Retire(Buffer buffer) { }
            }
        }
        """;

    [Theory]
    [InlineData("Rcu.Synchronize()", "KernelMemory.Free(n)", "Rcu.Free(n, &n->Head)", "Defer it with 'Rcu.Free', and do not wait")]
    [InlineData("Rcu.Synchronize()", "KernelMemory.Free((void*)n)", "Rcu.Free((void*)n, &n->Head)", "Defer it with 'Rcu.Free', and do not wait")]
    [InlineData("Rcu.Synchronize()", "KernelMemory.Free(p)", "Rcu.FreeMightSleep(p)", "Defer it with 'Rcu.FreeMightSleep', and do not wait")]
    [InlineData("Rcu.Synchronize()", "KernelMemory.Free(Pop())", "Rcu.FreeMightSleep(Pop())", "Defer it with 'Rcu.FreeMightSleep', and do not wait")]
    [InlineData("Vendor.Epoch.Drain()", "Vendor.Pool.Return(buffer)", "Vendor.Epoch.Retire(buffer)", "Defer it with 'Epoch.Retire', and do not wait")]
    public Task Code(string wait, string free, string deferred, string title) => FixAsync(
        Method($"Unlink(n);\n    {{|LCX5003:{wait}|}};\n    {free};"), Method($"Unlink(n);\n    {deferred};"), title);

    [Fact]
    public Task All_that_is_freed_behind_one_wait() => FixAsync(
        Method("Unlink(n);\n    {|LCX5003:Rcu.Synchronize()|};\n    KernelMemory.Free(n);\n    KernelMemory.Free(p);"),
        Method("Unlink(n);\n    Rcu.Free(n, &n->Head);\n    Rcu.FreeMightSleep(p);"),
        "Defer it with 'Rcu.Free', and do not wait");

    [Fact]
    public Task Comments_stay() => FixAsync(
        Method("""
        Unlink(n);

            // Nobody may look at it any more.
            {|LCX5003:Rcu.Synchronize()|}; // takes a while
            KernelMemory.Free(n); // gone
        """),
        Method("""
        Unlink(n);

            // Nobody may look at it any more.
            // takes a while
            Rcu.Free(n, &n->Head); // gone
        """),
        null);

    [Theory]
    [InlineData("while (_b)\n    {{\n        Unlink(n);\n        {0}\n    }}")]
    [InlineData("if (_b)\n    {{\n        {0}\n        return;\n    }}")]
    [InlineData("lock (this)\n    {{\n        {0}\n    }}")]
    [InlineData("try\n    {{\n        {0}\n    }}\n    finally\n    {{\n        Monitor.Exit(this);\n    }}", "Monitor.Enter(this);\n    ")]
    [InlineData("foreach (int i in new[] {{ 1 }})\n    {{\n        {0}\n        continue;\n    }}")]
    public Task Nothing_follows_that_could_rely_on_the_wait(string around, string before = "") => FixAsync(
        Method(before + string.Format(System.Globalization.CultureInfo.InvariantCulture, around, "{|LCX5003:Rcu.Synchronize()|};\n        KernelMemory.Free(n);")),
        Method(before + string.Format(System.Globalization.CultureInfo.InvariantCulture, around, "Rcu.Free(n, &n->Head);")),
        null);

    [Fact]
    public Task In_several_methods_at_once() => FixAsync(
        Method("{|LCX5003:Rcu.Synchronize()|};\n    KernelMemory.Free(n);") + "\nvoid N(Node* n, Plain* p)\n{\n    if (_b)\n    {\n        {|LCX5003:Rcu.SynchronizeExpedited()|};\n        KernelMemory.Free(p);\n    }\n}\nvoid O(byte* q)\n{\n    {|LCX5003:Rcu.Synchronize()|};\n    System.Runtime.InteropServices.NativeMemory.Free(q);\n}",
        Method("Rcu.Free(n, &n->Head);") + "\nvoid N(Node* n, Plain* p)\n{\n    if (_b)\n    {\n        Rcu.FreeMightSleep(p);\n    }\n}\nvoid O(byte* q)\n{\n    {|LCX5003:Rcu.Synchronize()|};\n    System.Runtime.InteropServices.NativeMemory.Free(q);\n}",
        null);

    [Theory]
    [InlineData("{|LCX5003:Rcu.Synchronize()|}; System.Runtime.InteropServices.NativeMemory.Free(n);")]         // nobody defers that
    [InlineData("{|LCX5003:Rcu.Synchronize()|}; KernelMemory.Drop(n);")]                                        // the readers of somebody else
    [InlineData("{|LCX5003:Rcu.Synchronize()|}; PageAllocator.Shared.FreePages(n, 0);")]
    [InlineData("{|LCX5003:Vendor.Epoch.Drain(5)|}; Vendor.Pool.Return(buffer);")]                              // may not wait to the end
    [InlineData("{|LCX5003:Wait()|}; KernelMemory.Free(n);")]                                                   // may do more than wait
    [InlineData("{|LCX5003:Rcu.Synchronize()|}; KernelMemory.Free(n); PageAllocator.Shared.FreePages(p, 0);")]  // the second free needs the wait
    [InlineData("{|LCX5003:Rcu.Synchronize()|}; KernelMemory.Free(n); Unlink(n);")]                             // and so may whatever else follows
    [InlineData("{|LCX5003:Rcu.Synchronize()|}; KernelMemory.Free(n); _b = false;")]
    [InlineData("lock (this) { {|LCX5003:Rcu.Synchronize()|}; KernelMemory.Free(n); } _b = false;")]
    [InlineData("if (_b) { {|LCX5003:Rcu.Synchronize()|}; KernelMemory.Free(n); } Unlink(n);")]
    [InlineData("try { {|LCX5003:Rcu.Synchronize()|}; KernelMemory.Free(n); } finally { Unlink(n); }")]
    public Task Is_not_offered(string statements) => FixAsync(Method(statements), Method(statements), null);

    [Fact]
    public Task Is_not_offered_between_directives() => FixAsync(
        Method("{|LCX5003:Rcu.Synchronize()|};\n#if !SLOW\n    KernelMemory.Free(n);\n#endif"), Method("{|LCX5003:Rcu.Synchronize()|};\n#if !SLOW\n    KernelMemory.Free(n);\n#endif"), null);

    private static string Method(string statements) => $$"""
        void M(Node* n, Plain* p, Vendor.Buffer buffer)
        {
            {{statements}}
        }
        """;

    private static Task FixAsync(string members, string fixedMembers, string? title)
    {
        var test = new CSharpCodeFixTest<LockContextAnalyzer, CodeFixes.Providers.LCX5003> { TestCode = InClass(members), FixedCode = InClass(fixedMembers), FixAllWithoutKey = true, CodeActionTitle = title };
        foreach (var state in new[] { test.TestState, test.FixedState })
        {
            state.Sources.Add(Heap);
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
            private bool _b;
            private static Plain* Pop() => null;
            private void Unlink(Node* n) => _b = n != null;
            [WaitsForGracePeriod] private void Wait() => Rcu.Synchronize();
        """ + "\n" + FixTest.Indent(members) + "\n}\n";
}
