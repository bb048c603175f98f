using System.Collections.Immutable;
using System.Threading.Tasks;
using LockContext.Testing;
using Microsoft.CodeAnalysis;
using Xunit;

namespace LockContext.Analyzers.Tests.BadInput;

public class MissingReferences
{
    private const string Source = """
        using System;
        using System.Threading;
        using System.Threading.Tasks;
        using LockContext;

        class C
        {
            SpinLock _l = new SpinLock(false);
            object _gate = new object();
            [RawAtomic] void M() { Thread.Sleep(1); lock (_gate) { } Missing.Call(); }
            async Task N() { bool t = false; _l.Enter(ref t); await Task.Yield(); _l.Exit(); }
            int P => _l.IsHeld ? 1 : throw new Exception();
            Unknown<int> Q(Unknown<C> u) { foreach (var x in u) { using (x) { x.Dispose(); } } return u + u; }
        }
        """;

    [Fact]
    public Task None_at_all() => Survive([]);

    [Fact]
    public Task The_vocabulary_only() => Survive([ReferenceAssemblies.Annotations]);

    [Fact]
    public Task Without_the_vocabulary() => Survive(ReferenceAssemblies.Net100);

    [Theory]
    [InlineData("System.Runtime")]
    [InlineData("System.Threading")]
    [InlineData("System.Collections")]
    [InlineData("netstandard")]
    public Task One_missing(string name) =>
        Survive(ReferenceAssemblies.Net100.Add(ReferenceAssemblies.Annotations).RemoveAll(r => r.Display!.EndsWith($"{name}.dll", System.StringComparison.Ordinal)));

    [Fact]
    public Task A_corlib_that_is_being_compiled()
    {
        var test = new Verify.Test { References = ImmutableArray<MetadataReference>.Empty };
        test.TestState.Sources.Add("""
            namespace System
            {
                public class Object { }
                public struct Void { }
                public struct Int32 { }
                public struct Boolean { }
                public class String { }
                public class ValueType { }
                public class Enum : ValueType { }
                public class Attribute { }
                public class Exception { }
                public class Delegate { }
                public class MulticastDelegate : Delegate { }
                public delegate void Action();
            }
            namespace System.Threading
            {
                public static class Thread { public static void Sleep(int ms) { } }
                public static class Monitor { public static void Enter(object o, ref bool taken) { } public static void Exit(object o) { } }
                public struct SpinLock { public void Enter(ref bool taken) { taken = true; } public void Exit() { } }
            }
            namespace LockContext { public class RawAtomicAttribute : System.Attribute { } }
            class C
            {
                System.Threading.SpinLock _l;
                [LockContext.RawAtomic] void M() { lock (this) { System.Threading.Thread.Sleep(1); } }
                void N() { bool t = false; _l.Enter(ref t); System.Threading.Thread.Sleep(1); System.Action a = () => N(); a(); _l.Exit(); }
            }
            """);
        return Broken.Survives(test);
    }

    [Fact]
    public Task A_broken_reference()
    {
        var test = new Verify.Test { TestCode = Source };
        test.TestState.AdditionalReferences.Add(MetadataReference.CreateFromImage(new byte[] { 1, 2, 3 }));
        return Broken.Survives(test);
    }

    private static Task Survive(ImmutableArray<MetadataReference> references)
    {
        Assert.DoesNotContain(references, r => r is null);
        return Broken.Survives(new Verify.Test { TestCode = Source, References = references });
    }
}
