using System.Threading.Tasks;
using LockContext.CodeFixes.Providers;
using LockContext.Testing.Fixes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace LockContext.Analyzers.Tests.Rules.LCX1003;

/// <summary>The shared half of the tests of the fix: an allocator to call, and the frame around a method body.</summary>
internal static class FixTest
{
    /// <summary>An allocator and locks as the runtime has them.</summary>
    internal const string Memory = """
        using System;
        using LockContext;

        namespace Memory;

        [Flags, AllocationFlags]
        public enum GfpFlags : uint
        {
            None = 0,
            [AllocationFlag(AllocationBehavior.Reserve)] High = 0x20,
            Io = 0x40,
            Fs = 0x80,
            Zero = 0x100,
            [AllocationFlag(AllocationBehavior.DirectReclaim)] DirectReclaim = 0x400,
            [AllocationFlag(AllocationBehavior.BackgroundReclaim)] KswapdReclaim = 0x800,
            Reclaim = DirectReclaim | KswapdReclaim,
            [AllocationFlag(AllocationBehavior.NoWarn)] NoWarn = 0x2000,
            [AllocationFlag(AllocationBehavior.NoFail)] NoFail = 0x8000,
            Account = 0x400000,
            [AllocationFlag(AllocationBehavior.NoLocks)] NoLocks = 0x800000,
            Kernel = Reclaim | Io | Fs,
            KernelZeroed = Kernel | Zero,
            NoWait = KswapdReclaim | NoWarn,
            Atomic = High | KswapdReclaim,
        }

        public static unsafe class Pages
        {
            [Allocates] public static void* Alloc(GfpFlags flags, [AllocationOrder] int order = 0) => null;
            [Allocates] public static byte* AllocBytes(GfpFlags flags, [AllocationOrder] int order = 0) => null;
            [Allocates] public static nint AllocHandle(GfpFlags flags, [AllocationOrder] int order) => 0;
            [Allocates] public static object? AllocObject(nuint size, GfpFlags flags = GfpFlags.Kernel) => null;
            [Frees] public static void Free(void* page, [AllocationOrder] int order) { }
            public static void Use(void* page) { }
            public static int Sum(void* page) => 0;
        }

        [LockClass(Outer = WaitClass.Spin)]
        public struct RawSpinLock
        {
            [Acquires] public void Enter() { }
            [Releases] public void Exit() { }
        }
        """;

    /// <summary>The statements of a method <c>void M(GfpFlags flags)</c>.</summary>
    public static Task BodyAsync(string body, string fixedBody) => MethodAsync("void M(GfpFlags flags)\n{\n" + body + "\n}", "void M(GfpFlags flags)\n{\n" + fixedBody + "\n}");

    /// <summary>Members of an unsafe class.</summary>
    public static Task MethodAsync(string member, string fixedMember) => SourceAsync(InClass(member), InClass(fixedMember));

    public static Task NoFixAsync(string body) => BodyAsync(body, body);

    public static Task SourceAsync(string source, string fixedSource) => RunAsync(Create<StandInAnalyzer>(source, fixedSource));

    public static CSharpCodeFixTest<TAnalyzer, CodeFixes.Providers.LCX1003> Create<TAnalyzer>(string source, string fixedSource)
        where TAnalyzer : DiagnosticAnalyzer, new()
    {
        var test = new CSharpCodeFixTest<TAnalyzer, CodeFixes.Providers.LCX1003> { TestCode = source, FixedCode = fixedSource, FixAllWithoutKey = true };
        test.TestState.Sources.Add(("/0/Memory.cs", Memory));
        test.FixedState.Sources.Add(("/0/Memory.cs", Memory));
        test.CompilerDiagnostics = CompilerDiagnostics.Warnings;
        test.DisabledDiagnostics.UnionWith(["CS0169", "CS0649", "CS0219", "CS0414", "CS1591", "CS8019", "CS0168", "CS1998", "CS0162", "CS8321"]);
        return test;
    }

    public static Task RunAsync<TAnalyzer>(CSharpCodeFixTest<TAnalyzer, CodeFixes.Providers.LCX1003> test)
        where TAnalyzer : DiagnosticAnalyzer, new() => test.RunAsync();

    public static string InClass(string member) => """
        using System;
        using System.Threading;
        using System.Threading.Tasks;
        using System.Collections.Generic;
        using System.Diagnostics;
        using Memory;

        unsafe class C
        {
            RawSpinLock _lock;
            byte* _head;
            int _count, _state;

        """ + Indent(member) + "\n}\n";

    /// <summary>Tests write members at the left margin; the fix sees and writes them where they would stand in a file.</summary>
    internal static string Indent(string text) => "    " + text.Replace("\n", "\n    ", System.StringComparison.Ordinal).Replace("\n    \n", "\n\n", System.StringComparison.Ordinal);
}
