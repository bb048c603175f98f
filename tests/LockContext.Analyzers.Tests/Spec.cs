using System.Threading.Tasks;

namespace LockContext.Analyzers.Tests;

/// <summary>Puts what every test would otherwise repeat around its code: the usings, a class, a spin lock held.</summary>
internal static class Spec
{
    internal const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.Diagnostics;
        global using System.Diagnostics.CodeAnalysis;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using LockContext;
        """;

    private const string Fields = """
        private SpinLock _l = new(enableThreadOwnerTracking: false);
        private SpinLock _l2 = new(enableThreadOwnerTracking: false);
        private readonly object _gate = new();
        private readonly Lock _lock = new();
        private readonly SemaphoreSlim _semaphore = new(1);
        private bool _b;
        private int _n;
        """;

    /// <summary>A test of whole source files.</summary>
    public static Verify.Test Files(params string[] sources)
    {
        var test = new Verify.Test();
        foreach (string source in sources)
            test.TestState.Sources.Add(source);
        test.TestState.Sources.Add(("/0/Usings.cs", Usings));
        return test;
    }

    public static Task Code(string source, params DiagnosticResult[] expected)
    {
        var test = Files(source);
        test.ExpectedDiagnostics.AddRange(expected);
        return test.RunAsync();
    }

    /// <summary>Members of a class that has two spin locks, an object and a <c>Lock</c> to lock, a semaphore, a <c>bool</c> and an <c>int</c>.</summary>
    public static Task Members(string members, params DiagnosticResult[] expected) => Code(InClass(members), expected);

    /// <summary>Statements that run while the spin lock <c>_l</c> is held, in the canonical pattern.</summary>
    public static Task Held(string statements, string members = "", params DiagnosticResult[] expected) => Members(
        $$"""
        void M(string text, Task<int> task, Action action)
        {
            bool taken = false;
            try
            {
                _l.Enter(ref taken);
                {{statements}}
            }
            finally
            {
                if (taken)
                    _l.Exit();
            }
        }

        {{members}}
        """,
        expected);

    public static string InClass(string members) =>
        $$"""
        partial class C
        {
        {{Fields}}

        {{members}}
        }
        """;
}
