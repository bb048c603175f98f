using System;
using System.Linq;
using System.Threading.Tasks;
using LockContext.Analyzers.Tests.Sources;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Editors, and compilers that stay in memory, analyse for hours: nothing of what was analysed may stay with them.</summary>
public class KeptMemory
{
    /// <summary>Whichever of its statements a thread has seen last, it leads to a symbol of the program.</summary>
    private static readonly (string, string)[] s_files = [.. Enumerable.Range(0, 12).Select(i => ($"{i}.cs", $$"""
        using System.Threading;
        class C{{i}}
        {
            SpinLock _l;
            int _n;
            void M() { bool t = false; _l.Enter(ref t); N(_n); _l.Exit(); }
            void N(int k) { for (var i = 0; i < k; i++) { _n += i; Thread.Sleep(i); } }
        }
        """))];

    [Fact]
    public async Task An_analysed_compilation_goes()
    {
        WeakReference[] analysed = new WeakReference[8];
        for (int i = 0; i < analysed.Length; i++)
            analysed[i] = await AnalyseAsync();

        // Whoever has just finished may still be on its way out.
        for (int i = 0; i < 100 && analysed.Any(a => a.IsAlive); i++)
        {
            await Task.Delay(50);
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
        }

        Assert.Equal(0, analysed.Count(a => a.IsAlive));
    }

    private static async Task<WeakReference> AnalyseAsync()
    {
        CSharpCompilation compilation = Checkout.Compile("Kept", s_files);
        Assert.NotEmpty(await compilation.WithAnalyzers([new LockContextAnalyzer()]).GetAnalyzerDiagnosticsAsync());

        // The driver analyses a copy of its own; what all copies have in common is the code.
        return new WeakReference(compilation.SyntaxTrees[0]);
    }
}
