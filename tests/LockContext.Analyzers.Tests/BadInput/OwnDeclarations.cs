using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.BadInput;

/// <summary>A project that declares the vocabulary itself, or has types with famous names.</summary>
public class OwnDeclarations
{
    private const string OwnAttributes = """
        namespace LockContext
        {
            internal enum WaitClass { None, Free, Spin, Config, Sleep }
            internal sealed class RawAtomicAttribute : System.Attribute;
            internal sealed class SleepableAttribute : System.Attribute;
            internal sealed class LockClassAttribute : System.Attribute { public WaitClass Outer { get; set; } public WaitClass Inner { get; set; } }
            internal sealed class AcquiresAttribute : System.Attribute;
            internal sealed class ReleasesAttribute : System.Attribute;
        }
        """;

    [Fact]
    public Task Own_copies_of_the_attributes_work()
    {
        var test = new Verify.Test { WithoutAnnotations = true };
        test.TestState.Sources.Add(OwnAttributes);
        test.TestState.Sources.Add("""
            using System.Threading;
            using LockContext;

            [LockClass(Outer = WaitClass.Spin)]
            class Ticket { [Acquires] public void Take() { } [Releases] public void Give() { } }

            class C
            {
                readonly Ticket _t = new();
                [RawAtomic] void M() { {|LCX1001:Thread.Sleep(1)|}; }
                void N() { _t.Take(); {|LCX1001:Thread.Sleep(1)|}; _t.Give(); }
            }
            """);
        return test.RunAsync();
    }

    [Fact]
    public Task Own_copies_beside_the_package_work() => Spec.Files(
        "class C { [RawAtomic] void M() { {|LCX1001:Thread.Sleep(1)|}; } }",
        "namespace LockContext { internal sealed class RawAtomicAttribute : System.Attribute; }").RunAsync();

    [Fact]
    public Task Attributes_of_the_same_name_elsewhere_mean_nothing() => Spec.Code("""
        namespace Other
        {
            class RawAtomicAttribute : Attribute;
            class C { [Other.RawAtomic] void M() { Thread.Sleep(1); } }
        }
        """);

    [Fact]
    public Task Own_copies_of_another_shape_are_survived() => Broken.Survives(
        "class C { [RawAtomic(3)] void M() { Thread.Sleep(1); } [Acquires(7)] void N() { } [Trusted] void O() { } [LockClass(Outer = 5)] object _l = new(); }",
        """
        namespace LockContext
        {
            class RawAtomicAttribute(int i) : Attribute { public int I => i; }
            class AcquiresAttribute(int target) : Attribute { public int Target => target; }
            class TrustedAttribute : Attribute;
            class LockClassAttribute : Attribute { public long Outer; }
            class WaitClass;
            struct SleepableAttribute;
        }
        """);

    [Fact]
    public Task An_own_type_named_SpinLock_is_none() => Spec.Code("""
        namespace Mine
        {
            class SpinLock { public void Enter(ref bool taken) { } public void Exit() { } }
            class Monitor { public static void Enter(object o) { } public static void Exit(object o) { } }
            class C
            {
                readonly SpinLock _l = new();
                void M() { bool t = false; _l.Enter(ref t); Thread.Sleep(1); var copy = _l; _l.Exit(); }
                [RawAtomic] void N() { Monitor.Enter(this); Monitor.Exit(this); }
            }
        }
        """);

    [Fact]
    public Task An_own_System_Threading_is_survived()
    {
        var test = new Verify.Test();
        test.TestState.Sources.Add("""
            namespace System.Threading
            {
                public struct SpinLock { public void Enter() { } public void Exit(int i) { } public bool TryEnter<T>() => true; }
                public static class Thread { public static void Sleep(string s) { } }
                public static class Monitor { public static void Enter(object o, ref bool b) { } public static void Exit(object o) { } }
                public static class Interlocked { public static int CompareExchange() => 1; public static T Exchange<T>(T t) => t; }
                class C { SpinLock _l; [LockContext.RawAtomic] void M() { _l.Enter(); Thread.Sleep(""); lock (this) { } while (Interlocked.CompareExchange() != 0) { } _l.Exit(1); } }
            }
            """);
        return Broken.Survives(test);
    }
}
